//! The writer: the keeper's end. One per journal at any time; the keeper's lock sees to that.
//!
//! It holds two open files and a few numbers, keeps no bytes, and allocates only when it opens or rotates.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, StatxFlags, statx};

use crate::model::{LogCursor, LogPolicy, Stream};
use crate::os::failpoint;

use super::format::{HEADER_LEN, OpenSlots, RECORD_LEN, Record, Slot};
use super::segments;
use super::tail::{self, Tail};

/// The smallest segment: room for some records. A policy that wants less gets this.
pub const MIN_SEGMENT: u64 = 256;

/// How often it is looked whether the files are still where they belong, in microseconds.
const LOOK_EVERY_US: u64 = 1_000_000;

/// Appends to a journal. See [`Writer::append`] for what it promises.
#[derive(Debug)]
pub struct Writer {
    dir: PathBuf,
    policy: LogPolicy,
    segment: u64,
    log: File,
    idx: File,
    /// Bytes of the log that count; the next write goes here.
    log_len: u64,
    /// Bytes of the index that count.
    idx_len: u64,
    open: OpenSlots,
    /// The segment's last byte is a newline, or there is none yet.
    at_line_start: bool,
    /// The bytes of this record are in the log, but its own place in the index could not be written yet.
    unindexed: Option<Record>,
    /// What has not been written yet of a line of ostler's own.
    unsaid: Vec<u8>,
    /// Lines of ostler's own that come before anything else, last first.
    notes: Vec<String>,
    /// When it was looked whether the files are where they belong, by the time that comes with what is appended.
    looked_at_us: u64,
    /// See [`Writer::written`].
    written: usize,
}

impl Writer {
    /// Opens the journal in `dir`, which is made if it is missing (mode 0700), and goes on with its newest segment.
    ///
    /// What a killed writer left is put right: a torn end of the index is cut off, and bytes of the log that are in no
    /// record get one with [`Stream::Unknown`]. A line of ostler's own tells of that, before what is appended next.
    pub fn open(dir: &Path, policy: LogPolicy) -> io::Result<Self> {
        let policy = LogPolicy {
            max_size: policy.max_size.max(MIN_SEGMENT),
            keep: policy.keep.max(1),
            compress: policy.compress,
        };
        let (newest, is_plain) = segments::newest(dir)?;
        let found = if is_plain { Tail::open(dir, newest)? } else { None };
        let (segment, notes, tail) = match found {
            Some(tail) => (newest, tail.notes(), tail),
            None if is_plain => (newest + 1, tail::unreadable(dir, newest), Tail::new(dir, newest + 1)?),
            None => (newest + 1, Vec::new(), Tail::new(dir, newest + 1)?),
        };
        let at_line_start = tail.at_line_start()?;
        let Tail { log, idx, log_len, idx_len, last, .. } = tail;
        let mut writer = Self {
            dir: dir.to_owned(),
            policy,
            segment,
            log,
            idx,
            log_len,
            idx_len,
            open: last.map_or_else(|| unknown_open(segment), |record| record.open),
            at_line_start,
            unindexed: None,
            unsaid: Vec::new(),
            notes,
            looked_at_us: 0,
            written: 0,
        };
        writer.index_tail(last)?;
        segments::prune(&writer.dir, &writer.policy, false)?;
        if is_deleted(&writer.log)? {
            // it is larger than all segments may be by this policy
            writer.rotate()?;
        }
        Ok(writer)
    }

    /// Appends what was read from `stream` at `at_us` (microseconds since 1970): first to the log, then to the index.
    ///
    /// A segment that would grow over its size is left for a new one first. Bytes that no segment can hold are divided
    /// at a line's end, or anywhere. All segments together never take more than `max_size * keep`.
    ///
    /// On an error, [`Writer::written`] tells how many bytes are in the log nevertheless; the writer stays usable, and
    /// appending the others later loses and doubles nothing. If its directory was deleted, it makes it again: whatever
    /// was not deleted with it is there. If it was moved away, that is noticed within a second, and the log goes on in
    /// a new one.
    pub fn append(&mut self, at_us: u64, stream: Stream, bytes: &[u8]) -> io::Result<()> {
        self.written = 0;
        self.settle(at_us)?;
        let mut done = 0;
        let result = self.add(at_us, stream, bytes, &mut done);
        self.written = done;
        result
    }

