//! Who has used more memory than he may for long enough.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::model::ServerId;

/// Above its limit for this long, a server is restarted.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Passes that have to agree, however much time is between them.
const PASSES: u32 = 2;

/// Since when servers are above their limits.
#[derive(Debug, Default)]
pub struct LimitBook {
    above: HashMap<ServerId, Above>,
}

#[derive(Clone, Copy, Debug)]
struct Above {
    since: Instant,
    passes: u32,
}

impl LimitBook {
    /// Takes what a pass measured; time is the monotonic clock's. `true` says that it has been too much in every pass
    /// for [`PATIENCE`]; then it begins anew.
    pub fn is_over(&mut self, id: &ServerId, used: u64, limit: u64, now: Instant) -> bool {
        if used <= limit {
            self.forget(id);
            return false;
        }
        let above = self.above.entry(id.clone()).or_insert(Above { since: now, passes: 0 });
        above.passes += 1;
        let over = above.passes >= PASSES && now.saturating_duration_since(above.since) >= PATIENCE;
        if over {
            self.forget(id);
        }
        over
    }

    /// Forgets a server: its run has ended, or it has no limit.
    pub fn forget(&mut self, id: &ServerId) {
        self.above.remove(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds at which it is told, of passes at these seconds with so much of 100.
    fn told(passes: &[(u64, u64)]) -> Vec<u64> {
        let (id, start) = ("a/b".parse().unwrap(), Instant::now());
        let mut book = LimitBook::default();
        let over = |(at, used): &&(u64, u64)| book.is_over(&id, *used, 100, start + Duration::from_secs(*at));
        passes.iter().filter(over).map(|(at, _)| *at).collect()
    }

    #[test]
    fn ten_seconds_above_it_in_every_pass_are_too_much() {
        assert_eq!(told(&[(0, 101), (3, 150), (6, 101), (9, 200), (12, 101)]), [12]);
        assert_eq!(told(&[(0, 101), (9, 101), (10, 101)]), [10]);
        assert_eq!(told(&[(0, 100), (3, 100), (60, 100)]), [0; 0], "as much as it may");
    }

    #[test]
    fn a_pass_below_it_begins_anew_and_so_does_telling() {
        assert_eq!(told(&[(0, 101), (6, 99), (9, 101), (12, 101), (15, 101), (18, 101), (21, 101)]), [21]);
        assert_eq!(told(&[(0, 101), (10, 101), (13, 101), (16, 101), (23, 101)]), [10, 23]);
    }

    #[test]
    fn one_pass_is_none_and_a_gap_needs_a_second() {
        assert_eq!(told(&[(50, 999)]), [0; 0]);
        assert_eq!(told(&[(0, 101), (500, 101)]), [500]);
    }
}
