//! The lines around those that a filter wants.
//!
//! Wanted lines come in with their places, in order; what stands around them is read from the same log without a
//! filter: backwards from the line, and forwards after it as far as the log has been searched. What is sent only ever
//! goes forward, so no line comes twice, and where two groups touch they are one.

use std::collections::VecDeque;
use std::io;

use tokio::time::Instant;

use super::entry::{Entries, Entry, What, weight};
use crate::journal::{Budget, Filter, Reader};
use crate::model::{LogCursor, LogLine};

/// Bytes that the lines before one line may hold together: fewer lines are shown where they are very long.
const BEFORE_BYTES: usize = 1024 * 1024;

/// Lines that are read backwards at once; each may have `journal::LINE_MAX` bytes.
const BACK_LINES: usize = 100;

/// How much is read ahead after a line: lines that are wanted close together are then found in it.
const AHEAD: Budget = Budget { lines: 512, bytes: 64 * 1024, partial: false };

/// Bytes of entries after which the rest is left to the next call.
const ENOUGH: usize = 256 * 1024;

/// Where the context of one log is.
#[derive(Debug)]
pub(super) struct Context {
    /// Lines on each side.
    lines: usize,
    /// The last line that was sent, if any was: the same line is not sent again, nor one before it.
    sent: Option<LogCursor>,
    /// Lines that are still to come after the last wanted one.
    due: usize,
    /// The time of the last wanted one.
    at: jiff::Timestamp,
    /// Read ahead, after `sent`.
    ahead: VecDeque<LogLine>,
    /// Reading ahead goes on here.
    next: LogCursor,
    /// Something was rotated away after `sent`.
    torn: bool,
}

impl Context {
    /// So many lines on each side.
    pub(super) fn new(lines: usize) -> Self {
        Self {
            lines,
            sent: None,
            due: 0,
            at: jiff::Timestamp::UNIX_EPOCH,
            ahead: VecDeque::new(),
            next: LogCursor::default(),
            torn: false,
        }
    }

    /// Everything up to `from` has been sent before: goes on there as if the stream had not been cut.
    pub(super) fn resume(&mut self, reader: &Reader, filter: &Filter, from: LogCursor) -> io::Result<()> {
        self.stand_at(from);
        let near = reader.back(Some(from), self.lines, None)?.lines;
        let Some(first) = near.first() else { return Ok(()) };
        let begin = LogCursor { offset: first.cursor.offset.saturating_sub(1), ..first.cursor };
        let bytes = reader.span(begin, from)?.max(1);
        let budget = Budget { lines: near.len(), bytes, partial: false };
        let wanted = reader.forward(begin, budget, Some(filter))?.lines;
        let last = wanted.into_iter().rev().find(|line| line.cursor <= from);
        if let Some(last) = last {
            self.at = last.at;
            self.due = self.lines - near.iter().filter(|line| last.cursor < line.cursor).count();
        }
        Ok(())
    }

    /// Takes wanted lines from `wanted` and adds them to `out` with what stands around them; true when all is done,
    /// false when there is enough of it for now. Adds no line that ends after `upto`: so far the log was searched.
    pub(super) fn around(
        &mut self,
        reader: &Reader,
        wanted: &mut VecDeque<LogLine>,
        upto: LogCursor,
        out: &mut Entries,
    ) -> io::Result<bool> {
        while out.bytes() < ENOUGH {
            let Some(line) = wanted.pop_front() else {
                self.after(reader, upto, out)?;
                return Ok(true);
            };
            if line.partial {
                // it comes again when it has ended, and then with its context
                self.after(reader, upto, out)?;
                out.push(Entry::line(line, Instant::now()));
                continue;
            }
            let before = LogCursor { offset: line.cursor.offset.saturating_sub(1), ..line.cursor };
            self.after(reader, before, out)?;
            self.before(reader, &line, out)?;
            (self.sent, self.due, self.at) = (Some(line.cursor), self.lines, line.at);
            let gap = self.take_torn();
            out.push(Entry { gap, ..Entry::line(line, Instant::now()) });
        }
        Ok(false)
    }

    /// Adds the lines after the last wanted one which end at or before `upto`, as far as they are there.
    fn after(&mut self, reader: &Reader, upto: LogCursor, out: &mut Entries) -> io::Result<()> {
        while self.due > 0 {
            if self.ahead.is_empty() && !(self.next < upto && self.read_ahead(reader)?) {
                return Ok(());
            }
            if self.ahead.front().is_some_and(|line| upto < line.cursor) {
                return Ok(());
            }
            if let Some(line) = self.ahead.pop_front() {
                self.due -= 1;
                self.sent = Some(line.cursor);
                self.push(line, self.at, out);
            }
        }
        Ok(())
    }

    /// Adds the lines before `wanted`; those that were sent are left out.
    fn before(&mut self, reader: &Reader, wanted: &LogLine, out: &mut Entries) -> io::Result<()> {
        if self.ahead.back().is_some_and(|line| wanted.cursor <= line.cursor) {
            let skipped = self.ahead.partition_point(|line| line.cursor < wanted.cursor);
            let left_out = skipped.saturating_sub(self.lines);
            self.torn |= left_out > 0;
            self.ahead.drain(..left_out);
            for _ in left_out..skipped {
                let Some(line) = self.ahead.pop_front() else { break };
                self.push(line, wanted.at, out);
            }
            if self.ahead.front().is_some_and(|line| line.cursor == wanted.cursor) {
                self.ahead.pop_front();
            }
            return Ok(());
        }
        for line in self.look_back(reader, wanted.cursor)? {
            self.push(line, wanted.at, out);
        }
        self.stand_at(wanted.cursor);
        Ok(())
    }

    /// Up to `lines` lines that end before this place, and after what was sent.
    fn look_back(&mut self, reader: &Reader, place: LogCursor) -> io::Result<VecDeque<LogLine>> {
        let (mut found, mut bytes) = (VecDeque::new(), 0);
        let mut at = LogCursor { offset: place.offset.saturating_sub(1), ..place };
        // one more, to see whether these follow what was sent
        let mut left = self.lines + 1;
        loop {
            let page = reader.back(Some(at), left.min(BACK_LINES), None)?;
            left -= page.lines.len().min(left);
            for line in page.lines.into_iter().rev() {
                if self.sent.is_some_and(|sent| line.cursor <= sent) {
                    return Ok(found);
                }
                bytes += weight(&line);
                if found.len() == self.lines || bytes > BEFORE_BYTES {
                    self.torn = true;
                    return Ok(found);
                }
                found.push_front(line);
            }
            if page.at_end || left == 0 {
                // the oldest line there is; if something was sent, it has been rotated away since
                self.torn |= self.sent.is_some();
                return Ok(found);
            }
            at = page.before;
        }
    }

    /// Reads on; false at the end.
    fn read_ahead(&mut self, reader: &Reader) -> io::Result<bool> {
        let page = reader.forward(self.next, AHEAD, None)?;
        self.torn |= page.lagged.is_some();
        self.next = page.next;
        self.ahead.extend(page.lines);
        Ok(!self.ahead.is_empty() || !page.at_end)
    }

    fn stand_at(&mut self, place: LogCursor) {
        self.sent = Some(place);
        self.next = place;
        self.ahead.clear();
    }

    fn push(&mut self, line: LogLine, at: jiff::Timestamp, out: &mut Entries) {
        let gap = self.take_torn();
        out.push(Entry { what: What::Context(line), at, due: Instant::now(), gap });
    }

    fn take_torn(&mut self) -> bool {
        std::mem::take(&mut self.torn)
    }
}
