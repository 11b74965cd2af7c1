//! Reads the logs of some servers, and goes on from the same place after the connection broke.
//!
//! The first connection is one merged stream. After a break each server has its own place, so each gets a stream of
//! its own; their lines then come in the order of arrival.

use std::collections::HashMap;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::api::{LogItem, LogQuery};
use crate::cli::Failure;
use crate::cli::output::note;
use crate::client::reconnect::Reconnect;
use crate::client::{Client, ClientError, Lines};
use crate::model::{LogCursor, ServerId};

/// What is to be read.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    pub(super) lines: Option<usize>,
    pub(super) grep: Option<String>,
    pub(super) since: Option<Timestamp>,
    pub(super) follow: bool,
}

impl Wanted {
    fn of_one(&self) -> LogQuery {
        LogQuery {
            lines: self.lines,
            grep: self.grep.clone(),
            since: self.since,
            follow: self.follow,
            ..LogQuery::default()
        }
    }

    fn of_several(&self, servers: &[ServerId]) -> LogQuery {
        let servers = servers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        LogQuery { servers: Some(servers), ..self.of_one() }
    }

    /// From where it was left; a server of which nothing was heard is read as at first.
    fn resumed(&self, from: Option<LogCursor>) -> LogQuery {
        match from {
            Some(_) => LogQuery { from, grep: self.grep.clone(), follow: true, ..LogQuery::default() },
            None => self.of_one(),
        }
    }
}

/// Lines on their way from the streams after a break.
const QUEUE: usize = 256;

enum Source {
    /// One connection, for one server or for all of them.
    Stream(Lines<LogItem>),
    /// A connection for each server.
    Streams { items: mpsc::Receiver<Result<LogItem, ClientError>>, _readers: JoinSet<()> },
}

impl Source {
    async fn next(&mut self) -> Option<Result<LogItem, ClientError>> {
        match self {
            Self::Stream(lines) => lines.next().await,
            Self::Streams { items, .. } => items.recv().await,
        }
    }
}

/// Reads.
pub(super) struct Reader {
    client: Client,
    servers: Vec<ServerId>,
    wanted: Wanted,
    source: Option<Source>,
    /// Where each server's reading goes on.
    places: HashMap<ServerId, LogCursor>,
    reconnect: Reconnect,
    /// Until when nothing is tried.
    wait: Option<tokio::time::Instant>,
}

impl Reader {
    /// Connects. `reconnect` says when to try again after a break.
    pub(super) async fn open(
        client: Client,
        servers: Vec<ServerId>,
        wanted: Wanted,
        reconnect: Reconnect,
    ) -> Result<Self, Failure> {
        let lines = match servers.as_slice() {
            [one] => client.log(one, &wanted.of_one()).await?,
            several => client.logs(&wanted.of_several(several)).await?,
        };
        let source = Some(Source::Stream(lines));
        let (places, wait) = (HashMap::new(), None);
        Ok(Self { client, servers, wanted, source, places, reconnect, wait })
    }

    /// The next item; `None` at the end of what was asked for. While following there is no end: a connection that
    /// breaks is made anew. Cancel-safe.
    pub(super) async fn next(&mut self) -> Result<Option<LogItem>, Failure> {
        loop {
            if let Some(until) = self.wait {
                tokio::time::sleep_until(until).await;
                self.wait = None;
            }
            if self.source.is_none() {
                self.source = Some(self.resume());
            }
            let Some(source) = &mut self.source else { continue };
            match source.next().await {
                Some(Ok(item)) => {
                    self.reconnect.succeeded();
                    self.remember(&item);
                    return Ok(Some(item));
                }
                None if !self.wanted.follow => return Ok(None),
                Some(Err(error)) if !(self.wanted.follow && error.is_passing()) => return Err(error.into()),
                Some(Err(_)) | None => self.lost(),
            }
        }
    }

    fn lost(&mut self) {
        let wait = self.reconnect.failed();
        note(&format!("the connection is lost, servers live on; trying again in {} s", wait.as_secs()));
        self.source = None;
        self.wait = Some(tokio::time::Instant::now() + wait);
    }

    fn remember(&mut self, item: &LogItem) {
        match item {
            LogItem::Line(line) if line.partial => {}
            LogItem::Line(line) => {
                self.places.insert(line.server.clone(), line.cursor);
            }
            LogItem::Live { server, cursor } | LogItem::Lagged { server, to: cursor, from: _ } => {
                self.places.insert(server.clone(), *cursor);
            }
            LogItem::Context(_) | LogItem::Break | LogItem::Progress { .. } | LogItem::Other => {}
        }
    }

    /// Connects for each server; an error comes out of `next`.
    fn resume(&self) -> Source {
        let (sender, items) = mpsc::channel(QUEUE);
        let mut readers = JoinSet::new();
        for server in &self.servers {
            let query = self.wanted.resumed(self.places.get(server).copied());
            readers.spawn(read(self.client.clone(), server.clone(), query, sender.clone()));
        }
        Source::Streams { items, _readers: readers }
    }
}

async fn read(
    client: Client,
    server: ServerId,
    query: LogQuery,
    items: mpsc::Sender<Result<LogItem, ClientError>>,
) {
    let ended = || ClientError::Broken("the stream ended".to_owned());
    let mut lines = match client.log(&server, &query).await {
        Ok(lines) => lines,
        Err(error) => return drop(items.send(Err(error)).await),
    };
    loop {
        let item = lines.next().await.unwrap_or_else(|| Err(ended()));
        let is_last = item.is_err();
        if items.send(item).await.is_err() || is_last {
            return;
        }
    }
}
