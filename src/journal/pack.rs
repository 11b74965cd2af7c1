//! Packing: closed segments become files of zstd. Done beside the writer, by one at a time for each journal.
//!
//! At every moment a reader finds each segment once, and all of it, whoever is killed:
//!
//! 1. `.<n>.idx.zst.new` and `.<n>.log.zst.new` are written, and brought to the disk: what was safe from a power cut
//!    stays so. Killed here: the next [`Packer`] sweeps them, or a writer that does not compress.
//! 2. Both are renamed. Killed here: the plain files count, and the segment is packed again.
//! 3. `<n>.log` is removed, then `<n>.idx`. Killed in between: what is left of the index is swept.
//!
//! A writer that removes the segment meanwhile takes away the plain log before it looks for packed files. So where step
//! 3 finds no plain log, the packed files are of no segment any more, and are removed as well.
//!
//! The writer leaves room for one segment more, for step 1; from step 2 on that holds the packed files.

use std::collections::BTreeSet;
use std::fs::{File, FileTimes};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use crate::model::LogPolicy;
use crate::os::failpoint;

use super::seekable::Encoder;
use super::segments;

/// Bytes in a frame of a log: a jump decodes one, and a larger one is hardly smaller when packed.
pub(super) const LOG_FRAME: usize = 256 * 1024;
/// And of an index, in which a search for a time decodes several.
const IDX_FRAME: usize = 64 * 1024;

/// What became of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packed {
    /// It is packed.
    Done {
        /// Its number.
        segment: u64,
        /// Bytes that it took.
        before: u64,
        /// Bytes that it takes now.
        after: u64,
    },
    /// It does not get smaller, and stays as it is.
    Left {
        /// Its number.
        segment: u64,
    },
    /// The writer has removed it.
    Gone,
    /// It was asked to stop.
    Stopped,
}

/// Packs the closed segments of one journal.
#[derive(Debug, Default)]
pub struct Packer {
    /// Segments that do not get smaller.
    left: BTreeSet<u64>,
    /// Where what was read is held.
    buffer: Vec<u8>,
}

impl Packer {
    /// Puts in order what a packer left that was killed, and keeps the journal in `dir` within what `policy` allows.
    pub fn tidy(&self, dir: &Path, policy: &LogPolicy) -> io::Result<()> {
        segments::tidy(dir, policy)
    }

    /// Packs the oldest closed segment that is not packed; `None` if there is none. Between any two frames `go_on` is
    /// asked whether it should.
    ///
    /// One that can't be packed now, since the disk is nearly full, is an error; nothing of it is left then.
    pub fn next(
        &mut self,
        dir: &Path,
        policy: &LogPolicy,
        go_on: &dyn Fn() -> bool,
    ) -> io::Result<Option<Packed>> {
        let closed = segments::closed(dir)?;
        self.left.retain(|number| closed.contains(number));
        let Some(number) = closed.into_iter().find(|number| !self.left.contains(number)) else {
            self.buffer = Vec::new();
            return Ok(None);
        };
        let before = segments::plain_size(dir, number);
        if !has_room(dir, before)? {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let outcome = self.pack(dir, number, policy.max_size.min(before), go_on)?;
        if let Packed::Left { .. } = outcome {
            self.left.insert(number);
        }
        Ok(Some(outcome))
    }

    /// Packs a segment, if that takes no more than `limit`.
    pub(super) fn pack(
        &mut self,
        dir: &Path,
        number: u64,
        limit: u64,
        go_on: &dyn Fn() -> bool,
    ) -> io::Result<Packed> {
        let before = segments::plain_size(dir, number);
        let outcome = match self.write(dir, number, limit, go_on) {
            Ok(Written::All { len: after, with_idx }) => take_place(dir, number, with_idx).map(|taken| {
                if taken { Packed::Done { segment: number, before, after } } else { Packed::Gone }
            }),
            Ok(Written::TooMuch) => Ok(Packed::Left { segment: number }),
            Ok(Written::Stopped) => Ok(Packed::Stopped),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Packed::Gone),
            Err(error) => Err(error),
        };
        if !matches!(outcome, Ok(Packed::Done { .. })) {
            for packed in packed_paths(dir, number) {
                segments::remove(&segments::new_path(&packed))?;
            }
        }
        outcome
    }

