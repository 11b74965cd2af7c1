//! Short messages above the footer, the newest lowest.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::paint::{Row, clear, style};
use crate::model::action::{Action, Scope};
use crate::text::width::width;
use crate::tui::layout::layout;
use crate::tui::model::{Level, Model, Toast};
use crate::tui::theme::Token;

/// Messages on the screen at once.
const SHOWN: usize = 3;
/// In a body of less rows it is one.
const SEVERAL_FROM: u16 = 8;

/// Below this width what is more is only counted.
const NARROW: u16 = 60;

const fn most(area: Rect) -> usize {
    if area.height < SEVERAL_FROM { 1 } else { SHOWN }
}

/// Rows of the body that they cover, at its end.
pub(crate) fn covered(model: &Model) -> usize {
    model.toasts.newest().len().min(most(layout(model).body))
}

/// Draws them.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect) {
    let shown = most(area);
    let total = model.toasts.newest().len() + model.toasts.folded();
    // Where there is place for one, it is that of an error.
    let first = model.toasts.newest().position(|toast| toast.level == Level::Error);
    let first = first.filter(|_| shown == 1).unwrap_or(0);
    for (back, toast) in model.toasts.newest().skip(first).take(shown).enumerate() {
        let Some(y) = area.height.checked_sub(1 + back as u16) else { return };
        let line = Rect { y: area.y + y, height: 1, ..area };
        let more = if back + 1 == shown { total - shown } else { 0 };
        one(model, buffer, line, toast, more);
    }
}

/// A level's sign and colour.
pub(super) fn sign(model: &Model, level: Level) -> (&'static str, Token) {
    let glyphs = model.start.glyphs;
    match level {
        Level::Info => (glyphs.pick("✓", "+"), Token::Ok),
        Level::Asked => (glyphs.pick("◐", "~"), Token::Pending),
        Level::Warning => (glyphs.pick("▲", "!"), Token::Warn),
        Level::Error => (glyphs.pick("✗", "x"), Token::Fail),
    }
}

fn one(model: &Model, buffer: &mut Buffer, line: Rect, toast: &Toast, more: usize) {
    clear(model, buffer, line);
    let Some(mut row) = Row::of(line, 0) else { return };
    let glyphs = model.start.glyphs;
    let (sign, token) = sign(model, toast.level);
    let esc = model.keymap.hint(Scope::Global, Action::Back, glyphs).unwrap_or_default();
    let mut tail: Vec<(String, Style)> = Vec::new();
    if more > 0 {
        let word = if model.size.width < NARROW { "" } else { " more" };
        tail.push((format!("  +{more}{word}"), style(model, Token::Muted)));
    }
    // The key acts on the selected server: it is offered only while that is the one; the last act can be taken back
    // wherever the cursor is.
    let is_undo =
        model.undo.as_ref().is_some_and(|undo| undo.subject == toast.subject) && toast.level != Level::Error;
    let is_about_selected = model.selected_id().is_some_and(|id| id.to_string() == toast.subject);
    if let (Some((key, word)), true) = (&toast.offer, is_about_selected || is_undo) {
        tail.push((format!("   {key}"), style(model, Token::Key)));
        tail.push((format!(" {word}"), Style::new()));
    }
    tail.push((format!("   {esc} "), style(model, Token::Muted)));
    let cells: usize = tail.iter().map(|(text, _)| width(text)).sum();
    row.skip(1);
    row.put(model, buffer, sign, style(model, token));
    row.skip(1);
    let mut text = Row { end: row.end.saturating_sub(cells as u16).max(row.x), ..row };
    text.put(model, buffer, &toast.text, style(model, token));
    row.x = text.end;
    for (part, part_style) in tail {
        row.put(model, buffer, &part, part_style);
    }
}
