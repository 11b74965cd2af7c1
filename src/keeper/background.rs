//! Servers that go to the background: the process that was launched ends with success while the run starts, and leaves
//! another one behind. So begin daemons (`nginx` with its default `daemon on`, `pg_ctl start`) and scripts that end in `&`.
//! What is left is the server from then on, and is stopped and reaped like any other.
//!
//! Later, the same is an end: what is left of a server that worked is what it forgot. So it is with one that is to come to
//! an end: a helper that it started on its way (`adb start-server`, a build's daemon) is not what it is for.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use jiff::Timestamp;

use super::ending::Home;
use super::protocol::Report;
use super::state::Keeper;
use crate::model::Exit;
use crate::os::identity::{self, Identity};
use crate::os::proc::{self, Process, Scanner};
use crate::run_dir::ChildFile;

/// A run still starts so long after its start-up check has passed: a port can answer while the first process waits for
/// that, too.
const SETTLES: Duration = Duration::from_secs(2);

/// One that forks twice may end between two looks of ours: so often is looked.
const TRIES: usize = 5;

impl Keeper {
    /// The main process has ended like this and is not reaped yet. Whether the run goes on without it.
    pub(super) fn goes_on_without(&mut self, ended: u32, exit: Exit) -> bool {
        let keeper = self.identity.pid;
        let Some(run) = &mut self.run else { return false };
        let starts = run.up.is_none_or(|up| up.elapsed() < SETTLES);
        if exit != Exit::Code(0)
            || run.one_shot
            || run.asked
            || run.ending.is_some()
            || run.taken.is_some()
            || !starts
        {
            return false;
        }
        let Some((identity, home, pidfd)) = heir(keeper, ended) else {
            return false;
        };
        let pid = identity.pid;
        let child = ChildFile { identity, started_at: Timestamp::now() };
        if let Err(error) = self.dir.run(&run.id).write_child(&child) {
            // this keeper knows it, and the supervisor is told
            eprintln!("keeper {keeper}: the process could not be recorded: {error}");
        }
        // see `launch`
        let _ = self.dir.write_pid(Some(pid));
        run.child = child.clone();
        run.home = home;
        run.pidfd = Some(pidfd);
        let (run, held) = (run.id.clone(), run.held());
        self.log.say(&format!("went to the background: pid {ended} ended with code 0 and left pid {pid}"));
        self.report(Report::Moved { run, child, held });
        true
    }
}

/// The oldest child of this keeper: those of a process that ended are its own.
fn heir(keeper: u32, ended: u32) -> Option<(Identity, Home, OwnedFd)> {
    let mut scanner = Scanner::open().ok()?;
    for _ in 0..TRIES {
        // what is left hangs on children of this keeper, dead or alive: without any, nothing is
        let mut left = children(&mut scanner).ok()?;
        left.retain(|process| process.ppid == keeper && process.pid != ended);
        if left.is_empty() {
            return None;
        }
        left.retain(|process| !process.is_dead());
        left.sort_unstable_by_key(|process| (process.start_ticks, process.pid));
        if let Some(found) = left.first().and_then(hold) {
            return Some(found);
        }
    }
    None
}

/// This keeper's children, perhaps among others.
fn children(scanner: &mut Scanner) -> io::Result<Vec<Process>> {
    // not every kernel lists them
    let Ok(children) = proc::own_children() else { return scanner.scan() };
    Ok(children.into_iter().filter_map(|pid| scanner.read(pid).ok().flatten()).collect())
}

fn hold(process: &Process) -> Option<(Identity, Home, OwnedFd)> {
    let identity = Identity::of(process.pid).ok()?;
    let pidfd = identity::open(process.pid, process.start_ticks).ok()??;
    Some((identity, Home::of(process), pidfd))
}
