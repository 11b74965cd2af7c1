//! The sanitizers: what each sink gets from the [machine](super::machine).

use std::borrow::Cow;
use std::ops::Range;

use super::machine::{Return, Sink, run};
use super::spans::StyledText;
use super::style::Style;
use super::width::width;

/// Columns from one tab stop to the next, counted from the line's beginning.
const TAB: usize = 8;

/// One line as text alone.
///
/// Escape sequences, controls and characters that hide or reorder are dropped; invalid UTF-8 becomes U+FFFD; a tab
/// becomes spaces up to the next multiple of eight columns; any other line break inside becomes a space. Of a line
/// that carriage returns write over again and again, what came last stays. A character keeps eight combining marks.
pub fn plain(bytes: &[u8]) -> Cow<'_, str> {
    sanitized(bytes, Return::Restart)
}

/// A name or a command line as text alone: as [`plain`], but a carriage return hides nothing, it becomes a space.
pub fn plain_str(text: &str) -> Cow<'_, str> {
    sanitized(text.as_bytes(), Return::Space)
}

fn sanitized(bytes: &[u8], returns: Return) -> Cow<'_, str> {
    if bytes.iter().all(|b| matches!(b, b' '..=b'~'))
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return Cow::Borrowed(text);
    }
    let mut sink = Plain::with_room(bytes.len());
    run(bytes, returns, &mut sink);
    Cow::Owned(sink.into_text())
}

/// One line as text and its colours; everything else is as in [`plain`].
pub fn styled(bytes: &[u8]) -> StyledText {
    let mut sink = Styled { plain: Plain::with_room(bytes.len()), ..Styled::default() };
    run(bytes, Return::Restart, &mut sink);
    StyledText { text: sink.plain.into_text(), spans: sink.spans }
}

/// One line as text whose only escape sequences are colours; it ends with a reset if it has any.
pub fn sgr(bytes: &[u8]) -> String {
    styled(bytes).into_sgr()
}

#[derive(Default)]
struct Plain {
    text: Vec<u8>,
    /// Where the text after the last tab begins; its column is a tab stop.
    stop: usize,
}

impl Plain {
    fn with_room(bytes: usize) -> Self {
        Self { text: Vec::with_capacity(bytes), stop: 0 }
    }

    /// The machine sends valid UTF-8 only, so nothing is lost here.
    fn into_text(self) -> String {
        String::from_utf8(self.text)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }
}

impl Sink for Plain {
    fn text(&mut self, run: &[u8]) {
        self.text.extend_from_slice(run);
    }

    fn tab(&mut self) {
        let columns = std::str::from_utf8(&self.text[self.stop..]).map_or(0, width);
        self.text.resize(self.text.len() + TAB - columns % TAB, b' ');
        self.stop = self.text.len();
    }

    fn sgr(&mut self, _params: &[u8]) {}

    fn restart(&mut self) {
        self.text.clear();
        self.stop = 0;
    }
}

#[derive(Default)]
struct Styled {
    plain: Plain,
    spans: Vec<(Range<usize>, Style)>,
    style: Style,
}

impl Styled {
    /// Gives the text since `start` the style of now.
    fn cover(&mut self, start: usize) {
        let end = self.plain.text.len();
        if start == end {
            return;
        }
        match self.spans.last_mut() {
            Some((range, style)) if *style == self.style => range.end = end,
            _ => self.spans.push((start..end, self.style)),
        }
    }
}

impl Sink for Styled {
    fn text(&mut self, run: &[u8]) {
        let start = self.plain.text.len();
        self.plain.text(run);
        self.cover(start);
    }

    fn tab(&mut self) {
        let start = self.plain.text.len();
        self.plain.tab();
        self.cover(start);
    }

    fn sgr(&mut self, params: &[u8]) {
        self.style.apply(params);
    }

    fn restart(&mut self) {
        self.plain.restart();
        self.spans.clear();
    }
}
