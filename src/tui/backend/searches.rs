//! Searches: all that is stored from its end on, what comes, and the way to one line.

use futures_util::FutureExt as _;
use regex::Regex;
use tokio::sync::mpsc;

use super::failure;
use super::logs::{ALL, from_now, just_after, next_of, open, places_at};
use crate::api::{LogItem, LogQuery, WireLine};
use crate::client::{Client, ClientError};
use crate::model::{Level, LogCursor, LogLine};
use crate::text;
use crate::tui::message::Message;
use crate::tui::model::log_search::{FOUND_MAX, Found, compile};
use crate::tui::model::log_view::{Hit, Places, Reading, Seek};
use crate::tui::model::log_wanted::Sought;

/// Matches that are handed on at once at most.
const BATCH: usize = 4096;

/// What a request can't say: that a line matches two patterns.
struct Also(Option<Regex>);

impl Also {
    /// Asks for `pattern`; what the view includes is looked at here.
    fn of(reading: &Reading, pattern: Option<String>) -> (Self, LogQuery) {
        let query = LogQuery { context: None, ..reading.query() };
        match (pattern, query.grep.clone()) {
            (Some(pattern), also) => {
                let also = also.and_then(|also| compile(&also).ok());
                (Self(also), LogQuery { grep: Some(pattern), ..query })
            }
            (None, _) => (Self(None), query),
        }
    }

    fn matches(&self, text: &str) -> bool {
        self.0.as_ref().is_none_or(|regex| regex.is_match(text))
    }
}

fn plain(line: &WireLine) -> String {
    text::plain(&LogLine::from(line.clone()).bytes).into_owned()
}

/// Searches, and tells what is found, and how it ended.
pub(super) async fn run(
    client: Client,
    number: u64,
    reading: Reading,
    pattern: String,
    messages: mpsc::Sender<Message>,
) {
    let ended = search(&client, number, &reading, pattern, &messages).await;
    let error = ended.err().map(|error| failure(&error));
    let _ = messages.send(Message::SearchEnded { number, error }).await;
}

async fn search(
    client: &Client,
    number: u64,
    reading: &Reading,
    pattern: String,
    messages: &mpsc::Sender<Message>,
) -> Result<(), ClientError> {
    let (also, query) = Also::of(reading, Some(pattern));
    // What comes is asked for first, so that nothing is missed between the two.
    let (live, ends) = from_now(client, reading, query.clone()).await?;
    let query = LogQuery { newest_first: true, lines: Some(ALL), ..query };
    let mut past = Some(open(client, reading, query, None).await?);
    let mut live = Some(live);
    let mut count = 0;
    while count < FOUND_MAX {
        let (mut item, is_past) = tokio::select! {
            item = next_of(&mut live) => (item, false),
            item = next_of(&mut past) => (item, true),
        };
        let mut found = Found::default();
        loop {
            match item {
                Some(item) => {
                    let ends = is_past.then_some(&ends);
                    take(item?, reading, &also, ends, &mut found);
                }
                None if is_past => {
                    found.done = true;
                    past = None;
                    break;
                }
                None => return Ok(()),
            }
            if found.hits.len() >= BATCH {
                break;
            }
            let ready = next_of(if is_past { &mut past } else { &mut live }).now_or_never();
            let Some(next) = ready else { break };
            item = next;
        }
        count += found.hits.len();
        if (found.done || found.progress.is_some() || !found.hits.is_empty())
            && messages.send(Message::Found { number, found }).await.is_err()
        {
            break;
        }
    }
    Ok(())
}

/// Takes an item. Of what is stored only what was there before the `ends`: the rest comes with what is live.
fn take(item: LogItem, reading: &Reading, also: &Also, ends: Option<&Places>, found: &mut Found) {
    match item {
        LogItem::Line(line) if line.partial => {}
        LogItem::Line(line) => {
            let is_twice = ends.and_then(|ends| ends.get(&line.server)).is_some_and(|end| *end < line.cursor);
            if !is_twice && (also.0.is_none() || also.matches(&plain(&line))) {
                found.hits.push(reading.hit(&line.server, line.at, line.cursor));
            }
        }
        LogItem::Progress { searched, total, .. } if ends.is_some() => {
            found.progress = Some((searched, total));
        }
        LogItem::Progress { .. }
        | LogItem::Context(_)
        | LogItem::Break
        | LogItem::Live { .. }
        | LogItem::Lagged { .. }
        | LogItem::Other => {}
    }
}

/// Looks for one line.
pub(super) async fn seek(
    client: &Client,
    reading: &Reading,
    seek: &Seek,
) -> Result<Option<Hit>, ClientError> {
    let is_error = seek.what == Sought::Error;
    let pattern = match &seek.what {
        Sought::Match(pattern) => Some(pattern.clone()),
        Sought::Error => None,
    };
    let (also, mut query) = Also::of(reading, pattern);
    query.lines = Some(ALL);
    if is_error {
        query.level = Some(Level::Error.max(query.level.unwrap_or(Level::Error)));
    }
    let mut places = None;
    if seek.forward {
        places = Some(match seek.from {
            None => reading.servers.iter().map(|id| (id.clone(), LogCursor::default())).collect(),
            Some(from) if reading.is_merged() => places_at(client, reading, from.at()).await?,
            Some(from) => reading.servers.iter().map(|id| (id.clone(), from.cursor)).collect(),
        });
    } else {
        query.newest_first = true;
        match seek.from {
            Some(from) if reading.is_merged() => query.until = Some(just_after(from.at())),
            Some(from) => query.back = Some(from.before().cursor),
            None => {}
        }
    }
    let mut stream = open(client, reading, query, places.as_ref()).await?;
    while let Some(item) = stream.next().await {
        let LogItem::Line(line) = item? else { continue };
        let hit = reading.hit(&line.server, line.at, line.cursor);
        let is_beyond = seek.from.is_none_or(|from| if seek.forward { from < hit } else { hit < from });
        if line.partial || !is_beyond {
            continue;
        }
        let text = plain(&line);
        // Lines that only go on with an error have none of their own.
        let is_own = !is_error || text::level::detect(&text).is_some_and(|level| level >= Level::Error);
        if is_own && also.matches(&text) {
            return Ok(Some(hit));
        }
    }
    Ok(None)
}
