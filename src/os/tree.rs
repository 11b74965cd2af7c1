//! Who descends from whom, for many roots over one pass of [`super::proc`].

use super::proc::Process;

/// All processes of one moment, with an index by pid and one by parent.
#[derive(Debug)]
pub struct Forest {
    by_pid: Vec<Process>,
    /// Places in `by_pid`, sorted by parent.
    by_parent: Vec<u32>,
}

impl Forest {
    /// Of these.
    pub fn new(mut processes: Vec<Process>) -> Self {
        processes.sort_unstable_by_key(|process| process.pid);
        processes.dedup_by_key(|process| process.pid);
        let mut by_parent: Vec<u32> = (0..processes.len() as u32).collect();
        by_parent.sort_unstable_by_key(|place| processes[*place as usize].ppid);
        Self { by_pid: processes, by_parent }
    }

    /// All of them, by pid.
    pub fn all(&self) -> &[Process] {
        &self.by_pid
    }

    /// The process with this pid.
    pub fn get(&self, pid: u32) -> Option<&Process> {
        let place = self.by_pid.binary_search_by_key(&pid, |process| process.pid).ok()?;
        self.by_pid.get(place)
    }

    /// Direct children.
    pub fn children(&self, pid: u32) -> impl Iterator<Item = &Process> {
        let parent = |place: &u32| self.by_pid[*place as usize].ppid;
        let from = self.by_parent.partition_point(|place| parent(place) < pid);
        let to = self.by_parent.partition_point(|place| parent(place) <= pid);
        self.by_parent[from..to].iter().map(|place| &self.by_pid[*place as usize])
    }

    /// Adds all descendants of `root` to `found`, without `root` itself. Nothing below a process for which `is_other`
    /// holds is added, nor it: it is the root of another tree.
    pub fn descendants<'a>(
        &'a self,
        root: u32,
        is_other: impl Fn(u32) -> bool,
        found: &mut Vec<&'a Process>,
    ) {
        let mut open = vec![root];
        while let Some(parent) = open.pop() {
            // a parent of itself (0 under some container runtimes) would never end
            for child in self.children(parent).filter(|child| child.pid != parent && !is_other(child.pid)) {
                found.push(child);
                open.push(child.pid);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn below(forest: &Forest, root: u32, others: &[u32]) -> Vec<u32> {
        let mut found = Vec::new();
        forest.descendants(root, |pid| others.contains(&pid), &mut found);
        let mut pids: Vec<u32> = found.iter().map(|process| process.pid).collect();
        pids.sort_unstable();
        pids
    }

    #[test]
    fn a_tree_is_closed_over_parenthood_and_stops_at_another_root() {
        let pairs = [(30, 20), (1, 0), (10, 1), (20, 10), (21, 10), (40, 30), (50, 1), (51, 50), (5, 30)];
        let forest = Forest::new(pairs.iter().map(|(pid, parent)| Process::fake(*pid, *parent)).collect());
        assert_eq!(below(&forest, 10, &[]), [5, 20, 21, 30, 40]);
        assert_eq!(below(&forest, 10, &[30]), [20, 21]);
        assert_eq!(below(&forest, 30, &[]), [5, 40]);
        assert_eq!(below(&forest, 40, &[]), [0_u32; 0]);
        assert_eq!(below(&forest, 99, &[]), [0_u32; 0]);
        assert_eq!(forest.get(21).unwrap().ppid, 10);
        assert!(forest.get(22).is_none());
    }

    #[test]
    fn a_process_that_is_its_own_parent_ends_the_walk() {
        let forest = Forest::new(vec![Process::fake(0, 0), Process::fake(1, 0)]);
        assert_eq!(below(&forest, 0, &[]), [1]);
    }
}
