//! A stored log line as it is drawn: [`crate::text`] makes it safe, this maps its colours to ratatui's.

use ratatui::style::{Color, Modifier, Style};
use unicode_segmentation::UnicodeSegmentation as _;

use super::model::log_store::Stored;
use crate::model::Stream;
use crate::text::{self, Level};

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

/// Decodes a stored line.
pub(crate) fn line(stored: &Stored) -> Line {
    let styled = text::styled(&stored.bytes);
    let level = text::level::detect(&styled.text);
    let goes_on = stored.stream != Stream::System && text::runs::continues(&styled.text);
    let mut spans: Vec<Span> = styled
        .spans
        .into_iter()
        .map(|(range, style)| Span { text: styled.text[range].to_owned(), style: converted(style) })
        .collect();
    if stored.cut > 0 {
        spans.push(Span { text: format!("…+{}", super::format::count(stored.cut)), style: Style::new() });
    }
    Line { spans, level, goes_on }
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
            super::line(&line.into()).goes_on
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
