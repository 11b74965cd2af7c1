//! Too small a terminal for panes: the figures, as plain text.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::paint::{Row, style};
use super::top_bar::counts;
use crate::text::width::width;
use crate::tui::model::Model;
use crate::tui::theme::Token;

/// Draws it: as many words on a line as there is room for.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect) {
    let mut words: Vec<(String, Style)> = Vec::new();
    if model.is_lost() {
        words.push(("lost".to_owned(), style(model, Token::Fail)));
    }
    if model.servers.all().is_empty() {
        let text = if super::has_data(model) { "no servers" } else { "connecting" };
        if !model.is_lost() {
            words.push((text.to_owned(), style(model, Token::Muted)));
        }
    } else {
        for (_, word, token, number) in counts(model) {
            words.push((format!("{number} {word}"), style(model, token)));
        }
    }
    let mut y = 0;
    let Some(mut row) = Row::of(area, 0) else { return };
    for (text, text_style) in words {
        if row.x > area.x && width(&text) > row.left() {
            y += 1;
            let Some(next) = Row::of(area, y) else { return };
            row = next;
        }
        row.put(model, buffer, &text, text_style);
        row.skip(2);
    }
}
