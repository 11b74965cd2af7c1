//! Orphans: processes of earlier runs that nobody tracks.

use serde::{Deserialize, Serialize};

use crate::model::{RunId, ServerId};

/// What is left of one run, in `GET /v1/orphans`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Orphan {
    /// By which it is killed or adopted; the same for as long as its process `pid` lives.
    pub id: String,
    /// The server of which it was a run.
    pub server: ServerId,
    /// The run.
    pub run: RunId,
    /// Its main process, or the oldest one that is left.
    pub pid: u32,
    /// All of its processes, that one first.
    pub pids: Vec<u32>,
    /// Command name of `pid`, not sanitized.
    pub command: String,
    /// User of `pid`: the name, or the number.
    pub user: Option<String>,
    /// Seconds that `pid` lives.
    pub age_s: f64,
    /// Why nobody tracks it.
    pub reason: OrphanReason,
    /// Its main process is on record and alive: it can become its server's run again.
    pub adoptable: bool,
}

/// Why nobody tracks a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrphanReason {
    /// Its run is on record without an end, and has no keeper.
    KeeperGone,
    /// Nothing is on record of its run.
    StateLost,
    /// The main process of its run has ended.
    EarlierRun,
    /// A newer supervisor's reason.
    #[serde(other)]
    Other,
}

impl OrphanReason {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::KeeperGone => "its keeper is gone",
            Self::StateLost => "its state was lost",
            Self::EarlierRun => "left by a run that ended",
            Self::Other => "a newer ostler knows",
        }
    }
}

/// Answer of `POST /v1/orphans/{id}/kill`: no process of the run is left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrphanKilled {
    /// The server of which it was a run.
    pub server: ServerId,
    /// The processes that have ended.
    pub pids: Vec<u32>,
}
