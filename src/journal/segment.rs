//! One segment as a reader sees it: extents of bytes, each with its time and stream.

use std::io;
use std::ops::Range;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::model::Stream;

use super::format::{self, HEADER_LEN, OpenSlots, RECORD_LEN, Record, Slot};
use super::lines::Origin;
use super::packed::{Damage, Source};
use super::segments;

/// How long the newest log must have rested until its bytes without a record are shown.
pub const IDLE: Duration = Duration::from_secs(2);

/// Records that are read from the index at once.
const BLOCK: u64 = 128;

/// Bytes in a row that have one origin: those of a record, or those between records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) start: u64,
    /// Just past its last byte; more than `start`.
    pub(super) end: u64,
    pub(super) origin: Origin,
    pub(super) slot: Slot,
}

/// An open segment.
#[derive(Debug)]
pub(super) struct Segment {
    number: u64,
    log: Source,
    /// None if it is missing or of another version.
    idx: Option<Source>,
    /// Where the segment before ended, if that is known.
    before: Option<u64>,
    /// Records in the index.
    count: u64,
    log_len: u64,
    mtime_us: i64,
    end: u64,
    block: Vec<u8>,
    block_first: u64,
    /// The record that was found last: mostly the next search ends at it or beside it.
    hint: u64,
}

impl Segment {
    /// Opens segment `number`; `NotFound` if it has been rotated away.
    pub(super) fn open(dir: &Path, number: u64, newest: bool) -> io::Result<Self> {
        let log = Source::open(&segments::log_path(dir, number), segments::packed_log_path(dir, number))?;
        let mut idx = open_idx(dir, number, &log)?;
        let mut head = [0; HEADER_LEN as usize];
        let before = idx.as_mut().and_then(|idx| idx.read_exact_at(&mut head, 0).ok());
        let before = before.and_then(|()| format::parse_header(&head));
        if before.is_none() {
            idx = None;
        }
        // The index first: the log then holds whatever these records tell of.
        let idx_len = idx.as_ref().map_or(Ok(0), Source::len)?;
        let meta = log.metadata()?;
        let mut segment = Self {
            number,
            log_len: log.len()?,
            end: 0,
            log,
            idx,
            before,
            count: idx_len.saturating_sub(HEADER_LEN) / RECORD_LEN,
            mtime_us: meta.mtime().saturating_mul(1_000_000) + meta.mtime_nsec() / 1000,
            block: Vec::new(),
            block_first: 0,
            hint: 0,
        };
        segment.find_end()?;
        if newest && segment.idx.is_some() && !is_idle(meta.modified()?) {
            segment.end = segment.last_valid(segment.count)?.map_or(0, |(_, record)| record.end());
        }
        Ok(segment)
    }

    /// What a packed log held before its end was lost is what its index tells of; at least something.
    fn find_end(&mut self) -> io::Result<()> {
        if let Source::Packed(packed) = &self.log
            && packed.is_torn()
        {
            let found = std::mem::replace(&mut self.log_len, u64::MAX);
            let told = self.last_valid(self.count)?.map_or(found + 1, |(_, record)| record.end());
            self.log_len = found.max(told);
        }
        if let Source::Packed(packed) = &mut self.log {
            packed.held_once(self.log_len);
        }
        self.end = self.log_len;
        Ok(())
    }

    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// Just past the last byte that is shown.
    pub(super) const fn end(&self) -> u64 {
        self.end
    }

    /// See [`format::parse_header`].
    pub(super) const fn before(&self) -> Option<u64> {
        self.before
    }

    /// Fills `out` from the log. [`Damage::of`] the error tells of bytes that are lost.
    pub(super) fn read(&mut self, out: &mut [u8], offset: u64) -> io::Result<()> {
        self.log.read_exact_at(out, offset)
    }

