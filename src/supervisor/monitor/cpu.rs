//! From CPU time to per cent, for trees whose processes come and go.
//!
//! The kernel counts for each process its own ticks and, in its parent, those of children that have ended and were waited
//! for. Between two passes a tree used what its processes' own counters grew by, plus what was counted for ended
//! children, less what those had already used before: that was counted in the passes when they lived.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::model::ServerId;
use crate::os::proc::Process;

/// Two passes nearer than this are not compared: a tick of 10 ms would be too large a part of the time between them.
const NEAREST: Duration = Duration::from_millis(200);

/// What each tree had used at the last pass.
#[derive(Debug)]
pub struct CpuBook {
    ticks_per_second: f64,
    /// Per cent that the whole box has.
    ceiling: f64,
    trees: HashMap<ServerId, Page>,
}

#[derive(Debug)]
struct Page {
    at: Instant,
    /// The last time at which it was asked about, compared or not.
    asked: Instant,
    at_ticks: u64,
    percent: f32,
    counters: HashMap<u32, Counters>,
}

#[derive(Clone, Copy, Debug)]
struct Counters {
    start: u64,
    own: u64,
    reaped: u64,
    is_member: bool,
}

impl CpuBook {
    /// For a box with this clock and this many processors.
    pub fn new(ticks_per_second: u64, processors: u64) -> Self {
        let ceiling = processors as f64 * 100.0;
        Self { ticks_per_second: ticks_per_second as f64, ceiling, trees: HashMap::new() }
    }

    /// Per cent of one processor that the tree used since the last pass: 0 at the first, the figure of the last where
    /// that is less than 200 ms ago, at most what the box has. `keeper` counts only as the one who waits for children.
    /// `now_ticks` is `now` in ticks since boot.
    pub fn measure(
        &mut self,
        id: &ServerId,
        members: &[&Process],
        keeper: Option<&Process>,
        now: Instant,
        now_ticks: u64,
    ) -> f32 {
        let counters = count(members, keeper);
        let Some(page) = self.trees.get_mut(id) else {
            let page = Page { at: now, asked: now, at_ticks: now_ticks, percent: 0.0, counters };
            self.trees.insert(id.clone(), page);
            return 0.0;
        };
        page.asked = now;
        let elapsed = now.saturating_duration_since(page.at);
        if elapsed < NEAREST {
            return page.percent;
        }
        let seconds = used(&page.counters, &counters, page.at_ticks) as f64 / self.ticks_per_second;
        let percent = (seconds / elapsed.as_secs_f64() * 100.0).min(self.ceiling) as f32;
        *page = Page { at: now, asked: now, at_ticks: now_ticks, percent, counters };
        percent
    }

    /// Forgets the trees that were not measured at this moment: when they come again, it is a first time.
    pub fn forget_all_but(&mut self, now: Instant) {
        self.trees.retain(|_, page| page.asked == now);
    }
}

fn count(members: &[&Process], keeper: Option<&Process>) -> HashMap<u32, Counters> {
    let counters = |process: &Process, is_member| Counters {
        start: process.start_ticks,
        own: process.own_ticks,
        reaped: process.reaped_ticks,
        is_member,
    };
    let keeper = keeper.map(|process| (process.pid, counters(process, false)));
    keeper.into_iter().chain(members.iter().map(|process| (process.pid, counters(process, true)))).collect()
}

