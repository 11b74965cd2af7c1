//! Levels of lines that go on with others: a stack trace is as bad as the line that it belongs to.

use std::io;

use crate::model::{Level, LogCursor, ServerId};
use crate::text::{self, runs::Run};

use super::super::format::Slot;
use super::super::walk::{self, Gather, View};

/// How many lines before a place are looked at for the one that those after it go on with,
const LINES: usize = 256;
/// and how many bytes.
const BYTES: u64 = 256 * 1024;

/// The run that each slot's lines are in: they are those of one stream.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Runs([Run; 3]);

impl Runs {
    /// Those that reach to `at`.
    pub(super) fn before(view: &mut View<'_>, server: &ServerId, at: LogCursor) -> io::Result<Self> {
        let mut gather = Gather::lines(server, LINES).within(BYTES);
        walk::back(view, at, &mut gather)?;
        let mut runs = Self::default();
        for (slot, line) in gather.into_lines().0 {
            runs.take(slot, &line.bytes);
        }
        Ok(runs)
    }

    /// Takes the next line of `slot`: the level that it counts as.
    pub(super) fn take(&mut self, slot: Slot, line: &[u8]) -> Option<Level> {
        self.0[slot.index()].take(&text::plain(line)).level
    }

    /// The level that `line` counts as, if it comes next.
    pub(super) fn level(mut self, slot: Slot, line: &[u8]) -> Option<Level> {
        self.take(slot, line)
    }
}
