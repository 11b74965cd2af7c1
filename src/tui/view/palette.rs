//! The palette: a typed line, and below it what fits.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::dialog::framed;
use super::paint::{Row, style};
use crate::text::width::{clip_columns, width};
use crate::tui::ansi;
use crate::tui::layout::layout;
use crate::tui::model::Model;
use crate::tui::model::palette::{Entry, Palette, entries};
use crate::tui::theme::Token;

/// Cells of the box at most.
const WIDTH: u16 = 96;
/// Rows of the box at most.
const HEIGHT: u16 = 24;
/// Lines of the box that are no entries: its edges and the typed line.
const AROUND: u16 = 3;
/// From this many cells on, what an entry does is said behind its name.
const HELP_FROM: usize = 56;
/// Cells of a name, before what it does.
const NAME: usize = 24;

/// Entries on the screen at once.
pub(crate) fn rows(model: &Model) -> usize {
    usize::from(layout(model).body.height.min(HEIGHT).saturating_sub(AROUND)).max(1)
}

/// Draws it.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect, palette: &Palette) {
    let found = entries(model, &palette.text);
    let rows = rows(model);
    // As high as it is with nothing typed, so that it stands still while one types.
    let high = rows.min(entries(model, "").len().max(1)) as u16 + AROUND;
    let body = framed(model, buffer, area, (WIDTH, high), "commands");
    let Some(mut line) = Row::of(body, 0) else { return };
    line.put(model, buffer, ": ", style(model, Token::Key));
    let typed = ansi::plain(&palette.text);
    let room = line.left().saturating_sub(10).max(8);
    // The end of a long text is what is being typed.
    let skip = width(&typed).saturating_sub(room);
    line.put(model, buffer, &clip_columns(&typed, skip, room), Style::new());
    line.put(model, buffer, " ", Style::new().add_modifier(Modifier::REVERSED));
    let place = palette.place(&found);
    let at = place.unwrap_or(palette.at).min(found.len().saturating_sub(1));
    let count = if found.is_empty() { "none".to_owned() } else { format!("{} of {}", at + 1, found.len()) };
    let cells = line.left();
    line.cell(model, buffer, &count, style(model, Token::Muted), cells, true);
    if found.is_empty() {
        if let Some(mut row) = Row::of(body, 1) {
            row.skip(2);
            row.put(model, buffer, "nothing fits", style(model, Token::Muted));
        }
        return;
    }
    let first = at / rows * rows;
    for (y, entry) in found.iter().enumerate().skip(first).take(rows) {
        let Some(row) = Row::of(body, (1 + y - first) as u16) else { return };
        one(model, buffer, row, entry, place == Some(y));
    }
}

fn one(model: &Model, buffer: &mut Buffer, mut row: Row, entry: &Entry, chosen: bool) {
    let base = if chosen { style(model, Token::Selection) } else { Style::new() };
    row.put(model, buffer, if chosen { "> " } else { "  " }, base);
    let muted = style(model, Token::Muted);
    let key = entry.key.as_deref().unwrap_or_default();
    let mut middle = Row { end: row.end.saturating_sub(width(key) as u16 + 1).max(row.x), ..row };
    let (name_style, rest) = match &entry.why_not {
        Some(why) => (muted, Some((why.as_str(), style(model, Token::Warn)))),
        None => (base, (middle.left() >= HELP_FROM).then_some((entry.help, muted))),
    };
    let label = ansi::plain(&entry.label);
    match rest {
        // The reason is what matters where there is little room.
        Some((text, text_style)) => {
            let room = middle.left().saturating_sub(width(text) + 2).max(middle.left() / 3);
            let cells = if middle.left() >= HELP_FROM { NAME } else { width(&label).min(room) };
            middle.cell(model, buffer, &label, name_style, cells.max(width(&label).min(room)), false);
            middle.skip(2);
            middle.put(model, buffer, text, text_style);
        }
        None => middle.put(model, buffer, &label, name_style),
    }
    row.x = middle.end;
    let cells = row.left();
    row.cell(model, buffer, key, style(model, Token::Key), cells, true);
}
