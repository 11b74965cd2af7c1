//! The theme picker: a narrow list at the right, so that the dashboard behind it shows what a theme is like.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::dialog::framed;
use super::paint::{Row, style};
use crate::text::width::width;
use crate::tui::model::Model;
use crate::tui::model::themes::{PickerRow, ThemePicker};
use crate::tui::theme::{Depth, Origin, Theme, Token, samples};
use crate::tui::{ansi, format};

/// Cells of a name at least and at most.
const NAME: (usize, usize) = (16, 28);
/// Cells of the signs of the states, with a blank on each side.
const SIGNS: usize = 7;

/// Draws it.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect, picker: &ThemePicker) {
    let longest = picker.rows.iter().map(|row| ansi::cells(&row.label())).max().unwrap_or(0);
    let name = longest.clamp(NAME.0, NAME.1);
    // two for the box and two for its margins, two for the mark, one before and nine for the background's word
    let cells = (4 + 2 + name + 1 + SIGNS + 10) as u16;
    let cells = cells.min(area.width);
    let right = Rect { x: area.right() - cells, width: cells, ..area };
    let rows = (picker.rows.len() as u16 + 3).min(area.height);
    let body = framed(model, buffer, right, (cells, rows), "theme");
    let list = usize::from(body.height.saturating_sub(1));
    let top = picker.at.saturating_sub(list / 2).min(picker.rows.len().saturating_sub(list));
    for (y, row) in picker.rows.iter().skip(top).take(list).enumerate() {
        if let Some(line) = Row::of(body, y as u16) {
            draw_row(model, buffer, line, row, name, top + y == picker.at);
        }
    }
    if let (Some(mut line), Some(row)) = (Row::of(body, list as u16), picker.row()) {
        let (text, token) = remark(model, row);
        line.put(model, buffer, &ansi::plain(&text), style(model, token));
    }
}

fn draw_row(model: &Model, buffer: &mut Buffer, mut line: Row, row: &PickerRow, name: usize, is_at: bool) {
    let label_style = if is_at { style(model, Token::Selection) } else { Style::new() };
    line.put(model, buffer, if is_at { "> " } else { "  " }, style(model, Token::Accent));
    line.cell(model, buffer, &ansi::plain(&row.label()), label_style, name, false);
    line.skip(1);
    match &row.theme {
        Ok(theme) => {
            signs(model, buffer, &mut line, theme);
            line.skip(2);
            line.put(model, buffer, background(theme), style(model, Token::Muted));
        }
        Err(_) => line.put(model, buffer, " broken", style(model, Token::Fail)),
    }
}

/// The states' signs in the theme's own colours, on its own background.
fn signs(model: &Model, buffer: &mut Buffer, line: &mut Row, theme: &Theme) {
    let base = theme.base();
    let put = |line: &mut Row, buffer: &mut Buffer, text: &str, own: Style| {
        let from = line.x;
        line.put(model, buffer, text, Style::new());
        for x in from..line.x {
            buffer[(x, line.y)].modifier = Modifier::empty();
            buffer[(x, line.y)].set_style(base.patch(own));
        }
    };
    put(line, buffer, " ", Style::new());
    for (sign, token) in samples(model.start.glyphs).into_iter().take(SIGNS - 2) {
        debug_assert_eq!(width(sign), 1);
        put(line, buffer, sign, theme.style(token));
    }
    put(line, buffer, " ", Style::new());
}

fn background(theme: &Theme) -> &'static str {
    theme.ground().map_or("", crate::model::Ground::word)
}

/// What is to be said of the theme at which the user is.
fn remark(model: &Model, row: &PickerRow) -> (String, Token) {
    match (&row.theme, &row.origin) {
        (Err(error), _) => (error.to_string(), Token::Warn),
        (Ok(_), _) if model.themes.depth == Depth::Mono => {
            ("without colours all look the same".to_owned(), Token::Muted)
        }
        (Ok(_), Origin::File(file)) => (format::path(file, model.start.home.as_deref()), Token::Muted),
        (Ok(theme), Origin::Shipped) if theme.ground().is_none() => {
            ("the terminal's own colours".to_owned(), Token::Muted)
        }
        (Ok(_), Origin::Shipped) => (String::new(), Token::Muted),
    }
}
