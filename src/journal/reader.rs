//! The reader: everybody's end but the keeper's. Blocking, stateless but for a memory of where it was last.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::model::{LogCursor, LogLine, ServerId};

use super::filter::Filter;
use super::format::Slot;
use super::lines::{Forward, Origin};
use super::search;
use super::walk::{self, CHUNK, Gather, Reached, View};

/// How much one call of [`Reader::forward`] does at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Lines to return; at least 1.
    pub lines: usize,
    /// Bytes of the log to look at, whether their lines are wanted or not; at least 1.
    pub bytes: u64,
    /// At the end, also return what has come of lines that have not ended, marked as partial. Each comes again when it
    /// has.
    pub partial: bool,
}

impl Default for Budget {
    fn default() -> Self {
        Self { lines: 1000, bytes: 1024 * 1024, partial: false }
    }
}

/// Lines, and where to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// In the order in which they ended.
    pub lines: Vec<LogLine>,
    /// From here [`Reader::forward`] goes on, with lines that end after these.
    pub next: LogCursor,
    /// From here [`Reader::back`] goes on, with lines that ended before these.
    pub before: LogCursor,
    /// What the writer rotated away before it was read, or what a damaged packed segment has lost: from where to where.
    /// Backwards it lies among the lines.
    pub lagged: Option<(LogCursor, LogCursor)>,
    /// Nothing more in this direction: forwards for now, backwards for ever.
    pub at_end: bool,
    /// Bytes of the log that were looked at.
    pub looked: u64,
    /// Whole lines that ended there and that the filter left out.
    pub hidden: u64,
}

impl Page {
    /// Nothing, at `place`.
    const fn empty(place: LogCursor) -> Self {
        let lines = Vec::new();
        Self { lines, next: place, before: place, lagged: None, at_end: true, looked: 0, hidden: 0 }
    }
}

/// What was rotated away: from where to where.
pub(super) type Lost = (LogCursor, LogCursor);

/// What a reader remembers of the place that it read to: the open line of each slot.
type Resume = (LogCursor, [Forward; 3]);

/// Reads a server's journal. A directory that is missing is an empty journal.
#[derive(Debug)]
pub struct Reader {
    dir: PathBuf,
    server: ServerId,
    resume: Mutex<Option<Resume>>,
}

impl Reader {
    /// For the journal in `dir`; `server` goes into each line.
    pub const fn new(dir: PathBuf, server: ServerId) -> Self {
        Self { dir, server, resume: Mutex::new(None) }
    }

    /// Where the segments are.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Just past the last byte that can be read now.
    pub fn end(&self) -> io::Result<LogCursor> {
        retry(|| Ok(View::new(&self.dir)?.end()?.unwrap_or(BEGINNING)))
    }

    /// The last `lines` lines that end at or before `before`, oldest first. `None`: those at the very end, and after
    /// them, counted in and marked as partial, what has come of lines that have not ended.
    pub fn back(&self, before: Option<LogCursor>, lines: usize, filter: Option<&Filter>) -> io::Result<Page> {
        retry(|| {
            let mut view = View::new(&self.dir)?;
            let end = view.end()?.unwrap_or(BEGINNING);
            let from = before.map_or(end, |place| place.min(end));
            let oldest = view.numbers().first().copied();
            let mut gather = Gather::lines(&self.server, lines, filter);
            if before.is_none() {
                gather = gather.with_pending();
            }
            let reached = match place_backwards(&view, from) {
                Some(place) => walk::back(&mut view, place, &mut gather)?,
                None => Reached::Beginning,
            };
            let lagged = gather.lost;
            let (lines, more) = gather.into_lines();
            let oldest = LogCursor { segment: oldest.unwrap_or(BEGINNING.segment), offset: 0 };
            let before = match (lines.first(), reached) {
                (Some(line), Reached::Beginning | Reached::Enough) if line.partial => from,
                (Some(line), _) if !line.partial => {
                    LogCursor { offset: line.cursor.offset.saturating_sub(1), ..line.cursor }
                }
                (_, Reached::Damage(place)) => place,
                (_, Reached::Beginning | Reached::Enough) => oldest,
            };
            let at_end = reached == Reached::Beginning && !more;
            let looked = search::span(&mut view, before, from)?;
            Ok(Page { lines, before, lagged, at_end, looked, ..Page::empty(from) })
        })
    }