    /// Writes what becomes the packed files.
    fn write(
        &mut self,
        dir: &Path,
        number: u64,
        limit: u64,
        go_on: &dyn Fn() -> bool,
    ) -> io::Result<Written> {
        let log = File::open(segments::log_path(dir, number))?;
        let idx = match File::open(segments::idx_path(dir, number)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            other => Some(other?),
        };
        let [packed_log, packed_idx] = packed_paths(dir, number);
        let (mut total, with_idx) = (0, idx.is_some());
        for (plain, packed, frame) in [(idx, packed_idx, IDX_FRAME), (Some(log), packed_log, LOG_FRAME)] {
            let Some(plain) = plain else {
                // not that of a segment of this number that was there before
                segments::remove(&packed)?;
                continue;
            };
            let new = segments::create(&segments::new_path(&packed))?;
            self.buffer.resize(LOG_FRAME, 0);
            match encode(&plain, &new, &mut self.buffer[..frame], limit.saturating_sub(total), go_on)? {
                Encoded::All(len) => total += len,
                Encoded::TooMuch => return Ok(Written::TooMuch),
                Encoded::Stopped => return Ok(Written::Stopped),
            }
            // for people, and for bytes without a record
            new.set_times(FileTimes::new().set_modified(plain.metadata()?.modified()?))?;
            new.sync_data()?;
        }
        Ok(if total < limit { Written::All { len: total, with_idx } } else { Written::TooMuch })
    }
}

/// How far writing came.
enum Written {
    /// To the end of both files, or of the log where there is no index; so many bytes.
    All {
        len: u64,
        with_idx: bool,
    },
    /// They would take more than they may.
    TooMuch,
    Stopped,
}

/// The same for one file.
enum Encoded {
    All(u64),
    TooMuch,
    Stopped,
}

fn encode(
    plain: &File,
    packed: &File,
    buffer: &mut [u8],
    limit: u64,
    go_on: &dyn Fn() -> bool,
) -> io::Result<Encoded> {
    let mut encoder = Encoder::new(packed)?;
    let mut offset = 0;
    loop {
        let count = fill(plain, buffer, offset)?;
        if count > 0 && !encoder.frame(&buffer[..count], limit)? {
            return Ok(Encoded::TooMuch);
        }
        offset += count as u64;
        if count < buffer.len() {
            break;
        }
        if !go_on() || plain.metadata()?.nlink() == 0 {
            return Ok(Encoded::Stopped);
        }
    }
    // one that somebody writes to is not closed
    if plain.metadata()?.len() != offset {
        return Ok(Encoded::Stopped);
    }
    Ok(Encoded::All(encoder.finish()?))
}

/// Reads as much as fits in, or as there is.
fn fill(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut done = 0;
    while done < buffer.len() {
        match file.read_at(&mut buffer[done..], offset + done as u64) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

/// Lets the packed files take the place of the plain ones; false if these have been removed. `NotFound` if a writer that
/// does not compress has swept them.
fn take_place(dir: &Path, number: u64, with_idx: bool) -> io::Result<bool> {
    failpoint::reach("pack.written");
    let [log, idx] = packed_paths(dir, number);
    // the index first, so that no reader meets a log without one
    if with_idx {
        std::fs::rename(segments::new_path(&idx), &idx)?;
    }
    std::fs::rename(segments::new_path(&log), &log)?;
    failpoint::reach("pack.renamed");
    if let Err(error) = std::fs::remove_file(segments::log_path(dir, number)) {
        segments::remove(&log)?;
        segments::remove(&idx)?;
        return if error.kind() == io::ErrorKind::NotFound { Ok(false) } else { Err(error) };
    }
    segments::remove(&segments::idx_path(dir, number))?;
    Ok(true)
}

fn packed_paths(dir: &Path, number: u64) -> [PathBuf; 2] {
    [segments::packed_log_path(dir, number), segments::packed_idx_path(dir, number)]
}

/// Whether the disk has so much left that servers do not feel what packing takes for a while.
fn has_room(dir: &Path, bytes: u64) -> io::Result<bool> {
    let disk = rustix::fs::statvfs(dir)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize) / 2 >= bytes)
}
