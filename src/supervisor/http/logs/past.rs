//! A log's history, read in steps that are short: between two of them a client may go away, and is told how far it is.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::entry::{Entry, weight};
use super::log::Log;
use super::query::Start;
use crate::journal::{Budget, LINE_MAX};
use crate::model::{LogCursor, LogLine};

/// Lines of one page.
pub(super) const PAGE_LINES: usize = 1000;

/// The same backwards without a filter, where a page has no other limit: see [`back_lines`].
const BACK_LINES: usize = 200;

/// Lines of one page of a search.
const SEARCH_LINES: usize = 5000;

/// Bytes of the log that one page may take; more where a filter leaves most of them out, see [`Pace`].
pub(super) const PAGE_BYTES: u64 = 256 * 1024;

/// Bytes of the log that one page of a search may look at: the journal shares that between threads.
pub(super) const SEARCH_BYTES: u64 = 16 * 1024 * 1024;

/// After this long a step of a search ends, at the next page.
pub(super) const STEP: Duration = Duration::from_millis(15);

/// What is asked of a history.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    pub(super) start: Start,
    pub(super) newest_first: bool,
    pub(super) follow: bool,
    /// Only from then on.
    pub(super) since: Option<Timestamp>,
    /// What is written later is live; `None`: what is written from now on.
    pub(super) cut: Option<Timestamp>,
    /// Bytes of it that may be kept in memory.
    pub(super) kept: usize,
    /// Bytes that one page of a search may look at.
    pub(super) most: u64,
}

/// Where the reading of a history is.
#[derive(Debug)]
pub(super) struct Past {
    stage: Stage,
    /// Reading forwards goes on here; at the end of the history: where what is live begins.
    next: LogCursor,
    /// The history ends here.
    until: LogCursor,
    /// Lines that end later are not wanted.
    limit: Option<LogCursor>,
    follow: bool,
    pace: Pace,
    /// Newest first: all that is left is older than this; `None`: not known yet.
    frontier: Option<Timestamp>,
}

#[derive(Debug)]
enum Stage {
    /// Lines are looked for backwards until there are enough, and sent then.
    Last {
        back: Backwards,
        kept: Option<VecDeque<LogLine>>,
        bytes: usize,
        most: usize,
    },
    /// Lines are looked for backwards, and sent as they are found.
    Newest(Backwards),
    /// Lines are read forwards, so many at most. They are not counted again if they have been found before.
    Forward {
        left: usize,
        found: bool,
    },
    /// All is read.
    Settling,
    Done,
}

/// How much of the log one page looks at: little at first, when what is looked for may be near, then so much that a page
/// takes no longer than a step.
#[derive(Clone, Copy, Debug)]
struct Pace {
    bytes: u64,
    most: u64,
}

/// A way backwards.
#[derive(Debug)]
struct Backwards {
    at: LogCursor,
    /// What is before this is older than what is wanted.
    floor: LogCursor,
    left: usize,
    pace: Pace,
    /// Lines of a page without a filter.
    lines: usize,
    /// Bytes that a page may hold in memory, about.
    room: usize,
    done: bool,
}

impl Past {
    /// Goes to where the history begins.
    pub(super) fn begin(log: &mut Log, wish: Wish) -> io::Result<Self> {
        let end = match wish.cut {
            Some(cut) => log.reader.seek_time(cut)?,
            None => log.reader.end()?,
        };
        let floor = match wish.since {
            Some(since) => log.reader.seek_time(since)?,
            None => LogCursor::default(),
        };
        let mut past = Self {
            stage: Stage::Settling,
            next: end,
            until: end,
            limit: None,
            follow: wish.follow,
            pace: Pace { bytes: PAGE_BYTES, most: if log.filter.is_some() { wish.most } else { PAGE_BYTES } },
            frontier: None,
        };
        let (searched_from, searched_to) = match wish.start {
            Start::At(from, left) => {
                log.resume(from)?;
                past.next = from;
                // whoever was cut off a moment ago has more than the history
                past.until = end.max(from);
                past.stage = Stage::Forward { left, found: false };
                (from, end)
            }
            Start::Last(lines, before) => {
                past.limit = before;
                past.until = before.map_or(end, |before| before.min(end));
                past.begin_backwards(log, lines, floor, wish)?;
                (floor, past.until)
            }
        };
        if log.filter.is_some() {
            log.counts.total = log.reader.span(searched_from, searched_to)?;
        }
        Ok(past)
    }

