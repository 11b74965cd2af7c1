//! Which lines a reader wants.

use jiff::Timestamp;
use regex::bytes::{Regex, RegexBuilder};

use crate::model::LogLine;
use crate::text;

/// Which lines a reader wants; the default wants all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Matches the line without its escapes.
    regex: Option<Regex>,
    /// Only lines that began then or later.
    since: Option<Timestamp>,
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
        let regex = RegexBuilder::new(pattern).case_insensitive(!has_capital(pattern)).build();
        let regex =
            regex.map_err(|error| BadPattern { pattern: pattern.to_owned(), reason: reason(&error) })?;
        Ok(Self { regex: Some(regex), since: None })
    }

    /// Wants only lines that began at `since` or later.
    #[must_use]
    pub fn with_since(self, since: Timestamp) -> Self {
        Self { since: Some(since), ..self }
    }

    /// From when on, if that was asked for.
    pub(super) const fn since(&self) -> Option<Timestamp> {
        self.since
    }

    /// Whether it wants this line. A line with escapes is matched as [`text::plain`] shows it.
    pub fn matches(&self, line: &LogLine) -> bool {
        if self.since.is_some_and(|since| line.at < since) {
            return false;
        }
        let Some(regex) = &self.regex else { return true };
        if line.bytes.contains(&b'\x1b') {
            regex.is_match(text::plain(&line.bytes).as_bytes())
        } else {
            regex.is_match(&line.bytes)
        }
    }
}

/// Whether the pattern has a capital letter that stands for itself: not that of `\S`, `\P{…}` or `(?P<…>`.
fn has_capital(pattern: &str) -> bool {
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                chars.next();
                if chars.next_if_eq(&'{').is_some() {
                    chars.by_ref().find(|c| *c == '}');
                }
            }
            '?' if chars.next_if_eq(&'P').is_some() || chars.peek() == Some(&'<') => {
                chars.by_ref().find(|c| *c == '>');
            }
            _ if c.is_uppercase() => return true,
            _ => {}
        }
    }
    false
}

/// The last line of a message that draws the pattern and points into it.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().next_back().unwrap_or_default();
    last.trim_start_matches("error: ").to_owned()
}
