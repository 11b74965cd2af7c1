//! What the monitor measures.

use serde::{Deserialize, Serialize};

use super::ServerId;

/// CPU and memory of a run's whole process tree at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Per cent of one core since the sample before.
    pub cpu_percent: f32,
    /// Resident bytes.
    pub memory_bytes: u64,
}

/// A port as the listen table shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PortState {
    /// A process of the run listens.
    Listening,
    /// Nobody listens.
    #[default]
    Closed,
    /// Somebody else listens.
    Foreign,
}

/// The process that listens on a port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its PID, if it may be seen.
    pub pid: Option<u32>,
    /// Its command name, not sanitized.
    pub command: Option<String>,
    /// Its user's name, or the number.
    pub user: Option<String>,
    /// The server of ours that it belongs to, if any.
    pub ours: Option<ServerId>,
}

/// The past of one server at even steps, oldest first, ending now. `None` is a step without a sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerHistory {
    /// Whose.
    pub id: ServerId,
    /// Seconds from one sample to the next.
    pub step_s: u32,
    /// Maximum CPU of each step, in per cent of one core.
    pub cpu_percent: Vec<Option<f32>>,
    /// Last memory of each step, in bytes.
    pub memory_bytes: Vec<Option<u64>>,
}
