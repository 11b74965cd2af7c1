//! The way down: first those that need the server, then the signal, the grace and SIGKILL.

use std::time::{Duration, Instant};

use super::input::Effect;
use super::server::{After, Server};
use super::timer::Timer;
use crate::model::{EventKind, Exit, Phase};

/// Processes that are there for so long after SIGKILL are told of.
const GONE_WITHIN: Duration = Duration::from_secs(2);

/// They are looked at again after so long.
const AGAIN: Duration = Duration::from_secs(3);

/// So long after SIGKILL nobody needs to wait for them any more.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(5);

/// A stop that was asked for and waits for servers that need this one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct HeldBack {
    /// Their names.
    pub(super) by: Vec<String>,
}

impl Server {
    /// Whether it is alive and on its way down.
    pub fn is_leaving(&self) -> bool {
        self.phase == Phase::Stopping || self.held_back.is_some()
    }

    /// The servers that need it and have to end before it; `None` if no stop waits.
    pub fn held_back(&self) -> Option<&[String]> {
        self.held_back.as_ref().map(|held| held.by.as_slice())
    }

    /// How long until SIGKILL, while it is being ended.
    pub fn grace_left(&self, now: Instant) -> Option<Duration> {
        self.kill_at.map(|at| at.saturating_duration_since(now))
    }

    /// Processes that SIGKILL did not end.
    pub fn remains(&self) -> &[String] {
        &self.remains
    }

    /// Whether it has been killed for so long that its end can't be waited for.
    pub fn does_not_end(&self, now: Instant) -> bool {
        let given_up = |at: Instant| now.saturating_duration_since(at) >= GIVEN_UP_AFTER;
        self.phase == Phase::Stopping && self.kill_at.is_some_and(given_up)
    }

    /// It is to end as soon as nobody on the way down needs it, and then this follows.
    pub(super) fn leave(&mut self, after: After, effects: &mut Vec<Effect>) {
        self.after = after;
        self.held_back = Some(self.held_back.take().unwrap_or_default());
        effects.push(Effect::LookAtDependents);
    }

    /// It is not to end any more.
    pub(super) fn stay(&mut self) {
        self.held_back = None;
    }

    pub(super) fn dependents(&mut self, now: Instant, leaving: Vec<String>, effects: &mut Vec<Effect>) {
        match (self.phase, &mut self.held_back) {
            (Phase::Starting | Phase::Running, Some(_)) if leaving.is_empty() => {
                self.end(now, self.after, false, effects);
            }
            (Phase::Starting | Phase::Running, Some(held)) => {
                let first = held.by.is_empty();
                held.by = leaving;
                if first {
                    let unmet = held.by.iter().map(|name| format!("{name} to end first")).collect();
                    effects.push(Effect::Emit(EventKind::WaitsFor { unmet }));
                }
            }
            // it is not to end, or is being ended
            (
                Phase::Stopped
                | Phase::Waiting
                | Phase::Starting
                | Phase::Running
                | Phase::Stopping
                | Phase::Backoff
                | Phase::Failed
                | Phase::Completed,
                _,
            ) => {}
        }
    }

    /// Ends the run, whoever needs it; `after` follows.
    pub(super) fn end(&mut self, now: Instant, after: After, at_once: bool, effects: &mut Vec<Effect>) {
        self.after = after;
        if self.phase == Phase::Stopping {
            // its timers were for a grace that counts no more
            self.epoch += 1;
        } else {
            self.enter(Phase::Stopping);
        }
        effects.push(Effect::Stop { now: at_once });
        let grace = if at_once { Duration::ZERO } else { self.rules.grace };
        self.expect_its_end(now, grace, effects);
    }

    /// It is being ended, and will be killed after this grace.
    pub(super) fn expect_its_end(&mut self, now: Instant, grace: Duration, effects: &mut Vec<Effect>) {
        self.kill_at = Some(now + grace);
        effects.push(self.arm(Timer::Kill, grace + GONE_WITHIN));
    }

    pub(super) fn remain(&mut self, processes: Vec<String>, effects: &mut Vec<Effect>) {
        if self.phase != Phase::Stopping {
            return;
        }
        let error = |processes: &[String]| format!("SIGKILL does not end {}", processes.join(", "));
        if self.remains != processes && !processes.is_empty() {
            self.last_error = Some(error(&processes));
            effects.push(Effect::Emit(EventKind::Unkillable { processes: processes.clone() }));
        }
        self.remains = processes;
        effects.push(self.arm(Timer::Kill, AGAIN));
    }

    /// It ended by itself while its stop waited for others.
    pub(super) fn ended_before_its_stop(&mut self, exit: Exit, lasted: Duration, effects: &mut Vec<Effect>) {
        effects.push(Effect::Emit(EventKind::Exited { exit, lasted_s: lasted.as_secs_f64(), because: None }));
        self.leave_stopping(effects, None);
    }

    pub(super) fn leave_stopping(&mut self, effects: &mut Vec<Effect>, exit: Option<Exit>) {
        if let Some(exit) = exit {
            effects.push(Effect::Emit(EventKind::Stopped { exit }));
        }
        match self.after {
            After::Stopped | After::Failed => {
                self.last_error = None;
                self.enter(Phase::Stopped);
                effects.push(Effect::Release);
            }
            After::Launch => {
                // that it did not end is over
                self.last_error = self.last_error.take().filter(|_| self.remains.is_empty());
                self.look(effects);
            }
        }
    }
}
