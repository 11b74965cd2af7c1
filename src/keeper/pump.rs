//! How bytes get from the server to disk: read, write, nothing in between.
//!
//! There is no buffer but the pipe. A server that writes line by line would wake the keeper for each; so after a
//! read that came soon after the one before, the keeper pauses (at most 1 ms) and lets the pipe gather: for so long
//! that it is a little more than half full then, and the server never finds it full. What can't be written is
//! dropped, counted, and marked in the log by a line when it can be again.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::protocol::Name;
use crate::journal::Writer;
use crate::model::{LogCursor, LogPolicy, Stream};
use crate::run_dir::ServerDir;

/// The most that is read at once: the default capacity of a pipe. It is what a killed keeper may take with it.
pub(super) const READ_MAX: usize = 64 * 1024;

/// The longest pause before the next read.
const PAUSE_MAX: Duration = Duration::from_millis(1);

/// A shorter one is none: to sleep takes longer.
const PAUSE_MIN: Duration = Duration::from_micros(20);

/// What a read should bring: little enough that the pipe is not full even when the keeper wakes late.
const GATHERED: usize = 40 * 1024;

/// How often a failed log is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// How long a source is left alone that has nobody at its other end for now, or can't be read.
const REST: Duration = Duration::from_millis(250);

/// At most so many bells a second reach the supervisor.
const BELL_EVERY: Duration = Duration::from_millis(20);

/// Most bytes taken after the main process ended before its exit is put on record: others may go on writing.
const DRAIN_MAX: usize = 4 * 1024 * 1024;

/// One of the server's streams.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) fd: OwnedFd,
    stream: Stream,
    pause: Duration,
    last_read: Option<Instant>,
    /// Not read before this moment.
    pub(super) not_before: Option<Instant>,
    /// Nothing more will come.
    pub(super) ended: bool,
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
    fn at_end(&mut self) {
        if self.is_terminal {
            self.rest();
        } else {
            self.ended = true;
        }
    }

    /// Is not read for a while.
    fn rest(&mut self) {
        self.not_before = Some(Instant::now() + REST);
    }

    /// Adapts the pause to a read of `length` bytes at `now`.
    fn pace(&mut self, length: usize, now: Instant) {
        let soon = self.last_read.is_some_and(|last| now.duration_since(last) < PAUSE_MAX * 2);
        self.last_read = Some(now);
        self.pause = if soon {
            // as if what comes in a given time stays the same, but never more than twice as long at once
            let factor = (GATHERED as f64 / length as f64).min(2.0);
            self.pause.max(PAUSE_MIN).mul_f64(factor).min(PAUSE_MAX)
        } else {
            Duration::ZERO
        };
        self.not_before = (self.pause >= PAUSE_MIN).then(|| now + self.pause);
    }
}

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

    /// Where the log ends.
    pub(super) fn end(&self) -> LogCursor {
        self.writer.as_ref().map(Writer::end).unwrap_or_default()
    }

    /// Reads once from the source and writes that.
    pub(super) fn pump(&mut self, source: &mut Source) {
        match self.transfer(source) {
            Ok(Some(length)) => source.pace(length, Instant::now()),
            Ok(None) => source.at_end(),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            // closing it would end the server; it is asked again
            Err(_) => source.rest(),
        }
    }

    /// Takes all that is there now.
    pub(super) fn drain(&mut self, source: &mut Source) {
        let mut taken = 0;
        while taken < DRAIN_MAX && !source.ended {
            match self.transfer(source) {
                Ok(Some(length)) => taken += length,
                Ok(None) => return source.at_end(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => return source.rest(),
            }
        }
    }

    /// One read, one write. `None`: the end; with a PTY that is EIO, when the last slave was closed.
    fn transfer(&mut self, source: &Source) -> io::Result<Option<usize>> {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        buffer.reserve_exact(READ_MAX);
        let result = rustix::io::read(&source.fd, rustix::buffer::spare_capacity(&mut buffer));
        let outcome = match result {
            Ok(0) | Err(rustix::io::Errno::IO) => Ok(None),
            Ok(length) => {
                let at = now_us();
                self.write(length, |writer| writer.append(at, source.stream, &buffer));
                Ok(Some(length))
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
                self.lost = Some(Lost { bytes: length, why, retry_at: Instant::now() + RETRY });
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

fn now_us() -> u64 {
    u64::try_from(Timestamp::now().as_microsecond()).unwrap_or(0)
}