    /// Appends a line of ostler's own. It gets its newline, and one before it if the log is inside a line; readers see
    /// neither an empty line nor a break in the server's. Once a part of it is in the log it counts as appended, and
    /// the rest comes before anything else.
    pub fn system(&mut self, at_us: u64, text: &str) -> io::Result<()> {
        self.written = 0;
        self.settle(at_us)?;
        self.line(at_us, text)
    }

    /// How many bytes of the last `append` or `system` are in the log.
    pub const fn written(&self) -> usize {
        self.written
    }

    /// Just past the last byte.
    pub const fn end(&self) -> LogCursor {
        LogCursor { segment: self.segment, offset: self.log_len }
    }

    /// Whether any stream of the server is inside a line.
    pub const fn mid_line(&self) -> bool {
        self.open.has(Slot::Stdout) || self.open.has(Slot::Stderr)
    }

    /// How many bytes the segment takes yet, in one record.
    fn room(&self) -> u64 {
        let records = if self.unindexed.is_some() { 2 * RECORD_LEN } else { RECORD_LEN };
        self.policy.max_size.saturating_sub(self.log_len + self.idx_len + records)
    }

    /// Brings the files to a state that can be appended to: where they belong, nothing missing in the index, and
    /// nothing left to be said.
    fn settle(&mut self, at_us: u64) -> io::Result<()> {
        if at_us.abs_diff(self.looked_at_us) >= LOOK_EVERY_US {
            self.look()?;
            self.looked_at_us = at_us;
        }
        if self.unindexed.is_some() && is_deleted(&self.log)? {
            self.leave()?;
        }
        self.index_pending()?;
        self.tell(at_us)?;
        while let Some(note) = self.notes.pop() {
            if let Err(error) = self.line(at_us, &note) {
                self.notes.push(note);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Looks whether the names of the files still lead to them.
    fn look(&mut self) -> io::Result<()> {
        let (log, idx) =
            (segments::log_path(&self.dir, self.segment), segments::idx_path(&self.dir, self.segment));
        if is_elsewhere(&self.log, &log)? || is_elsewhere(&self.idx, &idx)? {
            self.leave()?;
        }
        Ok(())
    }

    /// Goes on with another segment because nobody finds this one any more, or its index.
    fn leave(&mut self) -> io::Result<()> {
        self.rotate()?;
        self.notes.clear();
        self.unsaid = b"files of this log were deleted or moved away: it goes on here\n".to_vec();
        Ok(())
    }

    /// Appends `bytes`, and counts those that are in the log in `done`.
    fn add(&mut self, at_us: u64, stream: Stream, bytes: &[u8], done: &mut usize) -> io::Result<()> {
        while *done < bytes.len() {
            // where a segment was left on the way
            self.tell(at_us)?;
            let rest = &bytes[*done..];
            let room = self.room();
            if rest.len() as u64 <= room {
                self.put(at_us, stream, rest, done)?;
            } else if self.log_len > 0 {
                self.rotate()?;
            } else {
                self.put(at_us, stream, beginning(rest, room), done)?;
            }
        }
        Ok(())
    }

    /// Appends what is left of a line of ostler's own; nothing may come between its parts.
    fn tell(&mut self, at_us: u64) -> io::Result<()> {
        if self.unsaid.is_empty() {
            return Ok(());
        }
        let mut rest = std::mem::take(&mut self.unsaid);
        let mut done = 0;
        let result = self.add(at_us, Stream::System, &rest, &mut done);
        if result.is_err() && self.unsaid.is_empty() {
            self.unsaid = rest.split_off(done);
        }
        result
    }

    fn line(&mut self, at_us: u64, text: &str) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(text.len() + 2);
        bytes.push(b'\n');
        bytes.extend_from_slice(text.as_bytes());
        bytes.push(b'\n');
        if bytes.len() as u64 > self.room() && self.log_len > 0 {
            self.rotate()?;
        }
        if self.at_line_start {
            bytes.remove(0);
        }
        self.say(at_us, bytes)
    }

    /// Appends bytes of ostler's own, and keeps the rest for later if not all could be written.
    fn say(&mut self, at_us: u64, mut bytes: Vec<u8>) -> io::Result<()> {
        let mut done = 0;
        let result = self.add(at_us, Stream::System, &bytes, &mut done);
        if result.is_err() && done > 0 {
            self.unsaid = bytes.split_off(done);
            return Ok(());
        }
        result
    }

    fn rotate(&mut self) -> io::Result<()> {
        failpoint::reach("rotate.begun");
        // its last chance; readers do without it
        let _ = self.index_pending();
        segments::prune(&self.dir, &self.policy, true)?;
        failpoint::reach("rotate.pruned");
        self.start_segment(self.log_len)
    }

    fn start_segment(&mut self, before: u64) -> io::Result<()> {
        let newest = segments::list(&self.dir)?.pop().unwrap_or(0);
        let number = newest.max(self.segment) + 1;
        let (log, idx) = segments::create_segment(&self.dir, number, before)?;
        (self.log, self.idx, self.segment) = (log, idx, number);
        (self.log_len, self.idx_len) = (0, HEADER_LEN);
        self.at_line_start = true;
        // it is of the segment before
        self.unindexed = None;
        Ok(())
    }

    /// Writes all of `bytes` to the log, or as much as it takes, and the record of that, after the one before it.
    /// Nothing is done if the log turns out to be deleted: then there is another one after this.
    fn put(&mut self, at_us: u64, stream: Stream, bytes: &[u8], done: &mut usize) -> io::Result<()> {
        self.index_pending()?;
        let (written, result) = write_at(&self.log, bytes, self.log_len);
        failpoint::reach("log.written");
        // after the write: what is in a file that still has its name then was not lost on the way
        if is_deleted(&self.log)? {
            return self.leave();
        }
        if let Some(last) = bytes[..written].last() {
            let slot = Slot::of(stream);
            self.at_line_start = *last == b'\n';
            self.open = self.open.with(slot, !self.at_line_start);
            let record = Record {
                at_us: i64::try_from(at_us).unwrap_or(i64::MAX),
                offset: self.log_len,
                len: written as u32,
                stream,
                slot,
                open: self.open,
            };
            self.log_len += written as u64;
            *done += written;
            // The bytes are safe: `settle` comes back to the index, and a new writer or a reader does without it.
            let _ = self.index(record);
        }
        result
    }

    fn index(&mut self, record: Record) -> io::Result<()> {
        self.unindexed = Some(record);
        self.idx.write_all_at(&record.encode(), self.idx_len)?;
        self.unindexed = None;
        self.idx_len += RECORD_LEN;
        Ok(())
    }

    /// Writes the record that could not be written before, if there is one.
    fn index_pending(&mut self) -> io::Result<()> {
        self.unindexed.map_or(Ok(()), |record| self.index(record))
    }

    /// Gives the bytes after the `last` record one of their own.
    fn index_tail(&mut self, last: Option<Record>) -> io::Result<()> {
        let mut offset = last.map_or(0, |record| record.end());
        let slot = Slot::after(last.map(|record| record.slot));
        let meta = self.log.metadata()?;
        let at_us = meta.mtime().saturating_mul(1_000_000) + meta.mtime_nsec() / 1000;
        while offset < self.log_len {
            let len = u32::try_from(self.log_len - offset).unwrap_or(u32::MAX);
            self.open = self.open.with(slot, !self.at_line_start);
            let record = Record { at_us, offset, len, stream: Stream::Unknown, slot, open: self.open };
            self.index(record)?;
            offset = record.end();
        }
        Ok(())
    }
}

/// As much of `bytes` as `room` takes, up to a line's end if one is near.
fn beginning(bytes: &[u8], room: u64) -> &[u8] {
    let piece = &bytes[..bytes.len().min(room.min(u64::from(u32::MAX)) as usize)];
    let line_end = piece.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    if line_end > piece.len() / 2 { &piece[..line_end] } else { piece }
}

/// What may be open where no record of segment `number` says it.
const fn unknown_open(number: u64) -> OpenSlots {
    if number == 1 { OpenSlots::NONE } else { OpenSlots::ANY }
}

/// Whether no name leads to it any more. Only that is asked for: who asks for times makes every write change them.
fn is_deleted(file: &File) -> io::Result<bool> {
    let found = statx(file, "", AtFlags::EMPTY_PATH, StatxFlags::NLINK)?;
    Ok(found.stx_nlink == 0)
}

/// Whether this name leads to another file, or to none.
fn is_elsewhere(file: &File, path: &Path) -> io::Result<bool> {
    let ours = file.metadata()?;
    match std::fs::symlink_metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) != (ours.dev(), ours.ino())),
        Err(error) => Ok(matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)),
    }
}

