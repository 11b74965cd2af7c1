//! What servers need of each other on the way up: whether it is there, and what is started along.

use std::collections::HashSet;

use super::actor::Actor;
use super::entry::Entry;
use crate::lifecycle::Input;
use crate::lifecycle::needs::{Unmet, unmet};
use crate::model::{Desired, Need, NeedState, Phase, ServerId};

impl Actor {
    /// Answers what a server needs that is not there.
    pub(super) fn look_at_needs(&mut self, id: &ServerId) {
        if self.adopting {
            // what it needs may not be found yet, nor the keeper that remembers its environment
            self.in_order.insert(id.clone());
            return;
        }
        if self.entries.get(id).is_some_and(|entry| !entry.spec.needs.is_empty()) {
            self.in_order.insert(id.clone());
        }
        let Some(entry) = self.entries.get(id) else { return };
        let unmet = self.unmet_needs(entry);
        self.give(id, Input::Needs { unmet });
    }

    /// What it needs that is not there.
    pub(super) fn unmet_needs(&self, entry: &Entry) -> Vec<Unmet> {
        let look = |need: &Need| {
            let Some(other) = self.entries.get(&need.server) else {
                return Some(Unmet::unknown(need, "no such server is registered"));
            };
            if other.unverified {
                return Some(Unmet::unknown(need, "its keeper does not answer"));
            }
            unmet(need, &other.machine)
        };
        entry.spec.needs.iter().filter_map(look).collect()
    }

    /// What these need, directly or by others, and is down: it is to be started along. Each with one that needs it.
    /// What has to complete and has completed is there.
    pub(super) fn needed_along(&self, named: &[ServerId]) -> Vec<(ServerId, ServerId)> {
        let mut seen: HashSet<&ServerId> = named.iter().collect();
        let mut open: Vec<&ServerId> = named.iter().rev().collect();
        let mut along = Vec::new();
        while let Some(id) = open.pop() {
            let needs = self.entries.get(id).map(|entry| &entry.spec.needs);
            for need in needs.into_iter().flatten() {
                let Some(other) = self.entries.get(&need.server) else { continue };
                let phase = other.machine.phase();
                let has_completed = need.state == NeedState::Completed && phase == Phase::Completed;
                // nothing is done to one whose keeper does not answer
                if has_completed || other.unverified || !seen.insert(&need.server) {
                    continue;
                }
                open.push(&need.server);
                let is_down = match phase {
                    Phase::Stopped | Phase::Failed | Phase::Completed => true,
                    Phase::Waiting | Phase::Starting | Phase::Running | Phase::Stopping | Phase::Backoff => {
                        other.machine.desired() == Desired::Down
                    }
                };
                if is_down {
                    along.push((need.server.clone(), id.clone()));
                }
            }
        }
        along
    }

    /// Whether nothing more can be expected of a server that waits, unless something outside changes. `patient`: it
    /// was waited for long enough that what is not on its way now is not about to be.
    pub(super) fn is_stuck(&self, id: &ServerId, patient: bool) -> bool {
        let mut seen = HashSet::new();
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            let Some(entry) = self.entries.get(id) else { return patient };
            if entry.unverified {
                return patient;
            }
            let machine = &entry.machine;
            match machine.phase() {
                Phase::Waiting if machine.held().is_some() && patient => return true,
                Phase::Waiting => {
                    let is_unmet =
                        |need: &&Need| machine.unmet().iter().any(|one| one.server == need.server.name());
                    open.extend(entry.spec.needs.iter().filter(is_unmet).map(|need| &need.server));
                }
                Phase::Failed => return true,
                // one that runs is not well, or does not complete
                Phase::Stopped | Phase::Completed if patient => return true,
                Phase::Running if patient && !machine.is_leaving() && entry.is_ailing() => return true,
                Phase::Stopped
                | Phase::Completed
                | Phase::Running
                | Phase::Starting
                | Phase::Stopping
                | Phase::Backoff => {}
            }
        }
        false
    }
}
