//! How a supervisor comes back when it died without a goodbye.

use std::time::{Duration, Instant};

use crate::boot::{self, Step};
use crate::os::program::Program;
use crate::paths::Paths;

/// The first try comes at once, but within this jitter, so that fifty keepers do not start at the same moment.
const JITTER: Duration = Duration::from_millis(50);

/// The second try, doubled from then on.
const FIRST_DELAY: Duration = Duration::from_millis(200);

/// The longest delay.
const MAX_DELAY: Duration = Duration::from_secs(30);

/// A supervisor that lived for so long is brought back at once; one that may die each time is waited for a little.
const LIVED: Duration = Duration::from_secs(1);

/// Brings a supervisor back.
#[derive(Debug)]
pub(super) struct Revival {
    due: Option<Instant>,
    delay: Duration,
    connected: Option<Instant>,
}

impl Revival {
    /// Nothing was lost yet.
    pub(super) fn new() -> Self {
        Self { due: None, delay: FIRST_DELAY, connected: None }
    }

    /// A supervisor is there.
    pub(super) fn found(&mut self, now: Instant) {
        self.due = None;
        self.connected = Some(now);
    }

    /// It has been lost.
    pub(super) fn lost(&mut self, now: Instant) {
        let lived = self.connected.take().is_none_or(|since| now.duration_since(since) >= LIVED);
        // the PID spreads keepers well enough, and needs no source of chance
        let jitter = JITTER * (std::process::id() % 50) / 50;
        self.due = Some(now + jitter + if lived { Duration::ZERO } else { FIRST_DELAY });
        self.delay = FIRST_DELAY;
    }

    /// Whether one is being brought back.
    pub(super) fn is_on(&self) -> bool {
        self.due.is_some()
    }

    /// When to try.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Tries. A supervisor that comes up connects to every keeper: until then this goes on. Whether one was up before.
    pub(super) fn step(&mut self, paths: &Paths, program: &Program, now: Instant) -> bool {
        let step = boot::try_step(paths, program);
        if let Step::Failed(error) = &step {
            eprintln!("keeper {}: no supervisor could be started: {error}", std::process::id());
        }
        // it is ended by the supervisor's connection, not by a success here
        self.due = Some(now + self.delay);
        self.delay = (self.delay * 2).min(MAX_DELAY);
        matches!(step, Step::Up)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_lived_is_brought_back_at_once_and_one_that_dies_each_time_a_little_later() {
        let now = Instant::now();
        let mut revival = Revival::new();
        revival.found(now);
        assert!(!revival.is_on());
        revival.lost(now + LIVED);
        assert!(revival.due().unwrap() <= now + LIVED + JITTER);
        revival.found(now);
        revival.lost(now);
        assert!(revival.due().unwrap() >= now + FIRST_DELAY);
        assert!(revival.due().unwrap() <= now + FIRST_DELAY + JITTER);
    }
}
