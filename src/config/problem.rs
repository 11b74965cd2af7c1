//! What is wrong with a file: where, what, and what to do. All at once, not the first alone.

use std::collections::HashSet;
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

/// So many problems of one file are listed; more are counted only.
pub const MAX_LISTED: usize = 100;

/// So many known words are listed in a hint.
const MAX_KNOWN: usize = 30;

/// Longest piece of a user's text that a message repeats, in characters.
const MAX_QUOTED: usize = 60;

/// One problem of a config file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    /// The file, as it was named.
    pub file: PathBuf,
    /// From 1; 0 when the whole file is meant.
    pub line: usize,
    /// From 1, in characters; 0 when the whole file is meant.
    pub column: usize,
    /// What is wrong; safe for a terminal.
    pub message: String,
    /// What to do; safe for a terminal.
    pub hint: String,
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&safe(&self.file.to_string_lossy()))?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        write!(f, ": {}\n  hint: {}", self.message, self.hint)
    }
}

/// Everything that is wrong with a config file, in the order of the file. Never empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
pub struct Problems {
    /// The first [`MAX_LISTED`].
    pub list: Vec<ConfigProblem>,
    /// How many more there are.
    pub more: usize,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.list.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        if self.more > 0 {
            write!(f, "\nand {} more", self.more)?;
        }
        Ok(())
    }
}

impl Problems {
    /// A problem of the file as a whole.
    pub(super) fn whole(file: &Path, message: impl Into<String>, hint: impl Into<String>) -> Self {
        let problem = ConfigProblem {
            file: file.to_owned(),
            line: 0,
            column: 0,
            message: message.into(),
            hint: hint.into(),
        };
        Self { list: vec![problem], more: 0 }
    }

    /// The same with another name for the file.
    #[must_use]
    pub(super) fn shown_as(mut self, file: &Path) -> Self {
        for problem in &mut self.list {
            file.clone_into(&mut problem.file);
        }
        self
    }
}

/// Collects the problems of one text, and knows its lines.
pub(super) struct Sink<'a> {
    file: &'a Path,
    text: &'a str,
    starts: Vec<usize>,
    found: Vec<(usize, String, String)>,
    /// Hashes of what was noted: the same text is read for each profile, and its problems are told once.
    seen: HashSet<u64>,
    /// The profile with which the servers are looked at together.
    profile: Option<String>,
    more: usize,
}

impl<'a> Sink<'a> {
    /// For this text of this file.
    pub(super) fn new(file: &'a Path, text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { file, text, starts, found: Vec::new(), seen: HashSet::new(), profile: None, more: 0 }
    }

    /// Notes a problem at this byte of the text, once.
    pub(super) fn add(&mut self, at: usize, message: impl Into<String>, hint: impl Into<String>) {
        let message = message.into();
        let mut hash = DefaultHasher::new();
        (at, &message).hash(&mut hash);
        if !self.seen.insert(hash.finish()) {
            return;
        }
        if self.is_full() {
            self.more += 1;
            return;
        }
        let message = match &self.profile {
            Some(profile) => format!("{message} (with profile {})", quote(profile)),
            None => message,
        };
        self.found.push((at, message, hint.into()));
    }

    /// From here on, what was not told before is a problem only with this profile.
    pub(super) fn with_profile(&mut self, profile: Option<&str>) {
        self.profile = profile.map(str::to_owned);
    }

    /// Whether further problems are only counted, so that no hint is needed.
    pub(super) fn is_full(&self) -> bool {
        self.found.len() >= MAX_LISTED
    }

    /// The place of a byte within a string whose value begins at `at`; the value's own where it was typed with
    /// escapes or over several lines.
    pub(super) fn inside(&self, at: usize, typed: &str, offset: usize) -> usize {
        let as_typed = self.text.get(at + 1..).is_some_and(|rest| rest.starts_with(typed));
        if as_typed { at + 1 + offset } else { at }
    }

    /// Line, from 1, of this byte.
    pub(super) fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|&start| start <= at)
    }

    fn column(&self, at: usize) -> usize {
        let start = self.starts[self.line(at) - 1];
        let before = self.text.as_bytes().get(start..at).unwrap_or_default();
        // Every character has exactly one byte that is no continuation byte.
        before.iter().filter(|&&byte| byte & 0xC0 != 0x80).count() + 1
    }

    /// The value if there is no problem, otherwise all of them in the order of the file.
    pub(super) fn finish<T>(mut self, value: T) -> Result<T, Problems> {
        if self.found.is_empty() {
            return Ok(value);
        }
        let mut found = std::mem::take(&mut self.found);
        found.sort_by_key(|(at, ..)| *at);
        let place = |(at, message, hint): (usize, String, String)| ConfigProblem {
            file: self.file.to_owned(),
            line: self.line(at),
            column: self.column(at),
            message,
            hint,
        };
        Err(Problems { list: found.into_iter().map(place).collect(), more: self.more })
    }
}

