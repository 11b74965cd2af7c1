//! What the user did in the log: marks behind lines, what was cleared away, and the lines that are selected. None of it
//! changes the log itself.
//!
//! Marks and the clearing keep to places in the log, so they stay right whatever part of it the window holds. A selection
//! is of lines in the window, by their numbers.

use std::ops::RangeInclusive;

use jiff::Timestamp;

use super::log_store::Store;
use crate::model::{LogCursor, ServerId};

/// Marks that are kept, of all logs together; the oldest go first.
const MARKS: usize = 50;

/// A mark of the user's behind a line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mark {
    server: ServerId,
    /// Just past the line.
    pub(crate) behind: LogCursor,
    /// When it was made.
    pub(crate) at: Timestamp,
}

/// Lines from one to another, as they are being selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Selection {
    /// Where it began: a line's number.
    pub(crate) anchor: i64,
    /// Where it is now.
    pub(crate) cursor: i64,
    /// The log's end was followed before.
    pub(crate) followed: bool,
}

impl Selection {
    /// The numbers of its lines.
    pub(crate) fn lines(self) -> RangeInclusive<i64> {
        self.anchor.min(self.cursor)..=self.anchor.max(self.cursor)
    }
}

/// What is not shown although it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cleared {
    /// All that is stored, to its end, which is not known yet.
    Whole,
    /// What ends here or before.
    To(LogCursor),
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    marks: Vec<Mark>,
    cleared: Option<Cleared>,
    /// The lines that are being selected.
    pub(crate) selection: Option<Selection>,
}

impl Notes {
    /// For another server's log. Marks stay: one comes back to them.
    pub(crate) fn turned(&mut self) -> Self {
        Self { marks: std::mem::take(&mut self.marks), ..Self::default() }
    }

    /// Puts a mark behind the last line; whether there is one.
    pub(crate) fn mark(&mut self, server: &ServerId, store: &Store, at: Timestamp) -> bool {
        let Some(behind) = store.last_cursor() else { return false };
        if self.marks.len() >= MARKS {
            self.marks.remove(0);
        }
        self.marks.push(Mark { server: server.clone(), behind, at });
        true
    }

    /// The marks behind this line, the oldest first. One whose line is not shown stands behind the line before.
    pub(crate) fn behind<'a>(
        &'a self,
        server: Option<&'a ServerId>,
        store: &'a Store,
        number: i64,
    ) -> impl Iterator<Item = &'a Mark> {
        self.marks.iter().filter(move |mark| {
            Some(&mark.server) == server && store.last_before(mark.behind) == Some(number)
        })
    }

    /// Clears the view up to the end of what is there. `known`: the window reaches the log's end.
    pub(crate) fn clear(&mut self, store: &Store, known: bool) {
        self.selection = None;
        self.cleared = Some(match store.last_cursor() {
            Some(end) if known => Cleared::To(end),
            Some(_) | None => Cleared::Whole,
        });
    }

    /// The window reaches the log's end now.
    pub(crate) fn went_live(&mut self, store: &Store) {
        if self.cleared == Some(Cleared::Whole) {
            self.cleared = Some(Cleared::To(store.last_cursor().unwrap_or_default()));
        }
    }

    /// Shows everything again.
    pub(crate) fn uncover(&mut self) {
        self.cleared = None;
    }

    /// Whether something is cleared away.
    pub(crate) fn is_cleared(&self) -> bool {
        self.cleared.is_some()
    }

    /// Number of the first line that is shown at the log's end.
    pub(crate) fn floor(&self, store: &Store) -> i64 {
        match self.cleared {
            None => store.first(),
            Some(Cleared::Whole) => store.end(),
            Some(Cleared::To(place)) => store.last_before(place).map_or(store.first(), |last| last + 1),
        }
    }

    /// The first line that must stay in the window while lines are selected.
    pub(crate) fn held(&self) -> Option<i64> {
        self.selection.map(|selection| *selection.lines().start())
    }

    /// A selection never reaches beyond the window.
    pub(crate) fn fit(&mut self, store: &Store) {
        self.selection = self.selection.filter(|_| store.len() > 0).map(|selection| {
            let within = |number: i64| number.clamp(store.first(), store.end() - 1);
            Selection { anchor: within(selection.anchor), cursor: within(selection.cursor), ..selection }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Stream;
    use crate::tui::tests::fixture::{line, wall};

    fn store(lines: std::ops::Range<u64>) -> Store {
        let mut store = Store::default();
        for number in lines {
            store.append(line(number, wall(), Stream::Stdout, b"x").into());
        }
        store
    }

    #[test]
    fn a_mark_stays_behind_its_line_whatever_part_of_the_log_is_there() {
        let server = line(0, wall(), Stream::Stdout, b"").server;
        let mut notes = Notes::default();
        assert!(!notes.mark(&server, &store(0..0), wall()), "no line to be behind");
        assert!(notes.mark(&server, &store(0..10), wall()));
        let behind = |notes: &Notes, lines| {
            let store = store(lines);
            (store.first()..store.end())
                .filter(|number| notes.behind(Some(&server), &store, *number).count() > 0)
                .collect::<Vec<_>>()
        };
        assert_eq!(behind(&notes, 0..20), [9]);
        assert_eq!(behind(&notes, 5..20), [4], "the sixth of these is another one's number");
        assert_eq!(behind(&notes, 10..20), Vec::<i64>::new(), "its line is gone");
        let other = ServerId::new("shop", "web").unwrap();
        assert_eq!(notes.behind(Some(&other), &store(0..20), 9).count(), 0);
        let notes = notes.turned();
        assert_eq!(behind(&notes, 0..20), [9], "one comes back to it");
    }

    #[test]
    fn marks_are_bounded() {
        let server = line(0, wall(), Stream::Stdout, b"").server;
        let mut notes = Notes::default();
        for _ in 0..1000 {
            notes.mark(&server, &store(0..1), wall());
        }
        assert_eq!(notes.marks.len(), MARKS);
    }

    #[test]
    fn what_is_cleared_is_told_by_its_place() {
        let mut notes = Notes::default();
        assert_eq!(notes.floor(&store(0..10)), 0);
        notes.clear(&store(0..10), true);
        assert_eq!(notes.floor(&store(0..12)), 10);
        assert_eq!(notes.floor(&store(20..25)), 0, "all of it came later");
        notes.clear(&store(0..10), false);
        assert_eq!(notes.floor(&store(5..300)), 295, "the end is not known");
        notes.went_live(&store(5..300));
        assert_eq!(notes.floor(&store(5..301)), 295);
    }
}
