//! The scroll bar: which part of the window is on the screen, and where the errors are.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use crate::text::Level;
use crate::tui::layout::log_room;
use crate::tui::model::Model;
use crate::tui::theme::Token;
use crate::tui::view::paint::style;

/// Draws it, where not all of the window is on the screen.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect, end: i64) {
    let store = &model.log.store;
    let height = i64::from(area.height);
    let count = store.len().max(1) as i64;
    let (top, skipped) = model.log.top(log_room(model));
    if top == store.first() && skipped == 0 && end - top >= count {
        return;
    }
    let from = (top - store.first()) * height / count;
    let to = ((end - store.first()) * height).div_euclid(count).max(from + 1);
    let errors = errors(model, area.height);
    let x = area.right() - 1;
    let glyphs = model.start.glyphs;
    for y in 0..area.height {
        let inside = (from..to).contains(&i64::from(y));
        let has_error = errors.get(usize::from(y)).is_some_and(|has| *has);
        let (sign, look) = match (has_error, inside) {
            (true, true) => ("!", style(model, Token::LogError).add_modifier(Modifier::REVERSED)),
            (true, false) => ("!", style(model, Token::LogError)),
            (false, true) => (glyphs.pick("█", "#"), style(model, Token::Border)),
            (false, false) => (glyphs.pick("│", "|"), style(model, Token::Border)),
        };
        buffer.set_stringn(x, area.y + y, sign, 1, look);
    }
}

/// For each row of the bar, whether there is an error in its part of the window.
fn errors(model: &Model, height: u16) -> Vec<bool> {
    let store = &model.log.store;
    let height = usize::from(height);
    let mut rows = vec![false; height];
    for (at, line) in store.iter().enumerate() {
        if matches!(line.level, Some(Level::Error | Level::Fatal))
            && let Some(row) = rows.get_mut(at * height / store.len())
        {
            *row = true;
        }
    }
    rows
}
