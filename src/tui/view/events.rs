//! The page of events: what happened, newest first. The one that the user is at is told whole.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::dialog::wrapped;
use super::paint::{Row, clear, rule, style};
use super::state;
use crate::model::Event;
use crate::model::event::Severity;
use crate::text::event::sentence;
use crate::text::human;
use crate::text::width::width;
use crate::tui::ansi;
use crate::tui::model::{EventsPage, Model};
use crate::tui::theme::{Glyphs, Token};

/// Lines that the whole text of one event may take.
const LONGEST: usize = 4;
/// Cells of a time, and of one with its day before it.
const TIME: (usize, usize) = (8, 15);
/// From this width on there is room for the day.
const DAYS_FROM: u16 = 72;
/// Cells of a name at most.
const NAME: usize = 24;

/// Rows for events in a body of this height.
pub(crate) fn rows(height: u16) -> usize {
    usize::from(height.saturating_sub(1)).max(1)
}

/// Draws it over the whole body.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect, page: &EventsPage) {
    clear(model, buffer, area);
    let rows = rows(area.height);
    let place = page.place(rows);
    title(model, buffer, area, page, rows);
    if place.count == 0 {
        nothing(model, buffer, area, page);
        return;
    }
    let name = page.shown().skip(place.top).take(rows).map(|event| width(&subject(model, event))).max();
    let other_day = page.shown().skip(place.top).take(rows).any(|event| !is_today(model, event));
    let columns = Columns {
        time: if area.width >= DAYS_FROM && other_day { TIME.1 } else { TIME.0 },
        name: name.unwrap_or(0).clamp(6, NAME.min(usize::from(area.width) / 4)),
    };
    let room = usize::from(area.width).saturating_sub(columns.lead() + 1).max(8);
    let told = |event: &Event| {
        let mut whole = wrapped(&ansi::plain(&sentence(&event.kind)), room);
        whole.truncate(LONGEST);
        whole
    };
    let whole = page.current().map(told).unwrap_or_default();
    // what the whole text takes below its row must not push that row off the screen
    let below = place.at - place.top + whole.len().max(1);
    let top = (place.top + below.saturating_sub(rows)).min(place.at);
    let mut y = 1;
    for (at, event) in page.shown().enumerate().skip(top) {
        let lines = if at == place.at { whole.clone() } else { vec![ansi::plain(&sentence(&event.kind))] };
        for (line, text) in lines.iter().enumerate() {
            let Some(row) = Row::of(area, y) else { return };
            let shown = Shown { event, text, is_first: line == 0, is_current: at == place.at };
            draw_row(model, buffer, row, &columns, &shown);
            y += 1;
        }
        if y >= area.height {
            break;
        }
    }
}

struct Columns {
    time: usize,
    name: usize,
}

impl Columns {
    /// Mark, time, sign and name, each with a space.
    fn lead(&self) -> usize {
        1 + self.time + 1 + 2 + self.name + 1
    }
}

struct Shown<'a> {
    event: &'a Event,
    text: &'a str,
    is_first: bool,
    is_current: bool,
}

fn draw_row(model: &Model, buffer: &mut Buffer, mut row: Row, columns: &Columns, shown: &Shown) {
    let line = row;
    let (sign, token) = mark(shown.event.kind.severity(), model.start.glyphs);
    if shown.is_first {
        row.put(model, buffer, if shown.is_current { ">" } else { " " }, style(model, Token::Accent));
        let time = time(model, shown.event, columns.time);
        row.cell(model, buffer, &time, style(model, Token::LogTime), columns.time, true);
        row.skip(1);
        row.cell(model, buffer, sign, style(model, token), 2, false);
        row.cell(model, buffer, &subject(model, shown.event), Style::new(), columns.name, false);
        row.skip(1);
    } else {
        row.skip(columns.lead() as u16);
    }
    row.put(model, buffer, shown.text, style(model, token));
    if shown.is_current {
        let selection = style(model, Token::Selection);
        for x in line.x..line.end {
            let cell = &mut buffer[(x, line.y)];
            if selection.add_modifier.contains(Modifier::REVERSED) {
                // turned over, each colour of the row would become a patch of its own
                (cell.fg, cell.bg, cell.modifier) = (Color::Reset, Color::Reset, Modifier::empty());
            }
            cell.set_style(selection);
        }
    }
}