    /// Puts into `out` the bytes from `start` to `end`, or to what is lost before that; the inner error if what is at
    /// `start` is lost.
    pub(super) fn read_from(
        &mut self,
        out: &mut Vec<u8>,
        start: u64,
        mut end: u64,
    ) -> io::Result<Result<(), Damage>> {
        loop {
            out.resize((end - start) as usize, 0);
            let Err(error) = self.read(out, start) else { return Ok(Ok(())) };
            match Damage::of(&error) {
                Some(damage) if start < damage.from => end = damage.from,
                Some(damage) => return Ok(Err(damage.clone())),
                None => return Err(error),
            }
        }
    }

    /// Puts into `out` the bytes from `start` to `end`, or those behind what is lost between, and returns where they
    /// begin; the inner error if what is just before `end` is lost.
    pub(super) fn read_to(
        &mut self,
        out: &mut Vec<u8>,
        mut start: u64,
        end: u64,
    ) -> io::Result<Result<u64, Damage>> {
        loop {
            out.resize((end - start) as usize, 0);
            let Err(error) = self.read(out, start) else { return Ok(Ok(start)) };
            match Damage::of(&error) {
                Some(damage) if damage.to < end => start = damage.to,
                Some(damage) => return Ok(Err(damage.clone())),
                None => return Err(error),
            }
        }
    }

    /// The extent that holds the byte at `offset`; `None` at the end.
    pub(super) fn extent_at(&mut self, offset: u64) -> io::Result<Option<Extent>> {
        if offset >= self.end {
            return Ok(None);
        }
        let found = self.find(offset)?;
        let found = found.map(|(at, record)| (at + 1, record));
        let next = self.next_valid(found.map_or(0, |(next, _)| next))?.map(|(_, next)| next.offset);
        let end = next.unwrap_or(self.end).min(self.end);
        let last = found.map(|(_, record)| record);
        if let Some(record) = last.filter(|record| offset < record.end()) {
            let origin = Origin { at_us: record.at_us, stream: record.stream };
            let (start, end) = (record.offset, record.end().min(end));
            return Ok(Some(Extent { start, end, origin, slot: record.slot }));
        }
        // bytes without a record: those at the end are of the last change, others of the time before them
        let at_us = last.filter(|_| next.is_some()).map_or(self.mtime_us, |record| record.at_us);
        Ok(Some(Extent {
            start: last.map_or(0, |record| record.end()),
            end,
            origin: Origin { at_us, stream: Stream::Unknown },
            slot: Slot::after(last.map(|record| record.slot)),
        }))
    }

    /// Adds the extents from `range.start` to `range.end`; those at its ends may go on outside of it.
    pub(super) fn extents(&mut self, range: Range<u64>, out: &mut Vec<Extent>) -> io::Result<()> {
        let mut at = range.start;
        // the record that goes on there, as is usual: then nothing has to be looked for
        let mut next = None;
        while at < range.end {
            if let Some(number) = next
                && let Some(record) = self.get(number)?.filter(|record| record.offset == at)
                && self.get(number + 1)?.is_some_and(|after| after.offset == record.end())
            {
                let origin = Origin { at_us: record.at_us, stream: record.stream };
                out.push(Extent { start: at, end: record.end(), origin, slot: record.slot });
                (at, next) = (record.end(), Some(number + 1));
            } else {
                let Some(extent) = self.extent_at(at)? else { return Ok(()) };
                out.push(extent);
                (at, next) = (extent.end, Some(self.hint + 1));
            }
        }
        Ok(())
    }

    /// Which lines may be open just before `offset`; `None` at the beginning: then the segment before knows.
    pub(super) fn open_at(&mut self, offset: u64) -> io::Result<Option<OpenSlots>> {
        let Some(last) = offset.checked_sub(1) else { return Ok(None) };
        Ok(Some(match self.find(last)? {
            Some((_, record)) if record.end() == offset => record.open,
            Some((_, record)) if last < record.end() => record.open.with(record.slot, true),
            _ => OpenSlots::ANY,
        }))
    }

