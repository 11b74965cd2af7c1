//! How many columns a text takes on a screen, and cutting it to columns.
//!
//! Everything is counted in grapheme clusters, so that no cut falls inside of what a reader takes for one character.
//! The texts are expected to be safe already, see [`super::plain`].

use std::borrow::Cow;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr;

/// Stands for what was cut off.
pub const ELLIPSIS: &str = "…";

/// Columns of `text`.
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    let mut columns = 0;
    for c in text.chars() {
        if !is_narrow(c) {
            return text.graphemes(true).map(UnicodeWidthStr::width).sum();
        }
        columns += 1;
    }
    columns
}

/// Whether `c` surely takes one column and joins with none of its like: told without a table.
fn is_narrow(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{2ff}' | '\u{400}'..='\u{482}'
        | '\u{2500}'..='\u{259f}' | '\u{2800}'..='\u{28ff}' | char::REPLACEMENT_CHARACTER)
}

/// Whether each character of `text` surely takes one column by itself, and none is a control character.
pub fn is_simple(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b' '..=b'~')) || text.chars().all(is_narrow)
}

/// `text` in at most `cols` columns, with `…` at its end if something was cut; and the columns that it takes.
pub fn truncate(text: &str, cols: usize) -> (Cow<'_, str>, usize) {
    truncate_with(text, cols, ELLIPSIS)
}

/// As [`truncate`], with another mark: terminals without Unicode need `>` or `~`.
pub fn truncate_with<'a>(text: &'a str, cols: usize, mark: &str) -> (Cow<'a, str>, usize) {
    let whole = width(text);
    if whole <= cols {
        return (Cow::Borrowed(text), whole);
    }
    let mark_cols = width(mark);
    let Some(room) = cols.checked_sub(mark_cols) else { return (Cow::Borrowed(""), 0) };
    let kept = clip(text, 0, room);
    let used = width(&text[kept.range.clone()]);
    (Cow::Owned(format!("{}{mark}", &text[kept.range])), used + mark_cols)
}

/// `text` in exactly `cols` columns: cut, or filled with spaces at its end.
pub fn pad(text: &str, cols: usize) -> String {
    let (text, used) = truncate(text, cols);
    format!("{text}{:1$}", "", cols - used)
}

/// `text` in exactly `cols` columns: cut, or filled with spaces at its beginning.
pub fn pad_start(text: &str, cols: usize) -> String {
    let (text, used) = truncate(text, cols);
    format!("{:1$}{text}", "", cols - used)
}

/// What of a text is seen through a window of columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clip {
    /// Columns at the left edge that are the right half of a wide character: to be left blank.
    pub before: usize,
    /// The bytes that are seen whole.
    pub range: Range<usize>,
    /// Columns at the right edge that are the left half of a wide character: to be left blank.
    pub after: usize,
}

/// Finds what of `text` stands in the columns `from` to `from + cols`.
pub fn clip(text: &str, from: usize, cols: usize) -> Clip {
    let end = from.saturating_add(cols);
    if text.is_ascii() {
        return Clip { before: 0, range: from.min(text.len())..end.min(text.len()), after: 0 };
    }
    let (mut column, mut before, mut after) = (0, 0, 0);
    let mut range: Option<Range<usize>> = None;
    for (at, grapheme) in text.grapheme_indices(true) {
        let right = column + grapheme.width();
        if column >= from && right <= end {
            range = Some(range.map_or(at, |r| r.start)..at + grapheme.len());
        } else if right > from && column < end {
            if column < from {
                before = right.min(end) - from;
            } else {
                after = end - column;
            }
        }
        if right > end {
            break;
        }
        column = right;
    }
    Clip { before, range: range.unwrap_or(0..0), after }
}

/// What of `text` stands in the columns `from` to `from + cols`; half a wide character is a space.
pub fn clip_columns(text: &str, from: usize, cols: usize) -> Cow<'_, str> {
    let Clip { before, range, after } = clip(text, from, cols);
    if before == 0 && after == 0 {
        return Cow::Borrowed(&text[range]);
    }
    Cow::Owned(format!("{:1$}{2}{3:4$}", "", before, &text[range], "", after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_without_a_table_is_one_column_and_stands_alone() {
        let narrow: Vec<char> = ('\0'..=char::MAX).filter(|c| is_narrow(*c)).collect();
        for c in &narrow {
            assert_eq!(UnicodeWidthStr::width(&*c.to_string()), 1, "{c:?}");
        }
        let text: String = narrow.iter().collect();
        assert_eq!(text.graphemes(true).count(), narrow.len());
    }
}
