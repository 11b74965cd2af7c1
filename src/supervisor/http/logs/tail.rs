//! One server's log: a place in it, and what was read ahead. Reading blocks, so it is done on a thread for that.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use tokio::sync::{Semaphore, watch};
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use super::Start;
use super::partial::Partials;
use crate::api::{LogItem, Problem, ProblemKind};
use crate::journal::{Budget, Filter, Page, Reader};
use crate::model::{LogCursor, LogLine, ServerId};
use crate::supervisor::handle::LogSource;

/// Lines of one page. Backwards a page has no other limit, and each line may have `journal::LINE_MAX` bytes.
const PAGE_LINES: usize = 1000;
const BACK_LINES: usize = 200;

/// Bytes of the log that one page may take; more where a filter leaves most of them out.
const PAGE_BYTES: u64 = 256 * 1024;
const SEARCH_BYTES: u64 = 4 * 1024 * 1024;

/// One server's log.
pub(super) struct Tail {
    server: ServerId,
    reader: Arc<Reader>,
    filter: Option<Arc<Filter>>,
    bell: watch::Receiver<u64>,
    /// Reading goes on here.
    next: LogCursor,
    /// The history ends when it has come to here.
    until: LogCursor,
    /// Lines that end later are not wanted.
    limit: Option<LogCursor>,
    /// Read, not sent.
    buffer: VecDeque<LogLine>,
    /// The history was read.
    history_done: bool,
    /// There may be something new.
    stale: bool,
    /// The server is forgotten: nothing new will come.
    gone: bool,
    partials: Partials,
}

impl Tail {
    pub(super) fn new(server: ServerId, source: LogSource, filter: Option<Arc<Filter>>) -> Self {
        let LogSource { dir, mut bell } = source;
        // what was rung for until now is read with the history, what is written from now on is rung for
        bell.mark_unchanged();
        Self {
            reader: Arc::new(Reader::new(dir, server.clone())),
            server,
            filter,
            bell,
            next: LogCursor::default(),
            until: LogCursor::default(),
            limit: None,
            buffer: VecDeque::new(),
            history_done: false,
            stale: false,
            gone: false,
            partials: Partials::default(),
        }
    }

    /// Goes to where the history begins. Takes over up to `kept` bytes of it, if it is no more than that.
    pub(super) async fn place(
        &mut self,
        start: Start,
        kept: usize,
        searches: &Arc<Semaphore>,
    ) -> Result<(), Problem> {
        let (lines, before) = match start {
            Start::At(from, _) => {
                self.next = from;
                self.until = self.read(|reader, _| reader.end()).await?;
                return Ok(());
            }
            Start::Last(lines, before) => (lines, before),
        };
        // moved to the thread: a client that has gone does not make place for another search
        let place = match &self.filter {
            Some(_) => Some(searches.clone().acquire_owned().await.map_err(internal)?),
            None => None,
        };
        let last = self
            .read(move |reader, filter| {
                let last = last(reader, filter, lines, before, kept);
                drop(place);
                last
            })
            .await?;
        self.until = last.end;
        self.limit = before;
        match last.kept {
            Some(lines) => {
                self.buffer = lines;
                self.next = last.end;
                self.history_done = true;
            }
            None => self.next = last.start,
        }
        Ok(())
    }

    /// Whether a line of the history may come before everything that is read ahead.
    pub(super) fn is_wanting(&self) -> bool {
        self.buffer.is_empty() && !self.history_done
    }

    /// Reads the next page of the history; what was rotated away meanwhile is returned.
    pub(super) async fn read_history(&mut self) -> Result<Option<LogItem>, Problem> {
        let page = self.page().await?;
        self.history_done = page.at_end || self.until <= page.next;
        self.next = page.next;
        let wanted = |line: &LogLine| self.limit.is_none_or(|limit| line.cursor <= limit);
        self.buffer.extend(page.lines.into_iter().filter(wanted));
        Ok(self.lagged(page.lagged))
    }

