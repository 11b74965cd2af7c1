//! The keys: those of the focused pane, then those of everywhere; what is typed searches them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::paint::{Row, clear, rule, style};
use crate::model::action::{Action, Scope};
use crate::tui::keymap::shown;
use crate::tui::model::Model;
use crate::tui::theme::Token;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// What follows.
    Head(&'static str),
    /// An action.
    Key {
        /// Which.
        action: Action,
        /// Its keys.
        keys: String,
        /// What it does.
        help: &'static str,
    },
}

/// All lines that fit the search.
pub(crate) fn lines(model: &Model, scope: Scope, search: &str) -> Vec<Line> {
    let search = search.to_lowercase();
    let mut out = Vec::new();
    for (scope, head) in [(scope, title(scope)), (Scope::Global, "everywhere")] {
        let mut found = Vec::new();
        for spec in model.keymap.specs(scope) {
            let keys: Vec<String> =
                model.keymap.keys(scope, spec.action).map(|key| shown(key, model.start.glyphs)).collect();
            let keys = keys.join(" ");
            let fits = [spec.help, spec.name, keys.as_str()]
                .iter()
                .any(|text| text.to_lowercase().contains(&search));
            if fits {
                found.push(Line::Key { action: spec.action, keys, help: spec.help });
            }
        }
        if !found.is_empty() {
            out.push(Line::Head(head));
            out.append(&mut found);
        }
    }
    out
}

fn title(scope: Scope) -> &'static str {
    match scope {
        Scope::Table => "table",
        Scope::Logs => "logs",
        Scope::Detail => "detail",
        Scope::Global | Scope::Dialog | Scope::Prompt | Scope::Copy => "here",
    }
}

/// Rows for lines in a body of this height.
pub(crate) fn rows(height: u16) -> usize {
    usize::from(height.saturating_sub(1)).max(1)
}

/// Draws it over the whole body.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect, scope: Scope, search: &str, top: usize) {
    clear(model, buffer, area);
    let lines = lines(model, scope, search);
    let search = crate::tui::ansi::plain(search);
    let found = if search.is_empty() { "type to search".to_owned() } else { format!("search: {search}") };
    let parts = [("keys".to_owned(), style(model, Token::Accent)), (found, style(model, Token::Muted))];
    rule(model, buffer, area, &parts, true);
    for (y, line) in (1..).zip(lines.iter().skip(top).take(rows(area.height))) {
        let Some(mut row) = Row::of(area, y) else { return };
        row.skip(1);
        match line {
            Line::Head(text) => row.put(model, buffer, text, style(model, Token::Muted)),
            Line::Key { keys, help, .. } => {
                row.skip(2);
                row.cell(model, buffer, keys, style(model, Token::Key), 14, false);
                row.skip(1);
                row.put(model, buffer, help, Style::new());
            }
        }
    }
    if let (true, Some(mut row)) = (lines.is_empty(), Row::of(area, 1)) {
        row.skip(3);
        row.put(model, buffer, "no key fits", style(model, Token::Muted));
    }
}
