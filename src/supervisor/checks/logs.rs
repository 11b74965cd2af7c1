//! The start-up check that looks for a line in what the run wrote.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use regex::bytes::Regex;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use super::{Found, Teller};
use crate::config::line_regex;
use crate::journal::{Budget, Filter, Page, Reader};
use crate::model::{LogCursor, LogLine, ServerId, Stream};
use crate::text;

/// A bell that was lost costs this long.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Longest line that is quoted, in characters.
const QUOTED: usize = 100;

/// The log from the run's start on.
#[derive(Debug)]
pub(super) struct Tail {
    reader: Arc<Reader>,
    wanted: Regex,
    /// The main process of the run.
    pid: u32,
    bell: watch::Receiver<u64>,
}

impl Tail {
    /// Looks for a line that matches `pattern`; an error in words where that is no pattern.
    pub(super) fn new(
        dir: PathBuf,
        id: ServerId,
        pattern: &str,
        pid: u32,
        bell: watch::Receiver<u64>,
    ) -> Result<Self, String> {
        let wanted = line_regex(pattern).map_err(|error| format!("`{pattern}` is no expression: {error}"))?;
        Ok(Self { reader: Arc::new(Reader::new(dir, id)), wanted, pid, bell })
    }

    /// The line, quoted, as soon as it is there.
    pub(super) async fn until_match(mut self, teller: &Teller) -> Option<String> {
        let mut from = self.start().await;
        teller.tell(Found::Says("no line matches yet".to_owned())).await;
        loop {
            self.bell.mark_unchanged();
            // a log that can't be read now is read again
            if let Ok(page) = self.page(from).await {
                if let Some(line) = page.lines.iter().find(|line| is_own(line) && self.matches(line)) {
                    let text: String = text::plain(&line.bytes).chars().take(QUOTED).collect();
                    return Some(format!("it wrote: {text}"));
                }
                from = page.next;
                if !page.at_end {
                    continue;
                }
            }
            match timeout(LOOK_AGAIN, self.bell.changed()).await {
                Ok(Ok(())) | Err(_) => {}
                // the server is forgotten, and this with it
                Ok(Err(_)) => sleep(LOOK_AGAIN).await,
            }
        }
    }

    /// Behind the line with which the keeper begins the run; the beginning of the log where that was rotated away. Not by
    /// the time, which may jump.
    async fn start(&self) -> LogCursor {
        let (reader, pid) = (self.reader.clone(), self.pid);
        let find = move || {
            let begins = Filter::new(&format!("^started, pid {pid}$")).map_err(io::Error::other)?;
            let mut before = None;
            loop {
                let page = reader.back(before, 1, Some(&begins))?;
                match page.lines.first() {
                    Some(line) if line.stream == Stream::System => return Ok(Some(line.cursor)),
                    Some(_) => before = Some(page.before),
                    None => return io::Result::Ok(None),
                }
            }
        };
        let found = spawn_blocking(find).await;
        found.ok().and_then(Result::ok).flatten().unwrap_or_default()
    }

    /// As a reader of the log sees the line: without its escapes.
    fn matches(&self, line: &LogLine) -> bool {
        if line.bytes.contains(&b'\x1b') {
            self.wanted.is_match(text::plain(&line.bytes).as_bytes())
        } else {
            self.wanted.is_match(&line.bytes)
        }
    }

    async fn page(&self, from: LogCursor) -> io::Result<Page> {
        let reader = self.reader.clone();
        let budget = Budget { lines: 1000, bytes: 256 * 1024, partial: true };
        let read = move || reader.forward(from, budget, None);
        spawn_blocking(read).await.map_err(io::Error::other)?
    }
}

/// Whether the server wrote it itself.
fn is_own(line: &LogLine) -> bool {
    match line.stream {
        Stream::Stdout | Stream::Stderr | Stream::Unknown => true,
        Stream::System => false,
    }
}
