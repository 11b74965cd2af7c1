//! [`Server`]: the state of one server, and its step.

use std::time::{Duration, Instant};

use super::health::Pulse;
use super::input::{Effect, Input, LaunchError, Memory, Rules};
use super::leaving::HeldBack;
use super::needs::Unmet;
use super::timer::{Timer, TimerId};
use crate::model::{Desired, EventKind, Holder, OnTimeout, Pending, Phase, RestartWhen};

/// How the present phase will be left, where that is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// Down, as asked.
    Stopped,
    /// A new run.
    Launch,
    /// It is ended for a reason of ours (too slow, unhealthy, hung, too large), and counts as failed.
    Failed,
}

/// The state of one server.
#[derive(Clone, Debug)]
pub struct Server {
    pub(super) rules: Rules,
    pub(super) phase: Phase,
    pub(super) desired: Desired,
    pub(super) epoch: u64,
    pub(super) after: After,
    pub(super) pending: Option<Pending>,
    pub(super) attempt: u32,
    pub(super) restarts: u32,
    pub(super) adopted: bool,
    pub(super) next_start: Option<Instant>,
    pub(super) last_error: Option<String>,
    /// On the way to a launch: the needs were met when they were looked at last.
    pub(super) needs_met: bool,
    pub(super) unmet: Vec<Unmet>,
    pub(super) held: Option<(u16, Option<Holder>)>,
    pub(super) held_back: Option<HeldBack>,
    /// When SIGKILL follows, or came, while it is being ended.
    pub(super) kill_at: Option<Instant>,
    pub(super) remains: Vec<String>,
    pub(super) run_began: Option<Instant>,
    pub(super) last_check: Option<String>,
    /// Why it is ended, with [`After::Failed`].
    pub(super) reason: Option<String>,
    pub(super) pulse: Pulse,
}

