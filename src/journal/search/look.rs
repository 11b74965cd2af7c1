//! What happens to the bytes of a stretch: they are parted where streams meet inside a line; between such seams, whole
//! lines are searched as one block.

use std::ops::Range;

use grep_regex::RegexMatcher;

use crate::model::{Level, LogCursor, LogLine, ServerId};

use super::super::filter::Filter;
use super::super::format::Slot;
use super::super::lines::{Forward, LINE_MAX, Origin};
use super::super::segment::Extent;
use super::pattern::matching;
use super::shown::Shown;
use super::stretch::{Found, Head, Hit, Keep, Stretch};

/// The bytes of a stretch, and what is known of them.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) server: &'a ServerId,
    pub(super) stretch: Stretch,
    pub(super) bytes: &'a [u8],
    pub(super) extents: &'a [Extent],
}

impl Ground<'_> {
    fn place(&self, at: usize) -> LogCursor {
        LogCursor { segment: self.stretch.segment, offset: self.stretch.start + at as u64 }
    }

    fn extent(&self, at: usize) -> &Extent {
        let offset = self.stretch.start + at as u64;
        let before = self.extents.partition_point(|extent| extent.end <= offset);
        &self.extents[before.min(self.extents.len() - 1)]
    }

    fn origin(&self, at: usize) -> Origin {
        self.extent(at).origin
    }

    /// The line that begins at `line.start` and whose newline is at `line.end`.
    fn line(&self, slot: Slot, line: Range<usize>) -> Option<LogLine> {
        let end = self.place(line.end);
        let mut whole = Forward::default();
        whole.push(&self.bytes[line.clone()], self.origin(line.start), end);
        let end = LogCursor { offset: end.offset + 1, ..end };
        whole.complete(self.origin(line.end), end).into_line(self.server, slot, false)
    }
}

/// Bytes that read on as lines: where their slot changes, no line is open.
struct Chain {
    range: Range<usize>,
    first: Slot,
    last: Slot,
}

/// A look at a stretch.
pub(super) struct Look<'a> {
    pub(super) ground: Ground<'a>,
    pub(super) filter: &'a Filter,
    /// None where each line is judged alone.
    pub(super) matcher: Option<&'a RegexMatcher>,
    pub(super) shown: &'a mut Shown,
    pub(super) keep: Keep,
    pub(super) found: Found,
}

