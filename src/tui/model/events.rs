//! The page of events: what happened, newest first. It is kept only while the page is open.

use std::collections::BTreeMap;

use crate::model::event::Severity;
use crate::model::{Event, ServerId};

/// Events that are asked for at a time.
pub(crate) const EVENTS_PAGE: u64 = 500;
/// Events that are kept at most; the supervisor gives no more of the past either.
const MOST: usize = 10_000;

/// A part of the past: after the first number and before the second.
pub(crate) type Span = (u64, u64);

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct EventsPage {
    /// By number.
    events: BTreeMap<u64, Event>,
    /// Only of this server.
    pub(crate) server: Option<ServerId>,
    /// Only those that matter so much; `None`: all.
    pub(crate) least: Option<Severity>,
    /// The event that the user is at; `None`: the newest, whichever that is.
    cursor: Option<u64>,
    /// Row of that event on the screen.
    offset: usize,
    /// Those that came since the user went down from the newest.
    pub(crate) new: usize,
    /// Nothing older is to be had.
    pub(crate) complete: bool,
    /// What was asked for and has not come.
    pub(crate) asked: Option<Span>,
    /// Why it could not be had; safe to show.
    pub(crate) error: Option<String>,
}

/// Which events are on the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// Row of the one that the user is at, among those that are shown.
    pub(crate) at: usize,
    /// The first on the screen.
    pub(crate) top: usize,
    /// How many are shown.
    pub(crate) count: usize,
}

impl EventsPage {
    /// Those that fit, newest first.
    pub(crate) fn shown(&self) -> impl Iterator<Item = &Event> + '_ {
        self.events.values().rev().filter(|event| self.fits(event))
    }

    fn fits(&self, event: &Event) -> bool {
        self.server.as_ref().is_none_or(|server| event.server.as_ref() == Some(server))
            && self.least.is_none_or(|least| event.kind.severity() >= least)
    }

    /// The one that the user is at.
    pub(crate) fn current(&self) -> Option<&Event> {
        self.shown().nth(self.at())
    }

    /// Row of the cursor's event; where that is not shown, of the next older one.
    fn at(&self) -> usize {
        let Some(cursor) = self.cursor else { return 0 };
        let newer = self.shown().take_while(|event| event.seq > cursor).count();
        newer.min(self.shown().count().saturating_sub(1))
    }

    /// For a screen of so many rows.
    pub(crate) fn place(&self, rows: usize) -> Place {
        let count = self.shown().count();
        let at = self.at();
        let top = at.saturating_sub(self.offset.min(rows.saturating_sub(1)));
        Place { at, top: top.min(count.saturating_sub(rows)), count }
    }

    /// To another row.
    pub(crate) fn go(&mut self, row: usize, rows: usize) {
        let before = self.place(rows);
        let row = row.min(before.count.saturating_sub(1));
        let top = before.top.min(row).max((row + 1).saturating_sub(rows));
        self.offset = row - top;
        self.cursor = if row == 0 { None } else { self.shown().nth(row).map(|event| event.seq) };
        if self.cursor.is_none() {
            self.new = 0;
        }
    }

    /// Only those that matter more, and after the most those that matter least again.
    pub(crate) fn cycle_severity(&mut self) {
        self.least = match self.least {
            None | Some(Severity::Plain | Severity::Good) => Some(Severity::Notice),
            Some(Severity::Notice) => Some(Severity::Trouble),
            Some(Severity::Trouble) => None,
        };
    }

    /// Takes one that just happened; whether it is shown.
    pub(crate) fn take(&mut self, event: Event) -> bool {
        let fits = self.fits(&event);
        if self.cursor.is_some() && fits {
            self.new += 1;
        }
        self.events.insert(event.seq, event);
        while self.events.len() > MOST {
            self.events.pop_first();
        }
        fits
    }

    /// Takes a part of the past.
    pub(crate) fn take_past(&mut self, span: Span, events: Vec<Event>) {
        if self.asked == Some(span) {
            self.asked = None;
        }
        let (after, before) = span;
        // numbers have no holes: where the first is missing, nothing older is kept
        let first = events.first().map_or(before, |event| event.seq);
        let is_oldest = self.events.first_key_value().is_none_or(|(oldest, _)| first <= *oldest);
        self.events.extend(events.into_iter().map(|event| (event.seq, event)));
        while self.events.len() > MOST {
            self.events.pop_first();
        }
        self.complete |= is_oldest && (after == 0 || first > after + 1) || self.events.len() >= MOST;
        self.error = None;
    }

    /// What to ask for when it opens, where `last` is the number of the newest.
    pub(crate) fn newest(last: u64) -> Span {
        (last.saturating_sub(EVENTS_PAGE), u64::MAX)
    }

    /// What came while nobody listened.
    pub(crate) fn missed(&self, last: u64) -> Span {
        self.events.last_key_value().map_or(Self::newest(last), |(newest, _)| (*newest, u64::MAX))
    }

    /// What to ask for next, if the user is so near the end that older ones are wanted.
    pub(crate) fn older(&self, rows: usize) -> Option<Span> {
        if self.complete || self.asked.is_some() || self.error.is_some() {
            return None;
        }
        let oldest = *self.events.first_key_value()?.0;
        let Place { at, count, .. } = self.place(rows);
        (at + 2 * rows >= count).then(|| (oldest.saturating_sub(EVENTS_PAGE + 1), oldest))
    }

    /// How many are kept.
    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }
}
