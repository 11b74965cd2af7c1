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
    ///
    /// Who is older than its parent is none of it: it was read before that parent got the number of an earlier one,
    /// which has ended. Whoever the kernel makes a process's parent, by fork or as the subreaper or init that takes in
    /// an orphan, is its ancestor or began its PID namespace, so is never younger.
    pub fn descendants<'a>(
        &'a self,
        root: u32,
        is_other: impl Fn(u32) -> bool,
        found: &mut Vec<&'a Process>,
    ) {
        // of a root that is not among them, such as 0, nothing is known
        let mut open = vec![(root, self.get(root).map_or(0, |root| root.start_ticks))];
        while let Some((parent, since)) = open.pop() {
            // a parent of itself (0 under some container runtimes) would never end
            let is_child = |child: &&Process| child.pid != parent && child.start_ticks >= since;
            for child in self.children(parent).filter(is_child).filter(|child| !is_other(child.pid)) {
                found.push(child);
                open.push((child.pid, child.start_ticks));
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
    fn who_is_older_than_the_owner_of_its_parents_number_is_no_child_of_it() {
        let at = |pid, parent, start_ticks| Process { start_ticks, ..Process::fake(pid, parent) };
        // 20 was the parent of 25, ended, and its number went to a child of 10; 26 came in the same tick as that
        let rows = [at(10, 1, 100), at(20, 10, 300), at(25, 20, 200), at(26, 20, 300), at(27, 25, 310)];
        let forest = Forest::new(rows.to_vec());
        assert_eq!(below(&forest, 10, &[]), [20, 26]);
        assert_eq!(below(&forest, 20, &[]), [26]);
        assert_eq!(below(&forest, 25, &[]), [27]);
        // a daemon of 20 that 10 took in, which is a subreaper
        let rows = [at(10, 1, 100), at(25, 10, 200)];
        assert_eq!(below(&Forest::new(rows.to_vec()), 10, &[]), [25]);
    }

    #[test]
    fn a_process_that_is_its_own_parent_ends_the_walk() {
        let forest = Forest::new(vec![Process::fake(0, 0), Process::fake(1, 0)]);
        assert_eq!(below(&forest, 0, &[]), [1]);
    }
}
