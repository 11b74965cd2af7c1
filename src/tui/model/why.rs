//! The question why a server is in its phase, while its answer is on the screen.

use std::time::Duration;

use jiff::Timestamp;

use super::Now;
use crate::api::Why;
use crate::model::{Health, Pending, Phase, ServerId, ServerStatus};

/// What of a status changes the answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    phase: Phase,
    since: Timestamp,
    health: Health,
    pending: Option<Pending>,
    attempt: u32,
    failed_checks: u32,
    last_check: Option<String>,
    waiting_for: Vec<String>,
}

impl Seen {
    fn of(status: &ServerStatus) -> Self {
        Self {
            phase: status.phase,
            since: status.since,
            health: status.health,
            pending: status.pending,
            attempt: status.attempt,
            failed_checks: status.failed_checks,
            last_check: status.last_check.clone(),
            waiting_for: status.waiting_for.clone(),
        }
    }
}

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WhyDialog {
    /// Whose.
    pub(crate) server: ServerId,
    /// `None`: the answer has not come yet.
    pub(crate) answer: Option<Result<Why, String>>,
    /// First line on the screen.
    pub(crate) top: usize,
    /// Of which state the answer is.
    seen: Option<Seen>,
}

impl WhyDialog {
    /// Asked of a server in this state.
    pub(crate) fn new(status: &ServerStatus) -> Self {
        Self { server: status.id.clone(), answer: None, top: 0, seen: Some(Seen::of(status)) }
    }

    /// Whether the answer is of another state than this one; from now on it is not.
    pub(crate) fn is_outdated(&mut self, status: Option<&ServerStatus>) -> bool {
        let seen = status.map(Seen::of);
        let outdated = seen != self.seen;
        self.seen = seen;
        outdated
    }

    /// Seconds until what happens next, while that is still to come.
    pub(crate) fn left(&self, now: Now) -> Option<f64> {
        let Some(Ok(Why { next_at: Some(at), .. })) = &self.answer else { return None };
        let left = at.duration_since(now.wall).as_secs_f64();
        (left > 0.0).then_some(left)
    }

    /// When the words for that change: each second below ten, then every ten, then each minute.
    pub(crate) fn next_change(&self, now: Now) -> Option<Duration> {
        let left = self.left(now)?;
        let step = match left {
            60.0.. => 60.0,
            10.0.. => 10.0,
            _ => 1.0,
        };
        // a little later, since the words change just below the whole step
        Some(now.mono + Duration::from_secs_f64(left % step + 0.01))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_countdown_wakes_when_its_words_change_and_ends() {
        let status = ServerStatus::blank("shop/api".parse().unwrap());
        let mut dialog = WhyDialog::new(&status);
        let wall: Timestamp = "2026-11-20T08:00:00Z".parse().unwrap();
        let now = Now { mono: Duration::from_secs(5), wall };
        assert_eq!(dialog.next_change(now), None);
        for (left, next) in [("90.5", 30.51), ("25.2", 5.21), ("4.5", 0.51)] {
            let left: f64 = left.parse().unwrap();
            let next_at = wall.checked_add(Duration::from_secs_f64(left)).unwrap();
            dialog.answer = Some(Ok(Why {
                id: status.id.clone(),
                phase: Phase::Backoff,
                since: wall,
                because: Vec::new(),
                waiting_for: Vec::new(),
                next: String::new(),
                next_at: Some(next_at),
            }));
            let wake = dialog.next_change(now).unwrap().as_secs_f64();
            assert!((wake - 5.0 - next).abs() < 0.001, "{left}: {wake}");
            let later = Now { wall: next_at, ..now };
            assert_eq!(dialog.next_change(later), None);
        }
    }

    #[test]
    fn an_answer_is_outdated_once_when_the_state_changes() {
        let mut status = ServerStatus::blank("shop/api".parse().unwrap());
        let mut dialog = WhyDialog::new(&status);
        assert!(!dialog.is_outdated(Some(&status)));
        status.cpu_percent = Some(3.0);
        assert!(!dialog.is_outdated(Some(&status)), "not for a figure");
        status.phase = Phase::Running;
        assert!(dialog.is_outdated(Some(&status)));
        assert!(!dialog.is_outdated(Some(&status)));
        assert!(dialog.is_outdated(None));
    }
}
