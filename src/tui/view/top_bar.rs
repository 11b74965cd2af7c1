//! The top bar: where, how many in which state, whether anything can be done.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::counts::{self, Kind};
use super::paint::{Row, style};
use super::state;
use crate::text::human;
use crate::text::width::width;
use crate::tui::model::{Connection, Model};
use crate::tui::theme::Token;
use crate::tui::{ansi, format};

/// How many servers are how; what is zero is left out, but for those that are up.
pub(super) fn counts(model: &Model) -> Vec<Kind> {
    let mut kinds = counts::of(model.servers.all().iter());
    if kinds.first().is_none_or(|(word, ..)| *word != "up") {
        kinds.insert(0, ("up", "up", Token::Ok, 0));
    }
    kinds
}

/// What is on with the table: a filter, marks, failures that nobody has looked at. Long and short.
fn table_notes(model: &Model) -> Vec<(String, String, Token)> {
    let servers = &model.servers;
    let mut notes = Vec::new();
    if !servers.filter().is_empty() {
        let (shown, all) = (servers.shown().len(), servers.all().len());
        notes.push((format!("{shown} of {all} shown"), format!("{shown}/{all}"), Token::Match));
    }
    let (marks, shown) = (servers.marks(), servers.marked().len());
    match marks - shown {
        _ if marks == 0 => {}
        0 => notes.push((format!("{marks} marked"), format!("{marks} marked"), Token::Accent)),
        hidden => {
            notes.push((
                format!("{shown} marked, {hidden} hidden"),
                format!("{shown} marked+{hidden}"),
                Token::Accent,
            ));
        }
    }
    if servers.unread() > 0 {
        let unread = servers.unread();
        notes.push((format!("{unread} unread"), format!("{unread} unread"), Token::Fail));
    }
    notes
}

type Part = (String, Style);

fn cells(parts: &[Part]) -> usize {
    parts.iter().map(|(text, _)| width(text)).sum()
}

/// Draws it.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect) {
    let Some(mut row) = Row::of(area, 0) else { return };
    let bar = style(model, Token::Bar);
    buffer.set_style(area, bar);
    let badge = badge(model);
    let (left, middle, right) = parts(model, usize::from(area.width), cells(&badge));
    for (text, text_style) in left {
        row.put(model, buffer, &text, text_style);
    }
    let wide = cells(&right) > 0 || model.is_lost();
    let rest = cells(&middle) + cells(&right) + cells(&badge);
    if !wide {
        row.skip(row.left().saturating_sub(rest) as u16);
    }
    for (text, text_style) in middle {
        row.put(model, buffer, &text, text_style);
    }
    row.skip(row.left().saturating_sub(cells(&right) + cells(&badge)) as u16);
    for (text, text_style) in right.into_iter().chain(badge) {
        row.put(model, buffer, &text, text_style);
    }
}

/// Below this the words are short.
const NARROW: usize = 70;

fn badge(model: &Model) -> Vec<Part> {
    let gap = if usize::from(model.size.width) < NARROW || model.is_lost() { 2 } else { 3 };
    let (text, token) = if model.read_only { ("watch", Token::Accent) } else { ("rw", Token::Muted) };
    vec![
        (" ".repeat(gap), Style::new()),
        (text.to_owned(), style(model, token)),
        (" ".to_owned(), Style::new()),
    ]
}

