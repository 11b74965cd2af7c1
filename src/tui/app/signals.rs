//! What the system tells this process.

use std::io;
use std::time::{Duration, Instant};

use rustix::process::Signal as Unix;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How late a signal may be told.
const LATE: Duration = Duration::from_millis(200);

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// To leave.
    End,
    /// It was stopped and goes on: the terminal may be as somebody else left it.
    GoesOn,
    /// The terminal has another size.
    Resized,
}

/// The signals that are listened to.
#[derive(Debug)]
pub(super) struct Signals {
    ends: [Signal; 4],
    goes_on: Signal,
    resized: Signal,
    /// An interrupt before this was meant for another program.
    deaf_until: Instant,
}

impl Signals {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            ends: [
                signal(SignalKind::terminate())?,
                signal(SignalKind::hangup())?,
                signal(SignalKind::interrupt())?,
                signal(SignalKind::quit())?,
            ],
            goes_on: signal(SignalKind::from_raw(Unix::CONT.as_raw()))?,
            resized: signal(SignalKind::window_change())?,
            deaf_until: Instant::now(),
        })
    }

    /// What was typed in a program that had the terminal meanwhile came here as well, and is told only now.
    pub(super) fn forget_interrupts(&mut self) {
        self.deaf_until = Instant::now() + LATE;
    }

    /// The next one; several of a kind are one.
    pub(super) async fn next(&mut self) -> Told {
        let [terminate, hangup, interrupt, quit] = &mut self.ends;
        tokio::select! {
            biased;
            _ = terminate.recv() => Told::End,
            _ = hangup.recv() => Told::End,
            _ = interrupt.recv() => {
                // What goes on has the terminal anew, which does no harm.
                if Instant::now() < self.deaf_until { Told::GoesOn } else { Told::End }
            }
            _ = quit.recv() => Told::End,
            _ = self.goes_on.recv() => Told::GoesOn,
            _ = self.resized.recv() => Told::Resized,
        }
    }
}