/// Ticks between two states of a tree. A process that is new to it counts whole if it started after the first state,
/// and not at all if it is older: it has joined, and what it used before is not of this time.
fn used(before: &HashMap<u32, Counters>, after: &HashMap<u32, Counters>, before_ticks: u64) -> u64 {
    let (mut own, mut reaped) = (0_u64, 0_u64);
    for (pid, now) in after {
        let then = before.get(pid).filter(|then| then.start == now.start);
        let (then_own, then_reaped) = match then {
            Some(then) => (then.own, then.reaped),
            None if now.start >= before_ticks => (0, 0),
            None => (now.own, now.reaped),
        };
        if now.is_member {
            own += now.own.saturating_sub(then_own);
        }
        reaped += now.reaped.saturating_sub(then_reaped);
    }
    let is_gone = |pid: &u32, then: &Counters| after.get(pid).is_none_or(|now| now.start != then.start);
    let gone = before.iter().filter(|(pid, then)| then.is_member && is_gone(pid, then));
    let known: u64 = gone.map(|(_, then)| then.own + then.reaped).sum();
    own + reaped.saturating_sub(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// pid, start, own ticks, reaped ticks
    type Row = (u32, u64, u64, u64);

    fn process((pid, start_ticks, own_ticks, reaped_ticks): Row) -> Process {
        Process { start_ticks, own_ticks, reaped_ticks, ..Process::fake(pid, 1) }
    }

    /// Per cent in the second of two passes, 1 s apart; the first is at tick 1,000 on a box of 4 processors.
    fn second(before: &[Row], after: &[Row], keeper: Option<(Row, Row)>) -> f32 {
        let id: ServerId = "a/b".parse().unwrap();
        let mut book = CpuBook::new(100, 4);
        let start = Instant::now();
        let mut measure = |rows: &[Row], keeper: Option<Row>, at: u64| {
            let processes: Vec<Process> = rows.iter().copied().map(process).collect();
            let members: Vec<&Process> = processes.iter().collect();
            let keeper = keeper.map(process);
            let now = start + Duration::from_secs(at);
            let percent = book.measure(&id, &members, keeper.as_ref(), now, 1000 + at * 100);
            book.forget_all_but(now);
            percent
        };
        assert!(measure(before, keeper.map(|rows| rows.0), 0).abs() < 0.01);
        measure(after, keeper.map(|rows| rows.1), 1)
    }

    #[test]
    fn each_kind_of_change_counts_what_was_used_between_the_passes() {
        let cases: [(&str, &[Row], &[Row], f32); 10] = [
            ("busy", &[(5, 1, 500, 0)], &[(5, 1, 550, 0)], 50.0),
            ("idle", &[(5, 1, 500, 7)], &[(5, 1, 500, 7)], 0.0),
            ("two", &[(5, 1, 0, 0), (6, 1, 0, 0)], &[(5, 1, 100, 0), (6, 1, 20, 0)], 120.0),
            ("born", &[(5, 1, 0, 0)], &[(5, 1, 0, 0), (6, 1010, 30, 0)], 30.0),
            ("joined, old", &[(5, 1, 0, 0)], &[(5, 1, 0, 0), (6, 1, 90_000, 8000)], 0.0),
            ("ended, waited for", &[(5, 1, 0, 0), (6, 1, 900, 50)], &[(5, 1, 0, 960)], 10.0),
            ("ended, not waited for", &[(5, 1, 0, 0), (6, 1, 900, 0)], &[(5, 1, 10, 0)], 10.0),
            ("lived between the passes", &[(5, 1, 0, 0)], &[(5, 1, 0, 40)], 40.0),
            ("pid used again", &[(5, 1, 9000, 0)], &[(5, 1050, 20, 0)], 20.0),
            ("more than the box has", &[(5, 1, 0, 0)], &[(5, 1, 90_000, 0)], 400.0),
        ];
        for (name, before, after, expected) in cases {
            let percent = second(before, after, None);
            assert!((percent - expected).abs() < 0.01, "{name}: {percent}");
        }
    }

    #[test]
    fn a_run_that_its_keeper_has_waited_for_is_not_counted_again() {
        let keeper = ((2, 1, 70, 100), (2, 1, 99, 1130));
        let percent = second(&[(5, 1, 1000, 0)], &[(6, 1050, 10, 0)], Some(keeper));
        assert!((percent - 40.0).abs() < 0.01, "{percent}");
    }

    #[test]
    fn passes_that_are_too_near_give_the_figure_of_the_last() {
        let id: ServerId = "a/b".parse().unwrap();
        let mut book = CpuBook::new(100, 4);
        let start = Instant::now();
        let mut at = |ms: u64, own| {
            let process = process((5, 1, own, 0));
            book.measure(&id, &[&process], None, start + Duration::from_millis(ms), 1000 + ms / 10)
        };
        let _ = at(0, 0);
        let figure = at(1000, 50);
        assert!((at(1001, 51) - figure).abs() < 0.01);
        assert!((at(2000, 60) - 10.0).abs() < 0.01, "the near pass is no new beginning");
    }
}
