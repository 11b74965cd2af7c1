//! What happens, as it is streamed: one JSON object on each line.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{Event, ServerHistory, ServerId, ServerStatus, Snapshot};

/// An item of `GET /v1/events`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum StreamItem {
    /// Everything; always the first.
    Snapshot(Snapshot),
    /// What follows a snapshot, where graphs were asked for: the servers' past. It comes in several items where there are
    /// many servers.
    History {
        /// One for each server that has a past. Empty steps at the beginning are left out.
        servers: Vec<ServerHistory>,
    },
    /// Something happened.
    Event(Event),
    /// These servers are like this now.
    Status {
        /// The last event that is counted in.
        seq: u64,
        /// In no order.
        servers: Vec<ServerStatus>,
    },
    /// These servers are forgotten.
    Removed {
        /// Their names.
        servers: Vec<ServerId>,
    },
    /// What was measured now; only where graphs were asked for. A server that does not run is left out.
    Samples {
        /// When.
        at: Timestamp,
        /// One for each running server.
        samples: Vec<ServerSample>,
        /// The box's CPU in per cent of all cores.
        host_cpu_percent: f32,
        /// The box's used bytes.
        host_memory_used: u64,
        /// The box's bytes.
        host_memory_total: u64,
    },
    /// Something happened to this server of which its project wants to be told by the terminal's bell.
    Bell {
        /// Which.
        server: ServerId,
    },
    /// This reader was too slow for `from` to `to` (event numbers); a new snapshot follows.
    Lagged {
        /// The first that it missed.
        from: u64,
        /// The last that it missed.
        to: u64,
    },
    /// The supervisor says goodbye: servers live on, connect again.
    Goodbye,
    /// A newer supervisor's item.
    #[serde(other)]
    Other,
}

/// One server's part of [`StreamItem::Samples`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerSample {
    /// Whose.
    pub id: ServerId,
    /// Of the whole tree, per cent of one core.
    pub cpu: f32,
    /// Of the whole tree, bytes.
    pub mem: u64,
    /// Seconds since its process started.
    pub up: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_of_a_newer_version_is_passed_over() {
        assert_eq!(serde_json::from_str::<StreamItem>(r#"{"type":"hologram"}"#).unwrap(), StreamItem::Other);
    }
}
