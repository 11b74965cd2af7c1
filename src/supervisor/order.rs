//! Who comes first: on the way up what is needed, on the way down those that need it.
//!
//! Servers ask by `LookAtNeeds` and `LookAtDependents`; they are answered at once, and again, in [`Actor::look_at_order`],
//! whenever anything about any server has changed. So nobody polls, and nobody waits for what is over.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::actor::Actor;
use super::entry::Entry;
use crate::lifecycle::Input;
use crate::model::{Desired, Phase, ServerId};

/// Sorts so that whatever a server needs, directly or by others, stands before it. What does not need each other keeps
/// its order.
pub(super) fn dependencies_first<'a, N>(
    ids: impl IntoIterator<Item = &'a ServerId>,
    needs_of: impl Fn(&ServerId) -> N,
) -> Vec<ServerId>
where
    N: IntoIterator<Item = &'a ServerId>,
{
    let ids: Vec<&ServerId> = ids.into_iter().collect();
    let wanted: HashSet<&ServerId> = ids.iter().copied().collect();
    let mut seen: HashSet<&ServerId> = HashSet::new();
    let mut sorted = Vec::with_capacity(ids.len());
    // by hand, since a chain may be as long as a file has servers
    let mut open: Vec<(&ServerId, Vec<&ServerId>)> = Vec::new();
    for id in ids {
        if !seen.insert(id) {
            continue;
        }
        open.push((id, needs_of(id).into_iter().collect()));
        while let Some((last, needs)) = open.last_mut() {
            if needs.is_empty() {
                if wanted.contains(*last) {
                    sorted.push((*last).clone());
                }
                open.pop();
                continue;
            }
            let next = needs.remove(0);
            if seen.insert(next) {
                open.push((next, needs_of(next).into_iter().collect()));
            }
        }
    }
    sorted
}

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

    /// The other servers of its project that need it, as they run or would be started.
    pub(super) fn dependents<'a>(&'a self, id: &'a ServerId) -> impl Iterator<Item = &'a Entry> {
        let project = self.projects.iter().find(|project| project.name == id.project());
        let others =
            project.into_iter().flat_map(|project| &project.servers).filter(move |other| *other != id);
        others.filter_map(|other| self.entries.get(other)).filter(move |entry| entry.needs(id))
    }

    fn leaving_dependents(&self, id: &ServerId) -> Vec<String> {
        let leaving = self.dependents(id).filter(|entry| entry.machine.is_leaving());
        leaving.map(|entry| entry.spec.id.name().to_owned()).collect()
    }

    /// Those of them that are up and are to stay so.
    pub(super) fn staying_dependents<'a>(&'a self, id: &'a ServerId) -> impl Iterator<Item = &'a ServerId> {
        let stays = |entry: &&Entry| {
            entry.machine.desired() == Desired::Up
                && entry.machine.phase().is_alive()
                && !entry.machine.is_leaving()
        };
        self.dependents(id).filter(stays).map(|entry| &entry.spec.id)
    }

    /// Whatever needs one of these, directly or by others, and is up or to be up. Each with one that it needs.
    pub(super) fn needing(&self, named: &[ServerId]) -> Vec<(ServerId, ServerId)> {
        let mut by_need: HashMap<&ServerId, Vec<&Entry>> = HashMap::new();
        for entry in self.entries.values() {
            for need in &entry.current_spec().needs {
                by_need.entry(&need.server).or_default().push(entry);
            }
        }
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

    /// The order in which they are told to start; to stop, it is the other way round.
    pub(super) fn in_order_of_needs(&self, ids: &[ServerId]) -> Vec<ServerId> {
        let needs_of = |id: &ServerId| {
            let spec = self.entries.get(id).map(|entry| &entry.spec);
            spec.into_iter().flat_map(|spec| spec.needs.iter().map(|need| &need.server))
        };
        dependencies_first(ids.iter(), needs_of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> ServerId {
        ServerId::new("shop", name).unwrap()
    }

    fn sorted(ids: &[&str], needs: &[(&str, &str)]) -> Vec<String> {
        let ids: Vec<ServerId> = ids.iter().map(|name| id(name)).collect();
        let needs: Vec<(ServerId, ServerId)> = needs.iter().map(|(from, to)| (id(from), id(to))).collect();
        let needs_of = |id: &ServerId| {
            let of: Vec<&ServerId> = needs.iter().filter(|(from, _)| from == id).map(|(_, to)| to).collect();
            of
        };
        dependencies_first(ids.iter(), needs_of).iter().map(|id| id.name().to_owned()).collect()
    }

    #[test]
    fn what_is_needed_stands_before_who_needs_it() {
        let needs = [("web", "api"), ("api", "db"), ("api", "cache"), ("web", "cache")];
        assert_eq!(sorted(&["web", "api", "db", "cache"], &needs), ["db", "cache", "api", "web"]);
        assert_eq!(sorted(&["web", "db"], &needs), ["db", "web"], "although api is not among them");
        assert_eq!(sorted(&["b", "a", "b"], &needs), ["b", "a"], "each once, and else as given");
    }

    #[test]
    fn a_circle_ends_and_a_long_chain_has_room() {
        assert_eq!(sorted(&["a", "b"], &[("a", "b"), ("b", "a")]), ["b", "a"]);
        let names: Vec<String> = (0..3000).map(|number| format!("s{number}")).collect();
        let ids: Vec<ServerId> = names.iter().map(|name| id(name)).collect();
        let next: HashMap<&ServerId, &ServerId> = ids.iter().zip(&ids[1..]).collect();
        let sorted = dependencies_first(&ids, |id| next.get(id).copied());
        assert_eq!((sorted[0].name(), sorted[2999].name()), ("s2999", "s0"));
    }
}
