//! `GET /v1/events`: what happens, without end.
//!
//! A reader's place is a position in the actor's ring ([`tokio::sync::broadcast`]), so a reader that stalls holds
//! nobody up and costs nothing. When the ring has overtaken it, it is told which events it missed and gets a new
//! snapshot.

use std::collections::HashMap;
use std::sync::Arc;
use std::vec::IntoIter;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use futures_util::stream;
use jiff::Timestamp;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use super::App;
use super::answer::{Chunk, ndjson};
use super::extract::Args;
use crate::api::{EventsQuery, Problem, StreamItem};
use crate::model::{Event, Pattern, ServerHistory, ServerId, ServerStatus};
use crate::supervisor::handle::{Handle, ViewerGuard};

/// Pasts that are sent as one item: whoever reads them can draw and take keys in between.
const TOGETHER: usize = 100;

pub(super) async fn events(
    State(app): State<App>,
    Args(query): Args<EventsQuery>,
) -> Result<Response, Problem> {
    let feed = Feed::open(app.handle, query).await?;
    Ok(ndjson(stream::unfold(feed, |mut feed| async move { Some((feed.next().await?, feed)) })))
}

/// Which events a reader wants.
struct Filter {
    servers: Vec<Pattern>,
    kinds: Vec<String>,
    after: Option<Timestamp>,
    /// Groups of servers, where a group is asked for.
    groups: HashMap<ServerId, Option<String>>,
}

impl Filter {
    fn new(query: &EventsQuery) -> Self {
        let words = |text: &Option<String>| -> Vec<String> {
            let words = text.iter().flat_map(|text| text.split(',')).map(str::trim);
            words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
        };
        Self {
            servers: words(&query.server).iter().map(|name| Pattern::parse(name)).collect(),
            kinds: words(&query.kind),
            after: query.after,
            groups: HashMap::new(),
        }
    }

    /// Takes note of who is in which group.
    fn learn(&mut self, servers: &[ServerStatus]) {
        if self.servers.iter().any(|wanted| matches!(wanted, Pattern::Group { .. })) {
            let group = |server: &ServerStatus| (server.id.clone(), server.group.clone());
            self.groups.extend(servers.iter().map(group));
        }
    }

    fn takes(&self, event: &Event) -> bool {
        let of = |id: &ServerId| {
            let group = self.groups.get(id).and_then(Option::as_deref);
            self.servers.iter().any(|wanted| wanted.means(id, group))
        };
        (self.servers.is_empty() || event.server.as_ref().is_some_and(of))
            && (self.kinds.is_empty() || self.kinds.iter().any(|kind| kind == event.kind.word()))
            && self.after.is_none_or(|after| event.at >= after)
    }
}

/// What follows a snapshot, in this order. It is made when the snapshot has been sent, which is what a user waits for.
#[derive(Default)]
struct Owed {
    /// Seconds of history.
    window_s: Option<u32>,
    histories: IntoIter<ServerHistory>,
    past: Vec<Event>,
}

impl Owed {
    fn is_nothing(&self) -> bool {
        self.window_s.is_none() && self.histories.len() == 0 && self.past.is_empty()
    }
}

/// A past without the empty steps that it begins with; `None` where nothing was measured.
fn measured(mut history: ServerHistory) -> Option<ServerHistory> {
    let ServerHistory { cpu_percent, memory_bytes, .. } = &mut history;
    let cpu = cpu_percent.iter().position(Option::is_some);
    let memory = memory_bytes.iter().position(Option::is_some);
    let first = cpu.into_iter().chain(memory).min()?;
    cpu_percent.drain(..first.min(cpu_percent.len()));
    memory_bytes.drain(..first.min(memory_bytes.len()));
    Some(history)
}

/// One reader's place.
struct Feed {
    handle: Handle,
    query: EventsQuery,
    filter: Filter,
    items: Receiver<Arc<StreamItem>>,
    #[allow(dead_code, reason = "while it lives, samples are taken")]
    viewer: Option<ViewerGuard>,
    /// The last event that the reader knows of.
    seen: u64,
    /// What is to be sent next.
    chunk: Chunk,
    /// And what after that, before anything new.
    owed: Owed,
    ended: bool,
}

