//! A stored log line as it is drawn: [`crate::text`] makes it safe, this maps its colours to ratatui's.

use std::ops::Range;

use ratatui::style::{Color, Modifier, Style};
use unicode_segmentation::UnicodeSegmentation as _;

use super::model::log_look::LogLook;
use super::model::log_store::Stored;
use crate::model::Stream;
use crate::text::json::{Part, Pretty};
use crate::text::{self, Level, json, stamp};

/// A part of a line in one style.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Span {
    /// Safe to show.
    pub(crate) text: String,
    /// As the server asked.
    pub(crate) style: Style,
}

/// A line.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Line {
    /// Its parts.
    pub(crate) spans: Vec<Span>,
    /// How bad it is, guessed from its beginning.
    pub(crate) level: Option<Level>,
    /// Whether it looks like one that goes on with what the line before began: a stack trace's inner lines.
    pub(crate) goes_on: bool,
}

impl Line {
    /// Rows that it takes in `width` cells; at least one.
    pub(crate) fn rows(&self, width: usize) -> usize {
        let mut last = 0;
        self.place(width, |row, _, _, _| last = row);
        last + 1
    }

    /// Hands out each grapheme with its row and column, as it is wrapped at `width` cells.
    pub(crate) fn place(&self, width: usize, mut each: impl FnMut(usize, usize, &str, Style)) {
        let (mut row, mut column) = (0, 0);
        for span in &self.spans {
            for grapheme in span.text.graphemes(true) {
                let cells = cells(grapheme);
                if column + cells > width && column > 0 {
                    row += 1;
                    column = 0;
                }
                each(row, column, grapheme, span.style);
                column += cells;
            }
        }
    }

    /// Its text alone.
    pub(crate) fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }

    /// Cells that it takes on one row.
    pub(crate) fn cells(&self) -> usize {
        self.spans.iter().map(|span| cells(&span.text)).sum()
    }
}

/// Cells that a text takes.
pub(crate) fn cells(text: &str) -> usize {
    text::width::width(text)
}

/// A text that somebody else wrote, safe to show on one line.
pub(crate) fn plain(text: &str) -> String {
    text::plain_str(text).into_owned()
}

/// Decodes a stored line, as it is shown: with a time before it, its own that says the same is left out.
pub(crate) fn line(stored: &Stored, look: &LogLook) -> Line {
    let mut styled = text::styled(&stored.bytes);
    let level = text::level::detect(&styled.text);
    let is_ours = stored.stream == Stream::System;
    let goes_on = !is_ours && text::runs::continues(&styled.text);
    let at_us = look.times.is_clock().then(|| stored.at.as_microsecond());
    let pretty = (look.json && !is_ours).then(|| json::pretty(&styled.text, at_us)).flatten();
    let own = at_us.filter(|_| !is_ours).and_then(|at_us| stamp::repeated(&styled.text, at_us));
    let mut spans = match (pretty, own) {
        (Some(pretty), _) => in_words(&pretty),
        (None, own) => {
            if let Some(own) = own {
                styled = styled.without(own);
            }
            let span = |(range, style)| Span {
                text: styled.text[Range::clone(&range)].to_owned(),
                style: converted(style),
            };
            styled.spans.iter().cloned().map(span).collect()
        }
    };
    if stored.cut > 0 {
        spans.push(Span { text: format!("…+{}", super::format::count(stored.cut)), style: Style::new() });
    }
    Line { spans, level, goes_on }
}

/// A JSON line, its keys less bright than its values. Its level colours it as any other line's.
fn in_words(pretty: &Pretty) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut end = 0;
    for (range, part) in &pretty.parts {
        let style = match part {
            Part::Key => Style::new().add_modifier(Modifier::DIM),
            Part::Level(_) | Part::Message | Part::Value => Style::new(),
        };
        spans.push(Span { text: pretty.text[end..range.start].to_owned(), style: Style::new() });
        spans.push(Span { text: pretty.text[range.clone()].to_owned(), style });
        end = range.end;
    }
    spans
}

fn converted(style: text::Style) -> Style {
    let mut out = Style { fg: color(style.fg), bg: color(style.bg), ..Style::new() };
    for (on, modifier) in [
        (style.bold, Modifier::BOLD),
        (style.dim, Modifier::DIM),
        (style.italic, Modifier::ITALIC),
        (style.underline, Modifier::UNDERLINED),
        (style.reverse, Modifier::REVERSED),
        (style.strike, Modifier::CROSSED_OUT),
    ] {
        if on {
            out = out.add_modifier(modifier);
        }
    }
    out
}

/// One of the terminal's own 16 colours.
pub(crate) fn terminal_color(index: u8) -> Option<Color> {
    super::theme::depth::ANSI.get(usize::from(index)).map(|(color, _)| *color)
}

fn color(color: text::Color) -> Option<Color> {
    match color {
        text::Color::Default => None,
        text::Color::Ansi(index) => terminal_color(index),
        text::Color::Indexed(index) => Some(Color::Indexed(index)),
        text::Color::Rgb(r, g, b) => Some(Color::Rgb(r, g, b)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{LogCursor, LogLine};

    #[test]
    fn what_goes_on_with_a_record_is_told_as_for_searches() {
        let goes_on = |text: &str, stream| {
            let line = LogLine {
                server: "shop/api".parse().unwrap(),
                cursor: LogCursor::default(),
                at: jiff::Timestamp::UNIX_EPOCH,
                stream,
                bytes: text.into(),
                partial: false,
                cut: 0,
            };
            super::line(&line.into(), &LogLook::default()).goes_on
        };
        for text in [
            "    at run (/app/x.js:1:2)",
            "\x1b[31m  indented\x1b[0m",
            "Caused by: java.lang.Error",
            "\tat x.Y",
        ] {
            assert!(goes_on(text, Stream::Stderr), "{text:?}");
        }
        for text in ["", "   ", "ready", "  2026-11-20 08:00:00 INFO ready"] {
            assert!(!goes_on(text, Stream::Stdout), "{text:?}");
        }
        assert!(!goes_on("  said", Stream::System));
    }
}
