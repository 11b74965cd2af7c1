//! How far a search is, told now and then.

use std::time::Duration;

use tokio::time::Instant;

use super::log::Counts;
use crate::api::LogItem;
use crate::supervisor::http::answer::Chunk;

/// At most so often while a history is searched.
const SEARCHING: Duration = Duration::from_millis(100);

/// At most so often while what comes is filtered.
const LIVE: Duration = Duration::from_millis(500);

/// What was told of a search.
#[derive(Debug)]
pub(super) struct Progress {
    at: Instant,
    /// Lines left out, as told.
    hidden: u64,
    /// And as they are now.
    hidden_now: u64,
}

impl Progress {
    /// Of a search that begins now.
    pub(super) fn new() -> Self {
        Self { at: Instant::now(), hidden: 0, hidden_now: 0 }
    }

    /// The history is searched so far.
    pub(super) fn searching(&mut self, counts: Counts, chunk: &mut Chunk) {
        if self.at.elapsed() >= SEARCHING {
            self.tell(counts, chunk);
        }
    }

    /// The history is searched.
    pub(super) fn done(&mut self, counts: Counts, chunk: &mut Chunk) {
        self.tell(counts, chunk);
    }

    /// So much has come since, and is told where more lines are left out.
    pub(super) fn live(&mut self, counts: Counts, chunk: &mut Chunk) {
        self.hidden_now = counts.hidden;
        if self.live_due().is_some_and(|due| due <= Instant::now()) {
            self.tell(counts, chunk);
        }
    }

    /// When there is something to tell.
    pub(super) fn live_due(&self) -> Option<Instant> {
        (self.hidden_now != self.hidden).then(|| self.at + LIVE)
    }

    fn tell(&mut self, counts: Counts, chunk: &mut Chunk) {
        let Counts { searched, total, matched, hidden } = counts;
        chunk.push(&LogItem::Progress { searched, total: total.max(searched), matched, hidden });
        (self.at, self.hidden, self.hidden_now) = (Instant::now(), hidden, hidden);
    }
}
