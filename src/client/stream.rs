//! Answers without an end: one JSON object on each line, or bytes.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use memchr::memchr;
use serde::Deserialize;

use super::peer::Peer;
use super::requests::{of_server, with_query};
use super::transport::{Ask, Driver, broken};
use super::{Client, ClientError};
use crate::api::{EventsQuery, LogItem, LogQuery, StreamItem, WireLine, routes};
use crate::model::{ServerHistory, ServerId, Snapshot};

/// Longest line of the event stream, in bytes: its first holds every server.
const EVENT_MAX: usize = 64 << 20;

/// Longest line of a log stream, in bytes: a log line is cut far below, escaping makes it up to six times as long.
const LOG_MAX: usize = 8 << 20;

/// Makes an item of a line.
type Parse<T> = fn(&[u8]) -> serde_json::Result<T>;

/// As a supervisor writes the items that come in great numbers.
const LINE: &[u8] = br#"{"type":"line","#;

const SNAPSHOT: &[u8] = br#"{"type":"snapshot","#;
const HISTORY: &[u8] = br#"{"type":"history","#;

/// As [`StreamItem::History`].
#[derive(Deserialize)]
struct Histories {
    servers: Vec<ServerHistory>,
}

/// An item of the event stream. The large ones are read as what they are, too.
fn stream_item(json: &[u8]) -> serde_json::Result<StreamItem> {
    if json.starts_with(SNAPSHOT) {
        return serde_json::from_slice::<Snapshot>(json).map(StreamItem::Snapshot);
    }
    if json.starts_with(HISTORY) {
        let Histories { servers } = serde_json::from_slice(json)?;
        return Ok(StreamItem::History { servers });
    }
    serde_json::from_slice(json)
}

/// An item of a log stream. A line is read as what it is: an enum by its tag costs three times as much.
fn log_item(json: &[u8]) -> serde_json::Result<LogItem> {
    if json.starts_with(LINE) {
        return serde_json::from_slice::<WireLine>(json).map(LogItem::Line);
    }
    serde_json::from_slice(json)
}

impl Client {
    /// A snapshot, then what happens.
    pub async fn events(&self, query: &EventsQuery) -> Result<Lines<StreamItem>, ClientError> {
        let path = with_query(routes::EVENTS.path.to_owned(), query)?;
        self.lines(Ask::new(routes::EVENTS, path), EVENT_MAX, stream_item).await
    }

    /// One server's log.
    pub async fn log(&self, id: &ServerId, query: &LogQuery) -> Result<Lines<LogItem>, ClientError> {
        let path = with_query(of_server(routes::LOG, id), query)?;
        self.lines(Ask::new(routes::LOG, path), LOG_MAX, log_item).await
    }

    /// Several servers' logs, merged by time.
    pub async fn logs(&self, query: &LogQuery) -> Result<Lines<LogItem>, ClientError> {
        let path = with_query(routes::LOGS.path.to_owned(), query)?;
        self.lines(Ask::new(routes::LOGS, path), LOG_MAX, log_item).await
    }

    /// The bytes of one server's log, as it wrote them; [`LogQuery::raw`] is set here.
    pub async fn raw_log(&self, id: &ServerId, query: &LogQuery) -> Result<RawBytes, ClientError> {
        let query = LogQuery { raw: true, ..query.clone() };
        let path = with_query(of_server(routes::LOG, id), &query)?;
        let (response, driver, peer) = self.open(Ask::new(routes::LOG, path)).await?;
        Ok(RawBytes { body: response.into_body(), _driver: driver, peer })
    }

    async fn lines<T>(&self, ask: Ask, longest: usize, parse: Parse<T>) -> Result<Lines<T>, ClientError> {
        let (response, driver, peer) = self.open(ask).await?;
        Ok(Lines {
            body: response.into_body(),
            _driver: driver,
            peer,
            buffer: BytesMut::new(),
            searched: 0,
            longest,
            ended: false,
            parse,
        })
    }
}

/// Bytes, as they come. Dropping it closes the connection.
#[derive(Debug)]
pub struct RawBytes {
    body: Incoming,
    _driver: Driver,
    peer: Peer,
}

