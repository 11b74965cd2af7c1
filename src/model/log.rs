//! A line of a server's log and its place.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantNames};

use super::ServerId;

/// Where a byte came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// The server's standard output, or its PTY.
    Stdout,
    /// The server's standard error.
    Stderr,
    /// ostler itself: started, exited, a gap.
    System,
    /// The index of this part was lost.
    Unknown,
}

/// A log line's level, least bad first.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    VariantNames,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Level {
    /// Every step.
    Trace,
    /// For developers.
    Debug,
    /// What usually happens.
    Info,
    /// What may become bad.
    Warn,
    /// Something failed.
    Error,
    /// It cannot go on.
    Fatal,
}

/// A place in a server's log: the byte before which a reader goes on. Written `segment:offset`; sorts by place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LogCursor {
    /// Number of the segment file.
    pub segment: u64,
    /// Byte in it.
    pub offset: u64,
}

/// Why a text is not a [`LogCursor`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a log cursor: it has the form `segment:offset`", .0.escape_debug())]
pub struct BadCursor(pub String);

impl fmt::Display for LogCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.segment, self.offset)
    }
}

impl FromStr for LogCursor {
    type Err = BadCursor;
    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let parse = || {
            let (segment, offset) = text.split_once(':')?;
            Some(Self { segment: segment.parse().ok()?, offset: offset.parse().ok()? })
        };
        parse().ok_or_else(|| BadCursor(text.to_owned()))
    }
}

impl TryFrom<String> for LogCursor {
    type Error = BadCursor;
    fn try_from(text: String) -> Result<Self, BadCursor> {
        text.parse()
    }
}

impl From<LogCursor> for String {
    fn from(cursor: LogCursor) -> Self {
        cursor.to_string()
    }
}

/// One line as the server wrote it: not sanitized, without its newline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Whose.
    pub server: ServerId,
    /// Just past this line's last byte: reading from here goes on with the next one.
    pub cursor: LogCursor,
    /// When its first byte was read from the server.
    pub at: Timestamp,
    /// Where it came from.
    pub stream: Stream,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Its newline has not come yet; a line with the same beginning follows when it has.
    pub partial: bool,
    /// Bytes that were left out at its end, since it is longer than a reader takes.
    pub cut: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_round_trips_and_sorts_by_place() {
        let cursor: LogCursor = "3:120".parse().unwrap();
        assert_eq!(cursor, LogCursor { segment: 3, offset: 120 });
        assert_eq!(cursor.to_string(), "3:120");
        assert!(cursor > "2:999999".parse().unwrap());
        for bad in ["", "3", "3:", ":1", "a:b", "1:2:3", "-1:0", "1:99999999999999999999999"] {
            assert!(bad.parse::<LogCursor>().is_err(), "{bad}");
        }
    }
}
