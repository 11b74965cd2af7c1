//! One of the server's streams: how much of it is read, and when.
//!
//! A server that writes line by line would wake the keeper for each; so after a read that came soon after the one
//! before, the keeper pauses (at most 20 ms) and lets the pipe gather: for so long that it is a little more than half
//! full then, and the server never finds it full. Where both streams of a server are busy it pauses for at most 1 ms,
//! since what is read at once stands together in the log. One that writes more than that is not waited for: its pipe
//! gets larger while that lasts, and reads end where a block of [`READ_MAX`] bytes of the log ends. The page cache takes
//! such blocks a quarter faster than those that lie across two, as all would behind the first line that is not as long.

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::pipe::{fcntl_getpipe_size, fcntl_setpipe_size};

use super::protocol::Name;
use super::pump::BELL_EVERY;
use crate::model::Stream;

/// The most that is read at once: the default capacity of a pipe. It is what a killed keeper may take with it.
pub(super) const READ_MAX: usize = 64 * 1024;

/// Capacity of a pipe that overflows: room for a read that ends with a block, whatever the one before has left. Little
/// enough that a hundred servers stay below what one user's pipes may take (64 MiB, `pipe-user-pages-soft`).
const WIDE: usize = 2 * READ_MAX;

/// The longest pause before the next read: that between two bells. Twenty servers of 1,000 lines a second each cost
/// forty percent of a core with 1 ms, and a tenth of that with 20.
const PAUSE_MAX: Duration = BELL_EVERY;

/// The longest pause where another stream of the server is busy, too.
const PAUSE_BESIDE: Duration = Duration::from_millis(1);

/// A read that comes within this time after the one before, or within two pauses, comes soon: what writes more rarely
/// than a hundred times a second is read at once.
const SOON: Duration = Duration::from_millis(10);

/// A shorter one is none: to sleep takes longer.
const PAUSE_MIN: Duration = Duration::from_micros(20);

/// What a read should bring: little enough that the pipe is not full even when the keeper wakes late.
const GATHERED: usize = 40 * 1024;

/// How long a source is left alone that has nobody at its other end for now, or can't be read.
const REST: Duration = Duration::from_millis(250);

/// One of the server's streams.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) fd: OwnedFd,
    pub(super) stream: Stream,
    pause: Duration,
    last_read: Option<Instant>,
    /// Not read before this moment.
    pub(super) not_before: Option<Instant>,
    /// Nothing more will come.
    pub(super) ended: bool,
    /// The last read brought all that it had room for.
    brimmed: bool,
    /// What the pipe held before it was made larger.
    narrow: Option<usize>,
    /// The master of a PTY: while nobody has the other end open it says EIO, but somebody may open it again, and
    /// closing it would hang up on the server.
    is_terminal: bool,
}

impl Source {
    pub(super) fn new(fd: OwnedFd, stream: Stream, is_terminal: bool) -> Self {
        Self {
            fd,
            stream,
            pause: Duration::ZERO,
            last_read: None,
            not_before: None,
            ended: false,
            brimmed: false,
            narrow: None,
            is_terminal,
        }
    }

    /// What it is called where it is handed over.
    pub(super) fn name(&self) -> Name {
        match self.stream {
            _ if self.is_terminal => Name::Terminal,
            Stream::Stderr => Name::Stderr,
            Stream::Stdout | Stream::System | Stream::Unknown => Name::Stdout,
        }
    }

    /// There is nobody at the other end.
    pub(super) fn at_end(&mut self) {
        if self.is_terminal {
            self.rest();
        } else {
            self.ended = true;
        }
    }

    /// Is not read for a while.
    pub(super) fn rest(&mut self) {
        self.not_before = Some(Instant::now() + REST);
    }

