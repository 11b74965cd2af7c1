//! What one log contributes to a stream, in its order.

use std::collections::VecDeque;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::api::LogItem;
use crate::model::{LogCursor, LogLine, ServerId};

/// One of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// What.
    pub(super) what: What,
    /// Its place between those of other logs. A line of context has the time of the line that it stands near.
    pub(super) at: Timestamp,
    /// Live: when it goes out at the earliest.
    pub(super) due: Instant,
    /// Lines of this log are left out before it.
    pub(super) gap: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    Line(LogLine),
    Context(LogLine),
    /// Rotated away before it was read.
    Lagged {
        server: ServerId,
        from: LogCursor,
        to: LogCursor,
    },
}

impl Entry {
    /// A line that is wanted.
    pub(super) fn line(line: LogLine, now: Instant) -> Self {
        Self { at: line.at, what: What::Line(line), due: now, gap: false }
    }

    /// Where its log's reader is, after it.
    pub(super) const fn cursor(&self) -> LogCursor {
        match &self.what {
            What::Line(line) | What::Context(line) => line.cursor,
            What::Lagged { to, .. } => *to,
        }
    }

    /// As it is sent.
    pub(super) fn into_item(self) -> LogItem {
        match self.what {
            What::Line(line) => LogItem::Line(line.into()),
            What::Context(line) => LogItem::Context(line.into()),
            What::Lagged { server, from, to } => LogItem::Lagged { server, from, to },
        }
    }
}

/// Entries that wait to be sent, and what they hold in memory.
#[derive(Debug, Default)]
pub(super) struct Entries {
    queue: VecDeque<Entry>,
    bytes: usize,
}

impl Entries {
    pub(super) fn push(&mut self, entry: Entry) {
        self.bytes += size(&entry);
        self.queue.push_back(entry);
    }

    pub(super) fn pop(&mut self) -> Option<Entry> {
        let entry = self.queue.pop_front()?;
        self.bytes -= size(&entry);
        Some(entry)
    }

    pub(super) fn front(&self) -> Option<&Entry> {
        self.queue.front()
    }

    pub(super) fn back(&self) -> Option<&Entry> {
        self.queue.back()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Bytes that they hold.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Those behind the first so many.
    pub(super) fn after_mut(&mut self, first: usize) -> impl Iterator<Item = &mut Entry> {
        self.queue.iter_mut().skip(first)
    }

    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }
}

/// What a line holds in memory, in bytes.
pub(super) fn weight(line: &LogLine) -> usize {
    size_of::<Entry>() + line.bytes.len()
}

fn size(entry: &Entry) -> usize {
    match &entry.what {
        What::Line(line) | What::Context(line) => weight(line),
        What::Lagged { .. } => size_of::<Entry>(),
    }
}
