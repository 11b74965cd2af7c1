//! Which lines a reader wants.

use std::borrow::Cow;

use jiff::Timestamp;
use regex::bytes::{Regex, RegexBuilder};

use crate::model::{Level, LogLine, Stream};
use crate::text::{self, pattern::has_capital};

/// Which lines a reader wants; the default wants all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Matches the line without its escapes.
    regex: Option<Regex>,
    /// Does not match it.
    exclude: Option<Regex>,
    /// Only lines of this level or worse.
    level: Option<Level>,
    /// Only what came from there.
    stream: Option<Stream>,
    /// Only lines that began then or later.
    since: Option<Timestamp>,
    /// Only lines that began before this.
    until: Option<Timestamp>,
}

/// Why a text is not a pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a regular expression: {reason}; put a `\\` before a character that stands for itself", .pattern.escape_debug())]
pub struct BadPattern {
    /// What was given.
    pub pattern: String,
    /// What is wrong with it, in a few words.
    pub reason: String,
}

impl Filter {
    /// Wants the lines that the regular expression `pattern` matches. Smart case: a pattern without a capital letter
    /// matches capitals too.
    pub fn new(pattern: &str) -> Result<Self, BadPattern> {
        Ok(Self { regex: Some(regex(pattern)?), ..Self::default() })
    }

    /// Wants no lines that the regular expression `pattern` matches; case as in [`Filter::new`].
    pub fn with_exclude(self, pattern: &str) -> Result<Self, BadPattern> {
        Ok(Self { exclude: Some(regex(pattern)?), ..self })
    }

    /// Wants only lines of this level or worse; `None`, as in what follows: whatever it is.
    #[must_use]
    pub fn with_level(self, level: Option<Level>) -> Self {
        Self { level, ..self }
    }

    /// Wants only what came from there.
    #[must_use]
    pub fn with_stream(self, stream: Option<Stream>) -> Self {
        Self { stream, ..self }
    }

    /// Wants only lines that began at `since` or later.
    #[must_use]
    pub fn with_since(self, since: Option<Timestamp>) -> Self {
        Self { since, ..self }
    }

    /// Wants only lines that began before `until`.
    #[must_use]
    pub fn with_until(self, until: Option<Timestamp>) -> Self {
        Self { until, ..self }
    }

    /// From when on, if that was asked for.
    pub(super) const fn since(&self) -> Option<Timestamp> {
        self.since
    }

    /// Whether it wants this line. A line with escapes is matched as [`text::plain`] shows it.
    pub fn matches(&self, line: &LogLine) -> bool {
        if self.since.is_some_and(|since| line.at < since)
            || self.until.is_some_and(|until| until <= line.at)
            || self.stream.is_some_and(|stream| stream != line.stream)
        {
            return false;
        }
        let shown = if line.bytes.contains(&b'\x1b') {
            Cow::Owned(text::plain(&line.bytes).into_owned().into_bytes())
        } else {
            Cow::Borrowed(line.bytes.as_slice())
        };
        self.regex.as_ref().is_none_or(|regex| regex.is_match(&shown))
            && !self.exclude.as_ref().is_some_and(|regex| regex.is_match(&shown))
            && self.level.is_none_or(|least| {
                text::level::detect(&text::plain(&shown)).is_some_and(|level| least <= level)
            })
    }
}

/// With smart case.
fn regex(pattern: &str) -> Result<Regex, BadPattern> {
    let regex = RegexBuilder::new(pattern).case_insensitive(!has_capital(pattern)).build();
    regex.map_err(|error| BadPattern { pattern: pattern.to_owned(), reason: reason(&error) })
}

/// The last line of a message that draws the pattern and points into it.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().next_back().unwrap_or_default();
    last.trim_start_matches("error: ").to_owned()
}
