//! What the user did in the log: marks behind lines, what was cleared away, and the lines that are selected. None of it
//! changes the log itself.
//!
//! Marks and the clearing keep to places in the log, so they stay right whatever part of it the window holds. A selection
//! is of lines in the window, by their numbers.

use std::ops::{Range, RangeInclusive};

use jiff::Timestamp;

use super::log_store::Store;
use super::log_view::{Hit, LogView, Room};
use crate::model::{LogCursor, ServerId};

/// Marks that are kept, of all logs together; the oldest go first.
const MARKS: usize = 50;

/// A mark of the user's behind a line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mark {
    /// Whose line.
    server: ServerId,
    /// When the line came.
    line_at: Timestamp,
    /// Just past the line.
    behind: LogCursor,
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
    /// The window has no room for more lines as long as it holds these.
    pub(crate) full: bool,
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
    To(Hit),
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
    /// For another log. Marks stay: one comes back to them.
    pub(crate) fn turned(&mut self) -> Self {
        Self { marks: std::mem::take(&mut self.marks), ..Self::default() }
    }

    /// Shows everything again.
    pub(crate) fn uncover(&mut self) {
        self.cleared = None;
    }

    /// Whether something is cleared away.
    pub(crate) fn is_cleared(&self) -> bool {
        self.cleared.is_some()
    }

    /// The first line that must stay in the window while lines are selected.
    pub(crate) fn held(&self) -> Option<i64> {
        self.selection.map(|selection| *selection.lines().start())
    }

    /// Whether this line is selected, and so must stay in the window; it has no room for another one then.
    pub(super) fn holds(&mut self, number: i64) -> bool {
        let selection = self.selection.as_mut().filter(|selection| selection.lines().contains(&number));
        selection.map(|selection| selection.full = true).is_some()
    }

    /// A selection never reaches beyond the window.
    pub(crate) fn fit(&mut self, store: &Store) {
        self.selection = self.selection.filter(|_| store.len() > 0).map(|selection| {
            let within = |number: i64| number.clamp(store.first(), store.end() - 1);
            Selection { anchor: within(selection.anchor), cursor: within(selection.cursor), ..selection }
        });
    }
}

impl LogView {
    /// Puts a mark behind the last line; whether there is one.
    pub(crate) fn mark(&mut self, at: Timestamp) -> bool {
        let Some(last) = self.store.last() else { return false };
        let Some(server) = self.server_of(last).or(self.merged.first()).or(self.server.as_ref()) else {
            return false;
        };
        let mark = Mark { server: server.clone(), line_at: last.at, behind: last.cursor, at };
        if self.notes.marks.len() >= MARKS {
            self.notes.marks.remove(0);
        }
        self.notes.marks.push(mark);
        true
    }

    /// The marks behind this line, which are shown below it, the oldest first. One whose line is not shown stands behind
    /// the line before; at the window's end only where that surely is so.
    pub(crate) fn marks_behind(&self, number: i64) -> impl Iterator<Item = &Mark> {
        let line = self.store.get(number).filter(|_| !self.notes.marks.is_empty());
        let is_known = (self.live && !self.detached) || number + 1 < self.store.end();
        self.notes.marks.iter().filter(move |mark| {
            let (Some(line), Some(hit)) = (line, self.place_of_mark(mark)) else { return false };
            let own = self.place_of(line);
            own <= hit && (is_known || own == hit) && self.last_before(hit) == Some(number)
        })
    }

    /// Where it is in what is shown; `None` in another log.
    fn place_of_mark(&self, mark: &Mark) -> Option<Hit> {
        if !self.is_merged() {
            let shown = self.merged.first().or(self.server.as_ref());
            return (shown == Some(&mark.server)).then(|| Hit { cursor: mark.behind, ..Hit::default() });
        }
        let server = self.merged.iter().position(|id| *id == mark.server)? as u16;
        Some(Hit { at_us: mark.line_at.as_microsecond(), server, cursor: mark.behind })
    }

    /// Number of the last line at this place or before it.
    fn last_before(&self, hit: Hit) -> Option<i64> {
        let lines = self.store.partition_point(|line| self.place_of(line) <= hit);
        (lines > 0).then(|| self.store.first() + lines as i64 - 1)
    }

