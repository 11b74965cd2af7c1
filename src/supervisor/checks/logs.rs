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
    bell: watch::Receiver<u64>,
}

impl Tail {
    /// Looks for a line that matches `pattern`; an error in words where that is no pattern.
    pub(super) fn new(
        dir: PathBuf,
        id: ServerId,
        pattern: &str,
        bell: watch::Receiver<u64>,
    ) -> Result<Self, String> {
        let wanted = line_regex(pattern).map_err(|error| format!("`{pattern}` is no expression: {error}"))?;
        Ok(Self { reader: Arc::new(Reader::new(dir, id)), wanted, bell })
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

    /// Behind the line with which the keeper began the run, the newest of these; the beginning of the log where that was
    /// rotated away. Not by the time, which may jump, nor by the PID: one that went to the background has another now.
    async fn start(&self) -> LogCursor {
        let reader = self.reader.clone();
        let find = move || {
            let begins = Filter::new("^started, pid [0-9]+$").map_err(io::Error::other)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Writer;
    use crate::model::LogPolicy;

    #[tokio::test]
    async fn a_run_begins_at_the_newest_start_whatever_its_main_process_is_now() {
        let dir = tempfile::tempdir().unwrap();
        let id: ServerId = "shop/a".parse().unwrap();
        let mut writer =
            Writer::open(dir.path(), LogPolicy { max_size: 65_536, keep: 1, compress: false }).unwrap();
        writer.system(1, "started, pid 5").unwrap();
        writer.append(2, Stream::Stdout, b"ready\n").unwrap();
        writer.system(3, "started, pid 9").unwrap();
        // what a server says itself begins no run
        writer.append(4, Stream::Stdout, b"loading\nstarted, pid 11\n").unwrap();
        writer.system(5, "went to the background: pid 9 ended with code 0 and left pid 12").unwrap();
        let (_ring, bell) = watch::channel(0);
        let tail = Tail::new(dir.path().to_owned(), id, "^ready$", bell).unwrap();
        let page = tail.page(tail.start().await).await.unwrap();
        let own: Vec<&[u8]> =
            page.lines.iter().filter(|line| is_own(line)).map(|line| &*line.bytes).collect();
        assert_eq!(own, [&b"loading"[..], b"started, pid 11"]);
    }
}
