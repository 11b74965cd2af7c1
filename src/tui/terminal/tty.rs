//! The terminal's file. It is opened anew: whether reads and writes block belongs to an open file, and the one that was
//! inherited is the shell's as well.

use std::fs::File;
use std::io::{self, ErrorKind, Write as _};
use std::os::fd::AsFd as _;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::termios::tcgetsid;
use tokio::net::unix::pipe::{Receiver, Sender};

static TTY: OnceLock<File> = OnceLock::new();

/// The terminal; opened at the first call.
pub(super) fn open() -> io::Result<&'static File> {
    if let Some(file) = TTY.get() {
        return Ok(file);
    }
    let file = open_anew()?;
    Ok(TTY.get_or_init(|| file))
}

fn open_anew() -> io::Result<File> {
    let out = io::stdout();
    // The controlling terminal can be opened by this name even where its device belongs to another user, as after `su`.
    let path = if tcgetsid(&out).is_ok() { "/dev/tty" } else { "/proc/self/fd/1" };
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(own) => Ok(own.into()),
        // It blocks, then: better than no dashboard.
        Err(_) => Ok(out.as_fd().try_clone_to_owned()?.into()),
    }
}

/// Writes all of it if that can be done in this time; whether it was.
pub(super) fn write_within(mut tty: &File, mut bytes: &[u8], patience: Duration) -> bool {
    let deadline = Instant::now() + patience;
    while !bytes.is_empty() {
        match tty.write(bytes) {
            Ok(0) => return false,
            Ok(taken) => bytes = &bytes[taken..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let left = deadline.saturating_duration_since(Instant::now());
                let Ok(left) = Timespec::try_from(left) else { return false };
                if left == Timespec::default() {
                    return false;
                }
                let _ = poll(&mut [PollFd::new(tty, PollFlags::OUT)], Some(&left));
            }
            Err(_) => return false,
        }
    }
    true
}

/// The terminal as the loop waits for it. tokio's pipes are what can wait for any file that does not block.
#[derive(Debug)]
pub(crate) struct Line {
    input: Receiver,
    output: Sender,
}

impl Line {
    /// To be called within the runtime.
    pub(crate) fn open() -> io::Result<Self> {
        let tty = open()?;
        Ok(Self {
            input: Receiver::from_file_unchecked(tty.try_clone()?)?,
            output: Sender::from_file_unchecked(tty.try_clone()?)?,
        })
    }

    /// Waits for bytes. A terminal that is gone is an error.
    pub(crate) async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            self.input.readable().await?;
            if let Some(read) = self.read_now(buffer)? {
                return Ok(read);
            }
        }
    }

    /// The bytes that are there; `None`: none are.
    pub(crate) fn read_now(&self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        match self.input.try_read(buffer) {
            // In raw mode this means that nobody is at the other end.
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(read) => Ok(Some(read)),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Does this whenever the terminal takes something, until it is done.
    pub(crate) async fn write(&self, mut push: impl FnMut() -> io::Result<()>) -> io::Result<()> {
        loop {
            self.output.writable().await?;
            match self.output.try_io(&mut push) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                pushed => return pushed,
            }
        }
    }
}
