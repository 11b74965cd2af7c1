//! A bounded window on one server's log: the lines as the server wrote them, decoded only when they are drawn.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::model::{Level, LogCursor, LogLine, Stream};
use crate::text;

/// Lines in the window at most.
pub(crate) const MAX_LINES: usize = 5000;
/// Bytes in the window at most.
pub(crate) const MAX_BYTES: usize = 4 << 20;
/// Bytes of one line that are kept and drawn; how many more there are is said at its end.
pub(crate) const LINE_MAX: usize = 16 << 10;
/// Bytes of a line in which its level is looked for.
const LEVEL_HEAD: usize = 1 << 10;
/// How far back an unfinished line is looked for when its end comes: the other stream may have written meanwhile.
const UNFINISHED_LOOK_BACK: usize = 16;

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
    /// Whose, where several logs are merged: its index in [`super::log_wanted::Reading::servers`].
    pub(crate) server: u16,
    /// It is not wanted itself, but stands near a line that is.
    pub(crate) context: bool,
    /// Its own level is an error or worse.
    pub(crate) bad: bool,
}

impl Stored {
    /// A line of ostler's own, which is in no log.
    pub(crate) fn own(text: &str, at: Timestamp, server: u16, cursor: LogCursor) -> Self {
        let bytes = text.as_bytes().into();
        let stream = Stream::System;
        Self { at, stream, bytes, cut: 0, partial: false, cursor, server, context: false, bad: false }
    }
}

/// Whether a line's own level is an error or worse.
fn is_bad(stream: Stream, bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(LEVEL_HEAD)];
    stream != Stream::System
        && text::level::detect(&text::plain(head)).is_some_and(|level| level >= Level::Error)
}

impl From<LogLine> for Stored {
    fn from(line: LogLine) -> Self {
        let LogLine { server: _, cursor, at, stream, mut bytes, partial, cut } = line;
        let over = bytes.len().saturating_sub(LINE_MAX);
        bytes.truncate(LINE_MAX);
        let bad = is_bad(stream, &bytes);
        let (bytes, cut) = (bytes.into_boxed_slice(), cut + over as u64);
        Self { at, stream, bytes, cut, partial, cursor, server: 0, context: false, bad }
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

    /// How many lines there are before the first of which this does not hold; it must hold of those before it.
    pub(crate) fn partition_point(&self, holds: impl FnMut(&Stored) -> bool) -> usize {
        self.lines.partition_point(holds)
    }

    /// With their numbers.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (i64, &Stored)> + '_ {
        self.lines.iter().enumerate().map(|(at, line)| (self.first + at as i64, line))
    }

    /// By number.
    pub(crate) fn get(&self, number: i64) -> Option<&Stored> {
        usize::try_from(number - self.first).ok().and_then(|at| self.lines.get(at))
    }

    /// The last line.
    pub(crate) fn last(&self) -> Option<&Stored> {
        self.lines.back()
    }

    /// Where the last line ends.
    pub(crate) fn last_cursor(&self) -> Option<LogCursor> {
        self.last().map(|line| line.cursor)
    }

    /// Adds a line at the end, or completes the unfinished one that it belongs to; whether it is a new one.
    pub(crate) fn append(&mut self, line: Stored) -> bool {
        let recent = self.lines.iter_mut().rev().take(UNFINISHED_LOOK_BACK);
        for old in recent {
            if (old.server, old.stream) == (line.server, line.stream) {
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

    /// Adds older lines, given from the oldest on.
    pub(crate) fn prepend(&mut self, older: Vec<Stored>) {
        older.into_iter().rev().for_each(|line| self.push_front(line));
    }

    /// Adds one older line.
    pub(crate) fn push_front(&mut self, line: Stored) {
        self.bytes += line.bytes.len();
        self.first -= 1;
        self.lines.push_front(line);
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

    /// Drops unfinished lines at the end, and what came after them: they come again when reading goes on from there.
    /// Whether there were some.
    pub(crate) fn drop_unfinished(&mut self) -> bool {
        let tail = self.lines.iter().rev().take(UNFINISHED_LOOK_BACK);
        let drop =
            tail.enumerate().filter(|(_, line)| line.partial).map(|(back, _)| back + 1).max().unwrap_or(0);
        for _ in 0..drop {
            self.drop_last();
        }
        drop > 0
    }
}
