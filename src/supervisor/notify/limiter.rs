//! How much is told: the same of one server once in half a minute, and twenty times a minute of all.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use super::news::News;
use crate::model::ServerId;

/// Between two of the same kind of one server.
const SAME: Duration = Duration::from_secs(30);

/// In each [`WINDOW`] at most so many.
const MOST: usize = 20;

const WINDOW: Duration = Duration::from_mins(1);

/// What was told when.
#[derive(Debug, Default)]
pub(super) struct Limiter {
    last: HashMap<(ServerId, News), Instant>,
    recent: VecDeque<Instant>,
    /// What was held back, by project.
    withheld: HashMap<String, u32>,
}

impl Limiter {
    /// Whether this is told, and if so how many of its project were held back since the last that was.
    pub(super) fn pass(&mut self, id: &ServerId, news: News, now: Instant) -> Option<u32> {
        self.last.retain(|_, at| now.saturating_duration_since(*at) < SAME);
        while self.recent.front().is_some_and(|at| now.saturating_duration_since(*at) >= WINDOW) {
            self.recent.pop_front();
        }
        let key = (id.clone(), news);
        if self.last.contains_key(&key) || self.recent.len() >= MOST {
            self.withhold(id.project());
            return None;
        }
        self.last.insert(key, now);
        self.recent.push_back(now);
        Some(self.withheld.remove(id.project()).unwrap_or(0))
    }

    /// One more that is not told.
    pub(super) fn withhold(&mut self, project: &str) {
        let count = self.withheld.entry(project.to_owned()).or_default();
        *count = count.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_told_once_in_half_a_minute_and_what_was_held_back_is_counted() {
        let (mut limiter, start) = (Limiter::default(), Instant::now());
        let (api, web): (ServerId, ServerId) = ("a/api".parse().unwrap(), "b/web".parse().unwrap());
        let mut pass =
            |id: &ServerId, news, second| limiter.pass(id, news, start + Duration::from_secs(second));
        assert_eq!(pass(&api, News::Crashed, 0), Some(0));
        for second in 1..30 {
            assert_eq!(pass(&api, News::Crashed, second), None);
        }
        assert_eq!(pass(&web, News::Crashed, 29), Some(0), "of another project nothing was held back");
        assert_eq!(pass(&api, News::Failed, 29), Some(29));
        assert_eq!(pass(&api, News::Crashed, 30), Some(0));
        limiter.withhold("a");
        assert_eq!(limiter.pass(&api, News::Leak, start + Duration::from_secs(31)), Some(1));
    }

    #[test]
    fn twenty_a_minute_are_enough_and_nothing_piles_up() {
        let (mut limiter, start) = (Limiter::default(), Instant::now());
        let id = |number| ServerId::new("a", &format!("s{number}")).unwrap();
        let told = |limiter: &mut Limiter, second| {
            let at = start + Duration::from_secs(second);
            (0..500).filter(|number| limiter.pass(&id(*number), News::Crashed, at).is_some()).count()
        };
        assert_eq!(told(&mut limiter, 0), MOST);
        assert_eq!(told(&mut limiter, 59), 0);
        assert_eq!(told(&mut limiter, 60), MOST);
        assert_eq!((limiter.recent.len(), limiter.last.len(), limiter.withheld.len()), (MOST, MOST, 1));
    }
}
