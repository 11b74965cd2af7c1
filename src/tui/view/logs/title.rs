//! The rule above the log: whose it is, what is shown of it, and how. What matters least goes where it is narrow.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::text::human::grouped;
use crate::text::width::{truncate_with, width};
use crate::tui::ansi;
use crate::tui::layout::ROOMY_FROM;
use crate::tui::model::log_search::Search;
use crate::tui::model::log_view::LogView;
use crate::tui::model::log_wanted::{CONTEXT, Sought};
use crate::tui::model::{Model, Pane};
use crate::tui::theme::Token;
use crate::tui::view::paint::{rule, style};

/// Cells of a pattern at most.
const PATTERN: usize = 24;

/// Weight from which on a word is said at the cost of the name.
const MUST: u8 = 95;
/// Cells of the name at least.
const NAME_LEAST: usize = 12;
/// Cells of an error at most.
const ERROR: usize = 40;

/// A word and its weight: the lighter ones go first. A number of a part of the rule: words of a part stand together.
struct Word {
    part: usize,
    weight: u8,
    text: String,
}

/// Draws it.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect) {
    let mut words = words(model, area);
    let name = name(model, area, &words);
    while too_wide(model, area, &name, &words)
        && let Some(lightest) = (0..words.len()).min_by_key(|at| words[*at].weight)
    {
        words.remove(lightest);
    }
    let muted = style(model, Token::Muted);
    let mut parts = vec![(name, style(model, Token::Accent))];
    for part in 0..PARTS {
        let text = joined(model, &words, part);
        let look: Style = match part {
            0 if !model.log.follows() => style(model, Token::Warn),
            1 | 2 => style(model, Token::Match),
            _ => muted,
        };
        if !text.is_empty() {
            parts.push((text, look));
        }
    }
    rule(model, buffer, area, &parts, model.focus == Pane::Logs);
}

/// How it is shown, the search, the table's filter, the table's rows.
const PARTS: usize = 4;

fn joined(model: &Model, words: &[Word], part: usize) -> String {
    let dot = if part == 1 { " " } else { model.start.glyphs.pick(" · ", " - ") };
    let own = words.iter().filter(|word| word.part == part).map(|word| word.text.as_str());
    own.collect::<Vec<_>>().join(dot)
}

/// Whether [`rule`] would leave a part out.
fn too_wide(model: &Model, area: Rect, name: &str, words: &[Word]) -> bool {
    let parts = (0..PARTS).map(|part| width(&joined(model, words, part))).filter(|cells| *cells > 0);
    let lead = if model.size.width >= ROOMY_FROM { 1 } else { 2 };
    lead + width(name) + 2 + parts.map(|cells| cells + 4).sum::<usize>() > usize::from(area.width)
}

/// Whose log; shortened where what must be said would not fit beside it.
fn name(model: &Model, area: Rect, words: &[Word]) -> String {
    let musts =
        words.iter().filter(|word| word.weight >= MUST).map(|word| width(&word.text) + 3).sum::<usize>();
    let room = usize::from(area.width).saturating_sub(musts + 6).max(NAME_LEAST);
    let more = model.start.glyphs.pick("…", "~");
    truncate_with(&whose(model), room, more).0.to_string()
}

fn whose(model: &Model) -> String {
    let log = &model.log;
    match (log.is_merged(), log.merged.first().or(log.server.as_ref())) {
        (true, _) => format!("logs: {} servers", log.merged.len()),
        (false, Some(id)) => format!("logs: {}", id.name()),
        (false, None) => "logs: none".to_owned(),
    }
}

fn words(model: &Model, area: Rect) -> Vec<Word> {
    let log = &model.log;
    let mut words = Vec::new();
    let mut add = |part, weight, text: String| words.push(Word { part, weight, text });
    add(0, 100, super::words::place(model));
    for (weight, word) in super::words::look(model, area) {
        add(0, weight, word);
    }
    narrow(log, &mut add);
    // Without lines it stands in their place.
    if let Some(error) = log.error.as_ref().filter(|_| log.store.len() > 0 && !model.is_lost()) {
        add(0, 85, format!("can't be read: {}", truncate_with(&ansi::plain(error), ERROR, "~").0));
    }
    if area.width >= 70 && (log.live || log.store.len() > 0) {
        let more = if log.complete && !log.detached { "" } else { "+" };
        let lines = if log.store.len() == 1 && more.is_empty() { "line" } else { "lines" };
        add(0, 10, format!("{}{more} {lines}", grouped(log.store.len() as u64)));
    }
    if let Some(search) = &log.search {
        add(1, 90, format!("/{}", pattern(&search.pattern)));
        add(1, 80, found(log, search));
        if search.wrapped {
            add(1, 60, "wrapped".to_owned());
        }
    }
    let filter = model.servers.filter();
    if !filter.is_empty() && model.prompt.is_none() {
        let (shown, all) = (model.servers.shown().len(), model.servers.all().len());
        add(2, 40, format!("/{} {shown} of {all}", ansi::plain(filter.text())));
    }
    if let Some(rows) = rows_shown(model) {
        add(3, 8, rows);
    }
    words
}

/// Which lines are left out.
fn narrow(log: &LogView, add: &mut impl FnMut(usize, u8, String)) {
    if let Some(include) = &log.narrow.include {
        add(0, 72, format!("&{}", pattern(include)));
    }
    if let Some(exclude) = &log.narrow.exclude {
        add(0, 71, format!("!{}", pattern(exclude)));
    }
    if let Some(level) = log.narrow.level {
        add(0, 73, format!("level>={level}"));
    }
    if let Some(hidden) = log.hidden() {
        add(0, 95, format!("+{} hidden", grouped(hidden)));
        if log.narrow.context && !log.is_merged() {
            add(0, 35, format!("{CONTEXT} around"));
        }
    }
    if log.seek.as_ref().is_some_and(|seek| seek.what == Sought::Error) {
        add(0, 55, "looking for an error".to_owned());
    }
    if let Some(share) = log.progress.and_then(percent) {
        add(0, 50, format!("reading {share} %"));
    } else if log.asked.is_some() && log.store.len() == 0 {
        add(0, 50, "reading".to_owned());
    }
}

/// What the search found, and how far it is.
fn found(log: &LogView, search: &Search) -> String {
    let count = grouped(search.count() as u64);
    let ordinal = log.current.and_then(|hit| search.ordinal(hit));
    match (ordinal, search.progress.and_then(percent)) {
        _ if search.is_full() => format!("{count}+"),
        (Some(number), _) => format!("{} of {count}", grouped(number as u64)),
        _ if search.done && search.count() == 0 => "no match".to_owned(),
        _ if search.done => format!("{count} found"),
        _ if search.error.is_some() => format!("{count} found, broken off"),
        (None, Some(share)) => format!("{count} found, searching {share} %"),
        (None, None) => "searching".to_owned(),
    }
}

fn percent((done, all): (u64, u64)) -> Option<u64> {
    (all > 0).then(|| done.min(all) * 100 / all)
}

fn pattern(text: &str) -> String {
    truncate_with(&ansi::plain(text), PATTERN, "~").0.to_string()
}

/// Which rows of the table are on the screen, where not all are.
fn rows_shown(model: &Model) -> Option<String> {
    let table = crate::tui::layout::layout(model).table?;
    let room = usize::from(table.height.saturating_sub(1));
    let all = model.servers.row_count();
    let last = (model.servers.top + room).min(all);
    (all > room).then(|| format!("rows {}-{last} of {all}", model.servers.top + 1))
}