    fn begin_backwards(
        &mut self,
        log: &mut Log,
        lines: usize,
        floor: LogCursor,
        wish: Wish,
    ) -> io::Result<()> {
        let mut open = VecDeque::new();
        // whoever follows is shown them as what is live
        if !wish.follow && self.limit.is_none() && lines > 0 {
            let page = log.reader.back(None, OPEN_LINES, None)?;
            self.until = page.next;
            self.next = page.next;
            let wanted = |line: &LogLine| {
                line.partial && log.filter.as_ref().is_none_or(|filter| filter.matches(line))
            };
            open.extend(page.lines.into_iter().filter(wanted).take(lines));
        }
        let left = lines - open.len();
        let lines = (wish.kept / LINE_MAX).clamp(1, BACK_LINES);
        let back = Backwards {
            at: self.until,
            floor,
            left,
            pace: self.pace,
            lines,
            room: wish.kept,
            done: left == 0,
        };
        self.stage = if wish.newest_first {
            log.take(None, open.into_iter().rev(), self.until)?;
            Stage::Newest(back)
        } else {
            Stage::Last { back, kept: Some(open), bytes: 0, most: wish.kept }
        };
        Ok(())
    }

    /// Reads a little more, and makes that ready to be sent.
    pub(super) fn step(&mut self, log: &mut Log, several: bool) -> io::Result<()> {
        match std::mem::replace(&mut self.stage, Stage::Done) {
            Stage::Last { back, kept, bytes, most } => self.step_last(log, back, (kept, bytes, most))?,
            Stage::Newest(back) => self.step_newest(log, back, several)?,
            Stage::Forward { left, found } => self.step_forward(log, left, found)?,
            Stage::Settling => {
                log.settle()?;
                self.stage = Stage::Settling;
            }
            Stage::Done => {}
        }
        if matches!(self.stage, Stage::Settling) {
            log.counts.finish();
            if log.is_settled() {
                self.stage = Stage::Done;
            }
        }
        Ok(())
    }

    fn step_last(
        &mut self,
        log: &mut Log,
        mut back: Backwards,
        (mut kept, mut bytes, most): (Option<VecDeque<LogLine>>, usize, usize),
    ) -> io::Result<()> {
        let (lines, lost) = back.page(log)?;
        bytes += lines.iter().map(weight).sum::<usize>();
        // what is lost is told by reading it forwards
        kept = kept.filter(|_| bytes <= most && lost.is_none());
        if let Some(kept) = &mut kept {
            lines.into_iter().rev().for_each(|line| kept.push_front(line));
        }
        self.stage = match kept {
            kept if !back.done => Stage::Last { back, kept, bytes, most },
            Some(lines) => {
                log.take(None, lines, self.until)?;
                Stage::Settling
            }
            None => {
                self.next = back.at;
                Stage::Forward { left: usize::MAX, found: true }
            }
        };
        Ok(())
    }

    fn step_newest(&mut self, log: &mut Log, mut back: Backwards, several: bool) -> io::Result<()> {
        let (lines, lost) = back.page(log)?;
        if let Some(oldest) = lines.first() {
            self.frontier = Some(oldest.at);
        } else if several && !back.done {
            // how far back is this, in time?
            let before = log.reader.back(Some(back.at), 1, None)?;
            self.frontier = before.lines.first().map(|line| line.at).or(self.frontier);
        }
        let now = Instant::now();
        lines.into_iter().rev().for_each(|line| log.out.push(Entry::line(line, now)));
        log.tell_lost(lost, Timestamp::now());
        self.stage = if back.done { Stage::Settling } else { Stage::Newest(back) };
        Ok(())
    }

