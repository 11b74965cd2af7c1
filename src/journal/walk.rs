//! Walking a journal backwards: for the last lines, and for the beginnings of lines that were open at some place.

use std::io;
use std::path::Path;

use crate::model::{LogCursor, LogLine, ServerId};

use super::format::{OpenSlots, Slot};
use super::lines::{Backward, Forward, Origin, Piece};
use super::segment::Segment;
use super::segments;

/// Bytes that are read from a log at once.
pub(super) const CHUNK: u64 = 64 * 1024;
/// And the first time, when often the next newline is all that is looked for.
const FIRST_CHUNK: u64 = 4 * 1024;

/// How far back the beginning of a line is looked for, in bytes of the whole log; a line that goes on longer is taken
/// to begin there.
const LOOK_BACK: u64 = 64 * 1024 * 1024;

/// The segments as they were when this was made, one of them open.
pub(super) struct View<'a> {
    dir: &'a Path,
    numbers: Vec<u64>,
    open: Option<Segment>,
}

impl<'a> View<'a> {
    pub(super) fn new(dir: &'a Path) -> io::Result<Self> {
        Ok(Self { dir, numbers: segments::list(dir)?, open: None })
    }

    /// The same segments, for another thread.
    pub(super) fn again(&self) -> Self {
        Self { dir: self.dir, numbers: self.numbers.clone(), open: None }
    }

    /// The segments' numbers, in order.
    pub(super) fn numbers(&self) -> &[u64] {
        &self.numbers
    }

    /// Opens a segment; `NotFound` if it has been rotated away since.
    pub(super) fn segment(&mut self, number: u64) -> io::Result<&mut Segment> {
        let segment = match self.open.take() {
            Some(open) if open.number() == number => open,
            _ => Segment::open(self.dir, number, self.numbers.last() == Some(&number))?,
        };
        Ok(self.open.insert(segment))
    }

    pub(super) fn after(&self, number: u64) -> Option<u64> {
        self.numbers.get(self.numbers.partition_point(|n| *n <= number)).copied()
    }

    pub(super) fn before(&self, number: u64) -> Option<u64> {
        self.numbers[..self.numbers.partition_point(|n| *n < number)].last().copied()
    }

    /// Just past the last byte; `None` where there is no segment.
    pub(super) fn end(&mut self) -> io::Result<Option<LogCursor>> {
        let Some(segment) = self.numbers.last().copied() else { return Ok(None) };
        Ok(Some(LogCursor { segment, offset: self.segment(segment)?.end() }))
    }
}

/// What a walk backwards collects.
pub(super) struct Gather<'a> {
    server: &'a ServerId,
    /// How many lines are wanted.
    want: usize,
    /// How many bytes are taken for them yet.
    left: u64,
    /// Lines were passed over because there are enough.
    more: bool,
    /// The line of each slot whose beginning is still looked for.
    slots: [Option<Backward>; 3],
    /// Lines in the order in which their beginnings were found.
    lines: Vec<(Slot, LogLine)>,
    pending: [Option<Piece>; 3],
    /// The newest piece that is lost by damage: from where to where. At the next one a walk ends.
    pub(super) lost: Option<(LogCursor, LogCursor)>,
}

impl<'a> Gather<'a> {
    /// For the last `want` lines that end at or before some place.
    pub(super) const fn lines(server: &'a ServerId, want: usize) -> Self {
        Self {
            server,
            want,
            left: u64::MAX,
            more: false,
            slots: [const { None }; 3],
            lines: Vec::new(),
            pending: [const { None }; 3],
            lost: None,
        }
    }

    /// Also for what has come of the lines that are open there.
    #[must_use]
    pub(super) fn with_pending(self) -> Self {
        Self { slots: [const { Some(Backward::pending()) }; 3], ..self }
    }

    /// Only lines that end in the last `bytes`.
    #[must_use]
    pub(super) fn within(self, bytes: u64) -> Self {
        Self { left: bytes, ..self }
    }

    /// The open lines' beginnings, in the order of [`Slot::ALL`].
    pub(super) fn into_pending(self) -> [Option<Piece>; 3] {
        self.pending
    }

    /// The lines, oldest first; after them, as partial lines, what has come of open ones. And whether there are more
    /// before these.
    pub(super) fn into_lines(mut self) -> (Vec<(Slot, LogLine)>, bool) {
        for (slot, piece) in Slot::ALL.into_iter().zip(self.pending) {
            let line = piece.and_then(|piece| piece.into_line(self.server, slot, true));
            self.lines.extend(line.map(|line| (slot, line)));
        }
        self.lines.sort_by_key(|(_, line)| (line.partial, line.cursor));
        let over = self.lines.len().saturating_sub(self.want);
        self.lines.drain(..over);
        (self.lines, self.more || over > 0)
    }

