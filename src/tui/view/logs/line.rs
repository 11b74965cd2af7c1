//! One line of the log: ostler's own margin, then what the server wrote.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::model::color::Color;
use crate::model::hash::fnv1a;
use crate::model::{ServerId, Stream};
use crate::text::Level;
use crate::tui::ansi::{self, Line};
use crate::tui::layout::{has_fine_times, log_name, name_width, time_width};
use crate::tui::log_time;
use crate::tui::model::Model;
use crate::tui::model::log_store::Stored;
use crate::tui::theme::{Glyphs, Token};
use crate::tui::view::paint::{Row, style};

use super::matches;

/// What holds for all lines of a frame.
pub(super) struct Page<'a> {
    /// All that is known.
    pub(super) model: &'a Model,
    /// Where the lines stand.
    pub(super) area: Rect,
    /// Cells of a line's text.
    pub(super) width: usize,
    /// When the newest line on the screen came; only where times are told from there.
    pub(super) newest: Option<Timestamp>,
}

impl Page<'_> {
    /// Draws one line from its row `skip` on, at row `y`; how many rows it has in all.
    pub(super) fn draw(
        &self,
        buffer: &mut Buffer,
        y: u16,
        (number, stored): (i64, &Stored),
        skip: usize,
    ) -> usize {
        let Self { model, area, width, .. } = *self;
        let mut line = ansi::line(stored, &model.log.look);
        if let (Glyphs::Ascii, true, Some(last)) = (model.start.glyphs, stored.cut > 0, line.spans.last_mut())
        {
            last.text = last.text.replace('…', "~");
        }
        matches::mark(model, stored, &mut line);
        let base = base_style(model, stored, &line);
        let start = area.x + 1 + time_width(model) + name_width(model);
        let mut rows = 1;
        if model.log.look.wrap {
            line.place(width, |row, column, grapheme, own| {
                rows = row + 1;
                let Some(at) = row.checked_sub(skip).map(|row| usize::from(y) + row) else { return };
                if at < usize::from(area.height) && column + ansi::cells(grapheme) <= width {
                    let own = base.patch(fitted(model, own));
                    buffer.set_stringn(start + column as u16, area.y + at as u16, grapheme, width, own);
                }
            });
        } else if skip == 0 {
            unwrapped(model, buffer, (start, area.y + y), &line, base, width);
        }
        let shown = rows.saturating_sub(skip).min(usize::from(area.height - y)) as u16;
        let place = Rect { y: area.y + y, height: shown, ..area };
        if skip == 0 {
            self.margin(buffer, place, stored, line.goes_on);
        }
        self.selected(buffer, place, number);
        rows
    }

    /// What a line comes from, and when it came; one that goes on with the line before has no time of its own.
    fn margin(&self, buffer: &mut Buffer, place: Rect, stored: &Stored, goes_on: bool) {
        let model = self.model;
        let Some(mut row) = Row::of(place, 0) else { return };
        let glyphs = model.start.glyphs;
        let (sign, token) = match stored.stream {
            Stream::Stdout => (" ", Token::Muted),
            Stream::Stderr => (glyphs.pick("▏", ":"), Token::LogWarn),
            Stream::System => (glyphs.pick("◆", "#"), Token::Accent),
            Stream::Unknown => (glyphs.pick("┆", "?"), Token::Muted),
        };
        let is_current = model.log.current == Some(model.log.place_of(stored));
        let sign = if is_current { glyphs.pick("›", ">") } else { sign };
        row.put(model, buffer, sign, style(model, if is_current { Token::Accent } else { token }));
        let names = name_width(model);
        if let Some(id) = model.log.server_of(stored).filter(|_| names > 0) {
            let mut name = Row { x: row.x + time_width(model), ..row };
            name.cell(
                model,
                buffer,
                &log_name(model, id),
                name_style(model, id),
                usize::from(names - 1),
                false,
            );
        }
        if !goes_on {
            let (times, fine) = (model.log.look.times, has_fine_times(model));
            let time = log_time::text(times, fine, stored.at, &model.start.zone, self.newest);
            row.put(model, buffer, &time, style(model, Token::LogTime));
        }
    }

    /// Rows of a line that is selected: in another style, and with a sign where there are no colours.
    fn selected(&self, buffer: &mut Buffer, place: Rect, number: i64) {
        let Some(selection) = self.model.log.notes.selection.filter(|own| own.lines().contains(&number))
        else {
            return;
        };
        let glyphs = self.model.start.glyphs;
        let sign = if number == selection.cursor { ">" } else { glyphs.pick("┃", "|") };
        let style = style(self.model, Token::Selection);
        for y in place.top()..place.bottom() {
            buffer.set_stringn(place.x, y, sign, 1, style);
        }
        buffer.set_style(place, style);
    }
}

