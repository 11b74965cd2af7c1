//! What the last act was, so that it can be taken back: exactly those servers that it changed, and only for a while.

use std::time::Duration;

use crate::api::Verb;
use crate::model::{Desired, Phase, ServerId, ServerStatus};

/// How long an act can be taken back: later it would surprise.
pub(crate) const LASTS: Duration = Duration::from_secs(30);

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Undo {
    /// What was done.
    pub(crate) did: Verb,
    /// What the message about it is about.
    pub(crate) subject: String,
    /// Those that it changed.
    pub(crate) servers: Vec<ServerId>,
    /// When it was asked for.
    pub(crate) at: Duration,
}

impl Undo {
    /// What takes it back; `None`: nothing does.
    pub(crate) const fn back(&self) -> Option<Verb> {
        match self.did {
            Verb::Start => Some(Verb::Stop { now: false }),
            Verb::Stop { .. } => Some(Verb::Start),
            Verb::Restart | Verb::Signal { .. } => None,
        }
    }

    /// Whether it can be taken back now.
    pub(crate) fn holds(&self, now: Duration) -> bool {
        self.back().is_some() && !self.servers.is_empty() && now < self.at + LASTS
    }
}

/// Whether it runs or is about to.
pub(crate) const fn is_up(status: &ServerStatus) -> bool {
    match status.phase {
        Phase::Waiting | Phase::Starting | Phase::Running | Phase::Backoff => true,
        // a restart's stop
        Phase::Stopping => matches!(status.desired, Desired::Up),
        Phase::Stopped | Phase::Failed | Phase::Completed => false,
    }
}
