//! Everything that can be observed to happen to a server.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use strum::VariantNames;

use super::{Exit, Holder, ServerId};

/// Who asked: the client's user and what program it said it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asker {
    /// User number of the connection's peer.
    pub uid: u32,
    /// What the client calls itself (`cli`, `dashboard`), not sanitized.
    pub client: String,
}

/// Something that happened. Events are durable and numbered without holes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// 1, 2, 3 … over the life of the state directory.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// To whom; `None`: to the supervisor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<ServerId>,
    /// What.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, VariantNames)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum EventKind {
    /// A supervisor came up.
    SupervisorStarted {
        /// Its PID.
        pid: u32,
        /// Its version.
        version: String,
        /// Brought back by a keeper, since the one before died.
        revived: bool,
    },
    /// A supervisor said goodbye.
    SupervisorStopped {
        /// Its PID.
        pid: u32,
    },
    /// A project was registered, or registered again.
    Registered {
        /// Its name.
        project: String,
        /// How many servers it has.
        servers: usize,
        /// Who asked.
        by: Asker,
    },
    /// Somebody asked for a start, stop, restart or signal.
    Asked {
        /// `start`, `stop`, `restart`, `signal SIGHUP`.
        what: String,
        /// Who.
        by: Asker,
    },
    /// It waits for a port that somebody else holds.
    Waiting {
        /// The port.
        port: u16,
        /// Who holds it.
        holder: Option<Holder>,
    },
    /// It waits for other servers.
    WaitsFor {
        /// What for, in words: `db to be healthy`.
        unmet: Vec<String>,
    },
    /// Its process was executed.
    Started {
        /// The main process.
        pid: u32,
        /// 0 at the first start, then counted up by each automatic restart.
        attempt: u32,
    },
    /// Its start-up check passed.
    Up {
        /// Milliseconds from its start.
        after_ms: u64,
    },
    /// Its start-up check did not pass in time.
    StartupTimedOut {
        /// Seconds it had.
        after_s: f64,
        /// The last answer, if there was one.
        answer: Option<String>,
    },
    /// A new supervisor found it alive.
    Adopted {
        /// The main process.
        pid: u32,
    },
    /// It ended because it was asked to.
    Stopped {
        /// How.
        exit: Exit,
    },
    /// It ended by itself, with success, and is done.
    Completed {
        /// How.
        exit: Exit,
    },
    /// It ended by itself, or ostler ended it as a failure.
    Exited {
        /// How.
        exit: Exit,
        /// Seconds it lived.
        lasted_s: f64,
        /// Why ostler ended it, where it did not end by itself: `unhealthy: 503 in 2 ms`. Not sanitized.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        because: Option<String>,
    },
    /// It will be restarted.
    Backoff {
        /// Which attempt comes next.
        attempt: u32,
        /// How many there are.
        attempts: u32,
        /// Milliseconds until then.
        delay_ms: u64,
    },
    /// ostler gave up on it.
    Failed {
        /// Why.
        reason: String,
    },
    /// Its health check passes: the first time, or again.
    Healthy {
        /// The answer.
        answer: String,
        /// It was unhealthy or hung before.
        recovered: bool,
    },
    /// Its health check failed too often, or a port that it declares is closed.
    Unhealthy {
        /// The last answer.
        answer: String,
        /// How many in a row failed.
        failed: u32,
    },
    /// It has missed its heartbeat.
    Hung {
        /// Seconds since the last one.
        after_s: f64,
    },
    /// It used more memory than it may.
    OverMemory {
        /// Bytes.
        used: u64,
        /// Bytes.
        limit: u64,
    },
    /// Its memory grows as that of a leak does.
    Growth {
        /// Bytes an hour.
        bytes_per_h: f64,
    },
    /// Processes of it are still there although they were killed.
    Unkillable {
        /// Which, with what they wait in: `811 (disk sleep)`.
        processes: Vec<String>,
    },
    /// Another keeper has taken over its run.
    KeeperReplaced {
        /// The new keeper.
        pid: u32,
    },
    /// A process of an earlier run, that nobody tracks, was found.
    OrphanFound {
        /// Which.
        pid: u32,
        /// Its command.
        command: String,
    },
    /// Somebody had it killed.
    OrphanKilled {
        /// Which.
        pid: u32,
        /// Who asked.
        by: Asker,
    },
    /// Somebody had the stranger killed that held a port of it.
    HolderKilled {
        /// The port.
        port: u16,
        /// The stranger.
        pid: u32,
        /// Who asked.
        by: Asker,
    },
    /// The file of a project was read again and applied.
    Reloaded {
        /// Which project.
        project: String,
        /// Servers that are new.
        added: usize,
        /// Servers that are gone.
        removed: usize,
        /// Servers that have changed.
        changed: usize,
        /// Who asked.
        by: Asker,
    },
    /// Somebody who is to be told of what happens could not be.
    NotifyFailed {
        /// `webhook of shop`, `command of shop`: the way, and whose.
        how: String,
        /// Why.
        why: String,
    },
    /// Its keeper is gone.
    KeeperLost {
        /// The main process, if it is still alive.
        pid: Option<u32>,
    },
    /// A state file did not parse and was moved aside.
    StateMovedAside {
        /// Where it is now.
        path: String,
    },
    /// A newer version's.
    #[serde(other)]
    Other,
}

