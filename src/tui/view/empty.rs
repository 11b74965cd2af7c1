//! No server is known: what to do about it; or nothing has come yet.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::paint::{Row, style};
use crate::model::action::{Action, Scope};
use crate::tui::ansi;
use crate::tui::model::{Connection, Model};
use crate::tui::theme::Token;

/// Draws it.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect) {
    let lines = match &model.connection {
        _ if super::has_data(model) => nothing_registered(model, area.width),
        Connection::Lost { error, .. } => unreachable(model, error),
        Connection::Connecting { .. } | Connection::Live => Vec::new(),
    };
    for (y, parts) in lines.into_iter().enumerate() {
        let Some(mut row) = Row::of(area, y as u16 + 1) else { return };
        row.skip(LEAD);
        for (text, text_style) in parts {
            row.put(model, buffer, &text, text_style);
        }
    }
}

type Line = Vec<(String, Style)>;

/// What each command does, in many words and in few.
const COMMANDS: [(&str, [&str; 3]); 2] = [
    (
        "ostler init",
        [
            "write an ostler.toml here, from a Procfile if there is one",
            "write an ostler.toml here",
            "write ostler.toml",
        ],
    ),
    (
        "ostler up",
        [
            "register this project and start its servers",
            "register it and start its servers",
            "start its servers",
        ],
    ),
];

/// Cells before the text.
const LEAD: u16 = 3;

fn nothing_registered(model: &Model, width: u16) -> Vec<Line> {
    let key = style(model, Token::Key);
    let place = model.host.as_deref().map_or_else(String::new, |host| format!(" on {}", ansi::plain(host)));
    let mut lines = vec![vec![(format!("No servers registered{place}."), Style::new())], Vec::new()];
    let gap = if width < 60 { 13 } else { 19 };
    let room = usize::from(width.saturating_sub(LEAD)) - gap;
    let fits = |words: usize| COMMANDS.iter().all(|(_, does)| does[words].len() <= room);
    let words = (0..2).find(|words| fits(*words)).unwrap_or(2);
    for (command, does) in COMMANDS {
        lines.push(vec![(format!("{command:<gap$}"), key), (does[words].to_owned(), Style::new())]);
    }
    lines.push(Vec::new());
    lines.push(keys(model));
    lines
}

/// The footer's keys once more, where somebody looks who is here for the first time.
fn keys(model: &Model) -> Line {
    let pairs = super::footer::hints(model).into_iter().flat_map(|(_, key, word)| {
        [(key, style(model, Token::Key)), (format!(" {word}    "), style(model, Token::Muted))]
    });
    pairs.collect()
}

fn unreachable(model: &Model, error: &str) -> Vec<Line> {
    let mut lines = vec![
        vec![("The supervisor can't be reached.".to_owned(), style(model, Token::Warn))],
        Vec::new(),
        vec![(ansi::plain(error), Style::new())],
        Vec::new(),
    ];
    if let Some(key) = model.keymap.hint(Scope::Global, Action::Reconnect, model.start.glyphs) {
        let does = (" try again now".to_owned(), style(model, Token::Muted));
        lines.push(vec![(key, style(model, Token::Key)), does]);
    }
    lines
}
