//! What is searched for, marked in a line as it is shown.

use std::ops::Range;

use ratatui::style::Style;
use unicode_segmentation::GraphemeCursor;

use crate::tui::ansi::{Line, Span};
use crate::tui::model::Model;
use crate::tui::model::log_store::Stored;
use crate::tui::theme::Token;
use crate::tui::view::paint::style;

/// Marks in one line at most.
const MARKS_MAX: usize = 1000;

/// Marks every match of the search in a line that is ready to be drawn.
pub(super) fn mark(model: &Model, stored: &Stored, line: &mut Line) {
    let Some(search) = &model.log.search else { return };
    let text: String = line.spans.iter().map(|span| span.text.as_str()).collect();
    let ranges = search.regex.find_iter(&text).map(|found| found.range());
    let ranges = ranges.filter(|range| !range.is_empty()).map(|range| whole(&text, &range));
    let mut ranges = ranges.take(MARKS_MAX).peekable();
    if ranges.peek().is_none() {
        return;
    }
    let is_current = model.log.current == Some(model.log.place_of(stored));
    let marked = style(model, if is_current { Token::MatchCurrent } else { Token::Match });
    let mut out: Vec<Span> = Vec::new();
    let mut begin = 0;
    for span in line.spans.drain(..) {
        let end = begin + span.text.len();
        let mut at = begin;
        while at < end {
            while ranges.peek().is_some_and(|range| range.end <= at) {
                ranges.next();
            }
            let (upto, look): (usize, Style) = match ranges.peek() {
                Some(range) if range.start <= at => (range.end.min(end), span.style.patch(marked)),
                Some(range) => (range.start.min(end), span.style),
                None => (end, span.style),
            };
            out.push(Span { text: span.text[at - begin..upto - begin].to_owned(), style: look });
            at = upto;
        }
        begin = end;
    }
    line.spans = out;
}

/// The same with the whole of the characters at its ends: an accent is not drawn apart from its letter.
fn whole(text: &str, range: &Range<usize>) -> Range<usize> {
    let cursor = |at| GraphemeCursor::new(at, text.len(), true);
    let is_end = |at| cursor(at).is_boundary(text, 0).unwrap_or(true);
    let beyond = |found: Option<usize>, at| if is_end(at) { at } else { found.unwrap_or(at) };
    let before = cursor(range.start).prev_boundary(text, 0).ok().flatten();
    let after = cursor(range.end).next_boundary(text, 0).ok().flatten();
    beyond(before, range.start)..beyond(after, range.end)
}
