//! The log pane. The margin at the left is ostler's own: a server cannot write there, so its mark on a line of
//! ostler's own can't be imitated.

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::paint::{Row, rule, style};
use crate::model::Stream;
use crate::text::Level;
use crate::text::human::grouped;
use crate::tui::ansi::{self, Line};
use crate::tui::layout::{Framed, log_room, scroll_bar, time_width};
use crate::tui::model::log_store::Stored;
use crate::tui::model::{Model, Pane};
use crate::tui::theme::Token;

/// Draws title and lines.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, frame: Framed) {
    title(model, buffer, frame.title);
    if model.log.store.len() == 0 {
        nothing(model, buffer, frame.body);
        return;
    }
    let room = log_room(model);
    let (mut number, mut skip) = model.log.top(room);
    let mut y = 0;
    while y < frame.body.height {
        let Some(stored) = model.log.store.get(number) else { break };
        y = draw_line(model, buffer, frame.body, y, stored, skip, room.width);
        skip = 0;
        number += 1;
    }
    if scroll_bar(frame.body) > 0 {
        bar(model, buffer, frame.body, number);
    }
    if model.is_lost() {
        let dim = Style::new().add_modifier(ratatui::style::Modifier::DIM);
        buffer.set_style(frame.body, dim);
    }
}

fn title(model: &Model, buffer: &mut Buffer, area: Rect) {
    let muted = style(model, Token::Muted);
    let name = model.log.server.as_ref().map_or("none", |id| id.name());
    let mut parts = vec![(format!("logs: {name}"), style(model, Token::Accent))];
    let log = &model.log;
    let dot = model.start.glyphs.pick("·", "-");
    let mut words = Vec::new();
    let follow_style = if log.follows() {
        words.push("FOLLOW".to_owned());
        muted
    } else {
        words.push(if log.missed > 0 { format!("PAUSED +{}", log.missed) } else { "PAUSED".to_owned() });
        style(model, Token::Warn)
    };
    if log.wrap {
        words.push("wrap".to_owned());
    } else if area.width > 70 && area.x == 0 && model.size.width >= crate::tui::layout::ROOMY_FROM {
        words.push("wrap off".to_owned());
    }
    if log.left > 0 && !log.wrap {
        words.push(format!("from column {}", log.left + 1));
    }
    if area.width >= 70 && (log.live || log.store.len() > 0) {
        let more = if log.complete && !log.detached { "" } else { "+" };
        let lines = if log.store.len() == 1 && more.is_empty() { "line" } else { "lines" };
        words.push(format!("{}{more} {lines}", grouped(log.store.len() as u64)));
    }
    parts.push((words.join(&format!(" {dot} ")), follow_style));
    let filter = model.servers.filter();
    if !filter.is_empty() && model.prompt.is_none() {
        let (shown, all) = (model.servers.shown().len(), model.servers.all().len());
        parts.push((format!("/{} {shown} of {all}", ansi::plain(filter.text())), style(model, Token::Match)));
    }
    if let Some(rows) = rows_shown(model) {
        parts.push((rows, muted));
    }
    rule(model, buffer, area, &parts, model.focus == Pane::Logs);
}

/// Which rows of the table are on the screen, where not all are.
fn rows_shown(model: &Model) -> Option<String> {
    let table = crate::tui::layout::layout(model).table?;
    let room = usize::from(table.height.saturating_sub(1));
    let all = model.servers.shown().len();
    let last = (model.servers.top + room).min(all);
    (all > room).then(|| format!("rows {}-{last} of {all}", model.servers.top + 1))
}

fn nothing(model: &Model, buffer: &mut Buffer, area: Rect) {
    let Some(mut row) = Row::of(area, 0) else { return };
    let text = match (&model.log.server, &model.log.error) {
        (Some(_), Some(error)) => ansi::plain(error),
        (Some(_), None) if model.log.live => "nothing logged yet".to_owned(),
        (None | Some(_), _) => return,
    };
    row.skip(1);
    row.put(model, buffer, &text, style(model, Token::Muted));
}

/// Draws one line from its row `skip` on; the row after it.
fn draw_line(
    model: &Model,
    buffer: &mut Buffer,
    area: Rect,
    y: u16,
    stored: &Stored,
    skip: usize,
    width: usize,
) -> u16 {
    let line = ansi::line(stored);
    let base = base_style(model, stored, &line);
    let start = area.x + 1 + time_width(model);
    if skip == 0 {
        margin(model, buffer, Rect { y: area.y + y, height: 1, ..area }, stored, line.goes_on);
    }
    if !model.log.wrap {
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
    let left = model.log.left;
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
    let fit = |color: Option<_>| color.and_then(|color| model.start.theme.color(color));
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
    row.put(model, buffer, sign, style(model, token));
    if !goes_on {
        let time = clock(stored, &model.start.zone, time_width(model) > 9);
        row.put(model, buffer, &time, style(model, Token::LogTime));
    }
}

fn clock(stored: &Stored, zone: &TimeZone, fine: bool) -> String {
    let at = stored.at.to_zoned(zone.clone()).time();
    let seconds = format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second());
    if fine { format!("{seconds}.{:03}", at.millisecond()) } else { seconds }
}

/// Which part of the window is on the screen, where that is not all of it.
fn bar(model: &Model, buffer: &mut Buffer, area: Rect, end: i64) {
    let store = &model.log.store;
    let height = i64::from(area.height);
    let count = store.len().max(1) as i64;
    let (top, skipped) = model.log.top(log_room(model));
    if top == store.first() && skipped == 0 && end - top >= count {
        return;
    }
    let from = (top - store.first()) * height / count;
    let to = ((end - store.first()) * height).div_euclid(count).max(from + 1);
    let x = area.right() - 1;
    for y in 0..area.height {
        let inside = (from..to).contains(&i64::from(y));
        let glyphs = model.start.glyphs;
        let sign = if inside { glyphs.pick("█", "#") } else { glyphs.pick("│", "|") };
        buffer.set_stringn(x, area.y + y, sign, 1, style(model, Token::Border));
    }
}
