//! Requests that are answered when their servers have settled.

use std::time::{Duration, Instant};

use super::actor::Actor;
use super::entry::Entry;
use super::handle::Reply;
use crate::api::{Acted, Problem, Verb};
use crate::model::{Health, Phase, ServerId};

/// A foreign port, or a server that is not on its way, is waited for this long before a start that waits for it is
/// answered.
const PATIENCE: Duration = Duration::from_secs(1);

/// One such request.
#[derive(Debug)]
pub(super) struct Waiter {
    pub(super) verb: Verb,
    pub(super) until_healthy: bool,
    pub(super) servers: Vec<ServerId>,
    pub(super) notes: Vec<String>,
    pub(super) seq: u64,
    pub(super) since: Instant,
    pub(super) reply: Reply<Result<Acted, Problem>>,
}

impl Actor {
    /// Answers those whose servers have settled, and forgets those that nobody waits for.
    pub(super) fn answer_the_settled(&mut self) {
        let waiters = std::mem::take(&mut self.waiters);
        for mut waiter in waiters {
            if waiter.reply.is_closed() {
            } else if waiter.servers.iter().all(|id| self.has_settled(id, &waiter)) {
                let notes = std::mem::take(&mut waiter.notes);
                let acted = self.acted(&waiter.servers, waiter.seq, notes);
                let _ = waiter.reply.send(Ok(acted));
            } else {
                self.waiters.push(waiter);
            }
        }
    }

    /// When somebody's patience ends.
    pub(super) fn patience_ends(&self, now: Instant) -> Option<Instant> {
        self.waiters.iter().map(|waiter| waiter.since + PATIENCE).filter(|at| *at > now).min()
    }

    /// Whether nothing more is to be expected of the wish.
    fn has_settled(&self, id: &ServerId, waiter: &Waiter) -> bool {
        let Some(entry) = self.entries.get(id) else { return true };
        match waiter.verb {
            Verb::Signal { .. } => true,
            Verb::Start | Verb::Restart => {
                let phase = entry.machine.phase();
                match phase {
                    Phase::Running | Phase::Starting if entry.machine.is_leaving() => self.is_held_up(id),
                    Phase::Waiting => self.is_stuck(id, waiter.since.elapsed() >= PATIENCE),
                    Phase::Running => {
                        entry.machine.pending().is_none() && !(waiter.until_healthy && entry.awaits_health())
                    }
                    Phase::Stopping => entry.machine.does_not_end(Instant::now()),
                    Phase::Stopped | Phase::Starting | Phase::Backoff | Phase::Failed | Phase::Completed => {
                        phase.is_settled()
                    }
                }
            }
            Verb::Stop { .. } => self.has_stopped(id),
        }
    }

    /// Whether it is down, or it has to be given up that it will be.
    fn has_stopped(&self, id: &ServerId) -> bool {
        let Some(entry) = self.entries.get(id) else { return true };
        let machine = &entry.machine;
        match machine.phase() {
            Phase::Running | Phase::Starting if machine.is_leaving() => self.is_held_up(id),
            Phase::Stopping => machine.does_not_end(Instant::now()),
            // somebody else asked for a start meanwhile
            Phase::Running | Phase::Failed | Phase::Completed | Phase::Stopped => true,
            Phase::Waiting | Phase::Starting | Phase::Backoff => false,
        }
    }

    /// Whether its stop waits only for those of which it has to be given up that they end.
    fn is_held_up(&self, id: &ServerId) -> bool {
        let mut before = self.dependents(id).filter(|entry| entry.machine.is_leaving()).peekable();
        before.peek().is_some() && before.all(|entry| self.has_stopped(&entry.spec.id))
    }

    /// The servers as they are now.
    pub(super) fn acted(&self, servers: &[ServerId], seq: u64, notes: Vec<String>) -> Acted {
        let servers = servers.iter().filter_map(|id| self.entries.get(id)).map(Entry::status).collect();
        Acted { seq, servers, notes }
    }
}

impl Entry {
    /// Whether its health check has not answered since it is up.
    fn awaits_health(&self) -> bool {
        self.machine.rules().health.is_some() && self.machine.health() == Health::Unknown
    }
}