impl EventKind {
    /// The word by which it is filtered and shown: the `kind` of its JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::SupervisorStarted { .. } => "supervisor_started",
            Self::SupervisorStopped { .. } => "supervisor_stopped",
            Self::Registered { .. } => "registered",
            Self::Asked { .. } => "asked",
            Self::Waiting { .. } => "waiting",
            Self::WaitsFor { .. } => "waits_for",
            Self::Started { .. } => "started",
            Self::Up { .. } => "up",
            Self::StartupTimedOut { .. } => "startup_timed_out",
            Self::Adopted { .. } => "adopted",
            Self::Stopped { .. } => "stopped",
            Self::Completed { .. } => "completed",
            Self::Exited { .. } => "exited",
            Self::Backoff { .. } => "backoff",
            Self::Failed { .. } => "failed",
            Self::Healthy { .. } => "healthy",
            Self::Unhealthy { .. } => "unhealthy",
            Self::Hung { .. } => "hung",
            Self::OverMemory { .. } => "over_memory",
            Self::Growth { .. } => "growth",
            Self::Unkillable { .. } => "unkillable",
            Self::KeeperReplaced { .. } => "keeper_replaced",
            Self::OrphanFound { .. } => "orphan_found",
            Self::OrphanKilled { .. } => "orphan_killed",
            Self::HolderKilled { .. } => "holder_killed",
            Self::Reloaded { .. } => "reloaded",
            Self::NotifyFailed { .. } => "notify_failed",
            Self::KeeperLost { .. } => "keeper_lost",
            Self::StateMovedAside { .. } => "state_moved_aside",
            Self::Other => "other",
        }
    }
}

/// How much an event matters to whoever reads of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It is told, no more.
    Plain,
    /// It went well.
    Good,
    /// Look at it.
    Notice,
    /// It went wrong.
    Trouble,
}

impl EventKind {
    /// How much it matters.
    pub fn severity(&self) -> Severity {
        match self {
            Self::Failed { .. }
            | Self::KeeperLost { .. }
            | Self::StateMovedAside { .. }
            | Self::Hung { .. }
            | Self::OverMemory { .. }
            | Self::Unkillable { .. }
            | Self::NotifyFailed { .. } => Severity::Trouble,
            Self::Exited { .. }
            | Self::Backoff { .. }
            | Self::StartupTimedOut { .. }
            | Self::Unhealthy { .. }
            | Self::Growth { .. }
            | Self::OrphanFound { .. }
            | Self::WaitsFor { .. }
            | Self::Waiting { .. } => Severity::Notice,
            Self::Up { .. } | Self::Healthy { .. } | Self::KeeperReplaced { .. } | Self::Adopted { .. } => {
                Severity::Good
            }
            Self::SupervisorStarted { .. }
            | Self::SupervisorStopped { .. }
            | Self::Registered { .. }
            | Self::Reloaded { .. }
            | Self::OrphanKilled { .. }
            | Self::HolderKilled { .. }
            | Self::Asked { .. }
            | Self::Started { .. }
            | Self::Stopped { .. }
            | Self::Completed { .. }
            | Self::Other => Severity::Plain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_round_trips_with_its_word_as_kind() {
        let event = Event {
            seq: 7,
            at: "2026-11-20T08:00:00Z".parse().unwrap(),
            server: Some("shop/api".parse().unwrap()),
            kind: EventKind::Exited { exit: Exit::Code(1), lasted_s: 9.1, because: None },
        };
        let json = serde_json::to_value(&event).unwrap();
        assert_eq!(json["kind"], event.kind.word());
        assert_eq!(serde_json::from_value::<Event>(json).unwrap(), event);
    }

    #[test]
    fn an_event_of_a_newer_version_is_one_of_another_kind() {
        let json = r#"{"seq":7,"at":"2026-11-20T08:00:00Z","server":"shop/api","kind":"hologram","hue":[1]}"#;
        let event: Event = serde_json::from_str(json).unwrap();
        assert_eq!((event.seq, event.kind), (7, EventKind::Other));
    }
}
