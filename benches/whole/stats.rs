//! Percentiles of what was measured.

use std::time::Duration;

/// Durations, in order.
#[derive(Debug)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    /// At least one.
    pub(crate) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// The one that `percent` of all are not longer than (nearest rank).
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0.get(rank - 1).copied().unwrap_or_default()
    }

    /// Half are not longer.
    pub(crate) fn median(&self) -> Duration {
        self.percentile(50)
    }
}
