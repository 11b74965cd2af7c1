//! Reads the logs of some servers as one stream, and goes on from the same places after the connection broke.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::api::{LogItem, LogQuery, Problem, ProblemKind};
use crate::cli::Failure;
use crate::cli::output::note;
use crate::client::reconnect::Reconnect;
use crate::client::{Client, ClientError, Lines};
use crate::model::{Level, LogCursor, ServerId, Stream};

/// What is to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) lines: Option<usize>,
    pub(super) grep: Option<String>,
    pub(super) exclude: Option<String>,
    pub(super) context: Option<usize>,
    pub(super) level: Option<Level>,
    pub(super) stream: Option<Stream>,
    pub(super) since: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
    pub(super) follow: bool,
}

impl Wanted {
    pub(super) fn of_one(&self) -> LogQuery {
        LogQuery {
            lines: self.lines,
            grep: self.grep.clone(),
            exclude: self.exclude.clone(),
            context: self.context,
            level: self.level,
            stream: self.stream,
            since: self.since,
            until: self.until,
            follow: self.follow,
            ..LogQuery::default()
        }
    }

    fn of_several(&self, servers: &[ServerId], places: &HashMap<ServerId, LogCursor>) -> LogQuery {
        let part = |id: &ServerId| match places.get(id) {
            Some(place) => format!("{id}@{place}"),
            None => id.to_string(),
        };
        let servers = servers.iter().map(part).collect::<Vec<_>>().join(",");
        LogQuery { servers: Some(servers), ..self.of_one() }
    }

    /// From where it was left; of whom nothing was heard is read as at first.
    fn resumed(&self, from: Option<LogCursor>) -> LogQuery {
        let lines = self.lines.filter(|_| from.is_none());
        LogQuery { from, lines, ..self.of_one() }
    }
}

/// A request that makes no sense is the command line's fault: a pattern that is none.
fn refused(error: ClientError) -> Failure {
    match error {
        ClientError::Problem(Problem { kind: ProblemKind::BadRequest, message, hint }) => {
            let failure = Failure::usage(message);
            if let Some(hint) = hint { failure.with_hint(hint) } else { failure }
        }
        other => other.into(),
    }
}

/// Reads.
pub(super) struct Reader {
    client: Client,
    servers: Vec<ServerId>,
    wanted: Wanted,
    source: Option<Lines<LogItem>>,
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
        let mut reader =
            Self { client, servers, wanted, source: None, places: HashMap::new(), reconnect, wait: None };
        reader.source = Some(reader.connect().await.map_err(refused)?);
        Ok(reader)
    }

    /// One stream, from where each server was left.
    async fn connect(&self) -> Result<Lines<LogItem>, ClientError> {
        match self.servers.as_slice() {
            [one] => self.client.log(one, &self.wanted.resumed(self.places.get(one).copied())).await,
            several => self.client.logs(&self.wanted.of_several(several, &self.places)).await,
        }
    }

    /// The next item; `None` at the end of what was asked for. While following there is no end: a connection that
    /// breaks is made anew. Cancel-safe.
    pub(super) async fn next(&mut self) -> Result<Option<LogItem>, Failure> {
        loop {
            if let Some(until) = self.wait {
                tokio::time::sleep_until(until).await;
                self.wait = None;
            }
            let next = match &mut self.source {
                Some(source) => source.next().await,
                None => match self.connect().await {
                    Ok(source) => {
                        self.source = Some(source);
                        continue;
                    }
                    Err(error) => Some(Err(error)),
                },
            };
            match next {
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
            LogItem::Line(line) | LogItem::Context(line) if line.partial => {}
            LogItem::Line(line) | LogItem::Context(line) => {
                self.places.insert(line.server.clone(), line.cursor);
            }
            LogItem::Live { server, cursor } | LogItem::Lagged { server, to: cursor, from: _ } => {
                self.places.insert(server.clone(), *cursor);
            }
            LogItem::Break | LogItem::Progress { .. } | LogItem::Other => {}
        }
    }
}
