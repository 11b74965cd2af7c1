//! The reader: everybody's end but the keeper's. Blocking, stateless but for a memory of where it was last.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::model::{LogCursor, LogLine, ServerId};

use super::filter::Filter;
use super::format::Slot;
use super::lines::{Forward, Origin};
use super::search::{self, STRETCH, Search, Sought};
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
    /// Bytes of the log that this is done with: looked at, or known to be too early or too late for the filter.
    pub looked: u64,
    /// Whole lines that were looked at and that the filter left out.
    pub hidden: u64,
}

impl Page {
    /// Nothing, at `place`.
    const fn empty(place: LogCursor) -> Self {
        let lines = Vec::new();
        Self { lines, next: place, before: place, lagged: None, at_end: true, looked: 0, hidden: 0 }
    }
}

/// What was rotated away, or is damaged: from where to where.
pub(super) type Lost = (LogCursor, LogCursor);

/// What a reader remembers of the place that it read to: the open line of each slot.
type Resume = (LogCursor, [Forward; 3]);

/// Reads a server's journal. A directory that is missing is an empty journal.
#[derive(Debug)]
pub struct Reader {
    dir: PathBuf,
    server: ServerId,
    resume: Mutex<Option<Resume>>,
    /// Bytes that are searched at once.
    stretch: u64,
}

impl Reader {
    /// For the journal in `dir`; `server` goes into each line.
    pub const fn new(dir: PathBuf, server: ServerId) -> Self {
        Self { dir, server, resume: Mutex::new(None), stretch: STRETCH }
    }

    /// With stretches of so many bytes.
    #[cfg(test)]
    pub(super) fn with_stretch(self, stretch: u64) -> Self {
        Self { stretch, ..self }
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
            let Some(place) = place_backwards(&view, from) else { return Ok(Page::empty(from)) };
            match filter {
                None => self.last_lines(&mut view, from, place, lines, before.is_none()),
                Some(filter) => self.last_wanted(&mut view, place, lines, before.is_none(), filter),
            }
        })
    }

    /// The lines that end after `from`, as many as `budget` allows and `filter` wants. Segment 0 is the beginning,
    /// wherever that is now.
    ///
    /// Calls that search for `filter` in much of a log take [`Budget::bytes`] of tens of MiB: from a MiB on, several
    /// threads share the work. [`Page::at_end`] is also the place after which all is too late for the filter.
    pub fn forward(&self, from: LogCursor, budget: Budget, filter: Option<&Filter>) -> io::Result<Page> {
        retry(|| {
            let mut view = View::new(&self.dir)?;
            let Some((at, rotated)) = place_forwards(&mut view, from)? else { return Ok(Page::empty(from)) };
            let mut begin = at;
            if let Some(since) = filter.and_then(Filter::since) {
                let since = search::seek(&mut view, since.as_microsecond())?;
                begin = begin.max(since.or(view.end()?).unwrap_or(at));
            }
            let slots = self.slots_at(&mut view, begin)?;
            let sought = match filter {
                None => Scan::new(&self.server, begin, slots).run(&mut view, budget, rotated)?,
                Some(filter) => self.search(&mut view, filter).forward(begin, slots, budget, rotated)?,
            };
            let Sought { lines, place: next, slots, at_end, hidden, lost: lagged } = sought;
            *self.remembered() = slots.map(|slots| (next, slots));
            let looked = search::span(&mut view, at, next)?;
            Ok(Page { lines, next, before: at, lagged, at_end, looked, hidden })
        })
    }

    /// The lines that end at or before `before` and that `filter` wants, newest first: looks at about `budget.bytes`
    /// of the log before that place, and returns at most `budget.lines`, the last ones, oldest first. The next call
    /// goes on at [`Page::before`], until [`Page::at_end`]: at the beginning, or where all is older than the filter
    /// wants. For the budget see [`Reader::forward`].
    pub fn find_back(&self, before: LogCursor, budget: Budget, filter: &Filter) -> io::Result<Page> {
        retry(|| {
            let mut view = View::new(&self.dir)?;
            let end = view.end()?.unwrap_or(BEGINNING);
            let from = before.min(end);
            let Some(to) = place_backwards(&view, from) else { return Ok(Page::empty(from)) };
            let sought = self.search(&mut view, filter).back(to, budget)?;
            page_back(&mut view, to, sought)
        })
    }

    /// How many bytes of log lie between two places, as far as they are there.
    pub fn span(&self, from: LogCursor, to: LogCursor) -> io::Result<u64> {
        retry(|| search::span(&mut View::new(&self.dir)?, from, to))
    }

    /// The first place that was written at `at` or later; the end if there is none. As far as the clock only went
    /// forward.
    pub fn seek_time(&self, at: Timestamp) -> io::Result<LogCursor> {
        retry(|| {
            let mut view = View::new(&self.dir)?;
            Ok(search::seek(&mut view, at.as_microsecond())?.or(view.end()?).unwrap_or(BEGINNING))
        })
    }

    /// The last lines of all before `place`, which stands for `from`; `open`: and those that have not ended.
    fn last_lines(
        &self,
        view: &mut View<'_>,
        from: LogCursor,
        place: LogCursor,
        lines: usize,
        open: bool,
    ) -> io::Result<Page> {
        let mut gather = Gather::lines(&self.server, lines);
        if open {
            gather = gather.with_pending();
        }
        let reached = walk::back(view, place, &mut gather)?;
        let lagged = gather.lost;
        let oldest = view.numbers().first().copied().unwrap_or(BEGINNING.segment);
        let (lines, more) = gather.into_lines();
        let lines: Vec<LogLine> = lines.into_iter().map(|(_, line)| line).collect();
        let before = match (lines.first(), reached) {
            (Some(line), Reached::Beginning | Reached::Enough) if line.partial => from,
            (Some(line), _) if !line.partial => {
                LogCursor { offset: line.cursor.offset.saturating_sub(1), ..line.cursor }
            }
            (_, Reached::Damage(place)) => place,
            (_, Reached::Beginning | Reached::Enough) => LogCursor { segment: oldest, offset: 0 },
        };
        let at_end = reached == Reached::Beginning && !more;
        let looked = search::span(view, before, from)?;
        Ok(Page { lines, before, lagged, at_end, looked, ..Page::empty(from) })
    }

    /// The last lines before `place` that `filter` wants; `open`: and those that have not ended.
    fn last_wanted<'a>(
        &'a self,
        view: &mut View<'a>,
        place: LogCursor,
        lines: usize,
        open: bool,
        filter: &'a Filter,
    ) -> io::Result<Page> {
        let mut partial = Vec::new();
        if open {
            partial = self.search(view, filter).partial(place)?;
            partial.drain(..partial.len().saturating_sub(lines));
        }
        let Some(left) = lines.checked_sub(partial.len()).filter(|left| *left > 0) else {
            return Ok(Page { lines: partial, at_end: false, ..Page::empty(place) });
        };
        let budget = Budget { lines: left, bytes: u64::MAX, partial: false };
        let mut sought = self.search(view, filter).back(place, budget)?;
        sought.lines.extend(partial);
        page_back(view, place, sought)
    }

    fn search<'a, 'v>(&'a self, view: &'v mut View<'a>, filter: &'a Filter) -> Search<'a, 'v> {
        Search::new(view, &self.server, filter, self.stretch)
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
        walk::open_at(view, &self.server, at)
    }
}

