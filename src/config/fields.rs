//! Reads a table's keys one by one and notes what is wrong with each. A value that is wrong reads as absent, so that
//! the rest is looked at as well.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::expand::{self, BadTemplate, Piece};
use super::problem::{Sink, quote, suggest};
use super::raw::{Entry, Kind, Value};
use super::units;

/// A table whose keys are all known, or noted as unknown.
pub(super) struct Fields<'v>(&'v [Entry]);

impl<'v> Fields<'v> {
    /// The entries of a table, of which only `known` keys may be there.
    pub(super) fn new(entries: &'v [Entry], known: &[&str], sink: &mut Sink<'_>) -> Self {
        for entry in entries {
            if !known.contains(&entry.key.as_str()) {
                let message = format!("unknown key {}", quote(&entry.key));
                sink.add(entry.at, message, suggest(&entry.key, known));
            }
        }
        Self(entries)
    }

    /// The same for an entry that must be a table.
    pub(super) fn of(entry: &'v Entry, known: &[&str], sink: &mut Sink<'_>) -> Option<Self> {
        Some(Self::new(table(entry, sink)?, known, sink))
    }

    /// This key, if it is there.
    pub(super) fn get(&self, key: &str) -> Option<&'v Entry> {
        self.0.iter().find(|entry| entry.key == key)
    }

    /// This key as a string.
    pub(super) fn text(&self, key: &str, sink: &mut Sink<'_>) -> Option<(&'v Entry, &'v str)> {
        let entry = self.get(key)?;
        Some((entry, text(entry, sink)?))
    }

    /// This key as `true` or `false`.
    pub(super) fn flag(&self, key: &str, sink: &mut Sink<'_>) -> Option<bool> {
        let entry = self.get(key)?;
        match entry.value.kind {
            Kind::Bool(value) => Some(value),
            _ => wrong(entry, "true or false", format!("write `{key} = true`, without quotes"), sink),
        }
    }

    /// This key as a whole number in this range.
    pub(super) fn number<T>(&self, key: &str, range: RangeInclusive<T>, sink: &mut Sink<'_>) -> Option<T>
    where
        T: TryFrom<i64> + PartialOrd + std::fmt::Display,
    {
        let entry = self.get(key)?;
        match entry.value.kind {
            Kind::Number(number) => in_range(number, key, &range, entry.value.at, sink),
            _ => wrong(entry, "a number", format!("write it without quotes, as in `{key} = 3`"), sink),
        }
    }

    /// This key as one of these words.
    pub(super) fn word<T: Copy>(&self, key: &str, words: &[(&str, T)], sink: &mut Sink<'_>) -> Option<T> {
        word(self.get(key)?, words, sink)
    }

    /// This key as a duration of at least `least`.
    pub(super) fn duration(&self, key: &str, least: Duration, sink: &mut Sink<'_>) -> Option<Duration> {
        let entry = self.get(key)?;
        let Kind::Text(text) = &entry.value.kind else {
            return wrong(entry, "a duration", units::DURATION_HINT, sink);
        };
        let Some(duration) = units::duration(text) else {
            let message = format!("{} is not a duration: `{key}` must be one, up to 365d", quote(text));
            sink.add(entry.value.at, message, units::DURATION_HINT);
            return None;
        };
        if duration < least {
            let message = format!("`{key}` must be at least {}", units::show_duration(least));
            sink.add(entry.value.at, message, units::DURATION_HINT);
            return None;
        }
        Some(duration)
    }

    /// This key as a size in bytes.
    pub(super) fn size(&self, key: &str, sink: &mut Sink<'_>) -> Option<(&'v Entry, u64)> {
        let entry = self.get(key)?;
        let Kind::Text(text) = &entry.value.kind else {
            return wrong(entry, "a size", units::SIZE_HINT, sink);
        };
        let size = units::size(text);
        if size.is_none() {
            let message = format!("{} is not a size: `{key}` must be one", quote(text));
            sink.add(entry.value.at, message, units::SIZE_HINT);
        }
        Some((entry, size?))
    }
}

/// Notes that an entry is of the wrong type.
pub(super) fn wrong<T>(
    entry: &Entry,
    expected: &str,
    hint: impl Into<String>,
    sink: &mut Sink<'_>,
) -> Option<T> {
    let found = entry.value.kind.name();
    sink.add(entry.value.at, format!("{} must be {expected}, not {found}", quote(&entry.key)), hint);
    None
}

/// The entries of a table.
pub(super) fn table<'v>(entry: &'v Entry, sink: &mut Sink<'_>) -> Option<&'v [Entry]> {
    match &entry.value.kind {
        Kind::Table(entries) => Some(entries),
        Kind::List(_) => wrong(entry, "a table", "single brackets make a table, as in `[servers.api]`", sink),
        _ => wrong(entry, "a table", "write it as `{ key = value }` or below a header in brackets", sink),
    }
}

/// A string that the system takes: without NUL.
pub(super) fn text<'v>(entry: &'v Entry, sink: &mut Sink<'_>) -> Option<&'v str> {
    match &entry.value.kind {
        Kind::Text(text) => no_nul(&entry.key, text, entry.value.at, sink),
        _ => wrong(entry, "a string", "a string stands between quotes", sink),
    }
}

