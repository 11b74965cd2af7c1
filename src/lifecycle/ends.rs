//! What follows from an end, seen or found.

use std::time::{Duration, Instant};

use super::backoff;
use super::input::Effect;
use super::server::{After, Server};
use super::timer::Timer;
use super::words::in_words;
use crate::model::{Desired, EventKind, Exit, Pending, Phase, RestartWhen};

/// What an adopted server has at least for its start-up check.
const ASKED_AGAIN: Duration = Duration::from_secs(5);

fn has_ended(exit: Exit, lasted: Duration, because: Option<String>) -> Effect {
    Effect::Emit(EventKind::Exited { exit, lasted_s: lasted.as_secs_f64(), because })
}

impl Server {
    pub(super) fn exited(
        &mut self,
        now: Instant,
        exit: Exit,
        lasted: Duration,
        last_line: Option<String>,
        effects: &mut Vec<Effect>,
    ) {
        match self.phase {
            Phase::Starting | Phase::Running if self.held_back.is_some() => {
                self.ended_before_its_stop(exit, lasted, effects);
            }
            Phase::Stopping => match self.after {
                After::Stopped | After::Launch => self.leave_stopping(effects, Some(exit)),
                After::Failed => {
                    let what = self.reason.take().unwrap_or_else(|| in_words(exit));
                    effects.push(has_ended(exit, lasted, Some(what.clone())));
                    self.ended(now, lasted, &what, None, effects);
                }
            },
            Phase::Starting => {
                let quoted = last_line.map(|line| format!("; its last line: {line}")).unwrap_or_default();
                let what = format!("{} before it was up{quoted}", in_words(exit));
                self.ended_by_itself(now, exit, lasted, &what, effects);
            }
            Phase::Running => {
                let what = format!("{} after {:.1} s", in_words(exit), lasted.as_secs_f64());
                self.ended_by_itself(now, exit, lasted, &what, effects);
            }
            Phase::Stopped | Phase::Waiting | Phase::Backoff | Phase::Failed | Phase::Completed => {}
        }
    }

    fn ended_by_itself(
        &mut self,
        now: Instant,
        exit: Exit,
        lasted: Duration,
        what: &str,
        effects: &mut Vec<Effect>,
    ) {
        effects.push(has_ended(exit, lasted, None));
        let success = exit.is_success(&self.rules.restart).then_some(exit);
        self.ended(now, lasted, what, success, effects);
    }

    /// What follows from an end that nobody asked for; `success`: how it ended, where that is one.
    fn ended(
        &mut self,
        now: Instant,
        lasted: Duration,
        what: &str,
        success: Option<Exit>,
        effects: &mut Vec<Effect>,
    ) {
        if lasted >= self.rules.restart.reset_after {
            // the timer says so too, but not while no supervisor was there
            self.attempt = 0;
        }
        match (self.rules.restart.policy, success) {
            (RestartWhen::Never | RestartWhen::OnFailure, Some(exit)) => {
                self.last_error = None;
                self.enter(Phase::Completed);
                effects.push(Effect::Emit(EventKind::Completed { exit }));
                effects.push(Effect::Release);
            }
            (RestartWhen::Never, None) => self.fail(what.to_owned(), effects),
            (RestartWhen::OnFailure, None) | (RestartWhen::Always, _) => {
                self.back_off(now, what, effects);
            }
        }
    }

    pub(super) fn back_off(&mut self, now: Instant, what: &str, effects: &mut Vec<Effect>) {
        let attempts = self.rules.restart.attempts;
        if self.attempt >= attempts {
            let reason = match attempts {
                0 => what.to_owned(),
                1 => format!("gave up after 1 restart: {what}"),
                more => format!("gave up after {more} restarts: {what}"),
            };
            self.fail(reason, effects);
            return;
        }
        self.attempt += 1;
        self.restarts += 1;
        self.last_error = Some(what.to_owned());
        let delay = backoff::delay(&self.rules.restart, self.attempt, self.rules.seed);
        let delay_ms = delay.as_millis() as u64;
        effects.push(Effect::Emit(EventKind::Backoff { attempt: self.attempt, attempts, delay_ms }));
        if delay.is_zero() {
            self.look(effects);
        } else {
            self.enter(Phase::Backoff);
            self.next_start = Some(now + delay);
            effects.push(self.arm(Timer::Backoff, delay));
        }
    }

    pub(super) fn fail(&mut self, reason: String, effects: &mut Vec<Effect>) {
        self.last_error = Some(reason.clone());
        self.enter(Phase::Failed);
        effects.push(Effect::Emit(EventKind::Failed { reason }));
        effects.push(Effect::Release);
    }

    pub(super) fn found(
        &mut self,
        now: Instant,
        pid: u32,
        age: Duration,
        up: bool,
        ending: bool,
        effects: &mut Vec<Effect>,
    ) {
        self.adopted = true;
        self.forget_health();
        self.run_began = now.checked_sub(age);
        effects.push(Effect::Emit(EventKind::Adopted { pid }));
        if ending {
            (self.after, self.pending) = match self.desired {
                Desired::Up => (After::Launch, Some(Pending::Restart)),
                Desired::Down => (After::Stopped, Some(Pending::Stop)),
            };
            self.enter(Phase::Stopping);
            // the keeper knows when the grace began; it does not last longer than this
            self.expect_its_end(now, self.rules.grace, effects);
            return;
        }
        if up {
            self.enter(Phase::Running);
            effects.push(Effect::CheckHealth);
            if self.attempt > 0 {
                effects.push(self.arm(Timer::Stable, self.rules.restart.reset_after.saturating_sub(age)));
            }
        } else {
            self.enter(Phase::Starting);
            let rest = self.rules.startup.saturating_sub(age);
            // nobody asked it meanwhile: it gets the time for an answer
            let rest = rest.max(self.rules.startup.min(ASKED_AGAIN));
            effects.push(self.arm(Timer::Startup, rest));
            effects.push(Effect::CheckStartup);
        }
        if self.desired == Desired::Down {
            self.pending = Some(Pending::Stop);
            self.leave(After::Stopped, effects);
        }
    }

    pub(super) fn keeper_lost(
        &mut self,
        now: Instant,
        alive: Option<u32>,
        age: Duration,
        effects: &mut Vec<Effect>,
    ) {
        effects.push(Effect::Emit(EventKind::KeeperLost { pid: alive }));
        match (self.phase, alive) {
            (Phase::Starting | Phase::Running | Phase::Stopping, Some(_)) => {
                effects.push(Effect::ReplaceKeeper);
            }
            (Phase::Starting | Phase::Running | Phase::Stopping, None) => {
                self.exited(now, Exit::Unknown, age, None, effects);
            }
            (Phase::Stopped | Phase::Waiting | Phase::Backoff | Phase::Failed | Phase::Completed, _) => {}
        }
    }
}
