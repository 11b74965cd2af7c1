//! What is answered.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{Phase, ServerId, ServerStatus};

/// `GET /v1/version`, `GET /healthz`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// See [`super::PROTOCOL`].
    pub protocol: u32,
    /// Of the program.
    pub version: String,
    /// Of the supervisor.
    pub pid: u32,
    /// Seconds it is up.
    pub uptime_s: f64,
    /// A keeper started it, since the one before died.
    #[serde(default)]
    pub revived: bool,
    /// Its keepers, by their version.
    #[serde(default)]
    pub keepers: Vec<KeeperCount>,
}

/// Keepers of one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeeperCount {
    /// Of their program.
    pub version: String,
    /// How many.
    pub count: usize,
    /// The supervisor speaks their protocol.
    #[serde(default = "yes")]
    pub spoken: bool,
}

fn yes() -> bool {
    true
}

/// `GET /v1/servers` is a [`crate::model::Snapshot`]; this is the answer of `POST /v1/projects`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// The project's name.
    pub project: String,
    /// Its servers, in the order of the file.
    pub servers: Vec<ServerId>,
    /// Those that `up` without names starts.
    pub autostart: Vec<ServerId>,
    /// What was new.
    pub added: Vec<ServerId>,
    /// What is not in the file any more: stopped ones are forgotten, running ones stay until they are stopped.
    pub removed: Vec<ServerId>,
    /// What runs as the file said before.
    pub changed: Vec<ServerId>,
}

/// Answer of an acting route.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Acted {
    /// The last event of this request.
    pub seq: u64,
    /// The servers, in the order of the request, then those that were started or stopped along: as they are at the
    /// answer.
    pub servers: Vec<ServerStatus>,
    /// What whoever asked should know. Not sanitized.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Servers, for a list without the rest of a snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerList {
    /// The servers.
    pub servers: Vec<ServerStatus>,
}

/// `GET …/{name}/why`: why it is in this phase, in sentences. Not sanitized: they may quote what a server wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// Whose.
    pub id: ServerId,
    /// Its phase.
    pub phase: Phase,
    /// Since when.
    pub since: Timestamp,
    /// How it came to be so, most important first.
    pub because: Vec<String>,
    /// What it waits for.
    pub waiting_for: Vec<String>,
    /// What happens next.
    pub next: String,
    /// When, where that is known.
    pub next_at: Option<Timestamp>,
}
