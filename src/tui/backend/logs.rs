//! Logs: the stream that is followed, and pages of what is stored. Searches are in [`super::searches`].

use futures_util::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;

use super::failure;
use crate::api::{LogItem, LogQuery};
use crate::client::{Client, ClientError, Lines};
use crate::model::{LogCursor, ServerId};
use crate::tui::message::Message;
use crate::tui::model::log_view::{Begin, Hit, PAGE, Page, Places, Reading};

/// All that there are.
pub(super) const ALL: usize = u32::MAX as usize;

/// Items that are handed on at once at most.
const BATCH: usize = 2000;

/// Items of a stream that are handed on at once at most: what they cost is a part of a millisecond.
const TOGETHER: usize = 64;

/// Items of a log, or of several.
pub(super) type Items = Lines<LogItem>;

/// Opens a stream; of each log from its place on, if there are some.
pub(super) async fn open(
    client: &Client,
    reading: &Reading,
    query: LogQuery,
    places: Option<&Places>,
) -> Result<Items, ClientError> {
    let place = |id: &ServerId| places.and_then(|places| places.get(id)).copied();
    match reading.servers.as_slice() {
        [one] => client.log(one, &LogQuery { from: query.from.or_else(|| place(one)), ..query }).await,
        several => {
            let part = |id: &ServerId| match place(id) {
                Some(place) => format!("{id}@{place}"),
                None => id.to_string(),
            };
            let servers = several.iter().map(part).collect::<Vec<_>>().join(",");
            client.logs(&LogQuery { servers: Some(servers), ..query }).await
        }
    }
}

/// What comes from now on, and where each log ends now.
pub(super) async fn from_now(
    client: &Client,
    reading: &Reading,
    query: LogQuery,
) -> Result<(Items, Places), ClientError> {
    let query = LogQuery { follow: true, lines: Some(0), context: None, newest_first: false, ..query };
    let mut stream = open(client, reading, query, None).await?;
    let mut ends = Places::new();
    while ends.len() < reading.servers.len() {
        match stream.next().await {
            Some(item) => {
                if let LogItem::Live { server, cursor } = item? {
                    ends.insert(server, cursor);
                }
            }
            None => break,
        }
    }
    Ok((stream, ends))
}

/// The next item of a stream that may have ended.
pub(super) async fn next_of(stream: &mut Option<Items>) -> Option<Result<LogItem, ClientError>> {
    match stream {
        Some(stream) => stream.next().await,
        None => std::future::pending().await,
    }
}

/// Just after a moment: journals count microseconds.
pub(super) fn just_after(at: Timestamp) -> Timestamp {
    at.checked_add(SignedDuration::from_micros(1)).unwrap_or(at)
}

/// Where each log was at a moment: after its last line of before.
pub(super) async fn places_at(
    client: &Client,
    reading: &Reading,
    at: Timestamp,
) -> Result<Places, ClientError> {
    let query = LogQuery { until: Some(at), newest_first: true, lines: Some(1), ..LogQuery::default() };
    let mut stream = open(client, reading, query, None).await?;
    let mut places: Places = reading.servers.iter().map(|id| (id.clone(), LogCursor::default())).collect();
    while let Some(item) = stream.next().await {
        if let LogItem::Line(line) = item? {
            places.insert(line.server, line.cursor);
        }
    }
    Ok(places)
}

/// The same places for the logs that have none.
async fn completed(
    client: &Client,
    reading: &Reading,
    at: Timestamp,
    known: &Places,
) -> Result<Places, ClientError> {
    if reading.servers.iter().all(|id| known.contains_key(id)) {
        return Ok(known.clone());
    }
    let mut places = places_at(client, reading, at).await?;
    places.extend(known.iter().map(|(id, place)| (id.clone(), *place)));
    Ok(places)
}

/// Follows what is read.
pub(super) async fn follow(
    client: Client,
    generation: u64,
    reading: Reading,
    begin: Begin,
    messages: mpsc::Sender<Message>,
) {
    let ended = match begin {
        Begin::Last if reading.comes_backwards() => both_ways(&client, generation, &reading, &messages).await,
        begin => onwards(&client, generation, &reading, begin, &messages).await,
    };
    let error = ended.err().map(|error| failure(&error));
    let _ = messages.send(Message::LogEnded { generation, error }).await;
}

