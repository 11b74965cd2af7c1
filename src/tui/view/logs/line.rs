//! One line of the log: ostler's own margin, then what the server wrote.

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::model::color::Color;
use crate::model::hash::fnv1a;
use crate::model::{ServerId, Stream};
use crate::text::Level;
use crate::tui::ansi::{self, Line};
use crate::tui::layout::{log_name, name_width, time_width};
use crate::tui::model::Model;
use crate::tui::model::log_store::Stored;
use crate::tui::theme::Token;
use crate::tui::view::paint::{Row, style};

use super::matches;

/// Draws one line from its row `skip` on; the row after it.
pub(super) fn draw(
    model: &Model,
    buffer: &mut Buffer,
    area: Rect,
    y: u16,
    stored: &Stored,
    skip: usize,
    width: usize,
) -> u16 {
    let mut line = ansi::line(stored);
    matches::mark(model, stored, &mut line);
    let base = base_style(model, stored, &line);
    let start = area.x + 1 + time_width(model) + name_width(model);
    if skip == 0 {
        margin(model, buffer, Rect { y: area.y + y, height: 1, ..area }, stored, line.goes_on);
    }
    if !model.log.look.wrap {
        unwrapped(model, buffer, (start, area.y + y), &line, base, width);
        return y + 1;
    }
    let mut last = y;
    line.place(width, |row, column, grapheme, own| {
        let Some(at) = row.checked_sub(skip).map(|row| usize::from(y) + row) else { return };
        if at < usize::from(area.height) && column + ansi::cells(grapheme) <= width {
            last = last.max(at as u16);
            let own = fitted(model, own);
            buffer.set_stringn(start + column as u16, area.y + at as u16, grapheme, width, base.patch(own));
        } else if at >= usize::from(area.height) {
            last = area.height;
        }
    });
    last + 1
}

fn unwrapped(model: &Model, buffer: &mut Buffer, (x, y): (u16, u16), line: &Line, base: Style, width: usize) {
    let left = model.log.look.left;
    let mut row = Row { x, y, end: x + width as u16 };
    let mut skipped = 0;
    let all = line.cells();
    for span in &line.spans {
        let cells = ansi::cells(&span.text);
        let from = left.saturating_sub(skipped).min(cells);
        skipped += cells;
        // One part more than fits tells `put` that it has to cut.
        let text = crate::text::width::clip_columns(&span.text, from, row.left() + 1);
        row.put(model, buffer, &text, base.patch(fitted(model, span.style)));
        if row.left() == 0 {
            break;
        }
    }
    if all > left + width && row.left() == 0 {
        let mark = model.start.glyphs.pick("…", "~");
        buffer.set_stringn(row.end - 1, y, mark, 1, style(model, Token::Muted));
    }
}

/// A server's own style with colours that this terminal has.
fn fitted(model: &Model, own: Style) -> Style {
    let fit = |color: Option<_>| color.and_then(|color| model.theme.color(color));
    Style { fg: fit(own.fg), bg: fit(own.bg), ..own }
}

/// By the line's level; what a server coloured itself keeps its colours over this.
fn base_style(model: &Model, stored: &Stored, line: &Line) -> Style {
    if stored.context {
        return style(model, Token::Muted).add_modifier(Modifier::DIM);
    }
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

/// What a line comes from, and when it came; a line that goes on with the one before has no time of its own.
fn margin(model: &Model, buffer: &mut Buffer, area: Rect, stored: &Stored, goes_on: bool) {
    let Some(mut row) = Row::of(area, 0) else { return };
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
        name.cell(model, buffer, &log_name(model, id), name_style(model, id), usize::from(names - 1), false);
    }
    if !goes_on {
        let time = clock(stored, &model.start.zone, time_width(model) > 9);
        row.put(model, buffer, &time, style(model, Token::LogTime));
    }
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

fn clock(stored: &Stored, zone: &TimeZone, fine: bool) -> String {
    let at = stored.at.to_zoned(zone.clone()).time();
    let seconds = format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second());
    if fine { format!("{seconds}.{:03}", at.millisecond()) } else { seconds }
}
