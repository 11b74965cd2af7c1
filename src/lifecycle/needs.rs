//! What a server needs of another, and whether that is there.

use std::fmt;

use super::server::Server;
use crate::model::{Health, Need, NeedState, Phase};

/// Something that a server needs and that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmet {
    /// Name of the server that is needed.
    pub server: String,
    /// What it must have reached.
    pub state: NeedState,
    /// What it is now, in words: `it is starting`.
    pub now: String,
    /// It was given up on, for this reason.
    pub failed: Option<String>,
}

impl Unmet {
    /// One of which no more is known than this.
    pub fn unknown(need: &Need, now: &str) -> Self {
        let server = need.server.name().to_owned();
        Self { server, state: need.state, now: now.to_owned(), failed: None }
    }

    /// What is waited for, without how far that is: `db to be healthy`.
    pub fn wanted(&self) -> String {
        let state = match self.state {
            NeedState::Started => "be started",
            NeedState::Healthy => "be healthy",
            NeedState::Completed => "complete",
        };
        let failed = self.failed.as_ref().map(|reason| format!(", but it failed: {reason}"));
        format!("{} to {state}{}", self.server, failed.unwrap_or_default())
    }
}

impl fmt::Display for Unmet {
    /// `db to be healthy (it is starting)`, `db to be healthy, but it failed: exited with code 1`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.wanted())?;
        if self.failed.is_none() { write!(f, " ({})", self.now) } else { Ok(()) }
    }
}

/// Whether the server that is needed is there: `None` if it is. Of one that has a health check no answer yet is no good
/// answer.
pub fn unmet(need: &Need, server: &Server) -> Option<Unmet> {
    let (phase, health) = (server.phase(), server.health());
    let checked = server.rules().health.is_some();
    let is_well = match health {
        Health::Healthy => true,
        Health::Unknown => !checked,
        Health::Unhealthy | Health::Hung => false,
    };
    let is_there = !server.is_leaving()
        && match (need.state, phase) {
            (NeedState::Started, Phase::Starting | Phase::Running)
            | (NeedState::Completed, Phase::Completed) => true,
            (NeedState::Healthy, Phase::Running) => is_well,
            (NeedState::Started, Phase::Completed)
            | (NeedState::Healthy, Phase::Starting | Phase::Completed)
            | (NeedState::Completed, Phase::Starting | Phase::Running)
            | (_, Phase::Stopped | Phase::Waiting | Phase::Stopping | Phase::Backoff | Phase::Failed) => {
                false
            }
        };
    if is_there {
        return None;
    }
    let now = match (phase, health) {
        (Phase::Starting | Phase::Running, _) if server.is_leaving() => "it is to be stopped".to_owned(),
        (Phase::Running, Health::Unknown) if checked => "its health check has not answered yet".to_owned(),
        (Phase::Running, Health::Unhealthy | Health::Hung) => format!("it is {}", health.word()),
        (Phase::Completed, _) => "it has completed".to_owned(),
        (Phase::Backoff, _) => "it is to be restarted after a crash".to_owned(),
        (
            Phase::Stopped
            | Phase::Waiting
            | Phase::Starting
            | Phase::Running
            | Phase::Stopping
            | Phase::Failed,
            _,
        ) => format!("it is {phase}"),
    };
    let failed =
        (phase == Phase::Failed).then(|| server.last_error().unwrap_or("nobody knows why").to_owned());
    Some(Unmet { now, failed, ..Unmet::unknown(need, "") })
}
