//! Levels of lines that have none of their own: a stack trace is as bad as the line that it belongs to.

use crate::model::{Level, LogLine};
use crate::text;

use super::super::format::Slot;

/// How many lines may go on with one; a reader that begins in the middle looks back as far for the one.
pub(super) const RUN_MAX: u32 = 256;

/// Whether a line without a level of its own goes on with the line before it.
fn continues(shown: &str) -> bool {
    const WORDS: [&str; 5] = ["at ", "Caused by", "Traceback", "...", "}"];
    shown.starts_with([' ', '\t']) || WORDS.iter().any(|word| shown.starts_with(word))
}

/// What a line says of its own level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Own {
    /// It begins a run of this level, or of none.
    Begins(Option<Level>),
    /// It has that of the line before it.
    Continues,
}

impl Own {
    /// Of a line's bytes, as they were written.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let shown = text::plain(bytes);
        match text::level::detect(&shown) {
            None if continues(&shown) => Self::Continues,
            level => Self::Begins(level),
        }
    }
}

/// The run that one stream's lines are in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Run {
    /// Its level; `None` if its beginning was not seen.
    level: Option<Option<Level>>,
    /// Lines since its beginning, or of which none was one.
    length: u32,
}

impl Run {
    /// The run after one more line.
    #[must_use]
    pub(super) fn then(self, own: Own) -> Self {
        match own {
            Own::Begins(level) => Self { level: Some(level), length: 0 },
            Own::Continues => Self { length: self.length.saturating_add(1), ..self },
        }
    }

    /// The run after all lines of `later`, whose beginning need not have been seen.
    #[must_use]
    pub(super) fn join(self, later: Self) -> Self {
        match later.level {
            Some(_) => later,
            None => Self { length: self.length.saturating_add(later.length), ..self },
        }
    }

    /// Whether its beginning was seen.
    pub(super) const fn is_known(&self) -> bool {
        self.level.is_some() || self.length > RUN_MAX
    }

    /// The level of its last line.
    pub(super) fn level(&self) -> Option<Level> {
        self.level.flatten().filter(|_| self.length <= RUN_MAX)
    }
}

/// The run of each slot: its lines are those of one stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Runs([Run; 3]);

impl Runs {
    /// Takes one more line: the run that it is in.
    pub(super) fn take(&mut self, slot: Slot, line: &LogLine) -> Run {
        let run = self.with(slot, line);
        self.0[slot.index()] = run;
        run
    }

    /// The run that a line is in which comes next.
    pub(super) fn with(&self, slot: Slot, line: &LogLine) -> Run {
        self.of(slot).then(Own::of(&line.bytes))
    }

    /// The run that its last line is in.
    pub(super) const fn of(&self, slot: Slot) -> Run {
        self.0[slot.index()]
    }

    /// The runs after all lines of `later`.
    pub(super) fn join(&mut self, later: &Self) {
        for (run, later) in self.0.iter_mut().zip(later.0) {
            *run = run.join(later);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(texts: &[&str]) -> Run {
        texts.iter().fold(Run::default(), |run, text| run.then(Own::of(text.as_bytes())))
    }

    #[test]
    fn a_trace_is_as_bad_as_the_line_before_it() {
        let trace = ["ERROR lost", "    at main (x.js:1)", "Caused by: none", "...", "}"];
        assert_eq!(after(&trace).level(), Some(Level::Error));
        assert_eq!(after(&["ERROR lost", "listening"]).level(), None);
        assert_eq!(after(&["ERROR lost", "\x1b[2m  INFO dim\x1b[0m"]).level(), Some(Level::Info));
        assert!(!after(&["  at x"]).is_known());
    }

    #[test]
    fn a_run_in_two_parts_is_the_run() {
        let lines = ["WARN a", "  b", "  c", "d", "  e"];
        for at in 0..=lines.len() {
            assert_eq!(after(&lines[..at]).join(after(&lines[at..])), after(&lines), "parted at {at}");
        }
    }

    #[test]
    fn a_run_has_an_end() {
        let long = |n: u32| (0..n).fold(after(&["ERROR x"]), |run, _| run.then(Own::Continues));
        assert_eq!(long(RUN_MAX).level(), Some(Level::Error));
        assert_eq!(long(RUN_MAX + 1).level(), None);
    }
}
