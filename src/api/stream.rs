//! What is streamed: one JSON object on each line.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{Event, LogCursor, LogLine, ServerHistory, ServerId, ServerStatus, Snapshot, Stream};

/// An item of `GET /v1/events`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum StreamItem {
    /// Everything; always the first.
    Snapshot(Snapshot),
    /// The second, where graphs were asked for: every running server's past.
    History {
        /// One for each server that has a past.
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

/// An item of `GET …/log` and `GET /v1/logs`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LogItem {
    /// A line.
    Line(WireLine),
    /// The history that was asked for ends here; what follows is live.
    Live {
        /// Whose.
        server: ServerId,
        /// Where reading goes on.
        cursor: LogCursor,
    },
    /// The writer rotated away what this reader had not read.
    Lagged {
        /// Whose.
        server: ServerId,
        /// The first place that is lost.
        from: LogCursor,
        /// Where reading goes on.
        to: LogCursor,
    },
    /// A newer supervisor's item.
    #[serde(other)]
    Other,
}

/// A [`LogLine`] as JSON: `text` where the bytes are UTF-8, `base64` otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireLine {
    /// Whose.
    pub server: ServerId,
    /// Just past this line.
    pub cursor: LogCursor,
    /// When its first byte was read.
    pub at: Timestamp,
    /// Where it came from.
    pub stream: Stream,
    /// The bytes, not sanitized.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The bytes, where they are no UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// Its newline has not come yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// Bytes left out at its end.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cut: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl From<LogLine> for WireLine {
    fn from(line: LogLine) -> Self {
        let LogLine { server, cursor, at, stream, bytes, partial, cut } = line;
        let (text, base64) = match String::from_utf8(bytes) {
            Ok(text) => (Some(text), None),
            Err(error) => (None, Some(STANDARD.encode(error.as_bytes()))),
        };
        Self { server, cursor, at, stream, text, base64, partial, cut }
    }
}

impl From<WireLine> for LogLine {
    /// What is neither text nor base64 becomes an empty line.
    fn from(wire: WireLine) -> Self {
        let WireLine { server, cursor, at, stream, text, base64, partial, cut } = wire;
        let bytes = match (text, base64) {
            (Some(text), _) => text.into_bytes(),
            (None, Some(coded)) => STANDARD.decode(coded).unwrap_or_default(),
            (None, None) => Vec::new(),
        };
        Self { server, cursor, at, stream, bytes, partial, cut }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_round_trip() {
        for bytes in [b"plain".to_vec(), b"\xff\x00\x9b".to_vec(), Vec::new()] {
            let line = LogLine {
                server: "a/b".parse().unwrap(),
                cursor: LogCursor { segment: 1, offset: 9 },
                at: Timestamp::UNIX_EPOCH,
                stream: Stream::Stdout,
                bytes,
                partial: false,
                cut: 0,
            };
            let json = serde_json::to_string(&LogItem::Line(line.clone().into())).unwrap();
            let LogItem::Line(wire) = serde_json::from_str(&json).unwrap() else { panic!("{json}") };
            assert_eq!(LogLine::from(wire), line);
        }
    }

    #[test]
    fn an_item_of_a_newer_version_is_passed_over() {
        assert_eq!(serde_json::from_str::<StreamItem>(r#"{"type":"hologram"}"#).unwrap(), StreamItem::Other);
    }
}
