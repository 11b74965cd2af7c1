//! What a wish changes: what is desired, and how the present phase is left.

use std::time::Instant;

use super::input::Effect;
use super::server::{After, Server};
use crate::model::{Desired, Pending, Phase};

impl Server {
    pub(super) fn start(&mut self, effects: &mut Vec<Effect>) {
        self.desired = Desired::Up;
        match self.phase {
            Phase::Stopped | Phase::Failed | Phase::Completed | Phase::Backoff => {
                self.forget_failures();
                self.pending = Some(Pending::Start);
                self.look(effects);
            }
            Phase::Stopping => {
                self.forget_failures();
                self.after = After::Launch;
                self.pending = Some(Pending::Start);
            }
            Phase::Starting | Phase::Running if self.held_back.is_some() && self.after == After::Stopped => {
                self.stay();
                self.pending = (self.phase == Phase::Starting).then_some(Pending::Start);
            }
            Phase::Waiting | Phase::Starting | Phase::Running => {}
        }
    }

    pub(super) fn stop(&mut self, now: Instant, at_once: bool, effects: &mut Vec<Effect>) {
        self.desired = Desired::Down;
        match self.phase {
            Phase::Waiting | Phase::Backoff | Phase::Failed | Phase::Completed => {
                self.forget_failures();
                self.enter(Phase::Stopped);
                effects.push(Effect::Release);
            }
            Phase::Starting | Phase::Running => {
                self.pending = Some(Pending::Stop);
                if at_once {
                    self.end(now, After::Stopped, true, effects);
                } else {
                    self.leave(After::Stopped, effects);
                }
            }
            Phase::Stopping => {
                let again = self.pending.replace(Pending::Stop) == Some(Pending::Stop);
                if at_once || again {
                    self.end(now, After::Stopped, true, effects);
                } else {
                    self.after = After::Stopped;
                }
            }
            Phase::Stopped => {}
        }
    }

    pub(super) fn restart(&mut self, effects: &mut Vec<Effect>) {
        match self.phase {
            Phase::Starting | Phase::Running => {
                self.desired = Desired::Up;
                self.forget_failures();
                self.pending = Some(Pending::Restart);
                self.leave(After::Launch, effects);
            }
            Phase::Stopped
            | Phase::Failed
            | Phase::Completed
            | Phase::Backoff
            | Phase::Waiting
            | Phase::Stopping => self.start(effects),
        }
        if !self.phase.is_settled() {
            self.pending = Some(Pending::Restart);
        }
    }

    pub(super) fn forget_failures(&mut self) {
        self.attempt = 0;
        self.restarts = 0;
        self.last_error = None;
        self.reason = None;
    }
}