fn no_nul<'v>(key: &str, text: &'v str, at: usize, sink: &mut Sink<'_>) -> Option<&'v str> {
    if text.contains('\0') {
        let message = format!("{} has a NUL character", quote(key));
        sink.add(at, message, "no program can be given one: leave it out");
        return None;
    }
    Some(text)
}

/// A list of strings.
pub(super) fn texts<'v>(
    entry: &'v Entry,
    list: &'v [Value],
    sink: &mut Sink<'_>,
) -> Option<Vec<(&'v str, usize)>> {
    let mut texts = Vec::new();
    for value in list {
        if let Kind::Text(text) = &value.kind {
            texts.extend(no_nul(&entry.key, text, value.at, sink).map(|text| (text, value.at)));
        } else {
            let found = value.kind.name();
            let message = format!("{} must be a list of strings, and this is {found}", quote(&entry.key));
            sink.add(value.at, message, "put it between quotes");
        }
    }
    (texts.len() == list.len()).then_some(texts)
}

/// One of these words.
pub(super) fn word<T: Copy>(entry: &Entry, words: &[(&str, T)], sink: &mut Sink<'_>) -> Option<T> {
    let typed = text(entry, sink)?;
    let found = words.iter().find(|(word, _)| *word == typed);
    if found.is_none() {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let message = format!("{} is not a value of {}", quote(typed), quote(&entry.key));
        sink.add(entry.value.at, message, suggest(typed, &known));
    }
    found.map(|(_, value)| *value)
}

/// A number of this range.
pub(super) fn in_range<T>(
    number: i64,
    key: &str,
    range: &RangeInclusive<T>,
    at: usize,
    sink: &mut Sink<'_>,
) -> Option<T>
where
    T: TryFrom<i64> + PartialOrd + std::fmt::Display,
{
    let value = T::try_from(number).ok().filter(|value| range.contains(value));
    if value.is_none() {
        let message = match number {
            // What was typed is further out, see `Kind::Number`.
            i64::MIN | i64::MAX => format!("the number is out of range for `{key}`"),
            _ => format!("{number} is out of range for `{key}`"),
        };
        sink.add(at, message, format!("from {} to {}", range.start(), range.end()));
    }
    value
}

/// Which variables a string may hold besides those of the environment.
#[derive(Clone, Copy)]
pub(super) struct Allowed {
    /// `${port}`: the server has one.
    pub(super) port: bool,
    /// `${dir}`: it is not the directory itself.
    pub(super) dir: bool,
}

/// Whether the `${…}` of a string can ever be expanded; notes it if not.
pub(super) fn template(key: &str, text: &str, at: usize, allowed: Allowed, sink: &mut Sink<'_>) {
    let bad = match expand::pieces(text) {
        Err(bad) => bad,
        Ok(pieces) => {
            for piece in pieces {
                let Piece::Variable { name, default } = piece else { continue };
                if name == "port" && !allowed.port && default.is_none() {
                    let message = format!("`{key}` uses `${{port}}`, and the server has no port");
                    sink.add(at, message, "declare one, as in `port = 3000` or `port = \"auto\"`");
                }
                if name == "dir" && !allowed.dir {
                    let message = "`dir` cannot use `${dir}`, which is itself";
                    sink.add(at, message, "a relative path starts at the file's directory");
                }
            }
            return;
        }
    };
    let (message, hint) = match bad {
        BadTemplate::Unterminated => {
            (format!("`{key}` has a `${{` without `}}`"), "close it, or write `$$` for a dollar sign")
        }
        BadTemplate::Name(inner) => (
            format!("`{key}` has `${{…}}` with {}, which is not a variable", quote(inner)),
            "write `${NAME}` or `${NAME:-default}`, or `$$` for a dollar sign",
        ),
        BadTemplate::Nested => {
            (format!("`{key}` has a `${{` in a default"), "a default is plain text: variables are not nested")
        }
    };
    sink.add(at, message, hint);
}

/// A path that may hold `${…}`.
pub(super) fn path(key: &str, path: &str, at: usize, allowed: Allowed, sink: &mut Sink<'_>) {
    if path.trim().is_empty() {
        sink.add(at, format!("`{key}` is empty"), "leave it out, or write a path");
    }
    if path == "~" || path.starts_with("~/") {
        let message = format!("`{key}` begins with `~`, which stands for nothing here");
        sink.add(at, message, "write `${HOME}` instead");
    }
    template(key, path, at, allowed, sink);
}

/// A number or a list of them.
pub(super) fn numbers<T>(entry: &Entry, range: RangeInclusive<T>, sink: &mut Sink<'_>) -> Option<Vec<T>>
where
    T: TryFrom<i64> + PartialOrd + std::fmt::Display,
{
    let hint = || format!("write it as in `{} = [{}]`", entry.key, range.start());
    let mut one = |value: &Value| {
        if let Kind::Number(number) = value.kind {
            return in_range(number, &entry.key, &range, value.at, sink);
        }
        sink.add(value.at, format!("`{}` must be a list of numbers", entry.key), hint());
        None
    };
    match &entry.value.kind {
        Kind::List(list) => Some(list.iter().filter_map(one).collect()),
        _ => one(&entry.value).map(|number| vec![number]),
    }
}