    /// Reads what is new, if there may be something; what was rotated away meanwhile is returned.
    pub(super) async fn read_live(&mut self) -> Result<Option<LogItem>, Problem> {
        if !self.stale {
            return Ok(None);
        }
        let page = self.page().await?;
        self.stale = !page.at_end;
        self.next = page.next;
        let (partial, whole): (Vec<_>, Vec<_>) = page.lines.into_iter().partition(|line| line.partial);
        self.buffer.extend(whole);
        // before the end it is not known what has not ended
        if page.at_end {
            self.buffer.extend(self.partials.due(partial, Instant::now()));
        }
        Ok(self.lagged(page.lagged))
    }

    /// Whether there may be something new right now.
    pub(super) const fn is_stale(&self) -> bool {
        self.stale
    }

    /// Whether nothing new will come.
    pub(super) const fn is_gone(&self) -> bool {
        self.gone && !self.stale
    }

    /// Waits for the bell. For ever, if the server is forgotten.
    pub(super) async fn rung(&mut self) {
        if self.gone {
            std::future::pending::<()>().await;
        }
        self.gone = self.bell.changed().await.is_err();
        self.stale = true;
    }

    /// Looks again although no bell rang.
    pub(super) const fn look_again(&mut self) {
        self.stale = true;
    }

    /// When a partial line is to be shown, if there is one.
    pub(super) fn partial_due(&self) -> Option<Instant> {
        self.partials.next_due()
    }

    /// When its first line that is read ahead began.
    pub(super) fn head(&self) -> Option<jiff::Timestamp> {
        self.buffer.front().map(|line| line.at)
    }

    /// Its first line that is read ahead.
    pub(super) fn pop(&mut self) -> Option<LogLine> {
        self.buffer.pop_front()
    }

    /// The item that ends its history.
    pub(super) fn live(&self) -> LogItem {
        LogItem::Live { server: self.server.clone(), cursor: self.next }
    }

    fn lagged(&self, lagged: Option<(LogCursor, LogCursor)>) -> Option<LogItem> {
        lagged.map(|(from, to)| LogItem::Lagged { server: self.server.clone(), from, to })
    }

    async fn page(&self) -> Result<Page, Problem> {
        let bytes = if self.filter.is_some() { SEARCH_BYTES } else { PAGE_BYTES };
        let (from, budget) = (self.next, Budget { lines: PAGE_LINES, bytes, partial: true });
        self.read(move |reader, filter| reader.forward(from, budget, filter)).await
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader, Option<&Filter>) -> io::Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let (reader, filter) = (self.reader.clone(), self.filter.clone());
        let done = spawn_blocking(move || read(&reader, filter.as_deref())).await.map_err(internal)?;
        done.map_err(|error| {
            Problem::new(ProblemKind::Internal, format!("the log of {} can't be read: {error}", self.server))
        })
    }
}

fn internal(error: impl std::fmt::Display) -> Problem {
    Problem::new(ProblemKind::Internal, error.to_string())
}

/// The last lines before a place.
struct Last {
    /// Before the first of them.
    start: LogCursor,
    /// After the last of them.
    end: LogCursor,
    /// They themselves, unless they are too large to be kept.
    kept: Option<VecDeque<LogLine>>,
}

fn last(
    reader: &Reader,
    filter: Option<&Filter>,
    lines: usize,
    before: Option<LogCursor>,
    limit: usize,
) -> io::Result<Last> {
    let mut page = reader.back(before, lines.min(BACK_LINES), filter)?;
    let end = page.next;
    let (mut count, mut bytes, mut kept) = (0, 0, Some(VecDeque::new()));
    loop {
        count += page.lines.len();
        bytes += page.lines.iter().map(|line| line.bytes.len() + size_of::<LogLine>()).sum::<usize>();
        // what is lost is told by those that read forwards
        if limit < bytes || page.lagged.is_some() {
            kept = None;
        }
        if let Some(kept) = &mut kept {
            for line in page.lines.drain(..).rev() {
                kept.push_front(line);
            }
        }
        if page.at_end || lines <= count {
            return Ok(Last { start: page.before, end, kept });
        }
        page = reader.back(Some(page.before), (lines - count).min(BACK_LINES), filter)?;
    }
}
