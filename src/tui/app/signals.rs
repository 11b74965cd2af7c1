//! What the system tells this process.

use std::io;

use rustix::process::Signal as Unix;
use tokio::signal::unix::{Signal, SignalKind, signal};

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
        })
    }

    /// The next one; several of a kind are one.
    pub(super) async fn next(&mut self) -> Told {
        let [terminate, hangup, interrupt, quit] = &mut self.ends;
        tokio::select! {
            biased;
            _ = terminate.recv() => Told::End,
            _ = hangup.recv() => Told::End,
            _ = interrupt.recv() => Told::End,
            _ = quit.recv() => Told::End,
            _ = self.goes_on.recv() => Told::GoesOn,
            _ = self.resized.recv() => Told::Resized,
        }
    }
}