impl Feed {
    /// Begins with a snapshot; the history and the past events that were asked for follow it.
    async fn open(handle: Handle, query: EventsQuery) -> Result<Self, Problem> {
        let viewer = query.graphs.is_some() && !query.once;
        let since = query.since.or(query.after.map(|_| 0));
        let place = handle.subscribe(viewer, since).await?;
        let mut feed = Self {
            seen: place.snapshot.seq,
            items: place.items,
            viewer: place.viewer,
            chunk: Chunk::default(),
            owed: Owed { window_s: query.graphs, past: place.past, ..Owed::default() },
            ended: query.once,
            filter: Filter::new(&query),
            handle,
            query,
        };
        feed.filter.learn(&place.snapshot.servers);
        feed.chunk.push(&StreamItem::Snapshot(place.snapshot));
        Ok(feed)
    }

    /// Makes a part of what is owed.
    async fn pay(&mut self) {
        let is_first = self.owed.window_s.is_some();
        if let Some(window_s) = self.owed.window_s.take() {
            let Ok(histories) = self.handle.history(None, window_s).await else {
                // without an actor there is nothing more to tell
                (self.owed, self.ended) = (Owed::default(), true);
                return;
            };
            let histories: Vec<_> = histories.into_iter().filter_map(measured).collect();
            self.owed.histories = histories.into_iter();
        }
        let servers: Vec<_> = self.owed.histories.by_ref().take(TOGETHER).collect();
        if is_first || !servers.is_empty() {
            self.chunk.push(&StreamItem::History { servers });
        }
        if self.owed.histories.len() == 0 {
            for event in std::mem::take(&mut self.owed.past) {
                if self.filter.takes(&event) {
                    self.chunk.push(&StreamItem::Event(event));
                }
            }
        }
    }

    /// Everything that is ready, as one chunk; waits until something is. `None` at the end.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(bytes) = self.chunk.take() {
                return Some(bytes);
            }
            if !self.owed.is_nothing() {
                self.pay().await;
                continue;
            }
            if self.ended {
                return None;
            }
            let mut received = Some(self.items.recv().await);
            while let Some(item) = received {
                self.take(item).await;
                let enough = self.ended || self.chunk.is_full() || !self.owed.is_nothing();
                received = if enough { None } else { self.ready() };
            }
        }
    }

    /// The next item if there is one already.
    fn ready(&mut self) -> Option<Result<Arc<StreamItem>, RecvError>> {
        match self.items.try_recv() {
            Ok(item) => Some(Ok(item)),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Lagged(count)) => Some(Err(RecvError::Lagged(count))),
            Err(TryRecvError::Closed) => Some(Err(RecvError::Closed)),
        }
    }

    async fn take(&mut self, received: Result<Arc<StreamItem>, RecvError>) {
        match received {
            Ok(item) => self.push(&item),
            // without an actor there is nothing more to tell
            Err(RecvError::Lagged(_)) => self.ended = self.catch_up().await.is_err(),
            Err(RecvError::Closed) => self.ended = true,
        }
    }

    fn push(&mut self, item: &StreamItem) {
        match item {
            StreamItem::Samples { .. } if self.query.graphs.is_none() => return,
            StreamItem::Event(event) => {
                self.seen = event.seq;
                if !self.filter.takes(event) {
                    return;
                }
            }
            StreamItem::Goodbye => self.ended = true,
            StreamItem::Status { servers, .. } => self.filter.learn(servers),
            StreamItem::Snapshot(_)
            | StreamItem::History { .. }
            | StreamItem::Removed { .. }
            | StreamItem::Samples { .. }
            | StreamItem::Bell { .. }
            | StreamItem::Lagged { .. }
            | StreamItem::Other => {}
        }
        self.chunk.push(item);
    }

    /// Takes a new place at the ring's end. Where no event was missed the snapshot alone says all.
    async fn catch_up(&mut self) -> Result<(), Problem> {
        let place = self.handle.subscribe(self.query.graphs.is_some(), None).await?;
        let (from, to) = (self.seen + 1, place.snapshot.seq);
        if from <= to {
            self.chunk.push(&StreamItem::Lagged { from, to });
        }
        self.seen = to;
        self.items = place.items;
        self.viewer = place.viewer;
        self.filter.learn(&place.snapshot.servers);
        self.chunk.push(&StreamItem::Snapshot(place.snapshot));
        self.owed.window_s = self.query.graphs;
        Ok(())
    }
}