    /// The lines that end at or before `before` and that `filter` wants, newest first: looks at about `budget.bytes`
    /// of the log before that place, and returns at most `budget.lines`, the last ones, oldest first. The next call
    /// goes on at [`Page::before`], until [`Page::at_end`].
    pub fn find_back(&self, before: LogCursor, budget: Budget, filter: &Filter) -> io::Result<Page> {
        retry(|| {
            let mut view = View::new(&self.dir)?;
            let end = view.end()?.unwrap_or(BEGINNING);
            let Some(to) = place_backwards(&view, before.min(end)) else {
                return Ok(Page::empty(before.min(end)));
            };
            let from = search::step_back(&mut view, to, budget.bytes.max(1))?;
            let slots = self.slots_at(&mut view, from)?;
            let mut scan = Scan::new(&self.server, Some(filter), from, slots);
            scan.run(&mut view, Budget { lines: usize::MAX, bytes: u64::MAX, partial: false }, Some(to))?;
            let Scan { mut hits, ended, lost: lagged, .. } = scan;
            let (mut before, mut passed) = (from, 0);
            let over = hits.len().saturating_sub(budget.lines.max(1));
            if over > 0 {
                hits.drain(..over);
                let first = &hits[0];
                before = LogCursor { offset: first.line.cursor.offset - 1, ..first.line.cursor };
                passed = first.nth - 1;
            }
            let hidden = ended - passed - hits.len() as u64;
            let lines = lines_of(hits);
            let oldest = LogCursor { segment: view.numbers()[0], offset: 0 };
            let looked = search::span(&mut view, before, to)?;
            Ok(Page { lines, before, lagged, at_end: before == oldest, looked, hidden, ..Page::empty(to) })
        })
    }

    /// How many bytes of log lie between two places, as far as they are there.
    pub fn span(&self, from: LogCursor, to: LogCursor) -> io::Result<u64> {
        retry(|| search::span(&mut View::new(&self.dir)?, from, to))
    }

    /// The lines that end after `from`, as many as `budget` allows and `filter` wants. Segment 0 is the beginning,
    /// wherever that is now.
    pub fn forward(&self, from: LogCursor, budget: Budget, filter: Option<&Filter>) -> io::Result<Page> {
        retry(|| {
            let mut view = View::new(&self.dir)?;
            let Some((at, lagged)) = place_forwards(&mut view, from)? else {
                return Ok(Page::empty(from));
            };
            let slots = self.slots_at(&mut view, at)?;
            let mut scan = Scan { lost: lagged, ..Scan::new(&self.server, filter, at, slots) };
            let at_end = scan.run(&mut view, budget, None)?;
            let hidden = scan.ended - scan.hits.len() as u64;
            if at_end && budget.partial {
                scan.add_partial();
            }
            let Scan { at: next, slots, hits, lost: lagged, .. } = scan;
            *self.remembered() = Some((next, slots));
            let looked = search::span(&mut view, at, next)?;
            Ok(Page { lines: lines_of(hits), next, before: at, lagged, at_end, looked, hidden })
        })
    }

    /// The first place that was written at `at` or later; the end if there is none. As far as the clock only went
    /// forward.
    pub fn seek_time(&self, at: Timestamp) -> io::Result<LogCursor> {
        let at_us = at.as_microsecond();
        retry(|| {
            let mut view = View::new(&self.dir)?;
            let mut later = view.end()?.unwrap_or(BEGINNING);
            let numbers = view.numbers().to_vec();
            for number in numbers.into_iter().rev() {
                let segment = view.segment(number)?;
                if segment.first_time()? < at_us {
                    let found = segment.seek(at_us)?;
                    return Ok(found.map_or(later, |offset| LogCursor { segment: number, offset }));
                }
                later = LogCursor { segment: number, offset: 0 };
            }
            Ok(later)
        })
    }

    fn remembered(&self) -> std::sync::MutexGuard<'_, Option<Resume>> {
        // what is remembered is replaced whole, so a panic elsewhere leaves nothing half done
        self.resume.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lines that are open at `at`.
    fn slots_at(&self, view: &mut View<'_>, at: LogCursor) -> io::Result<[Forward; 3]> {
        if let Some((_, slots)) = self.remembered().take_if(|(place, _)| *place == at) {
            return Ok(slots);
        }
        let mut gather = Gather::lines(&self.server, 0, None).with_pending();
        walk::back(view, at, &mut gather)?;
        Ok(gather.into_pending().map(Forward::resume))
    }
}

/// Where a journal begins that has nothing yet.
const BEGINNING: LogCursor = LogCursor { segment: 1, offset: 0 };

/// A segment that was listed may be rotated away before it is opened: looks again, a few times.
pub(super) fn retry<T>(mut read: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    for _ in 0..8 {
        match read() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => return other,
        }
    }
    read()
}

/// The place to read backwards from, in a segment that is there; `None` if nothing is before it.
fn place_backwards(view: &View<'_>, from: LogCursor) -> Option<LogCursor> {
    if view.numbers().binary_search(&from.segment).is_ok() {
        return Some(from);
    }
    Some(LogCursor { segment: view.before(from.segment)?, offset: u64::MAX })
}

