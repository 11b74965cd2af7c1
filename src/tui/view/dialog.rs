//! The box in the middle that questions and texts stand in.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::paint::{Row, clear, style};
use crate::text::width::width;
use crate::tui::model::Model;
use crate::tui::theme::Token;

/// Cells of a box at most.
pub(super) const WIDTH: u16 = 72;
/// Parts of a line.
pub(super) type Text = Vec<(String, Style)>;

/// Broken at spaces; a word that is longer than a line is cut where it must be.
pub(super) fn wrapped(text: &str, cells: usize) -> Vec<String> {
    let cells = cells.max(1);
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let mut rest = word.to_owned();
        while let Some(line) = lines.last_mut() {
            let gap = usize::from(!line.is_empty());
            if width(line) + gap + width(&rest) <= cells {
                line.push_str(&" ".repeat(gap));
                line.push_str(&rest);
                break;
            }
            if line.is_empty() {
                let clip = crate::text::width::clip(&rest, 0, cells);
                let end = if clip.range.end == 0 { rest.len() } else { clip.range.end };
                line.push_str(&rest[..end]);
                rest = rest.split_off(end);
                if rest.is_empty() {
                    break;
                }
            }
            lines.push(String::new());
        }
    }
    lines
}

/// The box in the middle of `area`; what is inside it.
pub(super) fn framed(
    model: &Model,
    buffer: &mut Buffer,
    area: Rect,
    (cells, rows): (u16, u16),
    title: &str,
) -> Rect {
    let (cells, rows) = (cells.min(area.width), rows.min(area.height));
    let frame = Rect {
        x: area.x + (area.width - cells) / 2,
        y: area.y + (area.height - rows) / 2,
        width: cells,
        height: rows,
    };
    clear(model, buffer, frame);
    let glyphs = model.start.glyphs;
    let [top_left, top_right, bottom_left, bottom_right, dash, bar] =
        glyphs.pick(["┌", "┐", "└", "┘", "─", "│"], ["+", "+", "+", "+", "-", "|"]);
    let line = style(model, Token::BorderFocus);
    for y in 0..rows {
        let Some(mut row) = Row::of(frame, y) else { continue };
        let (first, last) = match y {
            0 => (top_left, top_right),
            y if y + 1 == rows => (bottom_left, bottom_right),
            _ => (bar, bar),
        };
        row.put(model, buffer, first, line);
        if y == 0 {
            row.put(model, buffer, dash, line);
            let mut inner = Row { end: row.end.saturating_sub(1), ..row };
            inner.put(model, buffer, &format!(" {title} "), style(model, Token::Accent));
            row.x = inner.x;
        }
        let mut middle = Row { end: frame.right().saturating_sub(1), ..row };
        if y == 0 || y + 1 == rows {
            middle.fill(buffer, dash, line);
        }
        let mut end = Row { x: frame.right().saturating_sub(1), ..row };
        end.put(model, buffer, last, line);
    }
    Rect {
        x: frame.x + 2.min(cells),
        y: frame.y + 1.min(rows),
        width: cells.saturating_sub(4),
        height: rows.saturating_sub(2),
    }
}

/// Writes them from the top.
pub(super) fn lines(model: &Model, buffer: &mut Buffer, area: Rect, text: &[Text]) {
    for (y, parts) in text.iter().enumerate() {
        let Some(mut row) = Row::of(area, y as u16) else { return };
        for (part, part_style) in parts {
            row.put(model, buffer, part, *part_style);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_break_at_spaces_and_nothing_is_lost() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrapped("", 5), [""]);
        assert_eq!(wrapped("日本語", 1), ["日本語"]);
    }
}
