//! The keys: those of the focused pane and those of everywhere, one below the other or, where there is room, side by
//! side; what is typed searches them. All of it is the live keymap's.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::dialog::wrapped;
use super::paint::{Row, clear, rule, style};
use crate::model::action::{Action, Scope};
use crate::text::width::width;
use crate::tui::keymap::shown;
use crate::tui::layout::layout;
use crate::tui::model::Model;
use crate::tui::theme::Token;

/// From this width on there are two columns.
const TWO_FROM: u16 = 120;
/// Cells of the keys at most.
const KEYS: usize = 16;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// What follows.
    Head(&'static str),
    /// An action.
    Key {
        /// Which.
        action: Action,
        /// Its keys; none where the palette alone has it.
        keys: String,
        /// What it does.
        help: &'static str,
    },
}

/// All lines of a scope that fit the search; none without a heading.
fn section(model: &Model, scope: Scope, search: &str) -> Vec<Line> {
    let search = search.trim().to_lowercase();
    let mut out = vec![Line::Head(title(scope))];
    for spec in model.keymap.specs(scope) {
        let keys: Vec<String> =
            model.keymap.keys(scope, spec.action).map(|key| shown(key, model.start.glyphs)).collect();
        let keys = keys.join(" ");
        let texts = [spec.help, spec.name, keys.as_str()].map(str::to_lowercase);
        if search.split_whitespace().all(|word| texts.iter().any(|text| text.contains(word))) {
            out.push(Line::Key { action: spec.action, keys, help: spec.help });
        }
    }
    if out.len() == 1 { Vec::new() } else { out }
}

/// All lines that fit the search.
#[cfg(test)]
pub(crate) fn lines(model: &Model, scope: Scope, search: &str) -> Vec<Line> {
    [scope, Scope::Global].into_iter().flat_map(|scope| section(model, scope, search)).collect()
}

fn title(scope: Scope) -> &'static str {
    match scope {
        Scope::Table => "table",
        Scope::Logs => "logs",
        Scope::Detail => "detail",
        Scope::Global => "everywhere",
        Scope::Dialog | Scope::Prompt | Scope::Copy | Scope::Save => "here",
    }
}

/// What is drawn in a row: keys and a part of what they do, or a heading.
#[derive(Debug)]
struct Drawn {
    keys: String,
    text: String,
    is_head: bool,
}

/// The columns, each with its rows as they are broken at its width; and the cells of the keys.
fn columns(model: &Model, scope: Scope, search: &str) -> (Vec<Vec<Drawn>>, usize) {
    let sections = [scope, Scope::Global].map(|scope| section(model, scope, search));
    let count =
        if model.size.width >= TWO_FROM && sections.iter().all(|part| !part.is_empty()) { 2 } else { 1 };
    let cells = usize::from(model.size.width) / count;
    let of_keys = |line: &Line| match line {
        Line::Key { keys, .. } => width(keys),
        Line::Head(_) => 0,
    };
    let widest = sections.iter().flatten().map(of_keys).max().unwrap_or(0);
    let keys = widest.min(KEYS).min(cells / 4).max(4);
    // A blank and two cells before the keys, a blank behind them, and one at the end.
    let room = cells.saturating_sub(keys + 5).max(8);
    let drawn =
        sections.map(|part| part.iter().flat_map(|line| rows_of(line, keys, room)).collect::<Vec<_>>());
    let columns =
        if count == 2 { drawn.into_iter().collect() } else { vec![drawn.into_iter().flatten().collect()] };
    (columns, keys)
}

fn rows_of(line: &Line, key_cells: usize, room: usize) -> Vec<Drawn> {
    let Line::Key { keys, help, .. } = line else {
        let Line::Head(text) = line else { return Vec::new() };
        return vec![Drawn { keys: String::new(), text: (*text).to_owned(), is_head: true }];
    };
    let mut keys = wrapped(keys, key_cells).into_iter();
    let mut help = wrapped(help, room).into_iter();
    let mut rows = Vec::new();
    loop {
        let (keys, text) = (keys.next(), help.next());
        if keys.is_none() && text.is_none() {
            return rows;
        }
        let (keys, text) = (keys.unwrap_or_default(), text.unwrap_or_default());
        rows.push(Drawn { keys, text, is_head: false });
    }
}

/// Rows for lines in a body of this height.
pub(crate) fn rows(height: u16) -> usize {
    usize::from(height.saturating_sub(1)).max(1)
}

/// The first row of the last page.
pub(crate) fn last_top(model: &Model, scope: Scope, search: &str) -> usize {
    let (columns, _) = columns(model, scope, search);
    let longest = columns.iter().map(Vec::len).max().unwrap_or(0);
    longest.saturating_sub(rows(layout(model).body.height))
}

/// Draws it over the whole body.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect, scope: Scope, search: &str, top: usize) {
    clear(model, buffer, area);
    let (columns, key_cells) = columns(model, scope, search);
    let rows = rows(area.height);
    let longest = columns.iter().map(Vec::len).max().unwrap_or(0);
    let top = top.min(longest.saturating_sub(rows));
    let typed = crate::tui::ansi::plain(search);
    let found = if typed.is_empty() { "type to search".to_owned() } else { format!("search: {typed}") };
    let mut parts =
        vec![("keys".to_owned(), style(model, Token::Accent)), (found, style(model, Token::Muted))];
    if longest > rows {
        let text = format!("{}-{} of {longest}", top + 1, (top + rows).min(longest));
        parts.push((text, style(model, Token::Muted)));
    }
    rule(model, buffer, area, &parts, true);
    let cells = area.width / columns.len().max(1) as u16;
    for (index, column) in columns.iter().enumerate() {
        let x = area.x + cells * index as u16;
        let part = Rect { x, width: cells, ..area };
        for (y, drawn) in (1..).zip(column.iter().skip(top).take(rows)) {
            let Some(mut row) = Row::of(part, y) else { return };
            row.skip(1);
            if drawn.is_head {
                row.put(model, buffer, &drawn.text, style(model, Token::Muted));
                continue;
            }
            row.skip(2);
            row.cell(model, buffer, &drawn.keys, style(model, Token::Key), key_cells, false);
            row.skip(1);
            row.put(model, buffer, &drawn.text, Style::new());
        }
    }
    if let (0, Some(mut row)) = (longest, Row::of(area, 1)) {
        row.skip(3);
        row.put(model, buffer, "no key fits", style(model, Token::Muted));
    }
}