/// What was found from `to` back.
fn page_back(view: &mut View<'_>, to: LogCursor, sought: Sought) -> io::Result<Page> {
    let Sought { lines, place: before, at_end, hidden, lost: lagged, .. } = sought;
    let looked = search::span(view, before, to)?;
    Ok(Page { lines, before, lagged, at_end, looked, hidden, ..Page::empty(to) })
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

/// A walk forwards over all lines.
struct Scan<'a> {
    server: &'a ServerId,
    at: LogCursor,
    slots: [Forward; 3],
    lines: Vec<LogLine>,
    /// What is lost before the lines.
    lost: Option<Lost>,
}

impl<'a> Scan<'a> {
    /// From `at`, where these lines are open.
    const fn new(server: &'a ServerId, at: LogCursor, slots: [Forward; 3]) -> Self {
        Self { server, at, slots, lines: Vec::new(), lost: None }
    }

    /// Reads on until the budget is used up, or the end is reached, or what is damaged, unless it begins there.
    /// `rotated` is what was lost before.
    fn run(mut self, view: &mut View<'_>, budget: Budget, rotated: Option<Lost>) -> io::Result<Sought> {
        self.lost = rotated;
        let at_end = self.read(view, budget)?;
        if at_end && budget.partial {
            self.add_partial();
        }
        let Self { lines, at, slots, lost, .. } = self;
        Ok(Sought { lines, place: at, slots: Some(slots), at_end, hidden: 0, lost })
    }

    /// True at the end.
    fn read(&mut self, view: &mut View<'_>, budget: Budget) -> io::Result<bool> {
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
            let len = (extent.end - self.at.offset).min(CHUNK).min(left);
            if len == 0 {
                return Ok(false);
            }
            match segment.read_from(&mut buffer, self.at.offset, self.at.offset + len)? {
                Ok(()) => {}
                // lines that were read come before what is lost: it begins the next page
                Err(_) if self.lost.is_some() || self.at != began => return Ok(false),
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
            self.lines.extend(open.complete(origin, place(from)).into_line(self.server, slot, false));
            if self.lines.len() >= max.max(1) {
                self.at = place(from);
                return true;
            }
        }
        open.push(&bytes[from..], origin, place(bytes.len()));
        self.at = place(bytes.len());
        false
    }

    fn add_partial(&mut self) {
        let from = self.lines.len();
        for (slot, open) in Slot::ALL.into_iter().zip(&self.slots) {
            let piece = open.pending().cloned();
            self.lines.extend(piece.and_then(|piece| piece.into_line(self.server, slot, true)));
        }
        self.lines[from..].sort_by_key(|line| line.cursor);
    }
}