    fn opening(&self) -> bool {
        self.left > 0 && self.lines.len() < self.want
    }

    fn is_done(&self) -> bool {
        !self.opening() && self.slots.iter().all(Option::is_none)
    }

    fn wants(&self, slot: Slot) -> bool {
        self.opening() || self.slots[slot.index()].is_some()
    }

    /// Just before the place that is reached, only these slots' lines may be open: the others begin here.
    fn settle(&mut self, open: OpenSlots) {
        for slot in Slot::ALL {
            if !open.has(slot) {
                self.finish(slot);
            }
        }
    }

    fn finish(&mut self, slot: Slot) {
        let Some(found) = self.slots[slot.index()].take() else { return };
        let complete = found.complete;
        let Some(piece) = found.finish() else { return };
        if !complete {
            self.pending[slot.index()] = Some(piece);
            return;
        }
        self.lines.extend(piece.into_line(self.server, slot, false).map(|line| (slot, line)));
    }

    /// Takes the bytes of one origin that begin at `start`, which are before all that it has taken.
    fn take(&mut self, slot: Slot, origin: Origin, start: LogCursor, bytes: &[u8]) {
        let place = |at: usize| LogCursor { offset: start.offset + at as u64, ..start };
        let mut end = bytes.len();
        for at in memchr::memrchr_iter(b'\n', bytes) {
            if let Some(line) = &mut self.slots[slot.index()] {
                line.push(&bytes[at + 1..end], origin, place(end));
            }
            self.finish(slot);
            if self.opening() {
                self.slots[slot.index()] = Some(Backward::complete(origin, place(at + 1)));
            } else {
                self.more = true;
            }
            end = at;
        }
        if let Some(line) = &mut self.slots[slot.index()] {
            line.push(&bytes[..end], origin, place(end));
        }
    }
}

/// How far a walk came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reached {
    /// The beginning of what may be wanted.
    Beginning,
    /// Enough.
    Enough,
    /// A second piece that is lost, which ends here.
    Damage(LogCursor),
}

/// The lines that are open at `at`, which is a place in a segment of `view`.
pub(super) fn open_at(view: &mut View<'_>, server: &ServerId, at: LogCursor) -> io::Result<[Forward; 3]> {
    let mut gather = Gather::lines(server, 0).with_pending();
    back(view, at, &mut gather)?;
    Ok(gather.into_pending().map(Forward::resume))
}

/// Walks backwards from `from`, which is a place in a segment of `view`, until `gather` has what it wants.
pub(super) fn back(view: &mut View<'_>, from: LogCursor, gather: &mut Gather<'_>) -> io::Result<Reached> {
    let mut at = from;
    let mut buffer = Vec::new();
    let (mut chunk, mut passed) = (FIRST_CHUNK, 0);
    loop {
        let segment = match view.segment(at.segment) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                gather.settle(OpenSlots::NONE);
                return Ok(Reached::Beginning);
            }
            other => other?,
        };
        at.offset = at.offset.min(segment.end());
        if let Some(open) = segment.open_at(at.offset)? {
            gather.settle(open);
        }
        if passed > LOOK_BACK {
            gather.settle(OpenSlots::NONE);
        }
        if gather.is_done() {
            return Ok(Reached::Enough);
        }
        let extent = match at.offset.checked_sub(1) {
            Some(last) => segment.extent_at(last)?,
            None => None,
        };
        let Some(extent) = extent else {
            let Some(before) = view.before(at.segment) else {
                gather.settle(OpenSlots::NONE);
                return Ok(Reached::Beginning);
            };
            at = LogCursor { segment: before, offset: u64::MAX };
            continue;
        };
        let mut start = extent.start;
        if gather.wants(extent.slot) {
            start = start.max(at.offset.saturating_sub(chunk));
            match segment.read_to(&mut buffer, start, at.offset)? {
                Ok(from) => start = from,
                Err(_) if gather.lost.is_some() => {
                    gather.settle(OpenSlots::NONE);
                    return Ok(Reached::Damage(at));
                }
                Err(damage) => {
                    let from = LogCursor { offset: damage.from, ..at };
                    gather.lost = Some((from, at));
                    // whatever line goes on there begins behind it
                    gather.settle(OpenSlots::NONE);
                    at = from;
                    continue;
                }
            }
            gather.take(extent.slot, extent.origin, LogCursor { offset: start, ..at }, &buffer);
            chunk = CHUNK;
        } else {
            gather.more = true;
        }
        gather.left = gather.left.saturating_sub(at.offset - start);
        passed = if gather.opening() { 0 } else { passed + (at.offset - start) };
        at.offset = start;
    }
}
