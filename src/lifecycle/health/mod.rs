//! How a server is while it runs, and what follows: the one place where its checks, its heartbeat and its ports become
//! a [`Health`].

use std::time::{Duration, Instant};

use super::input::Effect;
use super::server::{After, Server};
use super::words::{hung, over_memory, unhealthy};
use crate::model::{EventKind, Health, OnFailure, Phase};

#[cfg(test)]
mod tests;

/// What the machine needs of a health check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealthRules {
    /// So many failures in a row make it unhealthy; at least 1.
    pub retries: u32,
    /// And then?
    pub on_failure: OnFailure,
}

/// What the look at its declared ports says of a server that runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PortsSeen {
    /// It declares none, or nobody has looked yet.
    #[default]
    None,
    /// It listens on each, or has only just stopped.
    Open,
    /// This one has been closed for too long.
    Closed(u16),
}

/// What is known of the present run.
#[derive(Clone, Debug, Default)]
pub(super) struct Pulse {
    /// What check or heartbeat say; never what the ports say.
    checked: Health,
    /// Checks that failed in a row.
    failed: u32,
    ports: PortsSeen,
}

impl Server {
    /// How it is while it runs; unknown in every other phase.
    pub fn health(&self) -> Health {
        if self.phase != Phase::Running {
            return Health::Unknown;
        }
        match (self.pulse.checked, self.pulse.ports) {
            (Health::Hung, _) => Health::Hung,
            (Health::Unhealthy, _) | (_, PortsSeen::Closed(_)) => Health::Unhealthy,
            (Health::Healthy, PortsSeen::None | PortsSeen::Open) => Health::Healthy,
            (Health::Unknown, PortsSeen::Open) if self.rules.health.is_none() => Health::Healthy,
            (Health::Unknown, PortsSeen::None | PortsSeen::Open) => Health::Unknown,
        }
    }

    /// Health checks of the present run that failed in a row.
    pub fn failed_checks(&self) -> u32 {
        self.pulse.failed
    }

    /// What the looks at its declared ports said last.
    pub fn ports(&self) -> PortsSeen {
        self.pulse.ports
    }

    /// Why it is not healthy, as a sentence.
    pub(super) fn illness(&self) -> Option<String> {
        let answer = self.last_check.as_deref().unwrap_or("no answer");
        match (self.health(), self.pulse.ports) {
            (Health::Hung, _) => Some(format!("It has missed its heartbeat{}.", self.only_marked())),
            (Health::Unhealthy, PortsSeen::Closed(port)) if self.pulse.checked != Health::Unhealthy => {
                Some(format!("It has stopped listening on port {port}."))
            }
            (Health::Unhealthy, _) => Some(format!(
                "Its health check fails: {answer}, {} times in a row{}.",
                self.pulse.failed,
                self.only_marked()
            )),
            (Health::Unknown | Health::Healthy, _) if self.pulse.failed > 0 => {
                Some(format!("Its last health check failed: {answer}."))
            }
            (Health::Unknown | Health::Healthy, _) => None,
        }
    }

    fn only_marked(&self) -> &'static str {
        match self.rules.health.map(|rules| rules.on_failure) {
            Some(OnFailure::Mark) => "; it is only marked, as `on_failure` says",
            Some(OnFailure::Restart) | None => "",
        }
    }

    /// Nothing is known of a new run.
    pub(super) fn forget_health(&mut self) {
        self.pulse = Pulse::default();
    }

    pub(super) fn checked(&mut self, now: Instant, ok: bool, answer: &str, effects: &mut Vec<Effect>) {
        if self.phase != Phase::Running {
            return;
        }
        let before = self.health();
        self.last_check = Some(answer.to_owned());
        if ok {
            self.pulse.failed = 0;
            self.pulse.checked = Health::Healthy;
            self.tell_if_well(before, answer, effects);
            return;
        }
        self.pulse.failed = self.pulse.failed.saturating_add(1);
        let Some(rules) = self.rules.health else { return };
        let failed = self.pulse.failed;
        if failed < rules.retries.max(1) || self.pulse.checked == Health::Unhealthy {
            return;
        }
        self.pulse.checked = Health::Unhealthy;
        effects.push(Effect::Emit(EventKind::Unhealthy { answer: answer.to_owned(), failed }));
        match rules.on_failure {
            OnFailure::Restart => self.end_as_failed(now, unhealthy(answer, failed), effects),
            OnFailure::Mark => {}
        }
    }

    /// Nobody could ask for a while, or the box slept: what failed before says nothing of now.
    pub(super) fn asked_anew(&mut self) {
        if self.pulse.checked != Health::Unhealthy {
            self.pulse.failed = 0;
        }
    }

    pub(super) fn missed(&mut self, now: Instant, after: Duration, effects: &mut Vec<Effect>) {
        if self.phase != Phase::Running || self.pulse.checked == Health::Hung {
            return;
        }
        self.pulse.checked = Health::Hung;
        self.pulse.failed = self.pulse.failed.saturating_add(1);
        let reason = hung(after);
        self.last_check = Some(format!("no heartbeat for {} s", after.as_secs()));
        effects.push(Effect::Emit(EventKind::Hung { after_s: after.as_secs_f64() }));
        match self.rules.health.map(|rules| rules.on_failure) {
            Some(OnFailure::Restart) => self.end_as_failed(now, reason, effects),
            Some(OnFailure::Mark) | None => {}
        }
    }

    pub(super) fn ports_seen(&mut self, ports: PortsSeen, effects: &mut Vec<Effect>) {
        if self.phase != Phase::Running {
            return;
        }
        let before = self.health();
        self.pulse.ports = ports;
        match ports {
            PortsSeen::Closed(port) if before != Health::Unhealthy && before != Health::Hung => {
                let answer = format!("port {port} is closed");
                effects.push(Effect::Emit(EventKind::Unhealthy { answer, failed: self.pulse.failed }));
            }
            PortsSeen::Open if before == Health::Unhealthy => {
                self.tell_if_well(before, "its ports are open again", effects);
            }
            PortsSeen::None | PortsSeen::Open | PortsSeen::Closed(_) => {}
        }
    }

    pub(super) fn over_memory(&mut self, now: Instant, used: u64, limit: u64, effects: &mut Vec<Effect>) {
        match self.phase {
            Phase::Starting | Phase::Running => {
                effects.push(Effect::Emit(EventKind::OverMemory { used, limit }));
                self.end_as_failed(now, over_memory(used, limit), effects);
            }
            Phase::Stopped
            | Phase::Waiting
            | Phase::Stopping
            | Phase::Backoff
            | Phase::Failed
            | Phase::Completed => {}
        }
    }

    fn tell_if_well(&self, before: Health, answer: &str, effects: &mut Vec<Effect>) {
        if self.health() == Health::Healthy && before != Health::Healthy {
            let recovered = before != Health::Unknown;
            effects.push(Effect::Emit(EventKind::Healthy { answer: answer.to_owned(), recovered }));
        }
    }

    /// It is stopped, and what follows is what its restart policy says of a failure.
    pub(super) fn end_as_failed(&mut self, now: Instant, reason: String, effects: &mut Vec<Effect>) {
        if self.held_back.is_some() {
            // it is to be ended anyway, and what follows is decided
            return;
        }
        self.last_error = Some(reason.clone());
        self.reason = Some(reason);
        self.end(now, After::Failed, false, effects);
    }
}
