//! Putting lines together from the pieces in which they were written: forwards and backwards, for one slot.
//!
//! Both give the same lines. A line is at most [`LINE_MAX`] bytes: its beginning; the others are counted.

use jiff::Timestamp;

use crate::model::{LogCursor, LogLine, ServerId, Stream};

use super::format::Slot;

/// The longest line that a reader returns, in bytes.
pub const LINE_MAX: usize = 64 * 1024;

/// Where a piece came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) at_us: i64,
    pub(super) stream: Stream,
}

/// A line's beginning, and how many bytes came after that.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    bytes: Vec<u8>,
    cut: u64,
    origin: Origin,
    /// Just past its last byte.
    end: LogCursor,
}

/// One slot's line, read forwards.
#[derive(Clone, Debug, Default)]
pub(super) struct Forward(Option<Piece>);

impl Forward {
    /// Goes on with what was found backwards.
    pub(super) fn resume(found: Option<Piece>) -> Self {
        Self(found)
    }

    /// Takes the next bytes, without a newline.
    pub(super) fn push(&mut self, bytes: &[u8], origin: Origin, end: LogCursor) {
        if bytes.is_empty() {
            return;
        }
        let piece = self.0.get_or_insert_with(|| Piece { bytes: Vec::new(), cut: 0, origin, end });
        let kept = bytes.len().min(LINE_MAX - piece.bytes.len());
        piece.bytes.extend_from_slice(&bytes[..kept]);
        piece.cut += (bytes.len() - kept) as u64;
        piece.end = end;
    }

    /// Its newline came from `origin`, the line ends at `end`.
    pub(super) fn complete(&mut self, origin: Origin, end: LogCursor) -> Piece {
        let piece = self.0.take().unwrap_or(Piece { bytes: Vec::new(), cut: 0, origin, end });
        Piece { end, ..piece }
    }

    /// Takes what has come of it after that.
    pub(super) fn append(&mut self, later: Option<Piece>) {
        let Some(Piece { bytes, cut, origin, end }) = later else { return };
        self.push(&bytes, origin, end);
        if let Some(piece) = &mut self.0 {
            piece.cut += cut;
        }
    }

    /// What has come of it, for others to go on with.
    pub(super) fn into_pending(self) -> Option<Piece> {
        self.0
    }

    /// What has come of it so far.
    pub(super) const fn pending(&self) -> Option<&Piece> {
        self.0.as_ref()
    }
}

/// One slot's line, read backwards from its end.
#[derive(Debug)]
pub(super) struct Backward {
    /// The bytes, last first; at most twice `LINE_MAX`, of which the first read are dropped.
    reversed: Vec<u8>,
    dropped: u64,
    origin: Option<Origin>,
    end: Option<LogCursor>,
    /// Its newline was seen.
    pub(super) complete: bool,
}

impl Backward {
    /// A line whose newline came from `origin` and which ends at `end`.
    pub(super) const fn complete(origin: Origin, end: LogCursor) -> Self {
        Self { reversed: Vec::new(), dropped: 0, origin: Some(origin), end: Some(end), complete: true }
    }

    /// A line that has no newline yet.
    pub(super) const fn pending() -> Self {
        Self { reversed: Vec::new(), dropped: 0, origin: None, end: None, complete: false }
    }

    /// Takes the bytes before those that it has; they end at `end`.
    pub(super) fn push(&mut self, bytes: &[u8], origin: Origin, end: LogCursor) {
        if bytes.is_empty() {
            return;
        }
        self.reversed.extend(bytes.iter().rev());
        if let Some(over) = self.reversed.len().checked_sub(2 * LINE_MAX) {
            let drop = over + LINE_MAX;
            self.reversed.drain(..drop);
            self.dropped += drop as u64;
        }
        self.origin = Some(origin);
        self.end.get_or_insert(end);
    }

    /// Its beginning is reached. `None` if it was pending and has no byte.
    pub(super) fn finish(mut self) -> Option<Piece> {
        self.reversed.reverse();
        let cut = self.dropped + self.reversed.len().saturating_sub(LINE_MAX) as u64;
        self.reversed.truncate(LINE_MAX);
        Some(Piece { bytes: self.reversed, cut, origin: self.origin?, end: self.end? })
    }
}

impl Piece {
    /// When its first byte was written, in microseconds since 1970.
    pub(super) const fn at_us(&self) -> i64 {
        self.origin.at_us
    }

    /// The line that is returned; `None` for one that nobody wants to see: an empty one of ostler's own is the newline
    /// that keeps it apart from the server's bytes.
    pub(super) fn into_line(self, server: &ServerId, slot: Slot, partial: bool) -> Option<LogLine> {
        let Self { mut bytes, cut, origin, end } = self;
        if slot == Slot::System && bytes.is_empty() {
            return None;
        }
        if !partial && cut == 0 && bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        let at = Timestamp::from_microsecond(origin.at_us).unwrap_or(Timestamp::UNIX_EPOCH);
        Some(LogLine { server: server.clone(), cursor: end, at, stream: origin.stream, bytes, partial, cut })
    }
}
