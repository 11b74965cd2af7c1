//! Descriptors: pipes, `/dev/null`, standard streams, readiness.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::OFlags;
use rustix::pipe::PipeFlags;
use rustix::process::{Resource, getrlimit};

/// A pipe that closes on exec: read end, write end.
pub fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?)
}

/// `/dev/null`, for reading and writing.
pub fn null() -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open("/dev/null")
}

/// Whether descriptors run short: the lowest free number is always taken, so this one, which was just opened, tells how
/// many there are. What can be done without should be closed.
pub fn is_scarce(fd: impl AsFd) -> bool {
    let number = fd.as_fd().as_raw_fd().unsigned_abs();
    getrlimit(Resource::Nofile).current.is_some_and(|limit| u64::from(number) > limit / 4 * 3)
}

/// Reads and writes on it never block from now on.
pub fn set_nonblocking(fd: impl AsFd) -> io::Result<()> {
    let flags = rustix::fs::fcntl_getfl(&fd)?;
    Ok(rustix::fs::fcntl_setfl(&fd, flags | OFlags::NONBLOCK)?)
}

/// Takes what is open as standard input away from number 0 and puts `/dev/null` there. What was there is returned; it
/// closes on exec.
pub fn take_stdin() -> io::Result<OwnedFd> {
    let taken = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3)?;
    rustix::stdio::dup2_stdin(&null()?)?;
    Ok(taken)
}

/// What [`wait`] found at a descriptor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ready {
    /// There is something to read, or its end.
    pub readable: bool,
    /// It can take something.
    pub writable: bool,
}

/// What to wait for at a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Something to read, or its end.
    Read,
    /// That, or room to write.
    ReadWrite,
}

/// Waits until one of the descriptors is ready or the time is over (`None`: without end). Goes on after a signal
/// by saying that nothing is ready. The answers stand in the order of `fds`.
pub fn wait(
    fds: &[(BorrowedFd<'_>, Interest)],
    timeout: Option<Duration>,
    ready: &mut Vec<Ready>,
) -> io::Result<()> {
    let mut polled: Vec<PollFd<'_>> = fds
        .iter()
        .map(|(fd, interest)| {
            let flags = match interest {
                Interest::Read => PollFlags::IN,
                Interest::ReadWrite => PollFlags::IN | PollFlags::OUT,
            };
            PollFd::from_borrowed_fd(*fd, flags)
        })
        .collect();
    let timeout = timeout.map(|t| Timespec {
        tv_sec: t.as_secs().try_into().unwrap_or(i64::MAX),
        tv_nsec: i64::from(t.subsec_nanos()),
    });
    match rustix::event::poll(&mut polled, timeout.as_ref()) {
        Ok(_) | Err(rustix::io::Errno::INTR) => {}
        Err(errno) => return Err(errno.into()),
    }
    ready.clear();
    ready.extend(polled.iter().map(|fd| {
        let got = fd.revents();
        Ready {
            readable: got.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR),
            writable: got.contains(PollFlags::OUT),
        }
    }));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_are_scarce_when_their_numbers_come_near_the_limit() {
        let null = null().unwrap();
        assert!(!is_scarce(&null));
        // the last number can be asked for; where it is far away, the table that it needs is too large
        let last = getrlimit(Resource::Nofile).current.filter(|limit| *limit <= 1 << 20);
        let last = last.and_then(|limit| i32::try_from(limit - 1).ok());
        if let Some(Ok(high)) = last.map(|last| rustix::io::fcntl_dupfd_cloexec(&null, last)) {
            assert!(is_scarce(high));
        }
    }
}