    /// Bytes that are in it now; none where that can't be told.
    pub(super) fn available(&self) -> usize {
        rustix::io::ioctl_fionread(&self.fd).map_or(0, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX))
    }

    /// How much to read at once, for a log that has `offset` bytes.
    pub(super) const fn room(&self, offset: u64) -> usize {
        if self.brimmed { READ_MAX - (offset % READ_MAX as u64) as usize } else { READ_MAX }
    }

    /// A read brought `length` bytes where it had `room`.
    pub(super) fn has_read(&mut self, length: usize, room: usize) {
        self.brimmed = length == room;
        if self.brimmed && self.narrow.is_none() {
            // a terminal has no size, and a user with many pipes may not have larger ones: then it is slower
            let size = fcntl_getpipe_size(&self.fd).unwrap_or(WIDE);
            if size < WIDE && fcntl_setpipe_size(&self.fd, WIDE).is_ok() {
                self.narrow = Some(size);
            }
        }
    }

    /// There is more in it than it was read.
    pub(super) fn overflows(&self) -> bool {
        self.brimmed && self.not_before.is_none()
    }

    /// Whether it is let gather, so that it may hold what the server wrote some time ago.
    pub(super) fn gathers(&self, now: Instant) -> bool {
        self.not_before.is_some() && self.came_soon(now)
    }

    /// Whether much comes of it.
    pub(super) fn is_busy(&self, now: Instant) -> bool {
        self.pause > Duration::ZERO && self.came_soon(now)
    }

    fn came_soon(&self, now: Instant) -> bool {
        self.last_read.is_some_and(|last| now.duration_since(last) < SOON.max(self.pause * 2))
    }

    /// Adapts the pause to a read of `length` bytes at `now`; `beside` another one that is busy.
    pub(super) fn pace(&mut self, length: usize, now: Instant, beside: bool) {
        let soon = self.came_soon(now);
        self.last_read = Some(now);
        if !soon
            && !self.brimmed
            && let Some(size) = self.narrow
        {
            // refused as long as there is more in it
            self.narrow = fcntl_setpipe_size(&self.fd, size).err().map(|_| size);
        }
        self.pause = if soon {
            // more is there already, however little room the read had
            let length = if self.brimmed { READ_MAX } else { length };
            // as if what comes in a given time stays the same, but never more than twice as long at once
            let factor = (GATHERED as f64 / length as f64).min(2.0);
            let most = if beside { PAUSE_BESIDE } else { PAUSE_MAX };
            self.pause.max(PAUSE_MIN).mul_f64(factor).min(most)
        } else {
            Duration::ZERO
        };
        self.not_before = (self.pause >= PAUSE_MIN).then(|| now + self.pause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source() -> (Source, OwnedFd) {
        let (read, write) = crate::os::fd::pipe().unwrap();
        (Source::new(read, Stream::Stdout, false), write)
    }

    fn size(source: &Source) -> usize {
        fcntl_getpipe_size(&source.fd).unwrap()
    }

    #[test]
    fn one_that_overflows_is_read_up_to_the_ends_of_blocks() {
        let (mut source, _write) = source();
        assert_eq!(source.room(19), READ_MAX);
        source.has_read(READ_MAX, READ_MAX);
        assert_eq!(source.room(19), READ_MAX - 19);
        source.has_read(READ_MAX - 19, READ_MAX - 19);
        assert_eq!(source.room(READ_MAX as u64), READ_MAX);
        source.has_read(4000, READ_MAX);
        assert_eq!(source.room(19), READ_MAX, "one that does not is read as it comes");
    }

    #[test]
    fn its_pipe_is_larger_for_as_long() {
        let (mut source, _write) = source();
        let before = size(&source);
        let now = Instant::now();
        source.has_read(READ_MAX, READ_MAX);
        source.pace(READ_MAX, now, false);
        assert_eq!(size(&source), WIDE);
        source.has_read(10, READ_MAX);
        source.pace(10, now + PAUSE_MIN, false);
        assert_eq!(size(&source), WIDE, "it is still at it");
        source.pace(10, now + PAUSE_MAX * 10, false);
        assert_eq!(size(&source), before);
    }

    #[test]
    fn a_pipe_that_its_server_made_larger_stays_so() {
        let (mut source, write) = source();
        fcntl_setpipe_size(&write, 4 * WIDE).unwrap();
        let now = Instant::now();
        source.has_read(READ_MAX, READ_MAX);
        source.pace(READ_MAX, now, false);
        source.pace(10, now + PAUSE_MAX * 10, false);
        assert_eq!(size(&source), 4 * WIDE);
    }

    #[test]
    fn many_small_writes_are_let_gather() {
        let (mut source, _write) = source();
        let mut now = Instant::now();
        source.pace(100, now, false);
        assert_eq!(source.not_before, None, "the first is read at once");
        for _ in 0..20 {
            now += PAUSE_MIN;
            source.pace(100, now, false);
        }
        assert_eq!(source.not_before, Some(now + PAUSE_MAX));
        for _ in 0..20 {
            now += PAUSE_MAX;
            source.pace(READ_MAX, now, false);
        }
        assert_eq!(source.not_before, None, "what comes by itself is not waited for");
    }

    #[test]
    fn beside_a_busy_one_it_pauses_for_less() {
        let (mut source, _write) = source();
        let mut now = Instant::now();
        for _ in 0..20 {
            now += PAUSE_MIN;
            source.pace(100, now, true);
        }
        assert_eq!(source.not_before, Some(now + PAUSE_BESIDE));
        assert!(source.is_busy(now + PAUSE_BESIDE) && !source.is_busy(now + SOON));
    }
}