    fn step_forward(&mut self, log: &mut Log, left: usize, found: bool) -> io::Result<()> {
        if !log.is_settled() {
            self.stage = Stage::Forward { left, found };
            return log.settle();
        }
        let most = if log.filter.is_some() { SEARCH_LINES } else { PAGE_LINES };
        let (lines, bytes, began) = (left.clamp(1, most), self.pace.bytes, Instant::now());
        let mut page = log.forward(self.next, Budget { lines, bytes, partial: !self.follow })?;
        self.pace.took(began.elapsed());
        if !found {
            log.count(&page);
        }
        let limit = self.limit;
        page.lines.retain(|line| limit.is_none_or(|limit| line.cursor <= limit));
        page.lines.truncate(left);
        let left = left.saturating_sub(page.lines.len());
        self.next = page.next;
        let is_done = left == 0 || page.at_end || self.until <= page.next;
        let upto = if is_done { page.next.max(self.until) } else { page.next };
        log.take(page.lagged, page.lines, limit.map_or(upto, |limit| upto.min(limit)))?;
        self.stage = if is_done { Stage::Settling } else { Stage::Forward { left, found } };
        Ok(())
    }

    /// Whether all of it was read.
    pub(super) const fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Done)
    }

    /// Newest first: all that is left is older than this; `None`: not known yet.
    pub(super) const fn frontier(&self) -> Option<Timestamp> {
        self.frontier
    }

    /// The history ends here; what was read beyond is live.
    pub(super) const fn until(&self) -> LogCursor {
        self.until
    }

    /// At its end: from here what is live is read.
    pub(super) const fn next(&self) -> LogCursor {
        self.next
    }
}

/// Lines that may be open at the end of a log: one of each stream.
const OPEN_LINES: usize = 3;

impl Pace {
    /// A page of so many bytes took so long.
    fn took(&mut self, time: Duration) {
        if time < STEP / 4 {
            self.bytes = (self.bytes * 4).min(self.most);
        } else if time < STEP / 2 {
            self.bytes = (self.bytes * 2).min(self.most);
        } else if time > STEP {
            self.bytes = (self.bytes / 2).max(PAGE_BYTES);
        }
    }
}

/// What is lost by damage: from where to where.
type Lost = (LogCursor, LogCursor);

impl Backwards {
    /// The lines of one more part, oldest first, and what is lost of it by damage.
    fn page(&mut self, log: &mut Log) -> io::Result<(Vec<LogLine>, Option<Lost>)> {
        if self.done {
            return Ok((Vec::new(), None));
        }
        let began = Instant::now();
        let page = match &log.filter {
            Some(filter) => {
                let lines = self.left.min(SEARCH_LINES);
                log.reader.find_back(
                    self.at,
                    Budget { lines, bytes: self.pace.bytes, partial: false },
                    filter,
                )?
            }
            None => log.reader.back(Some(self.at), self.left.min(self.lines), None)?,
        };
        log.count(&page);
        self.pace.took(began.elapsed());
        self.lines = back_lines(self.lines, page.lines.iter().map(weight).sum(), self.room);
        self.at = page.before;
        self.left -= page.lines.len().min(self.left);
        self.done = page.at_end || self.left == 0 || self.at <= self.floor;
        Ok((page.lines, page.lagged))
    }
}

/// How many lines the next page without a filter has, after one of `lines` that took `weight` bytes of `room`: many where
/// they are short, since each page is looked up anew, and few where all logs together would take much.
fn back_lines(lines: usize, weight: usize, room: usize) -> usize {
    if weight > room {
        (lines / 2).max(1)
    } else if weight < room / 8 {
        (lines * 4).min(BACK_LINES)
    } else {
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_backwards_have_many_short_lines_and_few_long_ones() {
        let settled = |line: usize, room: usize| {
            (0..20).fold((room / LINE_MAX).clamp(1, BACK_LINES), |lines, _| {
                assert!(lines * line <= room.max(LINE_MAX) * 2, "{lines} lines of {line} bytes in {room}");
                back_lines(lines, lines * line, room)
            })
        };
        assert_eq!(settled(100, 160 << 10), BACK_LINES);
        assert_eq!(settled(LINE_MAX, 160 << 10), 2);
        assert_eq!(settled(LINE_MAX, 8 << 20), 128);
        assert_eq!(settled(LINE_MAX, 100), 1);
    }
}
