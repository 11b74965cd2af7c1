//! Which processes are of which server.

use std::collections::{HashMap, HashSet};

use super::Target;
use crate::os::proc::Process;
use crate::os::tree::Forest;

/// The processes of one target.
pub(super) struct Tree<'a> {
    /// Dead ones included, until they are reaped.
    pub(super) members: Vec<&'a Process>,
    /// Not a member, though it waits for them.
    pub(super) keeper: Option<&'a Process>,
}

impl Tree<'_> {
    /// Those that live: the main one first, then by number.
    pub(super) fn living(&self, main: Option<u32>) -> Vec<u32> {
        let alive = self.members.iter().filter(|process| !process.is_dead());
        let mut pids: Vec<u32> = alive.map(|process| process.pid).collect();
        pids.sort_unstable_by_key(|pid| (Some(*pid) != main, *pid));
        pids
    }
}

/// The tree of each target, in their order; each process is in one at most.
pub(super) fn grow<'a>(forest: &'a Forest, targets: &[Target]) -> Vec<Tree<'a>> {
    let alive = || targets.iter().filter(|target| target.alive);
    let roots: HashSet<u32> = alive().flat_map(|target| [target.keeper, target.main]).flatten().collect();
    let sessions = sessions(forest, alive().filter_map(|target| target.main));
    let mut taken = HashSet::new();
    let grow = |target: &Target| {
        let mut tree = Tree { members: Vec::new(), keeper: None };
        if !target.alive {
            return tree;
        }
        tree.keeper = target.keeper.and_then(|keeper| forest.get(keeper));
        let mut add = |from: Option<u32>, with: Option<&'a Process>| {
            let mut found: Vec<&Process> = with.into_iter().collect();
            if let Some(from) = from {
                let is_other = |pid| roots.contains(&pid) && Some(pid) != target.main;
                forest.descendants(from, is_other, &mut found);
            }
            tree.members.extend(found.into_iter().filter(|process| taken.insert(process.pid)));
        };
        add(target.keeper, None);
        add(target.main, target.main.and_then(|main| forest.get(main)));
        for member in target.main.and_then(|main| sessions.get(&main)).into_iter().flatten() {
            add(Some(member.pid), Some(member));
        }
        tree
    };
    targets.iter().map(grow).collect()
}

/// The members of the sessions that these processes lead, without those whose parent is one: they are below it. Who is
/// older than the leader was in a session that had its number before.
fn sessions(forest: &Forest, leaders: impl Iterator<Item = u32>) -> HashMap<u32, Vec<&Process>> {
    let mut sessions: HashMap<u32, Vec<&Process>> = leaders.map(|leader| (leader, Vec::new())).collect();
    for process in forest.all() {
        let is_older =
            || forest.get(process.session).is_some_and(|leader| process.start_ticks < leader.start_ticks);
        let is_inner = || forest.get(process.ppid).is_some_and(|parent| parent.session == process.session);
        if let Some(members) = sessions.get_mut(&process.session).filter(|_| !is_older() && !is_inner()) {
            members.push(process);
        }
    }
    sessions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{PortCheck, ServerId};

    fn target(keeper: Option<u32>, main: Option<u32>) -> Target {
        Target {
            id: ServerId::new("test", "a").unwrap(),
            keeper,
            main,
            ports: Vec::new(),
            port_check: PortCheck::Listen,
            memory_limit: None,
            alive: true,
        }
    }

    /// pid, parent, session
    fn forest(rows: &[(u32, u32, u32)]) -> Forest {
        let process = |(pid, parent, session): &(u32, u32, u32)| Process {
            session: *session,
            ..Process::fake(*pid, *parent)
        };
        Forest::new(rows.iter().map(process).collect())
    }

    fn pids(forest: &Forest, targets: &[Target]) -> Vec<Vec<u32>> {
        let trees = grow(forest, targets);
        trees.iter().zip(targets).map(|(tree, target)| tree.living(target.main)).collect()
    }

    /// Keeper 10 with the main process 11, its child 12 and a daemon 13 that the keeper adopted.
    const ROWS: [(u32, u32, u32); 7] =
        [(1, 0, 1), (10, 1, 10), (11, 10, 11), (12, 11, 11), (13, 10, 13), (14, 13, 14), (99, 1, 99)];

    #[test]
    fn all_below_the_keeper_are_of_the_server_and_the_keeper_is_not() {
        assert_eq!(pids(&forest(&ROWS), &[target(Some(10), Some(13))]), [[13, 11, 12, 14]]);
        assert_eq!(pids(&forest(&ROWS), &[target(Some(10), None)]), [[11, 12, 13, 14]]);
        assert_eq!(
            grow(&forest(&ROWS), &[target(Some(10), None)])[0].keeper.map(|keeper| keeper.pid),
            Some(10)
        );
    }

    #[test]
    fn without_a_keeper_the_session_tells_what_the_parents_do_not() {
        let orphaned = forest(&[
            (1, 0, 1),
            (20, 1, 20),
            (11, 1, 11),
            (12, 11, 11),
            (15, 1, 11),
            (16, 15, 16),
            (17, 1, 17),
        ]);
        let expected = [[11, 12, 15, 16]];
        assert_eq!(pids(&orphaned, &[target(None, Some(11))]), expected, "no keeper");
        assert_eq!(pids(&orphaned, &[target(Some(10), Some(11))]), expected, "a keeper that is gone");
        assert_eq!(pids(&orphaned, &[target(Some(20), Some(11))]), expected, "a replacement");
        let leader_gone = forest(&[(1, 0, 1), (12, 1, 11), (16, 12, 16)]);
        assert_eq!(pids(&leader_gone, &[target(None, Some(11))]), [[12, 16]]);
    }

    #[test]
    fn who_is_older_than_the_leader_was_in_an_earlier_session_of_that_number() {
        let mut processes = forest(&[(11, 1, 11), (15, 1, 11), (16, 1, 11)]).all().to_vec();
        for (process, start_ticks) in processes.iter_mut().zip([200, 100, 200]) {
            process.start_ticks = start_ticks;
        }
        assert_eq!(pids(&Forest::new(processes), &[target(None, Some(11))]), [[11, 16]]);
    }

    #[test]
    fn a_server_below_another_is_not_of_it() {
        let mut rows = ROWS.to_vec();
        rows.extend([(30, 12, 30), (31, 30, 31), (32, 31, 31)]);
        let (outer, inner) = (target(Some(10), Some(11)), target(Some(30), Some(31)));
        let expected = [vec![11, 12, 13, 14], vec![31, 32]];
        assert_eq!(pids(&forest(&rows), &[outer.clone(), inner.clone()]), expected);
        let [first, second] = expected;
        assert_eq!(pids(&forest(&rows), &[inner, outer]), [second, first]);
    }

    #[test]
    fn the_dead_and_the_trees_of_what_is_not_alive_do_not_live() {
        let mut processes = forest(&ROWS).all().to_vec();
        processes[3].state = 'Z';
        let forest = Forest::new(processes);
        assert_eq!(pids(&forest, &[target(Some(10), Some(11))]), [[11, 13, 14]]);
        let ended = Target { alive: false, ..target(Some(10), Some(11)) };
        assert!(pids(&forest, &[ended])[0].is_empty());
        assert!(pids(&forest, &[target(None, None)])[0].is_empty());
    }
}
