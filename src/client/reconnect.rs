//! When to try again after the connection was lost: after 1, 2, 4, 8, 16, 30, 30 … seconds. Pure: the caller waits.

use std::time::Duration;

/// The longest wait.
pub const LONGEST: Duration = Duration::from_secs(30);

/// The wait before try number `attempt`, which counts from 0.
pub fn delay(attempt: u32) -> Duration {
    match attempt {
        0..=4 => Duration::from_secs(1 << attempt),
        _ => LONGEST,
    }
}

/// Counts the tries since the last success.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reconnect {
    attempt: u32,
}

impl Reconnect {
    /// Tries since the last success.
    pub fn attempts(self) -> u32 {
        self.attempt
    }

    /// A try failed: how long to wait before the next one.
    pub fn failed(&mut self) -> Duration {
        let wait = delay(self.attempt);
        self.attempt = self.attempt.saturating_add(1);
        wait
    }

    /// A try succeeded: the next loss begins at one second again.
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
        assert_eq!(reconnect.failed(), Duration::from_secs(1));
        assert_eq!(delay(u32::MAX), LONGEST);
    }
}
