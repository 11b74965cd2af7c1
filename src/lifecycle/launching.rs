//! The way up: first what the server needs, then its ports, then the launch.

use std::time::{Duration, Instant};

use super::input::Effect;
use super::needs::Unmet;
use super::server::Server;
use super::timer::Timer;
use super::words::port_in_use;
use crate::model::{EventKind, Holder, Phase};

/// How often a port that somebody else holds is looked at again.
const PORTS_AGAIN: Duration = Duration::from_millis(500);

impl Server {
    /// On the way to a launch.
    pub(super) fn look(&mut self, effects: &mut Vec<Effect>) {
        self.enter(Phase::Waiting);
        effects.push(Effect::LookAtNeeds);
    }

    pub(super) fn needs(&mut self, unmet: Vec<Unmet>, effects: &mut Vec<Effect>) {
        match self.phase {
            Phase::Waiting if unmet.is_empty() => {
                self.unmet = unmet;
                if !std::mem::replace(&mut self.needs_met, true) {
                    effects.push(Effect::LookAtPorts);
                }
            }
            Phase::Waiting => {
                let is_told = |need: &Unmet| {
                    let same = |old: &Unmet| (&old.server, &old.failed) == (&need.server, &need.failed);
                    self.unmet.iter().any(same)
                };
                // how far they are changes often, and `why` tells it
                if !unmet.iter().all(is_told) {
                    let unmet = unmet.iter().map(Unmet::wanted).collect();
                    effects.push(Effect::Emit(EventKind::WaitsFor { unmet }));
                }
                self.unmet = unmet;
                if std::mem::take(&mut self.needs_met) {
                    // the ports are looked at again when the needs are met again
                    self.epoch += 1;
                }
                if self.held.take().is_some() {
                    self.last_error = None;
                }
            }
            // asked for something else meanwhile
            Phase::Stopped
            | Phase::Starting
            | Phase::Running
            | Phase::Stopping
            | Phase::Backoff
            | Phase::Failed
            | Phase::Completed => {}
        }
    }

    pub(super) fn ports_free(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        match self.phase {
            Phase::Waiting if self.needs_met => {
                self.last_error = self.last_error.take().filter(|_| self.held.is_none());
                self.run_began = Some(now);
                self.adopted = false;
                self.last_check = None;
                self.forget_health();
                self.enter(Phase::Starting);
                effects.push(Effect::Launch);
            }
            // asked for something else meanwhile, or what it needs has gone
            Phase::Waiting
            | Phase::Stopped
            | Phase::Starting
            | Phase::Running
            | Phase::Stopping
            | Phase::Backoff
            | Phase::Failed
            | Phase::Completed => {}
        }
    }

    pub(super) fn port_held(&mut self, port: u16, holder: Option<Holder>, effects: &mut Vec<Effect>) {
        match self.phase {
            Phase::Waiting if self.needs_met => {
                let held = Some((port, holder));
                if self.held != held {
                    self.held = held;
                    let holder = self.held.as_ref().and_then(|(_, holder)| holder.clone());
                    self.last_error = Some(port_in_use(port, holder.as_ref()));
                    effects.push(Effect::Emit(EventKind::Waiting { port, holder }));
                }
                effects.push(self.arm(Timer::Ports, PORTS_AGAIN));
            }
            Phase::Waiting
            | Phase::Stopped
            | Phase::Starting
            | Phase::Running
            | Phase::Stopping
            | Phase::Backoff
            | Phase::Failed
            | Phase::Completed => {}
        }
    }
}