/// Writes at `offset` until all is written or an error comes: how many bytes were, and the error.
fn write_at(file: &File, bytes: &[u8], offset: u64) -> (usize, io::Result<()>) {
    let mut written = 0;
    while written < bytes.len() {
        match file.write_at(&bytes[written..], offset + written as u64) {
            Ok(0) => return (written, Err(io::ErrorKind::WriteZero.into())),
            Ok(n) => written += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (written, Err(error)),
        }
    }
    (written, Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(dir: &Path) -> String {
        std::fs::read_to_string(segments::log_path(dir, 1)).unwrap()
    }

    fn records(dir: &Path) -> Vec<(Stream, u64)> {
        records_of(dir, 1)
    }

    fn records_of(dir: &Path, segment: u64) -> Vec<(Stream, u64)> {
        let idx = std::fs::read(segments::idx_path(dir, segment)).unwrap();
        let records = idx[HEADER_LEN as usize..].chunks(RECORD_LEN as usize);
        records.map(|bytes| Record::decode(bytes, 99).unwrap()).map(|r| (r.stream, r.offset)).collect()
    }

    #[test]
    fn a_full_disk_is_an_error_that_passes() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(dir.path(), LogPolicy::default()).unwrap();
        writer.append(1, Stream::Stdout, b"before\n").unwrap();
        let log = std::mem::replace(&mut writer.log, File::options().write(true).open("/dev/full").unwrap());
        let error = writer.append(2, Stream::Stdout, b"lost\n").unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
        assert_eq!(writer.written(), 0);
        writer.log = log;
        writer.append(3, Stream::Stdout, b"after\n").unwrap();
        assert_eq!(raw(dir.path()), "before\nafter\n");
        assert_eq!(records(dir.path()), [(Stream::Stdout, 0), (Stream::Stdout, 7)]);
    }

    #[test]
    fn a_record_that_could_not_be_written_is_written_before_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(dir.path(), LogPolicy::default()).unwrap();
        let idx = std::mem::replace(&mut writer.idx, File::options().write(true).open("/dev/full").unwrap());
        writer.append(1, Stream::Stderr, b"kept\n").unwrap();
        assert!(
            writer.append(2, Stream::Stderr, b"not yet\n").is_err(),
            "one record is remembered, not more"
        );
        assert_eq!(writer.written(), 0);
        writer.idx = idx;
        writer.append(3, Stream::Stdout, b"after\n").unwrap();
        assert_eq!(raw(dir.path()), "kept\nafter\n");
        assert_eq!(records(dir.path()), [(Stream::Stderr, 0), (Stream::Stdout, 5)]);
    }

    fn break_index(writer: &mut Writer) -> File {
        std::mem::replace(&mut writer.idx, File::options().write(true).open("/dev/full").unwrap())
    }

    #[test]
    fn one_call_that_writes_twice_forgets_no_record() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(dir.path(), LogPolicy::default()).unwrap();
        writer.unsaid = b"told\n".to_vec();
        let idx = break_index(&mut writer);
        assert!(writer.append(1, Stream::Stderr, b"own\n").is_err(), "after the first the index is behind");
        assert_eq!(writer.written(), 0);
        writer.idx = idx;
        writer.append(2, Stream::Stderr, b"own\n").unwrap();
        assert_eq!(raw(dir.path()), "told\nown\n");
        assert_eq!(records(dir.path()), [(Stream::System, 0), (Stream::Stderr, 5)]);
    }

    #[test]
    fn a_record_that_could_not_be_written_stays_with_its_segment() {
        for heals in [true, false] {
            let dir = tempfile::tempdir().unwrap();
            let mut writer = Writer::open(dir.path(), LogPolicy::default()).unwrap();
            let idx = break_index(&mut writer);
            writer.append(1, Stream::Stderr, b"kept\n").unwrap();
            if heals {
                writer.idx = idx;
            }
            writer.rotate().unwrap();
            writer.append(2, Stream::Stdout, b"after\n").unwrap();
            assert_eq!(records(dir.path()).len(), usize::from(heals));
            assert_eq!(records_of(dir.path(), 2), [(Stream::Stdout, 0)]);
        }
    }
}