/// Sign and colour: never the colour alone.
fn mark(severity: Severity, glyphs: Glyphs) -> (&'static str, Token) {
    match severity {
        Severity::Trouble => (glyphs.pick("✗", "x"), Token::Fail),
        Severity::Notice => (glyphs.pick("▲", "!"), Token::Warn),
        Severity::Good => (glyphs.pick("✓", "+"), Token::Ok),
        Severity::Plain => (glyphs.pick("·", " "), Token::Fg),
    }
}

fn time(model: &Model, event: &Event, cells: usize) -> String {
    if cells < TIME.1 || is_today(model, event) {
        return state::time_of_day(model, event.at, "%H:%M:%S");
    }
    event.at.to_zoned(model.start.zone.clone()).strftime("%b %d %H:%M:%S").to_string()
}

fn is_today(model: &Model, event: &Event) -> bool {
    let day = |at: jiff::Timestamp| at.to_zoned(model.start.zone.clone()).date();
    day(event.at) == day(model.now.wall)
}

/// The server's name, with its project where there is another of this name.
fn subject(model: &Model, event: &Event) -> String {
    match &event.server {
        None => "ostler".to_owned(),
        Some(id) => match model.servers.get(id) {
            Some(server) => state::label(server, false),
            None => id.to_string(),
        },
    }
}

fn title(model: &Model, buffer: &mut Buffer, area: Rect, page: &EventsPage, rows: usize) {
    let muted = style(model, Token::Muted);
    let mut parts = vec![("events".to_owned(), style(model, Token::Accent))];
    if page.new > 0 {
        parts.push((format!("+{} new", human::grouped(page.new as u64)), style(model, Token::Warn)));
    }
    if let Some(server) = &page.server {
        parts.push((format!("only {}", server.name()), style(model, Token::Key)));
    }
    match page.least {
        Some(Severity::Trouble) => parts.push(("errors only".to_owned(), style(model, Token::Key))),
        Some(Severity::Notice) => parts.push(("warnings and errors".to_owned(), style(model, Token::Key))),
        Some(Severity::Plain | Severity::Good) | None => {}
    }
    let place = page.place(rows);
    if place.count > 0 {
        let last = (place.top + rows).min(place.count);
        let more = if page.complete { "" } else { "+" };
        let count = human::grouped(place.count as u64);
        parts.push((format!("{}-{last} of {count}{more}", place.top + 1), muted));
        if page.asked.is_some() {
            parts.push(("reading older ones".to_owned(), muted));
        }
    }
    if let (Some(error), true) = (&page.error, place.count > 0) {
        parts.push((error.clone(), style(model, Token::Fail)));
    }
    rule(model, buffer, area, &parts, true);
}

fn nothing(model: &Model, buffer: &mut Buffer, area: Rect, page: &EventsPage) {
    let Some(mut row) = Row::of(area, 1.min(area.height.saturating_sub(1))) else { return };
    row.skip(3);
    let (text, token) = match (&page.error, page.asked.is_some(), page.len()) {
        (Some(error), _, _) => (error.clone(), Token::Fail),
        (None, true, _) => ("asking the supervisor".to_owned(), Token::Muted),
        (None, false, 0) => ("nothing has happened yet".to_owned(), Token::Muted),
        (None, false, kept) => (format!("none of {} fits", human::plural(kept, "event")), Token::Muted),
    };
    row.put(model, buffer, &text, style(model, token));
}
