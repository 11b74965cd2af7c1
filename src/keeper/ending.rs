//! How a run ends: signal, grace, SIGKILL to all, until no process of it is left.
//!
//! The keeper is a subreaper, so every process of the run is its descendant, whatever session it made for itself; and
//! when the keeper has no child any more, the run has no process any more. That is asked of the kernel, not guessed
//! from a scan.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use crate::model::{RunId, Signal, StopPolicy, StopTarget};
use crate::os::proc::{self, Process, Scanner};
use crate::os::tree::Forest;
use crate::os::{identity, pidfd};

/// How often SIGKILL is repeated: a process may have forked between the look and the signal.
const KILL_EVERY: Duration = Duration::from_millis(20);

/// How often it is repeated when it did not help for a second (D state): there is nothing else to do.
const KILL_SLOWLY: Duration = Duration::from_secs(1);

/// A run that is being ended.
#[derive(Debug)]
pub(super) struct Ending {
    policy: StopPolicy,
    kill_at: Instant,
    kills: u32,
    /// Those that are left when the main process has gone were told.
    rest_told: bool,
}

/// The processes of the run, as far as they are known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Members<'a> {
    /// This process, whose descendants they are.
    pub(super) keeper: u32,
    /// The main process, until it has ended.
    pub(super) main: Option<&'a OwnedFd>,
    /// Process group and session of the run.
    pub(super) group: u32,
    /// Set if the run was taken over: then they are not descendants, but its session, whatever carries its id in its
    /// environment, and the descendants of those.
    pub(super) taken: Option<&'a RunId>,
}

impl Ending {
    /// Sends the first signal.
    pub(super) fn begin(policy: StopPolicy, members: Members<'_>, now: Instant) -> Self {
        let mut ending = Self { kill_at: now + policy.grace, policy, kills: 0, rest_told: false };
        if ending.policy.grace > Duration::ZERO {
            ending.tell(members);
        }
        ending.step(members, now);
        ending
    }

    /// A further stop: its signal is sent; the end may come earlier by it, never later.
    pub(super) fn again(&mut self, policy: StopPolicy, members: Members<'_>, now: Instant) {
        let kill_at = self.kill_at.min(now + policy.grace);
        *self = Self { kill_at, policy, kills: self.kills, rest_told: false };
        if now < kill_at {
            self.tell(members);
        }
        self.step(members, now);
    }

    /// When there is something to do again.
    pub(super) fn due(&self) -> Instant {
        self.kill_at
    }

    /// Does what is due.
    pub(super) fn step(&mut self, members: Members<'_>, now: Instant) {
        if now >= self.kill_at {
            to_all(members, Signal::KILL);
            self.kills += 1;
            self.kill_at = now + if self.kills < 50 { KILL_EVERY } else { KILL_SLOWLY };
        } else if members.main.is_none() && !self.rest_told {
            self.tell(members);
        }
    }

    fn tell(&mut self, members: Members<'_>) {
        let signal = self.policy.signal;
        match (self.policy.to, members.main) {
            (StopTarget::Main, Some(main)) => {
                send(main, signal);
                // a stopped process acts on nothing but SIGKILL until it is continued
                send(main, Signal::CONT);
            }
            (StopTarget::Group, Some(_)) => {
                to_those(members, &[signal, Signal::CONT], |process| process.pgrp == members.group);
            }
            (StopTarget::Tree, _) | (_, None) => {
                self.rest_told = members.main.is_none();
                to_those(members, &[signal, Signal::CONT], |_| true);
            }
        }
    }
}

fn to_all(members: Members<'_>, signal: Signal) {
    to_those(members, &[signal], |_| true);
}

fn to_those(members: Members<'_>, signals: &[Signal], wanted: impl Fn(&Process) -> bool) {
    // a scan that fails is made again at the next step
    let Ok(forest) = look() else { return };
    for process in of(&forest, members).into_iter().filter(|process| wanted(process)) {
        if let Ok(Some(pidfd)) = identity::open(process.pid, process.start_ticks) {
            for &signal in signals {
                send(&pidfd, signal);
            }
        }
    }
}

/// Whether no process of the run is left. Where that can't be told, one may be.
pub(super) fn is_empty(members: Members<'_>) -> bool {
    look().is_ok_and(|forest| of(&forest, members).is_empty())
}

fn look() -> io::Result<Forest> {
    Ok(Forest::new(Scanner::open()?.scan()?))
}

/// The living processes of the run.
fn of<'a>(forest: &'a Forest, members: Members<'_>) -> Vec<&'a Process> {
    let mut found = Vec::new();
    match members.taken {
        None => forest.descendants(members.keeper, |_| false, &mut found),
        Some(run) => {
            let marker = format!("OSTLER_RUN_ID={run}");
            let carries = |process: &&Process| proc::environ_has(process.pid, &marker).unwrap_or(false);
            let own = |process: &&Process| process.session == members.group || carries(process);
            for root in forest.all().iter().filter(own) {
                found.push(root);
                forest.descendants(root.pid, |_| false, &mut found);
            }
            found.sort_unstable_by_key(|process| process.pid);
            found.dedup_by_key(|process| process.pid);
        }
    }
    found.retain(|process| !process.is_dead());
    found
}

fn send(pidfd: &OwnedFd, signal: Signal) {
    // a process that has gone, or changed its user, is left; the end of the run is what counts
    let _ = pidfd::send(pidfd, signal);
}
