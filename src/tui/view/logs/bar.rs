//! The scroll bar.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::layout::log_room;
use crate::tui::model::Model;
use crate::tui::theme::Token;
use crate::tui::view::paint::style;

/// Which part of the window is on the screen, where that is not all of it.
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
    let x = area.right() - 1;
    for y in 0..area.height {
        let inside = (from..to).contains(&i64::from(y));
        let glyphs = model.start.glyphs;
        let sign = if inside { glyphs.pick("█", "#") } else { glyphs.pick("│", "|") };
        buffer.set_stringn(x, area.y + y, sign, 1, style(model, Token::Border));
    }
}