impl Look<'_> {
    /// Looks at all of it, or until it has enough.
    pub(super) fn run(&mut self) {
        let Stretch { start, end, .. } = self.ground.stretch;
        let mut chain: Option<Chain> = None;
        for extent in self.ground.extents {
            let range = (extent.start.max(start) - start) as usize..(extent.end.min(end) - start) as usize;
            match &mut chain {
                Some(chain) if self.reads_on(chain, extent.slot) => {
                    (chain.range.end, chain.last) = (range.end, extent.slot);
                }
                _ => {
                    let next = Chain { range, first: extent.slot, last: extent.slot };
                    if let Some(chain) = chain.replace(next) {
                        self.chain(&chain);
                    }
                    if self.found.stopped {
                        return;
                    }
                }
            }
        }
        if let Some(chain) = chain {
            self.chain(&chain);
        }
    }

    /// Whether what `slot` has after `chain` belongs to it. ostler's own lines stand alone: an empty one is none.
    fn reads_on(&self, chain: &Chain, slot: Slot) -> bool {
        let closed = |slot: Slot| self.is_known(slot) && self.found.tails[slot.index()].pending().is_none();
        chain.last == slot
            || (chain.last != Slot::System
                && slot != Slot::System
                && self.ground.bytes[chain.range.end - 1] == b'\n'
                && (slot == chain.first || closed(slot)))
    }

    /// Whether what the tail of `slot` has is all of its line.
    fn is_known(&self, slot: Slot) -> bool {
        self.found.runs.is_some() || self.found.heads[slot.index()].is_some()
    }

    fn chain(&mut self, chain: &Chain) {
        let Range { start, end } = chain.range;
        let Some(first) = memchr::memchr(b'\n', &self.ground.bytes[start..end]) else {
            self.push(chain.first, chain.range.clone());
            return;
        };
        let first = start + first;
        let slot = chain.first.index();
        let mut from = start;
        if !self.is_known(chain.first) || self.found.tails[slot].pending().is_some() {
            self.push(chain.first, start..first);
            self.end_line(chain.first, first);
            from = first + 1;
        }
        let to = memchr::memrchr(b'\n', &self.ground.bytes[start..end]).map_or(from, |n| start + n + 1);
        self.lines(chain.first, from..to);
        if !self.found.stopped {
            self.push(chain.last, to..end);
        }
    }

    /// Takes bytes of a line that does not end in them.
    fn push(&mut self, slot: Slot, range: Range<usize>) {
        if !range.is_empty() {
            let (origin, end) = (self.ground.origin(range.start), self.ground.place(range.end));
            self.found.tails[slot.index()].push(&self.ground.bytes[range], origin, end);
        }
    }

    /// The open line of `slot` has its newline at `at`.
    fn end_line(&mut self, slot: Slot, at: usize) {
        let (origin, end) = (self.ground.origin(at), self.ground.place(at + 1));
        let known = self.is_known(slot);
        let tail = &mut self.found.tails[slot.index()];
        if !known {
            let piece = std::mem::take(tail).into_pending();
            self.found.heads[slot.index()] = Some(Head { piece, origin, end, nth: self.found.ended });
        } else if let Some(line) = tail.complete(origin, end).into_line(self.ground.server, slot, false) {
            self.found.ended += 1;
            self.judge(slot, line);
        }
    }

    /// Whole lines.
    fn lines(&mut self, slot: Slot, range: Range<usize>) {
        let (Some(matcher), true) = (self.matcher, slot != Slot::System) else {
            self.each(range);
            return;
        };
        let Range { start: mut from, end } = range;
        while let Some(long) = self.long_line(from..end) {
            self.block(matcher, slot, from..long.start);
            self.each(long.clone());
            from = long.end;
        }
        self.block(matcher, slot, from..end);
    }

    /// The first line that is longer than a reader takes: it has to be judged by its beginning.
    fn long_line(&self, range: Range<usize>) -> Option<Range<usize>> {
        let bytes = self.ground.bytes;
        let (mut at, step) = (range.start, LINE_MAX / 2);
        // such a line holds all of one of these windows
        while at + step <= range.end {
            if memchr::memchr(b'\n', &bytes[at..at + step]).is_none() {
                let begin = memchr::memrchr(b'\n', &bytes[range.start..at])
                    .map_or(range.start, |n| range.start + n + 1);
                let end = memchr::memchr(b'\n', &bytes[at..range.end]).map_or(range.end, |n| at + n + 1);
                if end - begin > LINE_MAX {
                    return Some(begin..end);
                }
                at = end;
            } else {
                at += step;
            }
        }
        None
    }

    /// Whole lines, one after the other.
    fn each(&mut self, range: Range<usize>) {
        let (ground, mut from) = (self.ground, range.start);
        for at in memchr::memchr_iter(b'\n', &ground.bytes[range.clone()]) {
            if self.found.stopped {
                return;
            }
            let line = from..range.start + at;
            from = line.end + 1;
            // of several, in a chain
            let slot = ground.extent(line.start).slot;
            let bytes = &ground.bytes[line.clone()];
            if LINE_MAX < bytes.len() || slot == Slot::System {
                if let Some(line) = ground.line(slot, line) {
                    self.found.ended += 1;
                    self.judge(slot, line);
                }
                continue;
            }
            self.found.ended += 1;
            // most are not wanted, and need not be made a line for that
            let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
            let level = self.level(slot, bytes);
            if self.filter.wants_level(level)
                && self.filter.wants_text(bytes)
                && let Some(line) = ground.line(slot, line)
                && self.filter.wants_origin(&line)
            {
                self.found.keep(line, self.keep);
            }
        }
    }

    /// Whole lines, none longer than a reader takes, as one block.
    fn block(&mut self, matcher: &RegexMatcher, slot: Slot, range: Range<usize>) {
        let Self { ground, filter, shown, keep, found, .. } = self;
        if found.stopped || range.is_empty() {
            return;
        }
        let raw = &ground.bytes[range.clone()];
        let differs = Shown::differs(raw);
        if differs {
            shown.fill(raw);
        }
        let text = if differs { shown.bytes() } else { raw };
        let mut counted = 0;
        matching(matcher, text, |line| {
            if filter.excludes(&text[line.clone()]) {
                return false;
            }
            let begin = if differs { shown.place(line.start) } else { line.start };
            let end = memchr::memchr(b'\n', &raw[begin..]).map_or(raw.len(), |n| begin + n);
            found.ended += count(&raw[counted..=end]);
            counted = end + 1;
            let line = ground.line(slot, range.start + begin..range.start + end);
            line.is_some_and(|line| filter.wants_origin(&line) && found.keep(line, *keep))
        });
        if !found.stopped {
            found.ended += count(&raw[counted..]);
        }
    }

    /// Takes a line that has ended and is counted.
    fn judge(&mut self, slot: Slot, line: LogLine) {
        let level = self.level(slot, &line.bytes);
        if self.filter.wants_level(level) && self.filter.wants_line(&line) {
            self.found.keep(line, self.keep);
        }
    }

    /// What the next line counts as, if levels are asked for.
    fn level(&mut self, slot: Slot, bytes: &[u8]) -> Option<Level> {
        self.found.runs.as_mut().and_then(|runs| runs.take(slot, bytes))
    }
}

impl Found {
    /// Takes the line that ended last, which is wanted. True if that is enough.
    fn keep(&mut self, line: LogLine, keep: Keep) -> bool {
        self.hits.push_back(Hit { line, nth: self.ended });
        match keep {
            Keep::First(most) => self.stopped = most <= self.hits.len(),
            Keep::Last(most) if most < self.hits.len() => {
                self.hits.pop_front();
            }
            Keep::Last(_) => {}
        }
        self.stopped
    }
}

/// Newlines in `bytes`.
fn count(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}
