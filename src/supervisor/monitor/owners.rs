//! Which process has a listening socket.
//!
//! The listen table names no process: it has to be looked for in the descriptors of each, which is dear. So an answer is
//! kept for as long as socket and process both live, and a socket that nobody was seen to have is looked for again only
//! after a while.

use std::collections::{HashMap, HashSet};
use std::io;
use std::time::{Duration, Instant};

use crate::os::ports::Listener;
use crate::os::proc::socket_inodes;
use crate::os::tree::Forest;

/// After this, a socket that nobody was seen to have is looked for again.
const AGAIN: Duration = Duration::from_secs(30);

/// What is known of the listening sockets, by inode.
#[derive(Debug, Default)]
pub struct Owners {
    known: HashMap<u64, Finding>,
}

#[derive(Clone, Copy, Debug)]
enum Finding {
    /// This process has it.
    Held { pid: u32, start_ticks: u64 },
    /// None of those that may be looked at has it.
    Unseen { at: Instant, everywhere: bool },
}

/// A search: sockets that are looked for, and processes that could not be looked at.
#[derive(Debug, Default)]
struct Search {
    wanted: HashSet<u64>,
    hidden: HashSet<u32>,
}

impl Owners {
    /// Who has the socket, as far as it was looked for.
    pub fn holder(&self, inode: u64) -> Option<u32> {
        match self.known.get(&inode)? {
            Finding::Held { pid, .. } => Some(*pid),
            Finding::Unseen { .. } => None,
        }
    }

    /// Forgets sockets that are closed and processes that are gone.
    pub fn prune(&mut self, listeners: &[Listener], forest: &Forest) {
        let open: HashSet<u64> = listeners.iter().map(|listener| listener.inode).collect();
        self.known.retain(|inode, finding| {
            open.contains(inode)
                && match finding {
                    Finding::Held { pid, start_ticks } => {
                        forest.get(*pid).is_some_and(|process| process.start_ticks == *start_ticks)
                    }
                    Finding::Unseen { .. } => true,
                }
        });
    }

    /// Looks for those of `listeners` that are not known through the descriptors of `pids`, and stops when all are
    /// found. `everywhere` says that `pids` are all there are. Returns the processes that may not be looked at.
    pub fn search(
        &mut self,
        listeners: impl Iterator<Item = Listener>,
        pids: impl Iterator<Item = u32>,
        everywhere: bool,
        forest: &Forest,
        now: Instant,
    ) -> io::Result<HashSet<u32>> {
        let wanted =
            listeners.map(|listener| listener.inode).filter(|inode| self.is_due(*inode, everywhere, now));
        let mut search = Search { wanted: wanted.collect(), hidden: HashSet::new() };
        for pid in pids {
            if search.wanted.is_empty() {
                break;
            }
            let Some(process) = forest.get(pid) else { continue };
            for inode in search.look_at(pid)? {
                self.known.insert(inode, Finding::Held { pid, start_ticks: process.start_ticks });
            }
        }
        for inode in search.wanted {
            self.known.insert(inode, Finding::Unseen { at: now, everywhere });
        }
        Ok(search.hidden)
    }

    /// Takes it that this process has the socket, since it can't be looked at and nobody else was seen to have it.
    pub fn assume(&mut self, inode: u64, pid: u32, forest: &Forest) {
        if let Some(process) = forest.get(pid) {
            self.known.insert(inode, Finding::Held { pid, start_ticks: process.start_ticks });
        }
    }

    fn is_due(&self, inode: u64, everywhere: bool, now: Instant) -> bool {
        match self.known.get(&inode) {
            None => true,
            Some(Finding::Held { .. }) => false,
            Some(Finding::Unseen { at, everywhere: before }) => {
                (everywhere && !before) || now.saturating_duration_since(*at) >= AGAIN
            }
        }
    }
}

impl Search {
    /// Those wanted sockets that this process has; they are not wanted any more.
    fn look_at(&mut self, pid: u32) -> io::Result<Vec<u64>> {
        let Some(inodes) = socket_inodes(pid)? else {
            self.hidden.insert(pid);
            return Ok(Vec::new());
        };
        Ok(inodes.into_iter().filter(|inode| self.wanted.remove(inode)).collect())
    }
}
