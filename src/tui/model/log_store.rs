//! A bounded window on one server's log: the lines as the server wrote them, decoded only when they are drawn.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::model::{LogCursor, LogLine, Stream};
use crate::text::{self, Level};

/// Lines in the window at most.
pub(crate) const MAX_LINES: usize = 5000;
/// Bytes in the window at most.
pub(crate) const MAX_BYTES: usize = 4 << 20;
/// Bytes of one line that are kept and drawn; how many more there are is said at its end.
pub(crate) const LINE_MAX: usize = 16 << 10;
/// How far back an unfinished line is looked for when its end comes: the other stream may have written meanwhile.
const UNFINISHED_LOOK_BACK: usize = 16;
/// A level stands near a line's beginning: bytes that are looked at for it when the line comes.
const LEVEL_WITHIN: usize = 512;

/// A line in the window.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stored {
    /// When it began.
    pub(crate) at: Timestamp,
    /// Where it came from.
    pub(crate) stream: Stream,
    /// Not sanitized, at most [`LINE_MAX`].
    pub(crate) bytes: Box<[u8]>,
    /// Bytes left out at its end.
    pub(crate) cut: u64,
    /// Its end has not come.
    pub(crate) partial: bool,
    /// Just past it.
    pub(crate) cursor: LogCursor,
    /// How bad it is, guessed from its beginning: for the scroll bar, which knows lines that nobody looks at.
    pub(crate) level: Option<Level>,
}

impl From<LogLine> for Stored {
    fn from(line: LogLine) -> Self {
        let LogLine { server: _, cursor, at, stream, mut bytes, partial, cut } = line;
        let over = bytes.len().saturating_sub(LINE_MAX);
        bytes.truncate(LINE_MAX);
        let head = text::plain(&bytes[..bytes.len().min(LEVEL_WITHIN)]);
        let level = text::level::detect(&head).filter(|_| stream != Stream::System);
        Self { at, stream, bytes: bytes.into_boxed_slice(), cut: cut + over as u64, partial, cursor, level }
    }
}

/// See the module. A line keeps its number as long as it is here, whatever comes or goes at the ends.
#[derive(Debug, Default)]
pub(crate) struct Store {
    lines: VecDeque<Stored>,
    first: i64,
    bytes: usize,
}

impl Store {
    /// Lines in the window.
    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }

    /// Number of the first line.
    pub(crate) fn first(&self) -> i64 {
        self.first
    }

    /// One past the number of the last line.
    pub(crate) fn end(&self) -> i64 {
        self.first + self.lines.len() as i64
    }

    /// By number.
    pub(crate) fn get(&self, number: i64) -> Option<&Stored> {
        usize::try_from(number - self.first).ok().and_then(|at| self.lines.get(at))
    }

    /// All lines, the oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Stored> {
        self.lines.iter()
    }

    /// Number of the last line that ends at this place or before it.
    pub(crate) fn last_before(&self, place: LogCursor) -> Option<i64> {
        let lines = self.lines.partition_point(|line| line.cursor <= place);
        (lines > 0).then(|| self.first + lines as i64 - 1)
    }

    /// Where the first line ends.
    pub(crate) fn first_cursor(&self) -> Option<LogCursor> {
        self.lines.front().map(|line| line.cursor)
    }

    /// Where the last line ends.
    pub(crate) fn last_cursor(&self) -> Option<LogCursor> {
        self.lines.back().map(|line| line.cursor)
    }

    /// Adds a line at the end, or completes the unfinished one that it belongs to; whether it is a new one.
    pub(crate) fn append(&mut self, line: Stored) -> bool {
        let recent = self.lines.iter_mut().rev().take(UNFINISHED_LOOK_BACK);
        for old in recent {
            if old.stream == line.stream {
                if old.partial && line.bytes.starts_with(&old.bytes) {
                    self.bytes = self.bytes - old.bytes.len() + line.bytes.len();
                    *old = line;
                    return false;
                }
                break;
            }
        }
        self.bytes += line.bytes.len();
        self.lines.push_back(line);
        true
    }

    /// Adds older lines, given from the oldest on; those that are here already are passed over.
    pub(crate) fn prepend(&mut self, older: Vec<Stored>) {
        let limit = self.first_cursor();
        for line in older.into_iter().rev() {
            if limit.is_some_and(|limit| line.cursor >= limit) {
                continue;
            }
            self.bytes += line.bytes.len();
            self.first -= 1;
            self.lines.push_front(line);
        }
    }

    /// Whether the window holds more than it may.
    pub(crate) fn is_over(&self) -> bool {
        self.lines.len() > 1 && (self.lines.len() > MAX_LINES || self.bytes > MAX_BYTES)
    }

    /// Drops the oldest line.
    pub(crate) fn drop_first(&mut self) {
        if let Some(line) = self.lines.pop_front() {
            self.bytes -= line.bytes.len();
            self.first += 1;
        }
    }

    /// Drops the newest line.
    pub(crate) fn drop_last(&mut self) {
        if let Some(line) = self.lines.pop_back() {
            self.bytes -= line.bytes.len();
        }
    }

    /// Drops unfinished lines at the end: they come again when reading goes on.
    pub(crate) fn drop_unfinished(&mut self) {
        let tail = self.lines.iter().rev().take(UNFINISHED_LOOK_BACK);
        let drop =
            tail.enumerate().filter(|(_, line)| line.partial).map(|(back, _)| back + 1).max().unwrap_or(0);
        for _ in 0..drop {
            self.drop_last();
        }
    }
}
