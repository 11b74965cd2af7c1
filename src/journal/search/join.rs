//! Putting together what stretches in a row hold.

use crate::model::{LogLine, ServerId};

use super::super::filter::Filter;
use super::super::format::Slot;
use super::super::lines::Forward;
use super::runs::Runs;
use super::stretch::{Found, Head, Hit};

/// What was found up to some place.
#[derive(Debug)]
pub(super) struct Join<'a> {
    server: &'a ServerId,
    filter: &'a Filter,
    /// The lines that are open there.
    pub(super) slots: [Forward; 3],
    /// Where levels are asked for.
    runs: Option<Runs>,
    /// In the order in which they ended.
    pub(super) hits: Vec<Hit>,
    /// Lines that ended.
    pub(super) ended: u64,
}

impl<'a> Join<'a> {
    /// From a place where these lines are open and these runs reach.
    pub(super) const fn new(
        server: &'a ServerId,
        filter: &'a Filter,
        slots: [Forward; 3],
        runs: Option<Runs>,
    ) -> Self {
        Self { server, filter, slots, runs, hits: Vec::new(), ended: 0 }
    }

    /// Takes the next stretch.
    pub(super) fn add(&mut self, found: Found) {
        let Found { hits, ended, heads, tails, runs, lost, .. } = found;
        if lost.is_some() {
            // no line goes on over it
            (self.slots, self.runs) = (Default::default(), self.runs.map(|_| Runs::default()));
            return;
        }
        let from = self.hits.len();
        let mut whole = Vec::new();
        if let Some(runs) = runs {
            (self.runs, self.slots) = (Some(runs), tails);
        } else {
            for (slot, (head, tail)) in Slot::ALL.into_iter().zip(heads.into_iter().zip(tails)) {
                let open = &mut self.slots[slot.index()];
                if let Some(Head { piece, origin, end, nth }) = head {
                    open.append(piece);
                    let line = open.complete(origin, end).into_line(self.server, slot, false);
                    whole.extend(line.map(|line| Hit { line, nth }));
                }
                open.append(tail.into_pending());
            }
        }
        // lines of heads were not counted: so many of them ended up to each line
        let heads: Vec<_> = whole.iter().map(|head| head.line.cursor).collect();
        let so_far = self.ended;
        let with_heads = |hit: Hit| {
            let before = heads.iter().filter(|end| **end <= hit.line.cursor).count() as u64;
            Hit { nth: so_far + hit.nth + before, ..hit }
        };
        self.hits.extend(hits.into_iter().map(with_heads));
        self.hits.extend(whole.into_iter().filter(|head| self.filter.wants_line(&head.line)).map(with_heads));
        self.hits[from..].sort_by_key(|hit| hit.line.cursor);
        self.ended += ended + heads.len() as u64;
    }

    /// The open lines and the runs, where levels are asked for.
    pub(super) fn before(&self) -> Option<([Forward; 3], Runs)> {
        Some((self.slots.clone(), self.runs?))
    }

    /// What has come of lines that have not ended, as far as it is wanted.
    pub(super) fn partial(&self) -> Vec<LogLine> {
        let mut lines = Vec::new();
        for (slot, open) in Slot::ALL.into_iter().zip(&self.slots) {
            let line = open.pending().and_then(|piece| piece.clone().into_line(self.server, slot, true));
            lines.extend(line.filter(|line| {
                let level = self.runs.and_then(|runs| runs.level(slot, &line.bytes));
                self.filter.wants_line(line) && self.filter.wants_level(level)
            }));
        }
        lines.sort_by_key(|line| line.cursor);
        lines
    }
}
