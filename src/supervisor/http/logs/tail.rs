//! One server's log in a stream: its history, then what comes. Reading blocks, so it is done on a thread for that.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::Instant;

use super::entry::Entry;
use super::log::{Counts, Log};
use super::partial::Partials;
use super::past::{PAGE_BYTES, PAGE_LINES, Past, Wish};
use crate::api::{LogItem, Problem};
use crate::journal::{Budget, Filter};
use crate::model::{LogCursor, ServerId};
use crate::supervisor::handle::LogSource;

/// One server's log.
#[derive(Debug)]
pub(super) struct Tail {
    log: Log,
    bell: watch::Receiver<u64>,
    past: Option<Past>,
    /// Live reading goes on here.
    next: LogCursor,
    /// There may be something new.
    stale: bool,
    /// There is: the last page did not reach the end.
    more: bool,
    /// The server is forgotten: nothing new will come.
    gone: bool,
    partials: Partials,
}

/// How what is live is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Round {
    /// When it began.
    pub(super) now: Instant,
    /// The same by the clock on the wall.
    pub(super) wall: Timestamp,
    /// How old a line is at least when it goes out.
    pub(super) hold: Duration,
    /// Bytes of each log at most.
    pub(super) bytes: u64,
}

impl Round {
    /// One that begins now.
    pub(super) fn new(hold: Duration, bytes: u64) -> Self {
        // in this order: a pause between makes entries look younger, and they wait longer, not less
        let wall = Timestamp::now();
        Self { now: Instant::now(), wall, hold, bytes }
    }

    /// When an entry of this time goes out at the earliest, if it has been read by now. A clock that was set back delays
    /// nothing for long.
    fn due(&self, at: Timestamp) -> Instant {
        let age = self.wall.duration_since(at);
        match Duration::try_from(age) {
            Ok(age) => (self.now + self.hold).checked_sub(age).unwrap_or(self.now),
            Err(_) => self.now + self.hold + age.unsigned_abs().min(self.hold),
        }
    }
}

impl Tail {
    pub(super) fn new(
        server: ServerId,
        source: LogSource,
        filter: Option<Arc<Filter>>,
        context: usize,
    ) -> Self {
        let LogSource { dir, mut bell } = source;
        // what was rung for until now is read with the history, what is written from now on is rung for
        bell.mark_unchanged();
        Self {
            log: Log::new(dir, server, filter, context),
            bell,
            past: None,
            next: LogCursor::default(),
            stale: false,
            more: false,
            gone: false,
            partials: Partials::default(),
        }
    }

    /// Goes to where the history begins. Blocks.
    pub(super) fn begin(&mut self, wish: Wish) -> Result<(), Problem> {
        let past = Past::begin(&mut self.log, wish).map_err(|error| self.log.problem(&error))?;
        self.past = Some(past);
        Ok(())
    }

    /// Whether a line of the history may come before everything that is ready.
    pub(super) fn is_wanting(&self) -> bool {
        self.log.out.is_empty() && self.past.as_ref().is_some_and(|past| !past.is_done())
    }

    /// Newest first: what is wanting is older than this; `None`: it is not known how old.
    pub(super) fn frontier(&self) -> Option<Timestamp> {
        self.past.as_ref().and_then(Past::frontier)
    }

    /// Reads a little more of the history. Blocks.
    pub(super) fn step(&mut self, several: bool) -> Result<(), Problem> {
        let Some(past) = &mut self.past else { return Ok(()) };
        past.step(&mut self.log, several).map_err(|error| self.log.problem(&error))
    }

    /// The time of the first entry that is ready, if it is of the history.
    pub(super) fn past_head(&self) -> Option<Timestamp> {
        let until = self.past.as_ref()?.until();
        self.log.out.front().filter(|entry| entry.cursor() <= until).map(|entry| entry.at)
    }

    /// Ends the history; the item that says so. What was read beyond it is live, and waits like that.
    pub(super) fn start_live(&mut self, round: Round) -> LogItem {
        let mut cursor = self.next;
        if let Some(past) = self.past.take() {
            self.next = past.next();
            cursor = past.until().min(self.next);
        }
        self.log.out.after_mut(0).for_each(|entry| entry.due = round.due(entry.at));
        // whether the bell rang or not: lines that are open, and what was written after the cut
        self.stale = true;
        LogItem::Live { server: self.log.server.clone(), cursor }
    }

    /// Reads what is new. Blocks.
    pub(super) fn read_live(&mut self, round: Round) -> Result<(), Problem> {
        self.try_read_live(round).map_err(|error| self.log.problem(&error))
    }