/// The place to read forwards from, in a segment that is there, and what is lost before it; `None` if nothing is there.
pub(super) fn place_forwards(
    view: &mut View<'_>,
    from: LogCursor,
) -> io::Result<Option<(LogCursor, Option<Lost>)>> {
    let Some(oldest) = view.numbers().first().copied() else { return Ok(None) };
    if view.numbers().binary_search(&from.segment).is_ok() {
        return Ok(Some((from, None)));
    }
    // A place in a segment that is not written yet is one of a journal that was deleted since: from the beginning.
    let segment = view.after(from.segment).unwrap_or(oldest);
    let place = LogCursor { segment, offset: 0 };
    let had_all = segment == from.segment + 1 && view.segment(segment)?.before() == Some(from.offset);
    Ok(Some((place, (from.segment != 0 && !had_all).then_some((from, place)))))
}

/// A line that is wanted.
struct Hit {
    line: LogLine,
    /// How many lines have ended up to it, itself counted in, wanted or not.
    nth: u64,
}

fn lines_of(hits: Vec<Hit>) -> Vec<LogLine> {
    hits.into_iter().map(|hit| hit.line).collect()
}

/// A walk forwards.
struct Scan<'a> {
    server: &'a ServerId,
    filter: Option<&'a Filter>,
    at: LogCursor,
    slots: [Forward; 3],
    hits: Vec<Hit>,
    /// Lines that have ended, wanted or not.
    ended: u64,
    /// What was rotated away or lost on the way, the last piece.
    lost: Option<Lost>,
}

impl<'a> Scan<'a> {
    /// From `at`, where these lines are open.
    const fn new(
        server: &'a ServerId,
        filter: Option<&'a Filter>,
        at: LogCursor,
        slots: [Forward; 3],
    ) -> Self {
        Self { server, filter, at, slots, hits: Vec::new(), ended: 0, lost: None }
    }

    /// Reads on until the budget is used up, or the end, or `stop`, is reached: then true. Without `stop` also to what
    /// is lost by damage, unless it begins there.
    fn run(&mut self, view: &mut View<'_>, budget: Budget, stop: Option<LogCursor>) -> io::Result<bool> {
        let mut left = budget.bytes.max(1);
        let mut buffer = Vec::new();
        let began = self.at;
        loop {
            let segment = view.segment(self.at.segment)?;
            let Some(extent) = segment.extent_at(self.at.offset)? else {
                let Some(after) = view.after(self.at.segment) else { return Ok(true) };
                self.at = LogCursor { segment: after, offset: 0 };
                continue;
            };
            let mut len = (extent.end - self.at.offset).min(CHUNK).min(left);
            if let Some(stop) = stop {
                if stop <= self.at {
                    return Ok(true);
                }
                if stop.segment == self.at.segment {
                    len = len.min(stop.offset - self.at.offset);
                }
            }
            if len == 0 {
                return Ok(false);
            }
            match segment.read_from(&mut buffer, self.at.offset, self.at.offset + len)? {
                Ok(()) => {}
                // lines that were read come before what is lost: it begins the next page, if there is one
                Err(_) if stop.is_none() && (self.lost.is_some() || self.at != began) => return Ok(false),
                Err(damage) => {
                    let to = LogCursor { offset: damage.to, ..self.at };
                    self.lost = Some((self.at, to));
                    self.slots = Default::default();
                    self.at = to;
                    continue;
                }
            }
            if self.take(extent.slot, extent.origin, &buffer, budget.lines) {
                return Ok(false);
            }
            left -= buffer.len() as u64;
        }
    }

    /// Takes the next bytes; true if it stopped because it has `max` lines.
    fn take(&mut self, slot: Slot, origin: Origin, bytes: &[u8], max: usize) -> bool {
        let start = self.at;
        let place = |at: usize| LogCursor { offset: start.offset + at as u64, ..start };
        let open = &mut self.slots[slot.index()];
        let mut from = 0;
        for at in memchr::memchr_iter(b'\n', bytes) {
            open.push(&bytes[from..at], origin, place(at));
            from = at + 1;
            let Some(line) = open.complete(origin, place(from)).into_line(self.server, slot, false) else {
                continue;
            };
            self.ended += 1;
            if self.filter.is_none_or(|filter| filter.matches(&line)) {
                self.hits.push(Hit { line, nth: self.ended });
            }
            if self.hits.len() >= max.max(1) {
                self.at = place(from);
                return true;
            }
        }
        open.push(&bytes[from..], origin, place(bytes.len()));
        self.at = place(bytes.len());
        false
    }

    fn add_partial(&mut self) {
        let mut lines = Vec::new();
        for (slot, open) in Slot::ALL.into_iter().zip(&self.slots) {
            let line = open.pending().and_then(|piece| piece.clone().into_line(self.server, slot, true));
            lines.extend(line.filter(|line| self.filter.is_none_or(|filter| filter.matches(line))));
        }
        lines.sort_by_key(|line| line.cursor);
        self.hits.extend(lines.into_iter().map(|line| Hit { line, nth: self.ended }));
    }
}
