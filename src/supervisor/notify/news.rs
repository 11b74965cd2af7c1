//! Which events are news.

use std::collections::HashSet;

use crate::model::{EventKind, Exit, ServerId};
use crate::text::human::bytes;

/// What somebody is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum News {
    Crashed,
    Failed,
    Recovered,
    Leak,
    OverMemory,
    Hung,
    Unhealthy,
}

impl News {
    /// `kind` of the JSON, and `OSTLER_EVENT`.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Crashed => "crashed",
            Self::Failed => "failed",
            Self::Recovered => "recovered",
            Self::Leak => "leak",
            Self::OverMemory => "over_memory",
            Self::Hung => "hung",
            Self::Unhealthy => "unhealthy",
        }
    }
}

/// Who is ill, as far as it was told: whoever is up again has recovered.
#[derive(Debug, Default)]
pub(super) struct Watch {
    ill: HashSet<ServerId>,
}

impl Watch {
    /// Whether this is news. `failed` says whether an exit is a failure.
    pub(super) fn judge(
        &mut self,
        id: &ServerId,
        kind: &EventKind,
        failed: impl FnOnce(Exit) -> bool,
    ) -> Option<News> {
        let news = match kind {
            EventKind::Exited { exit, because: None, .. } if failed(*exit) => News::Crashed,
            EventKind::Failed { .. } => News::Failed,
            EventKind::Hung { .. } => News::Hung,
            EventKind::OverMemory { .. } => News::OverMemory,
            EventKind::Unhealthy { .. } => News::Unhealthy,
            EventKind::Growth { .. } => return Some(News::Leak),
            EventKind::Up { .. } => return self.ill.remove(id).then_some(News::Recovered),
            EventKind::Healthy { recovered, .. } => {
                return (self.ill.remove(id) || *recovered).then_some(News::Recovered);
            }
            // somebody asked for it: that is no recovery, and what comes next is a new beginning
            EventKind::Stopped { .. } => {
                self.ill.remove(id);
                return None;
            }
            _ => return None,
        };
        self.ill.insert(id.clone());
        Some(news)
    }
}

/// What is said of it after the server's name. Not sanitized.
pub(super) fn said(news: News, kind: &EventKind) -> String {
    match kind {
        EventKind::Exited { exit, lasted_s, .. } => format!("crashed: {exit} after {lasted_s:.1} s"),
        EventKind::Failed { reason } => format!("failed: {reason}"),
        EventKind::Hung { after_s } => format!("hangs: no heartbeat for {after_s:.0} s"),
        EventKind::Unhealthy { answer, .. } => format!("is unhealthy: {answer}"),
        EventKind::OverMemory { used, limit } => {
            format!("used {} of memory, its limit is {}", bytes(*used), bytes(*limit))
        }
        EventKind::Growth { bytes_per_h } => {
            format!("grows as with a leak: {:.1} MiB/h", bytes_per_h / f64::from(1 << 20))
        }
        EventKind::Healthy { answer, .. } => format!("is healthy again: {answer}"),
        _ => match news {
            News::Recovered => "is up again".to_owned(),
            other => other.word().to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exited(code: u8) -> EventKind {
        EventKind::Exited { exit: Exit::Code(code), lasted_s: 9.13, because: None }
    }

    fn judged(kinds: &[EventKind]) -> Vec<Option<&'static str>> {
        let (id, mut watch) = ("a/b".parse().unwrap(), Watch::default());
        let failed = |exit| exit != Exit::Code(0);
        kinds.iter().map(|kind| watch.judge(&id, kind, failed).map(News::word)).collect()
    }

    const UP: EventKind = EventKind::Up { after_ms: 5 };

    fn healthy(recovered: bool) -> EventKind {
        EventKind::Healthy { answer: "200 in 1 ms".into(), recovered }
    }

    #[test]
    fn a_crash_is_news_and_so_is_the_way_back_once() {
        let stopped = EventKind::Stopped { exit: Exit::Code(0) };
        let failed = EventKind::Failed { reason: "no port".into() };
        assert_eq!(judged(&[UP, healthy(false), exited(0), UP]), [None; 4]);
        assert_eq!(
            judged(&[exited(1), UP, healthy(false), UP]),
            [Some("crashed"), Some("recovered"), None, None]
        );
        assert_eq!(
            judged(&[exited(1), failed.clone(), UP]),
            [Some("crashed"), Some("failed"), Some("recovered")]
        );
        assert_eq!(judged(&[failed, stopped, UP]), [Some("failed"), None, None]);
    }

    #[test]
    fn illness_and_memory_are_news_and_what_was_asked_for_is_not() {
        let ill = EventKind::Unhealthy { answer: "503".into(), failed: 3 };
        let hung = EventKind::Hung { after_s: 60.0 };
        assert_eq!(
            judged(&[ill, healthy(true), hung, UP]),
            [Some("unhealthy"), Some("recovered"), Some("hung"), Some("recovered")]
        );
        // a supervisor that did not see it fall ill sees it recover
        assert_eq!(judged(&[healthy(true)]), [Some("recovered")]);
        let over = EventKind::OverMemory { used: 2 << 30, limit: 1 << 30 };
        let by_ostler =
            EventKind::Exited { exit: Exit::Code(1), lasted_s: 9.0, because: Some("over".into()) };
        let leak = EventKind::Growth { bytes_per_h: 12.5 * 1_048_576.0 };
        assert_eq!(
            judged(&[over.clone(), by_ostler, UP, leak.clone()]),
            [Some("over_memory"), None, Some("recovered"), Some("leak")]
        );
        let asked = EventKind::Asked { what: "restart".into(), by: crate::model::Asker::default() };
        let untold = EventKind::NotifyFailed { how: "webhook".into(), why: "refused".into() };
        assert_eq!(judged(&[asked, untold]), [None; 2]);
        assert_eq!(said(News::OverMemory, &over), "used 2.0G of memory, its limit is 1.0G");
        assert_eq!(said(News::Leak, &leak), "grows as with a leak: 12.5 MiB/h");
        assert_eq!(said(News::Crashed, &exited(3)), "crashed: exit 3 after 9.1 s");
        assert_eq!(said(News::Recovered, &UP), "is up again");
    }
}
