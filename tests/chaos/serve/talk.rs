//! Servers that write.

use std::os::fd::{AsFd, BorrowedFd};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::stdio;

use super::record::{AtTerm, HUNG_UP, Sent, any_code, exit, listen};
use crate::clock::{now_us, pause};
use crate::flow::Flow;
use crate::rng::Rng;

struct Writer {
    fd: BorrowedFd<'static>,
    flow: Flow,
    sent: Sent,
}

impl Writer {
    fn new(fd: BorrowedFd<'static>, stream: &str, is_terminal: bool) -> Self {
        let flow = Flow::new(super::record::run(), stream, is_terminal);
        Self { fd, flow, sent: Sent::new(stream) }
    }

    /// Writes the next line, and counts what was taken of it.
    fn line(&mut self) {
        let line = self.flow.next();
        let mut rest = &line[..];
        while !rest.is_empty() {
            // a write that is larger than the room always waits for the reader: what counts is a pipe that was full
            let full = is_full(self.fd);
            let begun = Instant::now();
            match rustix::io::write(self.fd, rest) {
                Ok(taken) => {
                    rest = &rest[taken..];
                    let waited = if full { begun.elapsed().as_micros() as u64 } else { 0 };
                    self.sent.add(taken, waited);
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => exit(HUNG_UP),
            }
        }
    }
}

fn is_full(fd: BorrowedFd<'_>) -> bool {
    let mut polled = [PollFd::from_borrowed_fd(fd, PollFlags::OUT)];
    matches!(poll(&mut polled, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })), Ok(0))
}

fn at_pace(rate: u64, mut write: impl FnMut()) -> ! {
    let begun = Instant::now();
    for number in 1_u64.. {
        write();
        let due = Duration::from_micros(number * 1_000_000 / rate.max(1));
        if let Some(early) = due.checked_sub(begun.elapsed()) {
            pause(early);
        }
    }
    unreachable!()
}

fn code_of_run() -> u8 {
    any_code(&mut Rng::new(now_us()))
}

/// Writes to its standard output.
pub(crate) fn write(rate: u64, is_terminal: bool) -> ExitCode {
    listen(AtTerm::Exit(code_of_run()));
    let mut writer = Writer::new(stdio::stdout(), "stdout", is_terminal);
    at_pace(rate, || writer.line())
}

/// Writes to both its outputs, now and then.
pub(crate) fn write_both(rate: u64) -> ExitCode {
    listen(AtTerm::Exit(code_of_run()));
    let mut writers =
        [Writer::new(stdio::stdout(), "stdout", false), Writer::new(stdio::stderr(), "stderr", false)];
    let mut rng = Rng::new(now_us());
    at_pace(rate, || writers[rng.within(0, 2) as usize].line())
}

/// Writes what time it is, every so many milliseconds.
pub(crate) fn clock(every_ms: u64) -> ExitCode {
    listen(AtTerm::Exit(0));
    at_pace(1000 / every_ms.max(1), || {
        let line = format!("now {}\n", now_us());
        if rustix::io::write(stdio::stdout(), line.as_bytes()).is_err() {
            exit(HUNG_UP);
        }
    })
}

/// Writes as fast as it is taken.
pub(crate) fn flood() -> ExitCode {
    listen(AtTerm::Exit(0));
    let line = [b"0123456789".repeat(9), b"\n".to_vec()].concat().repeat(90);
    let out = stdio::stdout();
    loop {
        if rustix::io::write(out.as_fd(), &line).is_err() {
            exit(HUNG_UP);
        }
    }
}
