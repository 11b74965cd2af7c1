//! The processes of the box, without reading each of them anew in each pass.
//!
//! Every 15 s, and whenever a run begins or one of ours ends, all are read. In between only those of servers are, and
//! those that are new: a keeper that sleeps and the processes of others are taken as they were. They don't become ours:
//! no process of ours takes in a stranger as its child, nor is one let into a session of ours. What can become ours is
//! the number of a stranger's parent or session that has ended since; who is older than its owner now is not counted
//! ([`Forest::descendants`], `trees`).

use std::collections::HashSet;
use std::io;
use std::time::{Duration, Instant};

use super::Target;
use super::trees::Tree;
use crate::os::proc::{Process, Scanner};
use crate::os::tree::Forest;

/// All are read after this time at the latest: a number may have passed from one stranger to another.
const WHOLE: Duration = Duration::from_secs(15);

/// Reads processes, and remembers them.
#[derive(Debug)]
pub(super) struct Processes {
    scanner: Scanner,
    /// By number.
    known: Vec<Process>,
    whole: Option<Instant>,
    /// Of servers: read each time.
    ours: HashSet<u32>,
    /// Their keepers.
    keepers: HashSet<u32>,
}

impl Processes {
    /// Fails if there is no `/proc`.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            scanner: Scanner::open()?,
            known: Vec::new(),
            whole: None,
            ours: HashSet::new(),
            keepers: HashSet::new(),
        })
    }

    /// All of them, as they are now as far as it matters for these targets.
    pub(super) fn look(&mut self, targets: &[Target], now: Instant) -> io::Result<Forest> {
        let is_old = self.whole.is_none_or(|at| now.saturating_duration_since(at) >= WHOLE);
        let mut mains = targets.iter().filter(|target| target.alive).filter_map(|target| target.main);
        let processes =
            if is_old || mains.any(|main| !self.ours.contains(&main)) { None } else { self.refresh()? };
        let processes = if let Some(processes) = processes {
            processes
        } else {
            self.whole = Some(now);
            self.scanner.scan()?
        };
        let forest = Forest::new(processes);
        self.known = forest.all().to_vec();
        Ok(forest)
    }

    /// Which of them are of servers, or their keepers.
    pub(super) fn note(&mut self, trees: &[Tree]) {
        self.ours.clear();
        self.ours.extend(trees.iter().flat_map(|tree| tree.members.iter().map(|process| process.pid)));
        self.keepers.clear();
        self.keepers.extend(trees.iter().filter_map(|tree| tree.keeper).map(|keeper| keeper.pid));
    }

    /// Reads ours and the new ones. `None` if one of ours, or a keeper, has ended: then all have to be read.
    fn refresh(&mut self) -> io::Result<Option<Vec<Process>>> {
        let pids = self.scanner.pids()?;
        let mut left = self.ours.len() + self.keepers.len();
        let mut processes = Vec::with_capacity(pids.len());
        for pid in pids {
            let known = self.known.binary_search_by_key(&pid, |process| process.pid);
            let Ok(place) = known else {
                processes.extend(self.scanner.read(pid)?);
                continue;
            };
            let known = &self.known[place];
            if self.ours.contains(&pid) {
                match self.scanner.read(pid)? {
                    Some(process) if process.start_ticks == known.start_ticks => processes.push(process),
                    Some(_) | None => return Ok(None),
                }
                left = left.saturating_sub(1);
            } else {
                processes.push(known.clone());
                left = left.saturating_sub(usize::from(self.keepers.contains(&pid)));
            }
        }
        Ok((left == 0).then_some(processes))
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command, Stdio};

    use super::*;
    use crate::model::{PortCheck, ServerId};
    use crate::supervisor::monitor::trees::grow;

    /// Ends with the test.
    struct Guard(Child);

    impl Guard {
        fn new() -> Self {
            Self::of("exec sleep 600")
        }

        fn of(line: &str) -> Self {
            Self(Command::new("sh").args(["-c", line]).stdin(Stdio::null()).spawn().unwrap())
        }

        fn pid(&self) -> u32 {
            self.0.id()
        }
    }

    impl Drop for Guard {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    fn target(main: u32) -> Target {
        Target {
            id: ServerId::new("test", "a").unwrap(),
            keeper: None,
            main: Some(main),
            ports: Vec::new(),
            port_check: PortCheck::Off,
            memory_limit: None,
            alive: true,
        }
    }

    /// Whether all were read, and whether `pid` was among them.
    fn look(processes: &mut Processes, main: u32, now: Instant, pid: u32) -> (bool, bool) {
        let targets = [target(main)];
        let forest = processes.look(&targets, now).unwrap();
        processes.note(&grow(&forest, &targets));
        (processes.whole == Some(now), forest.get(pid).is_some())
    }

    #[test]
    fn all_are_read_now_and_then_and_when_one_of_ours_comes_or_goes() {
        let (server, start) = (Guard::new(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut processes = Processes::new().unwrap();
        let me = std::process::id();
        assert_eq!(look(&mut processes, server.pid(), at(0), me), (true, true));
        assert_eq!(look(&mut processes, server.pid(), at(3), me), (false, true));
        let stranger = Guard::new();
        assert_eq!(look(&mut processes, server.pid(), at(6), stranger.pid()), (false, true), "a new one");
        let gone = stranger.pid();
        drop(stranger);
        assert_eq!(look(&mut processes, server.pid(), at(9), gone), (false, false));
        assert_eq!(look(&mut processes, server.pid(), at(15), me), (true, true));
        let other = Guard::new();
        assert_eq!(look(&mut processes, other.pid(), at(16), me), (true, true), "another run");
        let ended = other.pid();
        drop(other);
        assert_eq!(look(&mut processes, ended, at(17), ended), (true, false));
    }

    #[test]
    fn what_ours_use_is_read_each_time() {
        let mut processes = Processes::new().unwrap();
        // a child: this process has others, of other tests, that come and go
        let (busy, start) = (Guard::of("while :; do :; done"), Instant::now());
        let targets = [target(busy.pid())];
        let mut ticks = |seconds| {
            let forest = processes.look(&targets, start + Duration::from_secs(seconds)).unwrap();
            processes.note(&grow(&forest, &targets));
            forest.get(busy.pid()).unwrap().own_ticks
        };
        let before = ticks(0);
        // the kernel counts in steps of 10 ms
        while ticks(1) < before + 3 {}
        assert_eq!(processes.whole, Some(start));
    }
}
