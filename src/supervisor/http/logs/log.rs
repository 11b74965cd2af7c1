//! One server's log as a stream reads it: the filter, the context, and what is ready to be sent. It blocks.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;

use super::context::Context;
use super::entry::{Entries, Entry, What};
use crate::api::{Problem, ProblemKind};
use crate::journal::{Budget, Filter, Page, Reader};
use crate::model::{LogCursor, LogLine, ServerId};

/// How much of a log was looked at, and what came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Bytes that were looked at.
    pub(super) searched: u64,
    /// Bytes that are to be looked at, as far as is known.
    pub(super) total: u64,
    /// Lines found.
    pub(super) matched: u64,
    /// Lines that the filter left out.
    pub(super) hidden: u64,
}

impl Counts {
    fn add(&mut self, page: &Page) {
        self.searched += page.looked;
        self.total = self.total.max(self.searched);
        self.matched += page.lines.iter().filter(|line| !line.partial).count() as u64;
        self.hidden += page.hidden;
    }

    /// All that had to be looked at was.
    pub(super) const fn finish(&mut self) {
        self.total = self.searched;
    }
}

impl std::iter::Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |sum, one| Self {
            searched: sum.searched + one.searched,
            total: sum.total + one.total,
            matched: sum.matched + one.matched,
            hidden: sum.hidden + one.hidden,
        })
    }
}

/// One server's log.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) server: ServerId,
    pub(super) reader: Reader,
    pub(super) filter: Option<Arc<Filter>>,
    /// With a reader of its own: the other one remembers where the search is.
    context: Option<(Reader, Context)>,
    /// Found, and still without its context.
    wanted: VecDeque<LogLine>,
    /// So far the log was searched.
    upto: LogCursor,
    /// Nothing is to be done for the context of what was found.
    settled: bool,
    /// Ready to be sent.
    pub(super) out: Entries,
    pub(super) counts: Counts,
}

impl Log {
    /// The journal in `dir`, with so many lines of context where there is a filter.
    pub(super) fn new(dir: PathBuf, server: ServerId, filter: Option<Arc<Filter>>, context: usize) -> Self {
        let context = (context > 0 && filter.is_some())
            .then(|| (Reader::new(dir.clone(), server.clone()), Context::new(context)));
        Self {
            reader: Reader::new(dir, server.clone()),
            server,
            filter,
            context,
            wanted: VecDeque::new(),
            upto: LogCursor::default(),
            settled: true,
            out: Entries::default(),
            counts: Counts::default(),
        }
    }

    /// Whoever reads has everything up to here.
    pub(super) fn resume(&mut self, from: LogCursor) -> io::Result<()> {
        match (&mut self.context, &self.filter) {
            (Some((reader, context)), Some(filter)) if from.segment > 0 => {
                context.resume(reader, filter, from)
            }
            _ => Ok(()),
        }
    }

    /// A page of what ends after `from`.
    pub(super) fn forward(&self, from: LogCursor, budget: Budget) -> io::Result<Page> {
        self.reader.forward(from, budget, self.filter.as_deref())
    }

    /// Counts what came of reading.
    pub(super) fn count(&mut self, page: &Page) {
        self.counts.add(page);
    }

    /// Takes lines that were found, in order, and where the search is. `lagged` was rotated away before them.
    pub(super) fn take(
        &mut self,
        lagged: Option<(LogCursor, LogCursor)>,
        lines: impl IntoIterator<Item = LogLine>,
        upto: LogCursor,
    ) -> io::Result<()> {
        let mut lines = lines.into_iter().peekable();
        // it holds up no line behind it; where none is known yet, it does not wait for other logs
        let at = lines.peek().map_or(Timestamp::UNIX_EPOCH, |first| first.at);
        self.tell_lost(lagged, at);
        self.wanted.extend(lines);
        self.upto = upto;
        self.settled = false;
        self.settle()
    }

    /// Says where to where lines are lost, if any are; `at` is its time if nothing is ready before it.
    pub(super) fn tell_lost(&mut self, lost: Option<(LogCursor, LogCursor)>, at: Timestamp) {
        let Some((from, to)) = lost else { return };
        let server = self.server.clone();
        let at = self.out.back().map_or(at, |last| last.at);
        let due = Instant::now();
        self.out.push(Entry { what: What::Lagged { server, from, to }, at, due, gap: false });
    }

    /// Makes more of what was found ready to be sent.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        if let Some((reader, context)) = &mut self.context {
            self.settled = context.around(reader, &mut self.wanted, self.upto, &mut self.out)?;
            return Ok(());
        }
        let now = Instant::now();
        for line in self.wanted.drain(..) {
            self.out.push(Entry::line(line, now));
        }
        self.settled = true;
        Ok(())
    }

    /// Whether all that was found is ready to be sent.
    pub(super) const fn is_settled(&self) -> bool {
        self.settled
    }

    /// Why it can't be read.
    pub(super) fn problem(&self, error: &io::Error) -> Problem {
        Problem::new(ProblemKind::Internal, format!("the log of {} can't be read: {error}", self.server))
            .with_hint("what is wrong with its directory? `ostler status --json` names it")
    }
}
