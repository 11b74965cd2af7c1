//! How a supervisor comes back when it died without a goodbye.

use std::time::{Duration, Instant};

use crate::boot::{self, Step};
use crate::os::program::Program;
use crate::os::spawn;
use crate::paths::Paths;

/// The first try comes at once, but within this jitter, so that fifty keepers do not start at the same moment.
const JITTER: Duration = Duration::from_millis(50);

/// The second try, doubled from then on.
const FIRST_DELAY: Duration = Duration::from_millis(200);

/// The longest delay.
const MAX_DELAY: Duration = Duration::from_secs(30);

/// Tries to bring a supervisor back.
#[derive(Debug)]
pub(super) struct Revival {
    due: Instant,
    delay: Duration,
}

impl Revival {
    /// The supervisor has just been lost.
    pub(super) fn begin(now: Instant) -> Self {
        // the PID spreads keepers well enough, and needs no source of chance
        let share = std::process::id() % 50;
        Self { due: now + JITTER * share / 50, delay: FIRST_DELAY }
    }

    /// When to try.
    pub(super) fn due(&self) -> Instant {
        self.due
    }

    /// Tries. A supervisor that comes up connects to every keeper: until then this goes on.
    pub(super) fn step(&mut self, paths: &Paths, program: &Program, now: Instant) {
        // the new supervisor must not be a descendant of this keeper, or it would end with the server
        if spawn::set_subreaper(false).is_ok() {
            if let Step::Failed(error) = boot::try_step(paths, program) {
                eprintln!("keeper {}: no supervisor could be started: {error}", std::process::id());
            }
            // that can't fail where the one before did not
            let _ = spawn::set_subreaper(true);
        }
        // it is ended by the supervisor's connection, not by a success here
        self.due = now + self.delay;
        self.delay = (self.delay * 2).min(MAX_DELAY);
    }
}
