//! How bytes get from the server to disk: read, write, nothing in between.
//!
//! There is no buffer but the pipe; `source` says when it is read. What can't be written is dropped, counted, and
//! marked in the log by a line when it can be again.

use std::io;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::source::{READ_MAX, Source};
use crate::journal::Writer;
use crate::model::{LogCursor, LogPolicy};
use crate::run_dir::ServerDir;

/// So often a source that overflows is read until the others get their turn.
const READS_MAX: usize = 16;

/// How often a failed log is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// How long a gap at the end of a run keeps the keeper.
const PATIENCE: Duration = Duration::from_secs(5);

/// At most so many bells a second reach the supervisor.
pub(super) const BELL_EVERY: Duration = Duration::from_millis(20);

/// Most bytes taken after the main process ended before its exit is put on record: others may go on writing.
const DRAIN_MAX: usize = 4 * 1024 * 1024;

/// The log of a server, and what is to be told of it.
#[derive(Debug)]
pub(super) struct Log {
    dir: ServerDir,
    policy: LogPolicy,
    writer: Option<Writer>,
    buffer: Vec<u8>,
    lost: Option<Lost>,
    /// Whether the supervisor wants to hear of what comes.
    pub(super) followed: bool,
    unheard: bool,
    last_bell: Option<Instant>,
}

#[derive(Debug)]
struct Lost {
    bytes: u64,
    why: String,
    since: Instant,
    retry_at: Instant,
}

impl Log {
    pub(super) fn new(dir: ServerDir) -> Self {
        Self {
            dir,
            policy: LogPolicy::default(),
            writer: None,
            buffer: Vec::new(),
            lost: None,
            followed: false,
            unheard: false,
            last_bell: None,
        }
    }

    /// From now on by this policy.
    pub(super) fn set_policy(&mut self, policy: LogPolicy) {
        if self.policy != policy {
            self.policy = policy;
            self.writer = None;
        }
    }

    /// A line of ostler's own.
    pub(super) fn say(&mut self, line: &str) {
        let at = now_us();
        // a gap counts what the server wrote, not what ostler says
        self.write(0, |writer| writer.system(at, line));
    }

    /// What could not be written is tried again with the next write, however soon that is: it may be the last.
    pub(super) fn hurry(&mut self) {
        if let Some(lost) = &mut self.lost {
            lost.retry_at = Instant::now();
        }
    }

    /// When a failed log is tried again though nothing comes.
    pub(super) fn due(&self) -> Option<Instant> {
        self.lost.as_ref().map(|lost| lost.retry_at)
    }

    /// Tries a failed log again, so that its gap is marked soon after the fault has ended.
    pub(super) fn retry(&mut self) {
        self.write(0, |_| Ok(()));
    }

    /// Whether the keeper may go: every gap is marked, or will not be.
    pub(super) fn is_done(&self, now: Instant) -> bool {
        let waits = |lost: &Lost| lost.bytes > 0 && now.duration_since(lost.since) < PATIENCE;
        !self.lost.as_ref().is_some_and(waits)
    }

    /// Where the log ends.
    pub(super) fn end(&self) -> LogCursor {
        self.writer.as_ref().map(Writer::end).unwrap_or_default()
    }

    /// Reads from the source at `index` and writes that. Others are read before it where they hold what the server wrote
    /// before that: those that are let gather, if it is not; among the same, those that come first. Of the source
    /// itself no more is read then than was there before: the rest was written after what came from the others.
    pub(super) fn pump_in_order(&mut self, sources: &mut [Source], index: usize, now: Instant) {
        // the run may have ended by a turn before this one
        let Some(source) = sources.get(index) else { return };
        let (there, gathers) = (source.available(), source.gathers(now));
        let beside: Vec<bool> = (0..sources.len()).map(|at| is_beside(sources, at, now)).collect();
        for (at, other) in sources.iter_mut().enumerate() {
            let is_first = (!other.gathers(now), at) < (!gathers, index);
            if is_first {
                let taken = self.take(other, other.available());
                if taken > 0 {
                    other.pace(taken, now, beside[at]);
                }
            }
        }
        let source = &mut sources[index];
        if there == 0 || beside.len() == 1 {
            return self.pump(source, beside[index]);
        }
        let taken = self.take(source, there);
        if taken > 0 {
            source.pace(taken, now, beside[index]);
        }
    }

    /// Reads from the source and writes that: once, or some times if it overflows.
    fn pump(&mut self, source: &mut Source, beside: bool) {
        for _ in 0..READS_MAX {
            match self.transfer(source, READ_MAX) {
                Ok(Some(length)) => source.pace(length, Instant::now(), beside),
                Ok(None) => return source.at_end(),
                Err(error) if is_passing(&error) => return,
                // closing it would end the server; it is asked again
                Err(_) => return source.rest(),
            }
            if !source.overflows() {
                return;
            }
        }
    }

    /// Takes all that is there now.
    pub(super) fn drain(&mut self, source: &mut Source) {
        self.take(source, DRAIN_MAX);
    }

    /// Reads until it has `most` bytes or nothing is left, and writes that; how many there were.
    fn take(&mut self, source: &mut Source, most: usize) -> usize {
        let mut taken = 0;
        while taken < most && !source.ended {
            match self.transfer(source, most - taken) {
                Ok(Some(length)) => taken += length,
                Ok(None) => {
                    source.at_end();
                    break;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    if !is_passing(&error) {
                        source.rest();
                    }
                    break;
                }
            }
        }
        taken
    }