    /// Clears the view up to the log's end. `known`: the window reaches to there.
    pub(crate) fn clear(&mut self, known: bool) {
        self.notes.selection = None;
        self.notes.cleared = Some(match self.store.last() {
            Some(last) if known => Cleared::To(self.place_of(last)),
            Some(_) | None => Cleared::Whole,
        });
    }

    /// The window reaches the log's end now.
    pub(super) fn went_live(&mut self) {
        if self.notes.cleared == Some(Cleared::Whole) {
            let end = self.store.last().map(|last| self.place_of(last)).unwrap_or_default();
            self.notes.cleared = Some(Cleared::To(end));
        }
    }

    /// Number of the first line that is shown at the log's end.
    pub(crate) fn floor(&self) -> i64 {
        match self.notes.cleared {
            None => self.store.first(),
            Some(Cleared::Whole) => self.store.end(),
            Some(Cleared::To(hit)) => self.last_before(hit).map_or(self.store.first(), |last| last + 1),
        }
    }

    /// The numbers of the lines of which something is on the screen.
    pub(crate) fn visible(&self, room: Room) -> Range<i64> {
        self.on_screen(room).map_or(0..0, |(first, last)| first..last + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::LogItem;
    use crate::model::Stream;
    use crate::tui::tests::fixture::{line, wall};

    /// A line each second, of these servers in turn.
    fn of(number: u64, servers: &[ServerId]) -> LogItem {
        let at = wall().checked_add(std::time::Duration::from_secs(number)).unwrap();
        let server = servers[number as usize % servers.len()].clone();
        LogItem::Line(crate::model::LogLine { server, ..line(number, at, Stream::Stdout, b"x") }.into())
    }

    fn worker() -> ServerId {
        ServerId::new("shop", "worker").unwrap()
    }

    /// With these lines in its window.
    fn view(lines: Range<u64>, notes: &Notes) -> LogView {
        let mut view = LogView::default();
        (view.notes, view.server) = (notes.clone(), Some(worker()));
        lines.for_each(|number| view.take(of(number, &[worker()])));
        view
    }

    fn marked(view: &LogView) -> Vec<i64> {
        let all = view.store.first()..view.store.end();
        all.filter(|number| view.marks_behind(*number).count() > 0).collect()
    }

    #[test]
    fn a_mark_stays_behind_its_line_whatever_part_of_the_log_is_there() {
        let mut first = view(0..0, &Notes::default());
        assert!(!first.mark(wall()), "no line to be behind");
        let mut first = view(0..10, &Notes::default());
        assert!(first.mark(wall()));
        let notes = first.notes.turned();
        assert_eq!(marked(&view(0..20, &notes)), [9]);
        assert_eq!(marked(&view(5..20, &notes)), [4], "another number for the same line");
        assert!(marked(&view(10..20, &notes)).is_empty(), "its line is gone");
        assert!(marked(&view(0..8, &notes)).is_empty(), "its line is not there yet");
        let mut other = view(0..20, &notes);
        other.server = Some(ServerId::new("shop", "web").unwrap());
        assert!(marked(&other).is_empty());
        let mut several = view(0..0, &notes);
        several.merged = vec![other.server.clone().unwrap(), worker()];
        (0..20).for_each(|number| several.take(of(number, &several.merged.clone())));
        assert_eq!(marked(&several), [9], "in a merged log as well");
    }

    #[test]
    fn marks_are_bounded() {
        let mut view = view(0..1, &Notes::default());
        for _ in 0..1000 {
            view.mark(wall());
        }
        assert_eq!(view.notes.marks.len(), MARKS);
    }

    #[test]
    fn what_is_cleared_is_told_by_its_place() {
        let mut first = view(0..10, &Notes::default());
        assert_eq!(first.floor(), 0);
        first.clear(true);
        assert_eq!(view(0..12, &first.notes).floor(), 10);
        assert_eq!(view(20..25, &first.notes).floor(), 0, "all of it came later");
        first.clear(false);
        let mut later = view(5..300, &first.notes);
        assert_eq!(later.floor(), 295, "the end is not known");
        later.went_live();
        assert_eq!(view(5..301, &later.notes).floor(), 295);
    }
}
