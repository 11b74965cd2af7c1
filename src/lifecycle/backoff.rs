//! How long to wait before the next attempt.

use std::time::Duration;

use crate::model::{Backoff, RestartPolicy};

/// The delay before attempt `attempt`, which counts from 1.
pub fn delay(policy: &RestartPolicy, attempt: u32) -> Duration {
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
        [1, 2, 3, 4, 5, 6, 40].into_iter().map(|attempt| delay(&policy, attempt).as_secs()).collect()
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
        assert_eq!(delay(&policy, u32::MAX), Duration::ZERO);
    }
}
