//! The short messages of before, newest first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::dialog::wrapped;
use super::paint::{Row, clear, rule, style};
use super::state;
use crate::text::human;
use crate::tui::layout::layout;
use crate::tui::model::{Level, Model};
use crate::tui::theme::Token;

/// Cells before the text: a blank, the time, the sign.
const BEFORE: u16 = 12;

/// A line: its time and sign where a message begins, and its text.
type Line = (Option<(String, Level)>, String);

fn lines(model: &Model) -> Vec<Line> {
    let cells = usize::from(model.size.width.saturating_sub(BEFORE + 1)).max(8);
    let mut out = Vec::new();
    for said in model.toasts.past() {
        let times = if said.times > 1 { format!(" ({} times)", said.times) } else { String::new() };
        for (at, part) in wrapped(&format!("{}{times}", said.text), cells).into_iter().enumerate() {
            let head = (at == 0).then(|| (state::time_of_day(model, said.at, "%H:%M:%S"), said.level));
            out.push((head, part));
        }
    }
    out
}

fn rows(area: Rect) -> usize {
    usize::from(area.height.saturating_sub(1)).max(1)
}

/// The first line of the last page.
pub(crate) fn last_top(model: &Model) -> usize {
    lines(model).len().saturating_sub(rows(layout(model).body))
}

/// Draws them over the whole body.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect, top: usize) {
    clear(model, buffer, area);
    let count = human::plural(model.toasts.past().len(), "message");
    let parts = [
        ("messages".to_owned(), style(model, Token::Accent)),
        (format!("{count}, newest first"), style(model, Token::Muted)),
    ];
    rule(model, buffer, area, &parts, true);
    let lines = lines(model);
    if let (true, Some(mut row)) = (lines.is_empty(), Row::of(area, 1)) {
        row.skip(1);
        row.put(model, buffer, "nothing was said yet", style(model, Token::Muted));
    }
    for (y, (head, text)) in (1..).zip(lines.iter().skip(top.min(last_top(model))).take(rows(area))) {
        let Some(mut row) = Row::of(area, y) else { return };
        row.skip(1);
        if let Some((time, level)) = head {
            let (sign, token) = super::toasts::sign(model, *level);
            row.cell(model, buffer, time, style(model, Token::Muted), 9, false);
            row.put(model, buffer, sign, style(model, token));
        }
        row.x = area.x + BEFORE.min(area.width);
        row.put(model, buffer, text, Style::new());
    }
}
