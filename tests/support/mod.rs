//! What all tests use: a [`Sandbox`] has a state directory and a project of its own, runs the program in them, waits
//! for what is to become true, and sees to it that no process is left.
//!
//! This is the one place that waits by looking again; a test names a condition, never a time.

mod http;
mod processes;
mod run;
mod sandbox;
mod tools;
mod written;

use std::thread;
use std::time::{Duration, Instant};

pub(crate) use http::ask;
pub(crate) use processes::{Process, alive, freeze, is_same, kill, processes_with, thaw};
pub(crate) use run::{Background, run};
pub(crate) use sandbox::{BIN, Sandbox, one};
pub(crate) use tools::{free_port, need};

/// How long anything may take before a test says that it never comes: far more than it needs on a loaded machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Looks again and again until there is an answer. `None` after [`PATIENCE`].
pub(crate) fn look_until<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if begun.elapsed() > PATIENCE {
            return None;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Waits until it is the case.
pub(crate) fn wait(what: &str, mut is: impl FnMut() -> bool) {
    assert!(look_until(|| is().then_some(())).is_some(), "never came: {what}");
}
