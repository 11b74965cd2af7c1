//! The sanitizers: what each sink gets from the [machine](super::machine).

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

use super::machine::{Return, Sink, run};
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
    let mut sink = Plain::default();
    sink.text.reserve(bytes.len());
    run(bytes, returns, &mut sink);
    Cow::Owned(sink.text)
}

/// One line as text and its colours; everything else is as in [`plain`].
pub fn styled(bytes: &[u8]) -> StyledText {
    let mut sink = Styled::default();
    run(bytes, Return::Restart, &mut sink);
    StyledText { text: sink.plain.text, spans: sink.spans }
}

/// One line as text whose only escape sequences are colours; it ends with a reset if it has any.
pub fn sgr(bytes: &[u8]) -> String {
    let StyledText { text, spans } = styled(bytes);
    if spans.iter().all(|(_, style)| *style == Style::default()) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + spans.len() * 12);
    let mut now = Style::default();
    for (range, style) in spans {
        if style != now {
            // writing to a String cannot fail
            let _ = write!(out, "{style}");
            now = style;
        }
        out.push_str(&text[range]);
    }
    if now != Style::default() {
        let _ = write!(out, "{}", Style::default());
    }
    out
}

/// Safe text and how its parts look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StyledText {
    /// The text, as [`plain`] gives it.
    pub text: String,
    /// Byte ranges of it, in order and without gaps; neighbours differ in style.
    pub spans: Vec<(Range<usize>, Style)>,
}

#[derive(Default)]
struct Plain {
    text: String,
    /// Where the text after the last tab begins; its column is a tab stop.
    stop: usize,
}

impl Sink for Plain {
    fn text(&mut self, run: &str) {
        self.text.push_str(run);
    }

    fn tab(&mut self) {
        let spaces = TAB - width(&self.text[self.stop..]) % TAB;
        self.text.extend(std::iter::repeat_n(' ', spaces));
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
    fn text(&mut self, run: &str) {
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
