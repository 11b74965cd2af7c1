//! How a run ends: signal, grace, SIGKILL to all, until no process of it is left.
//!
//! The keeper is a subreaper, so every process of the run is its descendant, whatever session it made for itself; and
//! when the keeper has no child any more, the run has no process any more. That is asked of the kernel, not guessed
//! from a scan.

use std::cell::RefCell;
use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use crate::model::{RunId, Signal, StopPolicy, StopTarget};
use crate::os::identity::Identity;
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
    /// Where the main process is, or was.
    pub(super) home: Home,
    /// Set if the run was taken over: then they are not its descendants.
    pub(super) taken: Option<&'a Taken>,
}

/// Process group and session of a main process. One that was launched leads both; one that was left in the background
/// may lead neither.
#[derive(Clone, Copy, Debug)]
pub(super) struct Home {
    group: u32,
    session: u32,
}

impl Home {
    /// Of one that was launched.
    pub(super) fn led_by(pid: u32) -> Self {
        Self { group: pid, session: pid }
    }

    /// Of this process.
    pub(super) fn of(process: &Process) -> Self {
        Self { group: process.pgrp, session: process.session }
    }

    /// Of one that another keeper launched or found; as if it led both, where it is gone.
    pub(super) fn look(main: &Identity) -> Self {
        let found = proc::read(main.pid).ok().flatten();
        let same = found.filter(|process| process.start_ticks == main.start_ticks);
        same.map_or_else(|| Self::led_by(main.pid), |process| Self::of(&process))
    }
}

/// How the processes of a run are known that was taken over: those that carry its id in their environment, those that
/// were known before, its session, and the descendants of all these.
#[derive(Debug)]
pub(super) struct Taken {
    /// What they carry.
    marker: String,
    /// None of them is older than the main process.
    since: u64,
    /// PID and start of those that the last look found.
    known: RefCell<Vec<(u32, u64)>>,
}

impl Taken {
    /// Looks for the first time: the sooner, the more is known when the main process has gone.
    pub(super) fn new(run: &RunId, main: &Identity) -> Self {
        let known = RefCell::new(vec![(main.pid, main.start_ticks)]);
        Self { marker: format!("OSTLER_RUN_ID={run}"), since: main.start_ticks, known }
    }

    /// The session's number alone proves nothing: once nobody is left in it, another process may get it. It counts
    /// while somebody is in it who belongs to the run without it.
    fn find<'a>(&self, forest: &'a Forest, session: u32) -> Vec<&'a Process> {
        let mut known = self.known.borrow_mut();
        let is_sure = |process: &&Process| {
            known.contains(&(process.pid, process.start_ticks))
                || (process.start_ticks >= self.since
                    && proc::environ_has(process.pid, &self.marker).unwrap_or(false))
        };
        let mut found: Vec<&Process> = forest.all().iter().filter(is_sure).collect();
        if found.iter().any(|process| process.session == session) {
            found.extend(forest.all().iter().filter(|process| process.session == session));
        }
        for root in found.clone() {
            forest.descendants(root.pid, |_| false, &mut found);
        }
        found.sort_unstable_by_key(|process| process.pid);
        found.dedup_by_key(|process| process.pid);
        *known = found.iter().map(|process| (process.pid, process.start_ticks)).collect();
        found
    }
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
                to_those(members, &[signal, Signal::CONT], |process| process.pgrp == members.home.group);
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
        // one of them may have started this keeper's supervisor, but not this keeper
        Some(taken) => {
            found = taken.find(forest, members.home.session);
            found.retain(|process| process.pid != members.keeper);
        }
    }
    found.retain(|process| !process.is_dead());
    found
}

fn send(pidfd: &OwnedFd, signal: Signal) {
    // a process that has gone, or changed its user, is left; the end of the run is what counts
    let _ = pidfd::send(pidfd, signal);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: u32, parent: u32, session: u32, start_ticks: u64) -> Process {
        Process { session, start_ticks, ..Process::fake(pid, parent) }
    }

    fn find(taken: &Taken, processes: &[Process]) -> Vec<u32> {
        let forest = Forest::new(processes.to_vec());
        taken.find(&forest, 50).into_iter().map(|process| process.pid).collect()
    }

    #[test]
    fn a_session_counts_only_while_somebody_in_it_is_known_to_belong_to_the_run() {
        let main = Identity { boot_id: "b".into(), pid: 50, start_ticks: 100 };
        let taken = Taken::new(&RunId("r".into()), &main);
        let init = process(1, 0, 1, 1);
        let (leader, child) = (process(50, 1, 50, 100), process(51, 50, 50, 110));
        let (away, stranger) = (process(52, 51, 52, 120), process(60, 1, 60, 130));
        let all = [init.clone(), leader, child.clone(), away.clone(), stranger.clone()];
        assert_eq!(find(&taken, &all), [50, 51, 52]);
        // the leader has gone; a child that it left, and another that was born meanwhile
        let orphan = process(51, 1, 50, 110);
        let newborn = process(53, 1, 50, 140);
        assert_eq!(find(&taken, &[init.clone(), orphan, newborn, away, stranger.clone()]), [51, 52, 53]);
        // all have gone, and the session's number is another's
        let recycled = process(50, 1, 50, 500);
        assert_eq!(find(&taken, &[init.clone(), recycled.clone(), stranger.clone()]), [0_u32; 0]);
        let taken = Taken::new(&RunId("r".into()), &main);
        assert_eq!(find(&taken, &[init, recycled, process(54, 50, 50, 510), stranger]), [0_u32; 0]);
    }
}
