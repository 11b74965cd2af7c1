//! A server's log over HTTP: what is asked, and what is streamed, one JSON object on each line.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{Level, LogCursor, LogLine, ServerId, Stream};

/// Query of `GET …/{name}/log` and of `GET /v1/logs`, which merges several servers by time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogQuery {
    /// Only of `/v1/logs`: ids with commas between them. `project/name@segment:offset` begins at that place, as `from`
    /// does for one server; so a stream of several goes on where it was cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub servers: Option<String>,
    /// Not of `/v1/logs`: forwards from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<LogCursor>,
    /// Not of `/v1/logs`: the lines that end before or at this place; without `from` and `back`: those at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<LogCursor>,
    /// How many lines of history of each server at most; 200 without `from`, all with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<usize>,
    /// Only lines that this regular expression matches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grep: Option<String>,
    /// No lines that this regular expression matches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclude: Option<String>,
    /// With a filter: also so many lines before and after each line that it wants, at most 1000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<usize>,
    /// Only lines of this level or worse; lines without one go with the line that they follow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// Only what came from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<Stream>,
    /// Only lines of this time or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Only lines of before this time. Excludes `follow`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The history in the other order, sent as it is found. Excludes `from` and other places, `context` and `follow`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub newest_first: bool,
    /// Go on with what comes.
    #[serde(default)]
    pub follow: bool,
    /// Of one server: the bytes as it wrote them, as `application/octet-stream`, without ostler's own lines; all that are
    /// kept where neither `lines` nor `since` is given. Goes with `lines`, `since`, `stream` and `follow` only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub raw: bool,
}

/// An item of `GET …/log` and `GET /v1/logs`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LogItem {
    /// A line.
    Line(WireLine),
    /// A line shown because it stands near one that the filter wants. In a stream of several logs it stands next to that
    /// one, whatever its own time.
    Context(WireLine),
    /// The next line's log has lines before it that were left out; only where context was asked for.
    Break,
    /// How far a filtered history is searched, at most every 100 ms; the last one, before `Live` or the end, has
    /// `searched == total`. Live, it goes on counting, and comes at most twice a second, when more is `hidden`.
    Progress {
        /// Bytes of log that were looked at.
        searched: u64,
        /// Bytes of log that are to be looked at; less at last, where enough was found before its beginning.
        total: u64,
        /// Lines found.
        matched: u64,
        /// Lines that the filter left out.
        hidden: u64,
    },
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
}