    /// The place of the first record of `at_us` or later; `None` if all are earlier.
    pub(super) fn seek(&mut self, at_us: i64) -> io::Result<Option<u64>> {
        if self.count == 0 {
            return Ok((self.mtime_us >= at_us).then_some(0));
        }
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let mid = low + (high - low) / 2;
            match self.next_valid(mid)? {
                Some((at, record)) if at < high && record.at_us < at_us => low = at + 1,
                _ => high = mid,
            }
        }
        Ok(self.next_valid(low)?.map(|(_, record)| record.offset))
    }

    /// The time of the first record, or of the last change where there is none.
    pub(super) fn first_time(&mut self) -> io::Result<i64> {
        Ok(self.next_valid(0)?.map_or(self.mtime_us, |(_, record)| record.at_us))
    }

    /// The last valid record that begins at `offset` or before it.
    fn find(&mut self, offset: u64) -> io::Result<Option<(u64, Record)>> {
        for at in [self.hint, self.hint + 1, self.hint.saturating_sub(1)] {
            if let Some(record) = self.get(at)?.filter(|record| record.offset <= offset)
                && self.get(at + 1)?.map_or(at + 1 == self.count, |next| next.offset > offset)
            {
                self.hint = at;
                return Ok(Some((at, record)));
            }
        }
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let mid = low + (high - low) / 2;
            match self.next_valid(mid)? {
                Some((at, record)) if at < high && record.offset <= offset => low = at + 1,
                _ => high = mid,
            }
        }
        let found = self.last_valid(low)?;
        self.hint = found.map_or(0, |(at, _)| at);
        Ok(found)
    }

    /// The first valid record at `from` or after it.
    fn next_valid(&mut self, from: u64) -> io::Result<Option<(u64, Record)>> {
        for at in from..self.count {
            if let Some(record) = self.get(at)? {
                return Ok(Some((at, record)));
            }
        }
        Ok(None)
    }

    /// The last valid record before `until`.
    fn last_valid(&mut self, until: u64) -> io::Result<Option<(u64, Record)>> {
        for at in (0..until).rev() {
            if let Some(record) = self.get(at)? {
                return Ok(Some((at, record)));
            }
        }
        Ok(None)
    }

    fn get(&mut self, at: u64) -> io::Result<Option<Record>> {
        let Some(idx) = self.idx.as_mut().filter(|_| at < self.count) else { return Ok(None) };
        let held = self.block.len() as u64 / RECORD_LEN;
        if at < self.block_first || at >= self.block_first + held {
            let first = at - at % BLOCK;
            self.block.resize((BLOCK.min(self.count - first) * RECORD_LEN) as usize, 0);
            match idx.read_exact_at(&mut self.block, HEADER_LEN + first * RECORD_LEN) {
                // no valid records: their bytes are of an unknown stream
                Err(error) if Damage::of(&error).is_some() => self.block.fill(0),
                Err(error) => {
                    self.block.clear();
                    return Err(error);
                }
                Ok(()) => {}
            }
            self.block_first = first;
        }
        let from = ((at - self.block_first) * RECORD_LEN) as usize;
        Ok(Record::decode(&self.block[from..from + RECORD_LEN as usize], self.log_len))
    }
}

/// The index of the segment whose log this is, where there is one.
fn open_idx(dir: &Path, number: u64, log: &Source) -> io::Result<Option<Source>> {
    match Source::open(&segments::idx_path(dir, number), segments::packed_idx_path(dir, number)) {
        // both are gone by now, unless the log never had one
        Err(error) if error.kind() == io::ErrorKind::NotFound && log.metadata()?.nlink() > 0 => Ok(None),
        other => other.map(Some),
    }
}

/// Whether the last change is [`IDLE`] or longer ago. A change in the future is one before the clock was set back.
fn is_idle(changed: SystemTime) -> bool {
    SystemTime::now().duration_since(changed).map_or(true, |age| age >= IDLE)
}
