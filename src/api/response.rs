//! What is answered.

use std::path::PathBuf;

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

/// `GET /v1/projects/{project}`: where a project comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectInfo {
    /// Its name.
    pub project: String,
    /// Its config file, absolute.
    pub file: PathBuf,
    /// The profile that is laid over the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
}

/// `POST /v1/reload`: the difference between the file and what is registered, or was launched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reloaded {
    /// The project's name.
    pub project: String,
    /// The profile that was laid over the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Servers that are new in the file.
    pub added: Vec<ServerId>,
    /// Servers that are not in the file any more.
    pub removed: Vec<ServerId>,
    /// Servers that the file says something else of.
    pub changed: Vec<ServerChange>,
    /// What has changed of the project itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<FieldChange>,
    /// Whether that was done; otherwise nothing was.
    pub applied: bool,
    /// Those that were started and restarted, as they are at the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<ServerStatus>,
}

/// What has changed of a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerChange {
    /// Which.
    pub server: ServerId,
    /// Field by field, by name.
    pub fields: Vec<FieldChange>,
    /// It is up, so that applying restarts it; otherwise its next start takes the change.
    pub restarts: bool,
}

/// What has changed of one field. Not sanitized.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// As in the config file: `command`, `restart.attempts`, `env.TOKEN`.
    pub name: String,
    /// What it was, as text; `None`: not set. Never the value of a variable.
    pub before: Option<String>,
    /// What the file says.
    pub after: Option<String>,
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
