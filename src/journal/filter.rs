//! Which lines a reader wants.

use jiff::Timestamp;
use regex::bytes::RegexBuilder;

use crate::model::{Level, LogLine, Stream};
use crate::text::{self, pattern::has_capital};

use super::search::Pattern;

/// Which lines a reader wants; the default wants all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Matches the line without its escapes.
    regex: Option<Pattern>,
    /// Does not match it.
    exclude: Option<Pattern>,
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
#[error("`{}` is not a regular expression: {reason}", shown(.pattern))]
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

    /// Until when, if that was asked for.
    pub(super) const fn until(&self) -> Option<Timestamp> {
        self.until
    }

    /// The least level, if that was asked for.
    pub(super) const fn level(&self) -> Option<Level> {
        self.level
    }

    /// The pattern, if there is one.
    pub(super) const fn pattern(&self) -> Option<&Pattern> {
        self.regex.as_ref()
    }

    /// Whether it wants this line, seen alone. A line with escapes is matched as [`text::plain`] shows it.
    ///
    /// A reader's pages also hold the lines that go on with one of the level: see [`super::search`].
    pub fn matches(&self, line: &LogLine) -> bool {
        self.wants_line(line)
            && (self.level.is_none() || self.wants_level(text::level::detect(&text::plain(&line.bytes))))
    }

    /// Whether it wants lines of this level.
    pub(super) fn wants_level(&self, level: Option<Level>) -> bool {
        self.level.is_none_or(|least| level.is_some_and(|level| least <= level))
    }

    /// Whether it wants this line, but for its level.
    pub(super) fn wants_line(&self, line: &LogLine) -> bool {
        self.wants_origin(line) && self.wants_text(&line.bytes)
    }

    /// Whether it wants lines of this time and stream.
    pub(super) fn wants_origin(&self, line: &LogLine) -> bool {
        self.since.is_none_or(|since| since <= line.at)
            && self.until.is_none_or(|until| line.at < until)
            && self.stream.is_none_or(|stream| stream == line.stream)
    }

    /// Whether it wants lines of these bytes.
    pub(super) fn wants_text(&self, bytes: &[u8]) -> bool {
        if memchr::memchr(b'\x1b', bytes).is_some() {
            self.wants_shown(text::plain(bytes).as_bytes())
        } else {
            self.wants_shown(bytes)
        }
    }

    /// Whether it wants lines that are shown so.
    pub(super) fn wants_shown(&self, shown: &[u8]) -> bool {
        self.regex.as_ref().is_none_or(|regex| regex.is_match(shown)) && !self.excludes(shown)
    }

    /// Whether a line that is shown like this is not wanted for what it says.
    pub(super) fn excludes(&self, shown: &[u8]) -> bool {
        self.exclude.as_ref().is_some_and(|regex| regex.is_match(shown))
    }
}

/// With smart case.
fn regex(pattern: &str) -> Result<Pattern, BadPattern> {
    let insensitive = !has_capital(pattern);
    let regex = RegexBuilder::new(pattern).case_insensitive(insensitive).build();
    let regex = regex.map_err(|error| BadPattern { pattern: pattern.to_owned(), reason: reason(&error) })?;
    Ok(Pattern::new(regex, insensitive))
}

/// On one line, and as it was written: a backslash is much of what patterns are made of.
fn shown(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    for c in pattern.chars() {
        match c {
            '\\' | '\'' | '"' => out.push(c),
            c => out.extend(c.escape_debug()),
        }
    }
    out
}

/// The last line of a message that draws the pattern and points into it, and what to do.
fn reason(error: &regex::Error) -> String {
    if let regex::Error::CompiledTooBig(_) = error {
        return "it takes too much memory; repeat less in it".to_owned();
    }
    let text = error.to_string();
    let last = text.lines().next_back().unwrap_or_default().trim_start_matches("error: ");
    // look-around and backreferences
    if last.ends_with("not supported") {
        return last.to_owned();
    }
    format!("{last}; put a `\\` before a character that stands for itself")
}
