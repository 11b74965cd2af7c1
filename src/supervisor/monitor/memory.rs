//! How much memory a tree has, without counting what its processes share once for each.
//!
//! One process has what is resident. Of several, forked from one, most is common: there the kernel is asked for the
//! proportional set size (PSS) of each. That is dear, so it is asked now and then, and in between the last answer is
//! scaled by how the resident sizes have changed. Where it may not be asked (a server that became another user), it
//! is the resident sizes less what may be common, plus the most that one of them has in common.
//!
//! What it costs is bounded: a tree is not asked about again before a hundred times the time has passed that it took
//! the last time, and all trees together get [`EACH_PASS`]; those left over come first in the next pass.

use std::collections::HashMap;
use std::io;
use std::time::{Duration, Instant};

use crate::model::{MemoryKind, ServerId};
use crate::os::proc::Process;
use crate::os::proc::memory::{pages, pss};

/// An answer is used so long at most; twice as long each time when the next one says the same, up to [`LONGEST`].
const LASTS: Duration = Duration::from_secs(30);

/// See [`LASTS`].
const LONGEST: Duration = Duration::from_mins(4);

/// Two answers that differ by less than this part say the same.
const SAME: u64 = 50;

/// And so long at least, unless a limit is at stake.
const STANDS: Duration = Duration::from_secs(5);

/// The same where the scaled figure is above the limit: nobody is restarted for an estimate.
const DOUBTED: Duration = Duration::from_secs(2);

/// A change of the resident size by more than this part is a reason to ask.
const CHANGE: u64 = 20;

/// A tree's answer may cost this part of the time at most.
const COST: u32 = 100;

/// Time for all trees in one pass.
pub(super) const EACH_PASS: Duration = Duration::from_millis(20);

/// What a tree has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Memory {
    pub(super) bytes: u64,
    pub(super) kind: MemoryKind,
}

/// The last answer for each tree of several processes.
#[derive(Debug)]
pub(super) struct MemoryBook {
    page_size: u64,
    trees: HashMap<ServerId, Answer>,
    /// What is left of [`EACH_PASS`].
    left: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Answer {
    /// The last pass that had this tree.
    seen: Instant,
    at: Instant,
    took: Duration,
    lasts: Duration,
    /// Resident bytes at that time.
    resident: u64,
    members: usize,
    memory: Memory,
}

impl Answer {
    fn is_due(&self, resident: u64, members: usize, limit: Option<u64>, now: Instant) -> bool {
        let age = now.saturating_duration_since(self.at);
        let changed = resident.abs_diff(self.resident) > self.resident / CHANGE || members != self.members;
        let doubted = limit.is_some_and(|limit| self.scaled(resident).bytes > limit);
        let due = age >= self.lasts || (changed && age >= STANDS) || (doubted && age >= DOUBTED);
        due && age >= self.took * COST
    }

    /// How long the next answer is used.
    fn next_lasts(&self, resident: u64, next: Memory) -> Duration {
        let expected = self.scaled(resident).bytes;
        let same = next.bytes.abs_diff(expected) <= expected / SAME;
        if same { (self.lasts * 2).min(LONGEST) } else { LASTS }
    }

    /// The answer as if what is common had grown with the rest.
    fn scaled(&self, resident: u64) -> Memory {
        let Memory { bytes, kind } = self.memory;
        let scaled = u128::from(bytes) * u128::from(resident) / u128::from(self.resident.max(1));
        Memory { bytes: u64::try_from(scaled).unwrap_or(u64::MAX), kind }
    }
}

impl MemoryBook {
    /// For a box with pages of this size.
    pub(super) fn new(page_size: u64) -> Self {
        Self { page_size, trees: HashMap::new(), left: EACH_PASS }
    }

    /// A pass begins.
    pub(super) fn begin(&mut self) {
        self.left = EACH_PASS;
    }

    /// What a tree has. `limit` is what it may have, if that is limited.
    pub(super) fn measure(
        &mut self,
        id: &ServerId,
        members: &[&Process],
        limit: Option<u64>,
        now: Instant,
    ) -> io::Result<Memory> {
        let living = || members.iter().filter(|process| !process.is_dead());
        let resident = living().map(|process| process.rss_pages).sum::<u64>() * self.page_size;
        let count = living().count();
        if count < 2 {
            self.trees.remove(id);
            return Ok(Memory { bytes: resident, kind: MemoryKind::Rss });
        }
        let known = self.trees.get_mut(id);
        let due = known.as_ref().is_none_or(|answer| answer.is_due(resident, count, limit, now));
        if due && (!self.left.is_zero() || limit.is_some()) {
            let begun = Instant::now();
            let memory = self.ask(living().map(|process| process.pid))?;
            let took = begun.elapsed();
            self.left = self.left.saturating_sub(took);
            let before = self.trees.get(id);
            let lasts = before.map_or(LASTS, |before| before.next_lasts(resident, memory));
            let answer = Answer { seen: now, at: now, took, lasts, resident, members: count, memory };
            self.trees.insert(id.clone(), answer);
            return Ok(memory);
        }
        Ok(match known {
            Some(answer) => {
                answer.seen = now;
                answer.scaled(resident)
            }
            None => Memory { bytes: resident, kind: MemoryKind::Rss },
        })
    }

