//! When to try again after the connection was lost: after 1, 2, 4, 8, 16, 30, 30 … seconds. Pure: the caller waits.

use std::time::Duration;

/// The first wait.
pub const FIRST: Duration = Duration::from_secs(1);

/// The longest wait.
pub const LONGEST: Duration = Duration::from_secs(30);

/// Counts the tries since the last success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reconnect {
    first: Duration,
    attempt: u32,
}

impl Default for Reconnect {
    fn default() -> Self {
        Self::beginning_with(FIRST)
    }
}

impl Reconnect {
    /// A schedule whose first wait is this long; the next are twice the one before, up to [`LONGEST`].
    pub fn beginning_with(first: Duration) -> Self {
        Self { first, attempt: 0 }
    }

    /// Tries since the last success.
    pub fn attempts(self) -> u32 {
        self.attempt
    }

    /// A try failed: how long to wait before the next one.
    pub fn failed(&mut self) -> Duration {
        let factor = 2_u32.saturating_pow(self.attempt);
        self.attempt = self.attempt.saturating_add(1);
        self.first.saturating_mul(factor).min(LONGEST)
    }

    /// A try succeeded: the next loss begins with the first wait again.
    pub fn succeeded(&mut self) {
        self.attempt = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_half_a_minute_and_start_over_after_a_success() {
        let mut reconnect = Reconnect::default();
        let waits: Vec<u64> = (0..8).map(|_| reconnect.failed().as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30, 30]);
        assert_eq!(reconnect.attempts(), 8);
        reconnect.succeeded();
        assert_eq!(reconnect.failed(), FIRST);
        reconnect.attempt = u32::MAX;
        assert_eq!((reconnect.failed(), reconnect.failed()), (LONGEST, LONGEST));
    }
}
