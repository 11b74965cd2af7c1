//! How long to wait before the next attempt.
//!
//! A little more than the policy says, by a share that follows from the server's name and the attempt: servers that
//! crashed together, because what they use went away, do not come back all at the same moment.

use std::time::Duration;

use crate::model::hash::fnv1a;
use crate::model::{Backoff, RestartPolicy};

/// The most that is added to a delay, as a part of it: a tenth.
const JITTER: u32 = 10;

/// The delay before attempt `attempt`, which counts from 1, of the server with this seed.
pub fn delay(policy: &RestartPolicy, attempt: u32, seed: u64) -> Duration {
    let delay = even_delay(policy, attempt);
    let key = [seed.to_le_bytes(), u64::from(attempt).to_le_bytes()].concat();
    let share = (fnv1a(&key) % 1000) as u32;
    delay + delay / JITTER * share / 1000
}

/// What the policy says.
fn even_delay(policy: &RestartPolicy, attempt: u32) -> Duration {
    let steps = attempt.saturating_sub(1);
    let delay = match policy.backoff {
        Backoff::Constant => policy.delay,
        Backoff::Linear => policy.delay.saturating_mul(attempt.max(1)),
        Backoff::Exponential => policy.delay.saturating_mul(2_u32.saturating_pow(steps)),
    };
    delay.min(policy.max_delay)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(backoff: Backoff) -> Vec<u64> {
        let policy = RestartPolicy { backoff, ..RestartPolicy::default() };
        [1, 2, 3, 4, 5, 6, 40].into_iter().map(|attempt| even_delay(&policy, attempt).as_secs()).collect()
    }

    #[test]
    fn it_grows_as_chosen_up_to_the_longest() {
        assert_eq!(delays(Backoff::Exponential), [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(delays(Backoff::Linear), [1, 2, 3, 4, 5, 6, 30]);
        assert_eq!(delays(Backoff::Constant), [1; 7]);
    }

    #[test]
    fn no_delay_stays_none() {
        let policy = RestartPolicy { delay: Duration::ZERO, ..RestartPolicy::default() };
        assert_eq!(delay(&policy, u32::MAX, 7), Duration::ZERO);
    }

    #[test]
    fn servers_that_crash_together_come_back_apart_and_none_more_than_a_tenth_late() {
        let policy = RestartPolicy::default();
        let delays: Vec<Duration> = (0..100).map(|seed| delay(&policy, 2, seed)).collect();
        let (least, most) = (Duration::from_secs(2), Duration::from_millis(2200));
        assert!(delays.iter().all(|delay| (least..=most).contains(delay)), "{delays:?}");
        let mut different = delays.clone();
        different.sort_unstable();
        different.dedup();
        assert!(different.len() > 50, "{different:?}");
        assert_eq!(delays[3], delay(&policy, 2, 3), "the same one each time");
    }
}
