//! Requests that are answered when their servers have settled.

use std::time::{Duration, Instant};

use super::actor::Actor;
use super::entry::Entry;
use super::handle::Reply;
use crate::api::{Acted, Problem, Verb};
use crate::model::{Phase, ServerId};

/// A foreign port is waited for this long before a start that waits for it is answered.
const PORT_PATIENCE: Duration = Duration::from_secs(1);

/// One such request.
#[derive(Debug)]
pub(super) struct Waiter {
    pub(super) verb: Verb,
    pub(super) servers: Vec<ServerId>,
    pub(super) seq: u64,
    pub(super) since: Instant,
    pub(super) reply: Reply<Result<Acted, Problem>>,
}

/// Whether nothing more is to be expected of the wish.
fn has_settled(entry: &Entry, verb: Verb, since: Instant) -> bool {
    match (verb, entry.machine.phase()) {
        (Verb::Signal { .. }, _) => true,
        (Verb::Start | Verb::Restart, Phase::Waiting) => {
            entry.machine.held().is_some() && since.elapsed() >= PORT_PATIENCE
        }
        (Verb::Start | Verb::Restart, phase) => phase.is_settled(),
        (Verb::Stop { .. }, phase) => match phase {
            // somebody else asked for a start meanwhile
            Phase::Running | Phase::Failed | Phase::Completed | Phase::Stopped => true,
            Phase::Waiting | Phase::Starting | Phase::Stopping | Phase::Backoff => false,
        },
    }
}

impl Actor {
    /// Answers those whose servers have settled, and forgets those that nobody waits for.
    pub(super) fn answer_the_settled(&mut self) {
        let waiters = std::mem::take(&mut self.waiters);
        for waiter in waiters {
            let settled = |id: &ServerId| {
                self.entries.get(id).is_none_or(|entry| has_settled(entry, waiter.verb, waiter.since))
            };
            if waiter.reply.is_closed() {
            } else if waiter.servers.iter().all(settled) {
                let acted = self.acted(&waiter.servers, waiter.seq);
                let _ = waiter.reply.send(Ok(acted));
            } else {
                self.waiters.push(waiter);
            }
        }
    }

    /// The servers as they are now.
    pub(super) fn acted(&self, servers: &[ServerId], seq: u64) -> Acted {
        let servers = servers.iter().filter_map(|id| self.entries.get(id)).map(Entry::status).collect();
        Acted { seq, servers }
    }
}
