//! The question what to copy of a server.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::dialog::{Text, framed, lines};
use super::paint::style;
use crate::model::action::Scope;
use crate::text::width::width;
use crate::tui::model::copy::items;
use crate::tui::model::{CopyMenu, Model};
use crate::tui::theme::Token;

/// Cells of the box at least and at most: what is longer is cut on the screen, and copied whole.
const WIDTH: (usize, usize) = (36, 72);
/// Cells before the values.
const LEAD: usize = 12;

/// Draws it.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect, menu: &CopyMenu) {
    let Some(server) = model.servers.get(&menu.server) else { return };
    let muted = style(model, Token::Muted);
    let mut longest = 0;
    let text: Vec<Text> = items(&server.status)
        .into_iter()
        .map(|item| {
            let key = model.keymap.hint(Scope::Copy, item.action, model.start.glyphs).unwrap_or_default();
            let (value, key_token, rest) = match item.value {
                Ok(value) => (value, Token::Key, Style::new()),
                Err(why) => (format!("- {why}"), Token::Muted, muted),
            };
            longest = longest.max(width(&value));
            vec![
                (format!("{key:>2}"), style(model, key_token)),
                (format!("  {:<8}", item.word), muted),
                (value, rest),
            ]
        })
        .collect();
    let cells = (LEAD + longest + 4).clamp(WIDTH.0, WIDTH.1);
    let title = format!("Copy of {}", menu.server.name());
    let body = framed(model, buffer, area, (cells as u16, text.len() as u16 + 2), &title);
    lines(model, buffer, body, &text);
}