/// A user's text without anything that a terminal acts on or that reorders the line.
pub(super) fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\'' | '"' | '\\' => out.push(c),
            _ => out.extend(c.escape_debug()),
        }
    }
    out
}

/// A user's text for a message: made safe, cut where it is long, between backticks.
pub(super) fn quote(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTED) {
        _ if text.is_empty() => "an empty text".to_owned(),
        Some((cut, _)) => format!("`{}…`", safe(&text[..cut])),
        None => format!("`{}`", safe(text)),
    }
}

/// The hint for a word that is not one of `known`: the nearest one, or the whole list.
pub(super) fn suggest(word: &str, known: &[&str]) -> String {
    let wanted = word.to_ascii_lowercase();
    let limit = if wanted.chars().count() <= 4 { 1 } else { 2 };
    let near = known
        .iter()
        .filter(|candidate| candidate.len().abs_diff(wanted.len()) <= limit)
        .map(|candidate| (distance(&wanted, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance);
    match near {
        Some((_, candidate)) => format!("did you mean `{candidate}`?"),
        None if known.len() > MAX_KNOWN => {
            format!("known here: {} and {} more", known[..MAX_KNOWN].join(", "), known.len() - MAX_KNOWN)
        }
        None => format!("known here: {}", known.join(", ")),
    }
}

/// Edit distance in which exchanging two neighbours costs 1 (optimal string alignment), since that is how people
/// mistype.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut older: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(older[j - 2] + 1);
            }
            row.push(best);
        }
        older = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_word_finds_the_one_that_was_meant() {
        let known = ["command", "dir", "port", "ports", "env"];
        for (typed, meant) in [("comand", "command"), ("prot", "port"), ("DIR", "dir"), ("envs", "env")] {
            assert_eq!(suggest(typed, &known), format!("did you mean `{meant}`?"), "{typed}");
        }
        assert!(suggest("memory", &known).starts_with("known here: command, dir"));
        assert!(suggest("", &known).starts_with("known here"));
    }

    #[test]
    fn nothing_that_a_terminal_acts_on_passes() {
        let shown = quote("a\u{1b}[31m\r\n\0\u{9b}\u{202e}é'\"");
        assert_eq!(shown, "`a\\u{1b}[31m\\r\\n\\0\\u{9b}\\u{202e}é'\"`");
        assert_eq!(quote(&"x".repeat(300)).chars().count(), MAX_QUOTED + 3);
    }

    #[test]
    fn places_are_counted_in_lines_and_characters() {
        let file = Path::new("f");
        let mut sink = Sink::new(file, "a\néé x\n");
        sink.add(7, "x", "h");
        sink.add(0, "a", "h");
        let places: Vec<_> =
            sink.finish(()).unwrap_err().list.iter().map(|p| (p.line, p.column, p.message.clone())).collect();
        assert_eq!(places, [(1, 1, "a".to_owned()), (2, 4, "x".to_owned())]);
    }

    #[test]
    fn the_list_is_bounded_and_the_rest_counted() {
        let mut sink = Sink::new(Path::new("f"), "");
        (0..MAX_LISTED + 7).for_each(|i| sink.add(0, format!("m{i}"), "h"));
        let problems = sink.finish(()).unwrap_err();
        assert_eq!((problems.list.len(), problems.more), (MAX_LISTED, 7));
        assert!(problems.to_string().ends_with("and 7 more"));
    }

    #[test]
    fn the_same_problem_of_the_same_place_is_told_once() {
        let mut sink = Sink::new(Path::new("f"), "abc");
        for (at, message) in [(0, "m"), (1, "m"), (0, "m"), (0, "n")] {
            sink.add(at, message, "h");
        }
        assert_eq!(sink.finish(()).unwrap_err().list.len(), 3);
    }

    #[test]
    fn many_known_words_are_not_all_listed() {
        let words: Vec<String> = (0..2000).map(|i| format!("server-{i}")).collect();
        let known: Vec<&str> = words.iter().map(String::as_str).collect();
        assert!(suggest("db", &known).ends_with("server-29 and 1970 more"));
    }
}