    fn try_read_live(&mut self, round: Round) -> io::Result<()> {
        let first = self.log.out.len();
        if self.log.is_settled() {
            let budget = Budget { lines: PAGE_LINES, bytes: round.bytes, partial: true };
            let page = self.log.forward(self.next, budget)?;
            self.log.count(&page);
            self.log.counts.finish();
            self.next = page.next;
            self.more = !page.at_end;
            let (partial, whole): (Vec<_>, Vec<_>) = page.lines.into_iter().partition(|line| line.partial);
            self.log.take(page.lagged, whole, page.next)?;
            // before the end it is not known what has not ended
            if page.at_end {
                for line in self.partials.due(partial, Instant::now()) {
                    self.log.out.push(Entry::line(line, round.now));
                }
            }
        } else {
            self.log.settle()?;
        }
        self.more |= !self.log.is_settled();
        self.stale = self.more;
        // to read many logs may take longer than entries are held: these are of a time before now, not before the round
        let read = Round::new(round.hold, round.bytes);
        let due = |at| if round.hold.is_zero() { round.now } else { read.due(at) };
        self.log.out.after_mut(first).for_each(|entry| entry.due = due(entry.at));
        Ok(())
    }

    /// Looks whether the bell rang, or a partial line has waited long enough.
    pub(super) fn look(&mut self) {
        self.stale |= self.partial_due().is_some_and(|due| due <= Instant::now());
        match self.bell.has_changed() {
            Ok(false) => {}
            Ok(true) => {
                self.bell.mark_unchanged();
                self.stale = true;
            }
            Err(_) => {
                self.stale |= !self.gone;
                self.gone = true;
            }
        }
    }

    /// Waits for the bell. For ever, if the server is forgotten.
    pub(super) async fn rung(&mut self) {
        if self.gone {
            std::future::pending::<()>().await;
        }
        self.gone = self.bell.changed().await.is_err();
        self.stale = true;
    }

    /// Looks again although no bell rang.
    pub(super) const fn look_again(&mut self) {
        self.stale = true;
    }

    /// Whether it is to be read now: there may be something new, and there is room for it.
    pub(super) fn is_due(&self) -> bool {
        self.stale && self.log.out.len() < PAGE_LINES && self.log.out.bytes() < PAGE_BYTES as usize
    }

    /// Whether it is known that there is something new, and there is room for it.
    pub(super) fn has_more(&self) -> bool {
        self.more && self.is_due()
    }

    /// Whether what comes next is not known, though there may be something.
    pub(super) fn is_unknown(&self) -> bool {
        self.stale && self.log.out.is_empty()
    }

    /// Whether nothing more will come.
    pub(super) fn is_over(&self) -> bool {
        self.gone && !self.stale && self.log.out.is_empty()
    }

    /// When a partial line is to be shown, if there is one.
    pub(super) fn partial_due(&self) -> Option<Instant> {
        self.partials.next_due()
    }

    /// The first entry that is ready: its time, and when it goes out.
    pub(super) fn head(&self) -> Option<(Timestamp, Instant)> {
        self.log.out.front().map(|entry| (entry.at, entry.due))
    }

    pub(super) fn pop(&mut self) -> Option<Entry> {
        self.log.out.pop()
    }

    pub(super) const fn counts(&self) -> Counts {
        self.log.counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Writer;
    use crate::model::{LogPolicy, Stream};

    #[test]
    fn what_is_read_long_after_the_round_began_waits_as_long_as_all_else() {
        let dir = tempfile::tempdir().unwrap();
        let (_ring, bell) = watch::channel(0);
        let source = LogSource { dir: dir.path().to_owned(), bell };
        let mut tail = Tail::new("shop/api".parse().unwrap(), source, None, 0);
        let hold = Duration::from_secs(1);
        let late = Duration::from_mins(1);
        let round = Round::new(hold, 1000);
        let round = Round { now: round.now.checked_sub(late).unwrap(), wall: round.wall - late, ..round };
        let before = Instant::now();
        let at = Timestamp::now();
        let mut writer = Writer::open(dir.path(), LogPolicy::default()).unwrap();
        for at in [at - Duration::from_hours(1), at] {
            let at_us = at.as_microsecond().try_into().unwrap();
            writer.append(at_us, Stream::Stdout, b"line\n").unwrap();
        }
        tail.read_live(round).unwrap();
        let old = tail.pop().unwrap();
        assert!(old.due <= round.now, "it was held long enough before the round began");
        let new = tail.pop().unwrap();
        assert!(new.due >= before + hold - Duration::from_millis(1), "{:?}", new.due - before);
    }
}