    /// Asks the kernel.
    fn ask(&self, pids: impl Iterator<Item = u32> + Clone) -> io::Result<Memory> {
        let mut bytes = 0;
        for pid in pids.clone() {
            match pss(pid)? {
                Some(share) => bytes += share,
                None => return self.estimate(pids),
            }
        }
        Ok(Memory { bytes, kind: MemoryKind::Pss })
    }

    /// Where it may not be asked.
    fn estimate(&self, pids: impl Iterator<Item = u32>) -> io::Result<Memory> {
        let (mut own, mut common) = (0, 0);
        for pid in pids {
            let pages = pages(pid)?;
            own += pages.resident.saturating_sub(pages.shared);
            common = common.max(pages.shared);
        }
        Ok(Memory { bytes: (own + common) * self.page_size, kind: MemoryKind::Rss })
    }

    /// Forgets the trees that were not in this pass.
    pub(super) fn forget_all_but(&mut self, now: Instant) {
        self.trees.retain(|_, answer| answer.seen == now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn answer(at: Instant, took: Duration) -> Answer {
        let memory = Memory { bytes: 60 * MIB, kind: MemoryKind::Pss };
        Answer { seen: at, at, took, lasts: LASTS, resident: 100 * MIB, members: 3, memory }
    }

    #[test]
    fn an_answer_is_used_until_it_is_old_or_the_tree_has_changed() {
        let start = Instant::now();
        let due = |after, resident_mib: u64, members, limit: Option<u64>| {
            let now = start + Duration::from_secs(after);
            let limit = limit.map(|limit| limit * MIB);
            answer(start, Duration::from_millis(1)).is_due(resident_mib * MIB, members, limit, now)
        };
        for (after, resident, members, limit, expected) in [
            (29, 100, 3, None, false),
            (30, 100, 3, None, true),
            (29, 105, 3, None, false),
            (29, 106, 3, None, true),
            (29, 94, 3, None, true),
            (4, 200, 3, None, false),
            (5, 100, 4, None, true),
            (2, 100, 3, Some(61), false),
            (2, 100, 3, Some(59), true),
            (1, 100, 3, Some(59), false),
        ] {
            assert_eq!(
                due(after, resident, members, limit),
                expected,
                "{after} {resident} {members} {limit:?}"
            );
        }
    }

    #[test]
    fn answers_that_say_the_same_are_used_longer() {
        let mut lasts = Vec::new();
        let mut answer = answer(Instant::now(), Duration::ZERO);
        for mib in [60, 61, 60, 60, 60, 62, 60] {
            let next = Memory { bytes: mib * MIB, kind: MemoryKind::Pss };
            answer = Answer { lasts: answer.next_lasts(answer.resident, next), memory: next, ..answer };
            lasts.push(answer.lasts.as_secs());
        }
        assert_eq!(lasts, [60, 120, 240, 240, 240, 30, 30]);
        assert_eq!(answer.next_lasts(50 * MIB, Memory { bytes: 30 * MIB, ..answer.memory }).as_secs(), 60);
    }

    #[test]
    fn what_took_long_is_not_asked_again_soon() {
        let start = Instant::now();
        let dear = answer(start, Duration::from_secs(1));
        let at = |after| start + Duration::from_secs(after);
        assert!(!dear.is_due(900 * MIB, 9, Some(1), at(99)));
        assert!(dear.is_due(100 * MIB, 3, None, at(100)));
    }

    #[test]
    fn in_between_it_follows_the_resident_size() {
        let answer = answer(Instant::now(), Duration::ZERO);
        assert_eq!(answer.scaled(200 * MIB), Memory { bytes: 120 * MIB, kind: MemoryKind::Pss });
        assert_eq!(Answer { resident: 0, ..answer }.scaled(u64::MAX).bytes, u64::MAX);
    }

    #[test]
    fn one_process_is_what_it_has_and_is_not_asked_about() {
        let mut book = MemoryBook::new(4096);
        let (id, now) = ("a/b".parse().unwrap(), Instant::now());
        let process = |pid, state| Process { rss_pages: 10, state, ..Process::fake(pid, 1) };
        // they do not exist: whoever asks gets nothing
        let (one, dead) = (process(u32::MAX - 1, 'S'), process(u32::MAX, 'Z'));
        let memory = book.measure(&id, &[&one, &dead], None, now).unwrap();
        assert_eq!(memory, Memory { bytes: 10 * 4096, kind: MemoryKind::Rss });
        let two = process(u32::MAX, 'S');
        let memory = book.measure(&id, &[&one, &two], None, now).unwrap();
        assert_eq!(memory, Memory { bytes: 0, kind: MemoryKind::Pss });
        book.forget_all_but(now + Duration::from_secs(1));
        assert!(book.trees.is_empty());
    }

    #[test]
    fn where_it_may_not_be_asked_what_is_common_counts_once() {
        let book = MemoryBook::new(4096);
        let me = std::process::id();
        let once = book.estimate([me].into_iter()).unwrap();
        let twice = book.estimate([me, me].into_iter()).unwrap();
        let shared = pages(me).unwrap().shared * 4096;
        assert_eq!(once.kind, MemoryKind::Rss);
        // it goes on using memory meanwhile
        assert!(twice.bytes < 2 * once.bytes + shared / 2 && twice.bytes > once.bytes);
    }
}
