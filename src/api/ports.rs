//! Ports: who declares them, and who holds them.

use serde::{Deserialize, Serialize};

use crate::model::{Holder, Phase, PortStatus, ServerId, Signal};

/// One row of `GET /v1/ports`: a port that a server declares, or on which it was found to listen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PortRow {
    /// Whose it is.
    pub server: ServerId,
    /// The phase of that server.
    pub phase: Phase,
    /// As the listen table shows it at the time of the answer. A holder beside `listening` listens on the same port as
    /// the server does, by `SO_REUSEPORT` or on another address.
    #[serde(flatten)]
    pub status: PortStatus,
}

/// Body of `POST /v1/ports/{port}/kill`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KillHolder {
    /// SIGKILL instead of SIGTERM.
    #[serde(default)]
    pub now: bool,
    /// Only if it is this process that holds the port, and only this one; without it, whoever does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
}

/// Its answer: strangers that held the port were sent a signal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolderKilled {
    /// The port.
    pub port: u16,
    /// What was sent.
    pub signal: Signal,
    /// To whom.
    pub holders: Vec<Holder>,
    /// Who holds it still, a moment later.
    pub left: Vec<Holder>,
}
