//! What `GET …/{name}/processes` and `GET …/{name}/exits` answer.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::Exit;

/// Processes that are told of at most; [`Processes::total`] counts all.
pub const PROCESSES_MAX: usize = 200;

/// Exits that are told of at most.
pub const EXITS_MAX: usize = 50;

/// The processes of a server's run, as of now. Empty while it is down.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Processes {
    /// How many there are.
    pub total: usize,
    /// The main one first, then by number; at most [`PROCESSES_MAX`].
    pub processes: Vec<ProcessRow>,
}

/// One process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProcessRow {
    /// Its number.
    pub pid: u32,
    /// Its parent, which may be none of the server's.
    pub parent: u32,
    /// Its command line, cut to 512 bytes; its name where it has none. Not sanitized.
    pub command: String,
    /// Seconds of CPU time that it used itself, without its children.
    pub cpu_s: f64,
    /// Resident bytes, those that it has in common with others included.
    pub memory_bytes: u64,
    /// Seconds that it lives. Two answers tell by it and `cpu_s` how much of a core it used between them.
    pub uptime_s: f64,
}

/// How a run ended: one of `GET …/{name}/exits`, which gives the newest first, at most [`EXITS_MAX`] and as far as events
/// are kept in memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PastExit {
    /// When.
    pub at: Timestamp,
    /// What it was.
    pub end: End,
    /// How its main process ended.
    pub exit: Exit,
    /// Seconds that it lived; `None` where its start is not kept any more.
    pub lasted_s: Option<f64>,
    /// Why ostler ended it, where it was ended as a failure. Not sanitized.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// What an exit was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum End {
    /// Somebody asked for it.
    Stopped,
    /// It ended by itself, with success.
    Completed,
    /// It ended by itself and should not have, or ostler ended it as a failure.
    Exited,
}