impl Server {
    /// A server that is down and was not asked for anything.
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            phase: Phase::Stopped,
            desired: Desired::Down,
            epoch: 0,
            after: After::Stopped,
            pending: None,
            attempt: 0,
            restarts: 0,
            adopted: false,
            next_start: None,
            last_error: None,
            needs_met: false,
            unmet: Vec::new(),
            held: None,
            held_back: None,
            kill_at: None,
            remains: Vec::new(),
            run_began: None,
            last_check: None,
            reason: None,
            pulse: Pulse::default(),
        }
    }

    /// As another supervisor left it: counters, and the last error of one that had failed.
    #[must_use]
    pub fn remembering(mut self, memory: Memory) -> Self {
        let Memory { desired, attempt, restarts, ended, last_error } = memory;
        self.desired = desired;
        self.attempt = attempt;
        self.restarts = restarts;
        self.last_error = last_error;
        if let Some(phase) = ended {
            self.phase = phase;
        }
        self
    }

    /// It had a run when the supervisor before ended; what became of it is given next. `asked`: that supervisor had
    /// ordered its end.
    pub fn resume(&mut self, asked: bool) {
        let (phase, after) = match (self.desired, asked) {
            (Desired::Up, false) => (Phase::Running, After::Stopped),
            // a restart
            (Desired::Up, true) => (Phase::Stopping, After::Launch),
            (Desired::Down, _) => (Phase::Stopping, After::Stopped),
        };
        self.after = after;
        self.enter(phase);
    }

    /// Where it is.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// What was asked for.
    pub fn desired(&self) -> Desired {
        self.desired
    }

    /// What was asked and is not done yet.
    pub fn pending(&self) -> Option<Pending> {
        self.pending
    }

    /// Restarts in a row without a stable while between them.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Automatic restarts since the last start by hand.
    pub fn restarts(&self) -> u32 {
        self.restarts
    }

    /// Whether it was found alive.
    pub fn adopted(&self) -> bool {
        self.adopted
    }

    /// When it will be started, while in `Backoff`.
    pub fn next_start(&self) -> Option<Instant> {
        self.next_start
    }

    /// Why it is not up.
    pub fn last_error(&self) -> Option<&str> {
        self.last_error.as_deref()
    }

    /// What the start-up or health check found last.
    pub fn last_check(&self) -> Option<&str> {
        self.last_check.as_deref()
    }

    /// What it needs and waits for.
    pub fn unmet(&self) -> &[Unmet] {
        &self.unmet
    }

    /// The port that it waits for, and who holds it.
    pub fn held(&self) -> Option<&(u16, Option<Holder>)> {
        self.held.as_ref()
    }

    /// Its rules.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// From now on by these rules.
    pub fn set_rules(&mut self, rules: Rules) {
        self.rules = rules;
    }

    /// Takes an input at `now`, and says what is to be done.
    pub fn step(&mut self, now: Instant, input: Input) -> Vec<Effect> {
        let mut effects = Vec::new();
        match input {
            Input::Start => self.start(&mut effects),
            Input::Stop { now: at_once } => self.stop(now, at_once, &mut effects),
            Input::Restart => self.restart(&mut effects),
            Input::Needs { unmet } => self.needs(unmet, &mut effects),
            Input::Dependents { leaving } => self.dependents(now, leaving, &mut effects),
            Input::Remains { processes } => self.remain(processes, &mut effects),
            Input::PortsFree => self.ports_free(now, &mut effects),
            Input::PortHeld { port, holder } => self.port_held(port, holder, &mut effects),
            Input::Launched { pid } => self.launched(now, pid, &mut effects),
            Input::NotLaunched(error) => self.not_launched(now, error, &mut effects),
            Input::Up => self.up(now, &mut effects),
            Input::Exited { exit, lasted, last_line } => {
                self.exited(now, exit, lasted, last_line, &mut effects);
            }
            Input::Due(id) => self.due(now, id, &mut effects),
            Input::Answered { answer } => self.last_check = Some(answer),
            Input::Checked { ok, answer } => self.checked(now, ok, &answer, &mut effects),
            Input::AskedAnew => self.asked_anew(),
            Input::Missed { after } => self.missed(now, after, &mut effects),
            Input::PortsSeen(ports) => self.ports_seen(ports, &mut effects),
            Input::OverMemory { used, limit } => self.over_memory(now, used, limit, &mut effects),
            Input::Adopted { pid, age, up, ending } => self.found(now, pid, age, up, ending, &mut effects),
            Input::KeeperLost { alive, age } => self.keeper_lost(now, alive, age, &mut effects),
        }
        effects
    }

    pub(super) fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.epoch += 1;
        self.next_start = None;
        self.kill_at = None;
        self.remains.clear();
        self.needs_met = false;
        self.unmet.clear();
        if phase != Phase::Waiting {
            self.held = None;
        }
        let may_wait_for_its_stop = matches!(phase, Phase::Starting | Phase::Running);
        self.held_back = self.held_back.take().filter(|_| may_wait_for_its_stop);
        if phase.is_settled() && self.held_back.is_none() {
            self.pending = None;
        }
        if phase == Phase::Stopped {
            self.forget_health();
        }
    }

    pub(super) fn arm(&self, timer: Timer, after: Duration) -> Effect {
        Effect::Arm(TimerId { timer, epoch: self.epoch }, after)
    }

    fn launched(&mut self, now: Instant, pid: u32, effects: &mut Vec<Effect>) {
        self.run_began = Some(now);
        effects.push(Effect::Emit(EventKind::Started { pid, attempt: self.attempt }));
        match self.phase {
            Phase::Starting => {
                effects.push(self.arm(Timer::Startup, self.rules.startup));
                effects.push(Effect::CheckStartup);
            }
            // a stop came while it was being launched, and is on its way to the keeper
            Phase::Stopping => {}
            Phase::Stopped
            | Phase::Waiting
            | Phase::Running
            | Phase::Backoff
            | Phase::Failed
            | Phase::Completed => {}
        }
    }

    fn not_launched(&mut self, now: Instant, error: LaunchError, effects: &mut Vec<Effect>) {
        let retry = match self.rules.restart.policy {
            RestartWhen::Always | RestartWhen::OnFailure => error.transient,
            RestartWhen::Never => false,
        };
        match self.phase {
            Phase::Starting if self.held_back.is_some() => self.leave_stopping(effects, None),
            Phase::Starting if retry => self.back_off(now, &error.message, effects),
            Phase::Starting => {
                self.last_error = Some(error.message.clone());
                self.enter(Phase::Failed);
                effects.push(Effect::Emit(EventKind::Failed { reason: error.message }));
                effects.push(Effect::Release);
            }
            Phase::Stopping => self.leave_stopping(effects, None),
            Phase::Stopped
            | Phase::Waiting
            | Phase::Running
            | Phase::Backoff
            | Phase::Failed
            | Phase::Completed => {}
        }
    }

    fn up(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        match self.phase {
            Phase::Starting => {
                let after =
                    self.run_began.map_or(Duration::ZERO, |began| now.saturating_duration_since(began));
                self.enter(Phase::Running);
                self.last_error = None;
                effects.push(Effect::Emit(EventKind::Up { after_ms: after.as_millis() as u64 }));
                effects.push(Effect::CheckHealth);
                if self.attempt > 0 {
                    effects.push(self.arm(Timer::Stable, self.rules.restart.reset_after));
                }
            }
            Phase::Stopped
            | Phase::Waiting
            | Phase::Running
            | Phase::Stopping
            | Phase::Backoff
            | Phase::Failed
            | Phase::Completed => {}
        }
    }

    fn due(&mut self, now: Instant, id: TimerId, effects: &mut Vec<Effect>) {
        if id.epoch != self.epoch {
            return;
        }
        match id.timer {
            Timer::Ports => effects.push(Effect::LookAtPorts),
            Timer::Kill => effects.push(Effect::LookAtRemains),
            Timer::Backoff => self.look(effects),
            Timer::Stable => self.attempt = 0,
            // it is to be ended anyway, unless somebody asks for it again
            Timer::Startup if self.held_back.is_some() => {
                effects.push(self.arm(Timer::Startup, self.rules.startup));
            }
            Timer::Startup => match self.rules.on_timeout {
                OnTimeout::Fail => {
                    self.startup_timed_out(effects);
                    self.end_as_failed(now, self.too_slow(), effects);
                }
                OnTimeout::Wait => self.startup_timed_out(effects),
            },
        }
    }

    fn startup_timed_out(&mut self, effects: &mut Vec<Effect>) {
        let after_s = self.rules.startup.as_secs_f64();
        self.last_error = Some(self.too_slow());
        let answer = self.last_check.clone();
        effects.push(Effect::Emit(EventKind::StartupTimedOut { after_s, answer }));
    }

    fn too_slow(&self) -> String {
        let seconds = self.rules.startup.as_secs_f64();
        let check = self.last_check.as_ref().map(|answer| format!("; its last check: {answer}"));
        format!("was not up within {seconds} s{}", check.unwrap_or_default())
    }
}