/// The rule of a mark, as wide as the log: a server cannot write into its first cell.
pub(super) fn mark(model: &Model, buffer: &mut Buffer, place: Rect, at: Timestamp) {
    let Some(mut row) = Row::of(place, 0) else { return };
    let accent = style(model, Token::Accent);
    let dash = model.start.glyphs.pick("─", "-");
    let time = log_time::clock(at, &model.start.zone, false);
    row.put(model, buffer, &format!("{dash}{dash} {time} "), accent);
    row.fill(buffer, dash, accent);
}

fn unwrapped(model: &Model, buffer: &mut Buffer, (x, y): (u16, u16), line: &Line, base: Style, width: usize) {
    let left = model.log.look.left;
    let mut row = Row { x, y, end: x + width as u16 };
    let mut passed = 0;
    for (at, span) in line.spans.iter().enumerate() {
        let room = row.left();
        let from = left.saturating_sub(passed);
        // One cell more than fits tells that there is more.
        let text = crate::text::width::clip_columns(&span.text, from, room + 1);
        row.put(model, buffer, &text, base.patch(fitted(model, span.style)));
        if row.left() == 0 {
            let is_last = line.spans[at + 1..].iter().all(|span| span.text.is_empty());
            if ansi::cells(&text) > room || !is_last {
                let mark = model.start.glyphs.pick("…", "~");
                buffer.set_stringn(row.end - 1, y, mark, 1, style(model, Token::Muted));
            }
            return;
        }
        // What is beyond the screen is not measured: lines may be long.
        passed += ansi::cells(&span.text);
    }
}

/// A server's own style with colours that this terminal has.
fn fitted(model: &Model, own: Style) -> Style {
    let fit = |color: Option<_>| color.and_then(|color| model.theme.color(color));
    Style { fg: fit(own.fg), bg: fit(own.bg), ..own }
}

/// By the line's level; what a server coloured itself keeps its colours over this.
fn base_style(model: &Model, stored: &Stored, line: &Line) -> Style {
    let token = match (stored.stream, line.level) {
        (Stream::System, _) => Token::Muted,
        (Stream::Stdout | Stream::Stderr | Stream::Unknown, level) => match level {
            Some(Level::Error | Level::Fatal) => Token::LogError,
            Some(Level::Warn) => Token::LogWarn,
            Some(Level::Debug | Level::Trace) => Token::LogDebug,
            Some(Level::Info) => Token::LogInfo,
            None => Token::Fg,
        },
    };
    style(model, token)
}

/// A server has the colour that the config gives it, else one of the theme's by its name: the same in every run.
fn name_style(model: &Model, id: &ServerId) -> Style {
    let given = model.servers.get(id).and_then(|server| server.status.color.as_deref());
    let given = given.and_then(Color::parse).and_then(|color| match color {
        Color::Ansi(number) => ansi::terminal_color(number),
        Color::Rgb([red, green, blue]) => Some(ratatui::style::Color::Rgb(red, green, blue)),
    });
    let hashed = style(model, Token::Server((fnv1a(id.name().as_bytes()) % 8) as u8));
    match given.and_then(|color| model.theme.color(color)) {
        Some(color) => hashed.fg(color),
        None => hashed,
    }
}