impl RawBytes {
    /// The next bytes; `None` after the supervisor ended the answer. One that broke off is an error.
    pub async fn next(&mut self) -> Option<Result<Bytes, ClientError>> {
        loop {
            match self.peer.part(self.body.frame()).await {
                Ok(Some(Ok(frame))) => {
                    if let Ok(data) = frame.into_data() {
                        return Some(Ok(data));
                    }
                }
                Ok(Some(Err(error))) => return Some(Err(broken(error))),
                Ok(None) => return None,
                Err(stopped) => return Some(Err(stopped)),
            }
        }
    }
}

/// The items of a stream, as they come. Dropping it closes the connection.
#[derive(Debug)]
pub struct Lines<T> {
    body: Incoming,
    _driver: Driver,
    peer: Peer,
    buffer: BytesMut,
    /// So far `buffer` holds no newline.
    searched: usize,
    longest: usize,
    ended: bool,
    parse: Parse<T>,
}

impl<T> Lines<T> {
    /// The next item; `None` after the supervisor ended the stream, and after an error. A stream that ends in the
    /// middle of a line, or without having been ended, is an error. Cancel-safe: nothing that came is lost.
    pub async fn next(&mut self) -> Option<Result<T, ClientError>> {
        while !self.ended {
            if let Some(item) = self.ready() {
                return Some(item);
            }
            if self.buffer.len() > self.longest {
                let message = format!("a line is longer than {} bytes", self.longest);
                return Some(Err(self.end(ClientError::Protocol(message))));
            }
            let frame = match self.peer.part(self.body.frame()).await {
                Ok(frame) => frame,
                Err(stopped) => return Some(Err(self.end(stopped))),
            };
            match frame {
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.buffer.extend_from_slice(&data);
                    }
                }
                Some(Err(error)) => return Some(Err(self.end(broken(error)))),
                None if self.buffer.is_empty() => self.ended = true,
                None => {
                    return Some(Err(self.end(ClientError::Broken("it ended within a line".to_owned()))));
                }
            }
        }
        None
    }

    /// The next item if all of it has come already; `None` says nothing about the end.
    pub fn ready(&mut self) -> Option<Result<T, ClientError>> {
        while !self.ended {
            let line = self.take_line()?;
            if !line.is_empty() {
                return Some(self.parsed(&line));
            }
        }
        None
    }

    fn parsed(&mut self, line: &[u8]) -> Result<T, ClientError> {
        (self.parse)(line).map_err(|error| self.end(ClientError::Protocol(error.to_string())))
    }

    fn take_line(&mut self) -> Option<BytesMut> {
        let Some(at) = memchr(b'\n', &self.buffer[self.searched..]) else {
            self.searched = self.buffer.len();
            return None;
        };
        let mut line = self.buffer.split_to(self.searched + at + 1);
        line.truncate(line.len() - 1);
        self.searched = 0;
        Some(line)
    }

    fn end(&mut self, error: ClientError) -> ClientError {
        self.ended = true;
        self.buffer.clear();
        self.searched = 0;
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SupervisorInfo;

    #[test]
    fn large_items_are_what_the_enum_makes_of_them() {
        let supervisor = SupervisorInfo { pid: 1, version: "1".to_owned(), uptime_s: 1.5 };
        let snapshot = Snapshot { seq: 7, host: "box".to_owned(), supervisor, servers: Vec::new() };
        let id: ServerId = "shop/api".parse().unwrap();
        let past = ServerHistory {
            id,
            step_s: 1,
            cpu_percent: vec![None, Some(1.0)],
            memory_bytes: vec![None, Some(2)],
        };
        for (item, begins) in [
            (StreamItem::Snapshot(snapshot), SNAPSHOT),
            (StreamItem::History { servers: vec![past] }, HISTORY),
            (StreamItem::Goodbye, b"{".as_slice()),
        ] {
            let json = serde_json::to_vec(&item).unwrap();
            assert!(json.starts_with(begins), "{item:?}");
            assert_eq!(stream_item(&json).unwrap(), item);
        }
    }
}
