//! Kills what is left of checks, which this supervisor or one before it started itself: their processes carry a mark in
//! their environment. Nobody else is sent a signal from here.

use std::io;
use std::time::Duration;

use tokio::runtime::Handle;

use crate::model::Signal;
use crate::os::proc::{self, Process, Scanner};
pub(super) use crate::os::signal::kill_group_of_child;
use crate::os::tree::Forest;
use crate::os::{identity, pidfd};
use crate::paths::Paths;

/// The variable that carries the mark.
pub const VARIABLE: &str = "OSTLER_CHECK";

/// A process may fork between the look and the signal: so often it is looked again.
const ROUNDS: u32 = 10;

/// In the middle of an exec a process shows no environment: nobody found is looked for once more after this time.
const EXEC: Duration = Duration::from_millis(2);

/// How the marks of this supervisor begin: by the state directory and the supervisor's PID.
pub fn owner(paths: &Paths) -> String {
    format!("{}{}|", all_of(paths), std::process::id())
}

/// How the marks of every supervisor of this state directory begin.
pub fn all_of(paths: &Paths) -> String {
    format!("{}|", paths.home().display())
}

/// What may be left of a check.
#[derive(Clone, Debug)]
pub(super) struct Left {
    /// Its mark.
    pub(super) mark: String,
    /// When it was started, in ticks since boot: who is older is none of it.
    pub(super) since: u64,
}

impl Left {
    /// Kills it, and waits until that is done.
    pub(super) async fn kill(self) {
        let _ = tokio::task::spawn_blocking(move || kill(|mark| mark == self.mark, self.since)).await;
    }

    /// Kills it in a moment.
    pub(super) fn kill_soon(self) {
        soon(move || kill(|mark| mark == self.mark, self.since));
    }
}

/// Kills every process whose mark begins with this, in a moment.
pub fn kill_soon(beginning: String) {
    soon(move || kill(|mark| mark.starts_with(&beginning), 0));
}

/// On a thread; at once where there is no runtime any more.
fn soon(work: impl FnOnce() + Send + 'static) {
    match Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn_blocking(work)),
        Err(_) => work(),
    }
}

/// Kills every process whose mark is wanted, and what descends from it, as far as it started at the tick `since` or later.
/// Blocks: for about 10 µs for each process of the box.
pub fn kill(is_wanted: impl Fn(&str) -> bool, since: u64) {
    let mut found_none = false;
    for _ in 0..ROUNDS {
        // a scan that fails is made again in the next round
        match round(&is_wanted, since) {
            Ok(0) if found_none => return,
            Ok(0) => {
                found_none = true;
                std::thread::sleep(EXEC);
            }
            Ok(_) | Err(_) => found_none = false,
        }
    }
}

/// Returns how many were killed.
fn round(is_wanted: &impl Fn(&str) -> bool, since: u64) -> io::Result<usize> {
    let forest = Forest::new(Scanner::open()?.scan()?);
    let is_marked = |process: &&Process| {
        process.start_ticks >= since
            && !process.is_dead()
            && proc::environ_value(process.pid, VARIABLE).is_some_and(|mark| is_wanted(&mark))
    };
    let mut found: Vec<&Process> = Vec::new();
    for root in forest.all().iter().filter(is_marked) {
        found.push(root);
        forest.descendants(root.pid, |_| false, &mut found);
    }
    found.retain(|process| !process.is_dead());
    for process in &found {
        if let Ok(Some(pidfd)) = identity::open(process.pid, process.start_ticks) {
            // one that has gone, or changed its user, is left
            let _ = pidfd::send(&pidfd, Signal::KILL);
        }
    }
    Ok(found.len())
}