    /// One read of at most so many bytes, one write. `None`: the end; with a PTY that is EIO, when the last slave was
    /// closed.
    fn transfer(&mut self, source: &mut Source, most: usize) -> io::Result<Option<usize>> {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.reserve_exact(READ_MAX);
        let room = source.room(self.end().offset);
        let outcome = match rustix::io::read(&source.fd, &mut buffer.spare_capacity_mut()[..room.min(most)]) {
            Ok(([], _)) | Err(rustix::io::Errno::IO) => Ok(None),
            Ok((bytes, _)) => {
                source.has_read(bytes.len(), room);
                let at = now_us();
                self.write(bytes.len(), |writer| writer.append(at, source.stream, bytes));
                Ok(Some(bytes.len()))
            }
            Err(errno) => Err(errno.into()),
        };
        self.buffer = buffer;
        outcome
    }

    fn write(&mut self, length: usize, act: impl FnOnce(&mut Writer) -> io::Result<()>) {
        self.unheard = true;
        if self.lost.as_ref().is_some_and(|lost| Instant::now() < lost.retry_at) {
            self.lose(length, None);
            return;
        }
        let mut written = 0;
        let result =
            self.restore().and_then(|writer| act(writer).inspect_err(|_| written = writer.written()));
        if let Err(error) = result {
            self.lose(length.saturating_sub(written), Some(&error));
        }
    }

    /// The writer, opened where it is not, and a line for what was lost.
    fn restore(&mut self) -> io::Result<&mut Writer> {
        let mut writer = match self.writer.take() {
            Some(writer) => writer,
            None => Writer::open(&self.dir.log(), self.policy)?,
        };
        let told = match &self.lost {
            Some(Lost { bytes, why, .. }) => {
                writer.system(now_us(), &format!("gap of {bytes} bytes ({why})"))
            }
            None => Ok(()),
        };
        let writer = self.writer.insert(writer);
        told?;
        self.lost = None;
        Ok(writer)
    }

    fn lose(&mut self, length: usize, error: Option<&io::Error>) {
        let length = length as u64;
        match (&mut self.lost, error) {
            (Some(lost), None) => lost.bytes += length,
            (Some(lost), Some(_)) => {
                lost.bytes += length;
                lost.retry_at = Instant::now() + RETRY;
            }
            (None, error) => {
                let why = error.map_or_else(String::new, ToString::to_string);
                let now = Instant::now();
                self.lost = Some(Lost { bytes: length, why, since: now, retry_at: now + RETRY });
            }
        }
    }

    /// Whether to ring now.
    pub(super) fn bell(&mut self, now: Instant) -> bool {
        let ring = self.followed
            && self.unheard
            && self.last_bell.is_none_or(|last| now.duration_since(last) >= BELL_EVERY);
        if ring {
            self.unheard = false;
            self.last_bell = Some(now);
        }
        ring
    }

    /// When the next bell is due, if something waits to be told.
    pub(super) fn bell_due(&self) -> Option<Instant> {
        (self.followed && self.unheard)
            .then(|| self.last_bell.map_or_else(Instant::now, |last| last + BELL_EVERY))
    }

    /// Forgets the buffer, which a quiet server does not need.
    pub(super) fn rest(&mut self) {
        self.buffer = Vec::new();
    }
}

/// Whether another source than this one is busy.
fn is_beside(sources: &[Source], at: usize, now: Instant) -> bool {
    sources.iter().enumerate().any(|(other, source)| other != at && source.is_busy(now))
}

/// Whether there is only nothing to read for now.
fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

fn now_us() -> u64 {
    u64::try_from(Timestamp::now().as_microsecond()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::os::fd::OwnedFd;

    use super::*;
    use crate::model::Stream;

    fn source(stream: Stream) -> (Source, OwnedFd) {
        let (read, write) = crate::os::fd::pipe().unwrap();
        rustix::io::ioctl_fionbio(&read, true).unwrap();
        (Source::new(read, stream, false), write)
    }

    /// What the log has after something came of `index`; both have written, and one of them gathers.
    fn read(index: usize, gathers: Option<usize>) -> String {
        read_at(index, gathers, Duration::ZERO)
    }

    /// The same if what gathers was read so long ago.
    fn read_at(index: usize, gathers: Option<usize>, ago: Duration) -> String {
        let dir = tempfile::tempdir().unwrap();
        let mut log = Log::new(ServerDir::new(dir.path().to_owned()));
        let (out, to_out) = source(Stream::Stdout);
        let (err, to_err) = source(Stream::Stderr);
        let mut sources = [out, err];
        let begun = Instant::now();
        if let Some(at) = gathers {
            sources[at].pace(10, begun, false);
            sources[at].pace(10, begun, false);
            assert!(sources[at].gathers(begun));
        }
        rustix::io::write(&to_out, b"out\n").unwrap();
        rustix::io::write(&to_err, b"err\n").unwrap();
        log.pump_in_order(&mut sources, index, begun + ago);
        std::fs::read_to_string(dir.path().join("log/1.log")).unwrap()
    }

    #[test]
    fn what_was_let_gather_stands_before_what_came_now() {
        assert_eq!(read(0, Some(1)), "err\nout\n");
        assert_eq!(read(1, Some(0)), "out\nerr\n");
        assert_eq!(read(1, None), "out\nerr\n", "of two that came at once the standard output is the first");
        assert_eq!(read(0, Some(0)), "out\n", "the other has a turn of its own");
        let long_ago = read_at(1, Some(1), Duration::from_secs(1));
        assert_eq!(long_ago, "out\nerr\n", "one that has been silent since holds nothing from before");
        assert_eq!(read_at(0, Some(1), Duration::from_secs(1)), "out\n");
    }
}
