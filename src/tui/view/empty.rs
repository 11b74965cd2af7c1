//! No server is known: what to do about it; or nothing has come yet.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::paint::{Row, style};
use crate::tui::ansi;
use crate::tui::model::{Connection, Model};
use crate::tui::theme::Token;

/// Cells of the longest sentence.
const WHOLE: u16 = 82;

/// Draws it.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect) {
    let muted = style(model, Token::Muted);
    let key = style(model, Token::Key);
    let mut lines: Vec<Vec<(String, Style)>> = Vec::new();
    if super::has_data(model) {
        let place =
            model.host.as_deref().map_or_else(String::new, |host| format!(" on {}", ansi::plain(host)));
        lines.push(vec![(format!("No servers registered{place}."), Style::new())]);
        lines.push(Vec::new());
        let init = if area.width < WHOLE {
            "write an ostler.toml here"
        } else {
            "write an ostler.toml here, from a Procfile if there is one"
        };
        for (command, does) in
            [("ostler init", init), ("ostler up", "register this project and start its servers")]
        {
            lines.push(vec![(format!("{command:<19}"), key), (does.to_owned(), Style::new())]);
        }
        lines.push(Vec::new());
        let mut last = Vec::new();
        for (_, key_name, word) in super::footer::hints(model) {
            if matches!(word, "help" | "quit") {
                last.push((key_name, key));
                last.push((format!(" {word}    "), muted));
            }
        }
        lines.push(last);
    } else if let Connection::Lost { error, .. } = &model.connection {
        lines.push(vec![("The supervisor can't be reached.".to_owned(), style(model, Token::Warn))]);
        lines.push(Vec::new());
        lines.push(vec![(ansi::plain(error), Style::new())]);
    }
    for (y, parts) in lines.into_iter().enumerate() {
        let Some(mut row) = Row::of(area, y as u16 + 1) else { return };
        row.skip(3);
        for (text, text_style) in parts {
            row.put(model, buffer, &text, text_style);
        }
    }
}