async fn onwards(
    client: &Client,
    generation: u64,
    reading: &Reading,
    begin: Begin,
    messages: &mpsc::Sender<Message>,
) -> Result<(), ClientError> {
    let query = LogQuery { follow: true, ..reading.query() };
    let mut stream = match begin {
        Begin::Last => open(client, reading, LogQuery { lines: Some(PAGE), ..query }, None).await?,
        Begin::Now => open(client, reading, LogQuery { lines: Some(0), ..query }, None).await?,
        Begin::After(edge) => {
            let places = completed(client, reading, edge.at, &edge.places).await?;
            open(client, reading, query, Some(&places)).await?
        }
    };
    while let Some(item) = stream.next().await {
        let (items, ended) = together(item, &mut stream);
        if messages.send(Message::LogItems { generation, items }).await.is_err() {
            break;
        }
        ended?;
        // Keys come in between, however much is here already.
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// An item and those that have come with it; the error behind them.
fn together(
    first: Result<LogItem, ClientError>,
    stream: &mut Items,
) -> (Vec<LogItem>, Result<(), ClientError>) {
    let mut items = Vec::new();
    let mut next = Some(first);
    while let Some(item) = next {
        match item {
            Ok(item) => items.push(item),
            Err(error) => return (items, Err(error)),
        }
        next = if items.len() < TOGETHER { stream.ready() } else { None };
    }
    (items, Ok(()))
}

/// The last lines from the newest on, as they are found, and beside that what comes.
async fn both_ways(
    client: &Client,
    generation: u64,
    reading: &Reading,
    messages: &mpsc::Sender<Message>,
) -> Result<(), ClientError> {
    let (mut live, ends) = from_now(client, reading, reading.query()).await?;
    for (server, cursor) in &ends {
        let item = LogItem::Live { server: server.clone(), cursor: *cursor };
        let _ = messages.send(Message::Log { generation, item }).await;
    }
    let query = LogQuery { newest_first: true, lines: Some(PAGE), context: None, ..reading.query() };
    let mut past = Some(open(client, reading, query, None).await?);
    let mut left = PAGE;
    loop {
        tokio::select! {
            biased;
            item = live.next() => match item {
                Some(item) => {
                    let (items, ended) = together(item, &mut live);
                    let _ = messages.send(Message::LogItems { generation, items }).await;
                    ended?;
                    tokio::task::yield_now().await;
                }
                None => return Ok(()),
            },
            item = next_of(&mut past) => {
                let mut items = Vec::new();
                let mut next = item;
                let mut end = false;
                loop {
                    match next {
                        Some(item) => left = keep(item?, &ends, left, &mut items),
                        None => end = true,
                    }
                    // Of several logs each sends so many.
                    end |= left == 0;
                    if end || items.len() >= BATCH {
                        break;
                    }
                    match next_of(&mut past).now_or_never() {
                        Some(ready) => next = ready,
                        None => break,
                    }
                }
                if end {
                    past = None;
                }
                let _ = messages.send(Message::LogOlder { generation, items, end }).await;
            }
        }
    }
}

/// Takes an item of the last lines, unless it comes with what is live; how many lines are left to be taken.
fn keep(item: LogItem, ends: &Places, left: usize, items: &mut Vec<LogItem>) -> usize {
    if let LogItem::Line(line) = &item {
        if line.partial || ends.get(&line.server).is_some_and(|end| *end < line.cursor) {
            return left;
        }
        items.push(item);
        return left - 1;
    }
    items.push(item);
    left
}

/// Reads a page, oldest first.
pub(super) async fn page(
    client: &Client,
    reading: &Reading,
    page: Page,
) -> Result<Vec<LogItem>, ClientError> {
    let is_merged = reading.is_merged();
    match page {
        Page::Before(edge) if is_merged => {
            let is_older = |hit: &Hit| {
                edge.places
                    .get(&reading.servers[usize::from(hit.server)])
                    .is_none_or(|first| hit.cursor < *first)
            };
            backwards(client, reading, edge.at, is_older, PAGE).await
        }
        Page::Before(edge) => {
            let back = edge.places.values().next().copied();
            forwards(
                client,
                reading,
                LogQuery { back, lines: Some(PAGE), ..reading.query() },
                None,
                |_| true,
                PAGE,
            )
            .await
        }
        Page::From(edge) => {
            let places = completed(client, reading, edge.at, &edge.places).await?;
            let query = LogQuery { lines: Some(PAGE), ..reading.query() };
            forwards(client, reading, query, Some(&places), |_| true, PAGE).await
        }
        Page::Around(hit) => around(client, reading, hit).await,
    }
}

/// Half a page up to a line and with it, and half a page after it.
async fn around(client: &Client, reading: &Reading, hit: Hit) -> Result<Vec<LogItem>, ClientError> {
    const HALF: usize = PAGE / 2;
    let query = LogQuery { lines: Some(HALF), ..reading.query() };
    if !reading.is_merged() {
        let back = LogQuery { back: Some(hit.cursor), ..query.clone() };
        let mut items = forwards(client, reading, back, None, |_| true, HALF).await?;
        let from = LogQuery { from: Some(hit.cursor), ..query };
        let shown = items.iter().rev().find_map(place);
        let after = forwards(client, reading, from, None, |_| true, HALF).await?;
        // Lines after the one in the middle that stand near it may be there already.
        items.extend(after.into_iter().filter(|item| place(item) > shown || place(item).is_none()));
        return Ok(items);
    }
    let mut items = backwards(client, reading, hit.at(), |other| *other <= hit, HALF).await?;
    let places = places_at(client, reading, hit.at()).await?;
    items.extend(forwards(client, reading, query, Some(&places), |other| hit < *other, HALF).await?);
    Ok(items)
}

fn place(item: &LogItem) -> Option<LogCursor> {
    match item {
        LogItem::Line(line) | LogItem::Context(line) => Some(line.cursor),
        LogItem::Break
        | LogItem::Progress { .. }
        | LogItem::Live { .. }
        | LogItem::Lagged { .. }
        | LogItem::Other => None,
    }
}

/// So many lines in their order.
async fn forwards(
    client: &Client,
    reading: &Reading,
    query: LogQuery,
    places: Option<&Places>,
    wanted: impl Fn(&Hit) -> bool,
    most: usize,
) -> Result<Vec<LogItem>, ClientError> {
    // Of several logs each gives so many, and some of them may not be wanted.
    let lines = if reading.is_merged() { Some(ALL) } else { query.lines };
    let mut stream = open(client, reading, LogQuery { lines, ..query }, places).await?;
    let (mut items, mut left) = (Vec::new(), most);
    while let Some(item) = stream.next().await {
        let item = item?;
        if let LogItem::Line(line) = &item {
            if !wanted(&reading.hit(&line.server, line.at, line.cursor)) {
                continue;
            }
            if left == 0 {
                break;
            }
            left -= 1;
        }
        add(&mut items, item);
    }
    Ok(items)
}

/// So many lines of several logs, the newest of before a moment or at it.
async fn backwards(
    client: &Client,
    reading: &Reading,
    at: Timestamp,
    wanted: impl Fn(&Hit) -> bool,
    most: usize,
) -> Result<Vec<LogItem>, ClientError> {
    let query = LogQuery {
        newest_first: true,
        until: Some(just_after(at)),
        lines: Some(ALL),
        context: None,
        ..reading.query()
    };
    // The time leaves out what is newer, which is no filter of the user's: it is not counted as hidden.
    let is_narrow = reading.narrow.is_some();
    let mut stream = open(client, reading, query, None).await?;
    let (mut items, mut left) = (Vec::new(), most);
    while left > 0
        && let Some(item) = stream.next().await
    {
        let item = item?;
        match &item {
            LogItem::Line(line) if !wanted(&reading.hit(&line.server, line.at, line.cursor)) => {}
            LogItem::Line(_) => {
                left -= 1;
                items.push(item);
            }
            LogItem::Progress { .. } if !is_narrow => {}
            _ => add(&mut items, item),
        }
    }
    items.reverse();
    Ok(items)
}

/// Of how far a search is, the last word counts.
fn add(items: &mut Vec<LogItem>, item: LogItem) {
    if let LogItem::Progress { .. } = item {
        items.retain(|item| !matches!(item, LogItem::Progress { .. }));
    }
    items.push(item);
}
