//! When a frame is due.

use std::time::Duration;

use crate::tui::model::Dirty;

/// Between two frames for log lines only.
const LOGS: Duration = Duration::from_millis(100);
/// After a resize the next one is waited for this long: a window that is dragged has many sizes.
const SETTLES: Duration = Duration::from_millis(15);
/// But no longer than this since the first.
const DRAGGED: Duration = Duration::from_millis(90);

/// What was drawn and what is to be waited for.
#[derive(Debug, Default)]
pub(super) struct Frames {
    last_logs: Option<Duration>,
    /// The first and the last resize that no frame has followed.
    resized: Option<(Duration, Duration)>,
}

impl Frames {
    /// The terminal has another size.
    pub(super) fn resized(&mut self, now: Duration) {
        let first = self.resized.map_or(now, |(first, _)| first);
        self.resized = Some((first, now));
    }

    /// When a frame is due; `None`: there is nothing to draw.
    pub(super) fn due(&self, dirty: Dirty) -> Option<Duration> {
        let logs = self.last_logs.map_or(Duration::ZERO, |last| last + LOGS);
        let wanted = match dirty {
            Dirty::No => return None,
            Dirty::Logs => logs,
            Dirty::Now => Duration::ZERO,
        };
        let settled =
            self.resized.map_or(Duration::ZERO, |(first, last)| (last + SETTLES).min(first + DRAGGED));
        Some(wanted.max(settled))
    }

    /// A frame was drawn.
    pub(super) fn drawn(&mut self, dirty: Dirty, now: Duration) {
        if dirty == Dirty::Logs {
            self.last_logs = Some(now);
        }
        self.resized = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn what_a_user_waits_for_is_due_at_once_and_log_lines_wait_for_more() {
        let mut frames = Frames::default();
        assert_eq!(frames.due(Dirty::No), None);
        assert_eq!(frames.due(Dirty::Logs), Some(ms(0)));
        frames.drawn(Dirty::Logs, ms(50));
        assert_eq!(frames.due(Dirty::Logs), Some(ms(150)));
        assert_eq!(frames.due(Dirty::Now), Some(ms(0)));
    }

    #[test]
    fn a_storm_of_sizes_is_one_frame_and_a_long_one_a_few() {
        let mut frames = Frames::default();
        for at in 100..150 {
            frames.resized(ms(at));
        }
        assert_eq!(frames.due(Dirty::Now), Some(ms(149) + SETTLES));
        for at in 150..1000 {
            frames.resized(ms(at));
        }
        assert_eq!(frames.due(Dirty::Now), Some(ms(100) + DRAGGED));
        frames.drawn(Dirty::Now, ms(1000));
        assert_eq!(frames.due(Dirty::Now), Some(ms(0)));
    }
}
