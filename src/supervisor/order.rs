//! Who comes first: on the way up what is needed, on the way down those that need it.
//!
//! Servers ask by `LookAtNeeds` and `LookAtDependents`; they are answered at once, and again, in [`Actor::look_at_order`],
//! whenever anything about any server has changed. So nobody polls, and nobody waits for what is over.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::actor::Actor;
use super::entry::Entry;
use crate::lifecycle::Input;
use crate::model::{Desired, Phase, ServerId, graph};

impl Actor {
    /// Answers which servers that need it are on the way down.
    pub(super) fn look_at_dependents(&mut self, id: &ServerId) {
        self.in_order.insert(id.clone());
        if !self.adopting {
            let leaving = self.leaving_dependents(id);
            self.give(id, Input::Dependents { leaving });
        }
    }

    /// Answers again those that wait for others, as long as that changes anything.
    pub(super) fn look_at_order(&mut self) {
        let mut told = BTreeSet::new();
        while !self.in_order.is_empty() && !self.dirty.is_empty() {
            told.append(&mut self.dirty);
            for id in self.in_order.clone() {
                self.look_in_order(&id);
            }
        }
        self.dirty.append(&mut told);
    }

    fn look_in_order(&mut self, id: &ServerId) {
        let Some(entry) = self.entries.get(id) else {
            self.in_order.remove(id);
            return;
        };
        if entry.machine.phase() == Phase::Waiting {
            let unmet = self.unmet_needs(entry);
            if unmet != entry.machine.unmet() {
                self.give(id, Input::Needs { unmet });
            }
        } else if let Some(before) = entry.machine.held_back() {
            let leaving = self.leaving_dependents(id);
            if leaving.is_empty() || leaving != before {
                self.give(id, Input::Dependents { leaving });
            }
        } else {
            self.in_order.remove(id);
        }
    }

    /// Answers those that asked while not every server was known.
    pub(super) fn look_at_order_first(&mut self) {
        for id in self.in_order.clone() {
            let Some(entry) = self.entries.get(&id) else { continue };
            if entry.machine.phase() == Phase::Waiting {
                self.look_at_needs(&id);
            } else if entry.machine.held_back().is_some() {
                self.look_at_dependents(&id);
            }
        }
    }

    /// The servers that need it, as they run or would be started.
    pub(super) fn dependents<'a>(&'a self, id: &'a ServerId) -> impl Iterator<Item = &'a Entry> {
        self.entries.values().filter(move |entry| entry.needs(id))
    }

    fn leaving_dependents(&self, id: &ServerId) -> Vec<String> {
        let leaving = self.dependents(id).filter(|entry| entry.machine.is_leaving());
        let mut names: Vec<String> = leaving.map(|entry| entry.spec.id.name().to_owned()).collect();
        names.sort_unstable();
        names
    }

    /// Who needs whom, the other way round: for each server that is needed, those that need it.
    pub(super) fn by_need(&self) -> HashMap<&ServerId, Vec<&Entry>> {
        let mut by_need: HashMap<&ServerId, Vec<&Entry>> = HashMap::new();
        for entry in self.entries.values() {
            for need in &entry.current_spec().needs {
                by_need.entry(&need.server).or_default().push(entry);
            }
        }
        by_need
    }

    /// Whatever needs one of these, directly or by others, and is up or to be up. Each with one that it needs.
    pub(super) fn needing(&self, named: &[ServerId]) -> Vec<(ServerId, ServerId)> {
        let by_need = self.by_need();
        let mut along = Vec::new();
        let mut seen: HashSet<ServerId> = named.iter().cloned().collect();
        let mut open = named.to_vec();
        while let Some(id) = open.pop() {
            for entry in by_need.get(&id).into_iter().flatten() {
                let other = &entry.spec.id;
                if seen.insert(other.clone()) {
                    open.push(other.clone());
                    if entry.machine.desired() == Desired::Up || entry.machine.phase().is_alive() {
                        along.push((other.clone(), id.clone()));
                    }
                }
            }
        }
        along
    }

    /// These with everyone after all that it needs: the order in which they are told to start. To stop, it is the other
    /// way round.
    pub(super) fn in_order_of_needs(&self, ids: &[ServerId]) -> Vec<ServerId> {
        if let [_] | [] = ids {
            return ids.to_vec();
        }
        // of all servers: two may need each other through one that is not among these
        let needs = |entry: &Entry| entry.spec.needs.iter().map(|need| need.server.clone()).collect();
        let edges = self.entries.iter().map(|(id, entry)| (id.clone(), needs(entry))).collect();
        let wanted: HashSet<&ServerId> = ids.iter().collect();
        graph::order(&edges).into_iter().filter(|id| wanted.contains(id)).collect()
    }
}
