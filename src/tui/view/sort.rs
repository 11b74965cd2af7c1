//! The list to choose the order of the rows from.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::dialog::{Text, framed, lines};
use super::paint::style;
use crate::tui::model::{Model, SortKey, SortPicker};
use crate::tui::theme::Token;

/// Cells of the box.
const WIDTH: u16 = 40;

/// Draws it.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect, picker: SortPicker) {
    let height = (SortKey::ALL.len() as u16 + 2).min(area.height);
    let body = framed(model, buffer, area, (WIDTH, height), "Sort by");
    let rows = usize::from(body.height);
    let top = (picker.at + 1).saturating_sub(rows);
    let now = model.servers.sort();
    let line = |(at, key): (usize, &SortKey)| -> Text {
        let is_here = at == picker.at;
        let mark = if is_here { "> " } else { "  " };
        let plain = if is_here { style(model, Token::Selection) } else { Style::new() };
        let in_force = if *key == now.key { now.reversed } else { false };
        let reversed = if is_here { picker.reversed } else { in_force };
        let now = if *key == now.key { "  now" } else { "" };
        vec![
            (mark.to_owned(), style(model, Token::Accent)),
            (format!("{:<13}", key.word()), plain),
            (key.first(reversed).to_owned(), style(model, Token::Muted)),
            (now.to_owned(), style(model, Token::Accent)),
        ]
    };
    let text: Vec<Text> = SortKey::ALL.iter().enumerate().skip(top).take(rows).map(line).collect();
    lines(model, buffer, body, &text);
}
