//! Safe text with its colours as data.

use std::ops::Range;

use super::style::Style;

/// Safe text and how its parts look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StyledText {
    /// The text, as [`plain`](super::plain) gives it.
    pub text: String,
    /// Byte ranges of it, in order and without gaps; neighbours differ in style.
    pub spans: Vec<(Range<usize>, Style)>,
}

impl StyledText {
    /// Appends safe text.
    pub fn push(&mut self, text: &str, style: Style) {
        let start = self.text.len();
        self.text.push_str(text);
        self.cover(start, style);
    }

    /// Gives the text since `start` a style.
    fn cover(&mut self, start: usize, style: Style) {
        let end = self.text.len();
        if start == end {
            return;
        }
        match self.spans.last_mut() {
            Some((range, last)) if *last == style => range.end = end,
            _ => self.spans.push((start..end, style)),
        }
    }

    /// The same without the bytes of `gap`, which begins and ends between characters.
    #[must_use]
    pub fn without(&self, gap: Range<usize>) -> Self {
        let mut out = Self::default();
        for (range, style) in &self.spans {
            let before = range.start..range.end.min(gap.start);
            let after = range.start.max(gap.end)..range.end;
            for part in [before, after] {
                out.push(self.text.get(part).unwrap_or_default(), *style);
            }
        }
        out
    }

    /// The same with the bytes of `marks`, which are in order and apart, in another style: `how` makes it from theirs.
    #[must_use]
    pub fn marked(&self, marks: &[Range<usize>], how: impl Fn(Style) -> Style) -> Self {
        let mut out = Self::default();
        let mut marks = marks.iter().peekable();
        for (range, style) in &self.spans {
            let mut at = range.start;
            while at < range.end {
                while marks.next_if(|mark| mark.end <= at).is_some() {}
                let (end, style) = match marks.peek() {
                    Some(mark) if mark.start <= at => (mark.end.min(range.end), how(*style)),
                    Some(mark) => (mark.start.min(range.end), *style),
                    None => (range.end, *style),
                };
                out.push(self.text.get(at..end).unwrap_or_default(), style);
                at = end;
            }
        }
        out
    }

    /// The text with its colours as escape sequences; it ends with a reset if it has any.
    pub fn into_sgr(self) -> String {
        let Self { text, spans } = self;
        if spans.iter().all(|(_, style)| *style == Style::default()) {
            return text;
        }
        let mut out = String::with_capacity(text.len() + spans.len() * 12);
        let mut now = Style::default();
        for (range, style) in spans {
            if style != now {
                style.push_to(&mut out);
                now = style;
            }
            out.push_str(&text[range]);
        }
        if now != Style::default() {
            Style::default().push_to(&mut out);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::styled;
    use super::*;

    #[test]
    fn a_mark_lies_over_the_colours() {
        let bold = |style| Style { bold: true, ..style };
        let marked = styled(b"a\x1b[31mbcd\x1b[0mef").marked(&[1..2, 3..5], bold);
        assert_eq!(marked.into_sgr(), "a\x1b[0;1;31mb\x1b[0;31mc\x1b[0;1;31md\x1b[0;1me\x1b[0mf");
        assert_eq!(styled(b"abc").without(1..2).text, "ac");
    }

    proptest! {
        #[test]
        fn marks_change_no_text_and_gaps_only_theirs(
            parts in prop::collection::vec(("[a-zé]{0,4}", 0..4_u8), 0..6),
            at in (0..24_usize, 0..24_usize),
        ) {
            let mut whole = StyledText::default();
            for (text, color) in &parts {
                let fg = crate::text::Color::Ansi(*color);
                whole.push(text, Style { fg, ..Style::default() });
            }
            let bound = |at: usize| whole.text.floor_char_boundary(at.min(whole.text.len()));
            let gap = bound(at.0.min(at.1))..bound(at.0.max(at.1));
            let marked = whole.marked(std::slice::from_ref(&gap), |style| Style { reverse: true, ..style });
            prop_assert_eq!(&marked.text, &whole.text);
            let reversed: usize = marked.spans.iter().filter(|(_, s)| s.reverse).map(|(r, _)| r.len()).sum();
            prop_assert_eq!(reversed, gap.len());
            let cut = whole.without(gap.clone());
            prop_assert_eq!(cut.text, [&whole.text[..gap.start], &whole.text[gap.end..]].concat());
        }
    }
}
