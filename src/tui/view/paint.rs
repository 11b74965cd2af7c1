//! Text into cells. Whatever is drawn goes through here: too long a text is cut with a sign, a control character
//! never gets into a cell.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::text::width::{is_simple, truncate_with, width};
use crate::tui::model::Model;
use crate::tui::theme::Token;

/// Where text goes: a row, from `x` to before `end`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// Next cell.
    pub(super) x: u16,
    /// Row.
    pub(super) y: u16,
    /// Past the last cell.
    pub(super) end: u16,
}

impl Row {
    /// The row `y` of an area, counted from its top; `None` below its end.
    pub(super) fn of(area: Rect, y: u16) -> Option<Self> {
        (y < area.height && area.width > 0).then(|| Self { x: area.x, y: area.y + y, end: area.right() })
    }

    /// Cells that are left.
    pub(super) fn left(self) -> usize {
        usize::from(self.end.saturating_sub(self.x))
    }

    /// Writes and moves on; what does not fit is cut with `…`.
    pub(super) fn put(&mut self, model: &Model, buffer: &mut Buffer, text: &str, style: Style) {
        let mark = model.start.glyphs.pick("…", "~");
        let (text, cells) = truncate_with(text, self.left(), mark);
        if is_simple(&text) {
            self.put_simple(buffer, &text, style);
            self.x += cells as u16;
        } else {
            let (x, _) = buffer.set_stringn(self.x, self.y, &text, self.left(), style);
            self.x = x;
        }
    }

    /// A character for each cell: nearly all that is drawn, and most of a frame's time where it is taken apart like
    /// other text.
    fn put_simple(self, buffer: &mut Buffer, text: &str, style: Style) {
        let row = Rect { x: self.x, y: self.y, width: self.left() as u16, height: 1 };
        let seen = row.intersection(buffer.area);
        if seen.is_empty() || seen.x != self.x {
            return;
        }
        let first = buffer.index_of(self.x, self.y);
        for (cell, c) in buffer.content[first..].iter_mut().take(seen.width.into()).zip(text.chars()) {
            cell.set_char(c).set_style(style);
        }
    }

    /// The same in `cells` cells, to the left or to the right in them.
    pub(super) fn cell(
        &mut self,
        model: &Model,
        buffer: &mut Buffer,
        text: &str,
        style: Style,
        cells: usize,
        right: bool,
    ) {
        let cells = cells.min(self.left());
        let mut part = Self { end: self.x + cells as u16, ..*self };
        let end = part.end;
        if right {
            part.x += cells.saturating_sub(width(text)) as u16;
        }
        part.put(model, buffer, text, style);
        self.x = end;
    }

    /// Leaves cells as they are.
    pub(super) fn skip(&mut self, cells: u16) {
        self.x = (self.x + cells).min(self.end);
    }

    /// Repeats a sign of one cell to the end.
    pub(super) fn fill(&mut self, buffer: &mut Buffer, sign: &str, style: Style) {
        self.put_simple(buffer, &sign.repeat(self.left()), style);
        self.x = self.x.max(self.end);
    }
}

/// A token's style.
pub(super) fn style(model: &Model, token: Token) -> Style {
    model.theme.style(token)
}

/// Empties an area.
pub(super) fn clear(model: &Model, buffer: &mut Buffer, area: Rect) {
    let area = area.intersection(buffer.area);
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            buffer[(x, y)].reset();
        }
    }
    buffer.set_style(area, model.theme.base());
}

/// A rule with a title in it, as wide as the row: `── title ── more ────`.
pub(super) fn rule(model: &Model, buffer: &mut Buffer, area: Rect, parts: &[(String, Style)], focused: bool) {
    let Some(mut row) = Row::of(area, 0) else { return };
    let line = style(model, if focused { Token::BorderFocus } else { Token::Border });
    let dash = model.start.glyphs.pick("─", "-");
    let lead = if model.size.width >= crate::tui::layout::ROOMY_FROM { 1 } else { 2 };
    row.put(model, buffer, &dash.repeat(lead), line);
    for (text, text_style) in parts {
        // A part is shown whole or not at all.
        if width(text) + 4 > row.left() && row.x > area.x + lead as u16 {
            break;
        }
        if row.x > area.x + lead as u16 {
            row.put(model, buffer, &dash.repeat(2), line);
        }
        row.put(model, buffer, &format!(" {text} "), *text_style);
    }
    row.fill(buffer, dash, line);
}