/// What stands at the left, after it, and at the right, as it fits into `total` cells beside the badge.
fn parts(model: &Model, total: usize, badge: usize) -> (Vec<Part>, Vec<Part>, Vec<Part>) {
    let name = vec![(" ostler".to_owned(), style(model, Token::Accent))];
    let host = model.host.as_deref().map(ansi::plain);
    let mut with_host = name.clone();
    if let Some(host) = host {
        with_host.push((format!("  {host}"), Style::new()));
    }
    if let Some((lost, data)) = connection(model, false) {
        if cells(&with_host) + cells(&lost) + cells(&data) + badge <= total {
            return (with_host, lost, data);
        }
        if cells(&name) + cells(&lost) + badge <= total {
            return (name, lost, Vec::new());
        }
        let (short, _) = connection(model, true).unwrap_or_default();
        return (Vec::new(), short, Vec::new());
    }
    let mut full = with_host.clone();
    full.push((format!("  {} ", human::plural(model.servers.all().len(), "server")), Style::new()));
    let (long, short) = (figures(model, false), figures(model, true));
    let box_figures = host_figures(model);
    let fits = |left: &[Part], middle: &[Part], right: &[Part]| {
        cells(left) + cells(middle) + cells(right) + badge <= total
    };
    if !box_figures.is_empty() && fits(&full, &long, &box_figures) {
        (full, long, box_figures)
    } else if total < NARROW {
        // Words are shorter here, and what matters least goes if even that is too long.
        let mut short = short;
        let name = if fits(&name, &short, &[]) { name } else { Vec::new() };
        while !fits(&name, &short, &[]) && short.pop().is_some() {}
        (name, short, Vec::new())
    } else if fits(&with_host, &long, &[]) {
        (with_host, long, Vec::new())
    } else if fits(&name, &long, &[]) {
        (name, long, Vec::new())
    } else {
        (name, short, Vec::new())
    }
}

fn figures(model: &Model, short: bool) -> Vec<Part> {
    let mut parts = Vec::new();
    for (long, few, token) in table_notes(model) {
        let (gap, text) = if short { (" ", few) } else { ("  ", long) };
        parts.push((format!("{gap}{text}"), style(model, token)));
    }
    for (word, few, token, number) in counts(model) {
        let (gap, word) = if short { (" ", few) } else { ("  ", word) };
        parts.push((format!("{gap}{number} {word}"), style(model, token)));
    }
    parts
}

fn host_figures(model: &Model) -> Vec<Part> {
    let Some(figures) = model.figures else { return Vec::new() };
    let (used, total) = (format::gigabytes(figures.memory_used), format::gigabytes(figures.memory_total));
    vec![(
        format!("  host CPU {:.0}%  MEM {used}/{total}G ", figures.cpu_percent),
        style(model, Token::Muted),
    )]
}

/// What is to be said of the connection, in full or in few words, and of the age of the data.
fn connection(model: &Model, short: bool) -> Option<(Vec<Part>, Vec<Part>)> {
    match &model.connection {
        Connection::Live => None,
        Connection::Connecting { since } => {
            let waits = model.now.mono.saturating_sub(*since);
            if waits < super::SPINNER_AFTER {
                return Some((Vec::new(), Vec::new()));
            }
            let turn = (waits.as_millis() / 200 % 4) as usize;
            let sign = model.start.glyphs.pick(["◐", "◓", "◑", "◒"], ["|", "/", "-", "\\"])[turn];
            Some((vec![(format!("   {sign} connecting"), style(model, Token::Pending))], Vec::new()))
        }
        Connection::Lost { data, since, retry_at, .. } => {
            let elapsed = model.now.mono.saturating_sub(*since).as_secs();
            let age = human::age(elapsed as f64);
            let key = model.keymap.hint(
                crate::model::action::Scope::Global,
                crate::model::action::Action::Reconnect,
                model.start.glyphs,
            );
            let next = match retry_at {
                Some(at) => {
                    let left = format::countdown(at.saturating_sub(model.now.mono));
                    format!(", retry in {left}s ({})", key.unwrap_or_default().to_lowercase())
                }
                None => ", connecting".to_owned(),
            };
            let word = if short { " LOST" } else { "   DISCONNECTED" };
            let mut parts = vec![(word.to_owned(), style(model, Token::Fail).add_modifier(Modifier::BOLD))];
            parts.push((format!(" {age}{next}"), style(model, Token::Warn)));
            let from = data.map(|at| {
                (
                    format!("  data from {}", state::time_of_day(model, at, "%H:%M:%S")),
                    style(model, Token::Muted),
                )
            });
            Some((parts, from.into_iter().collect()))
        }
    }
}
