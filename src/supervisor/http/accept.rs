//! Connections: who gets one, how many there are, and how they end.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tower::ServiceExt;

use super::{App, Limits, closed, table};

/// First and longest pause after an accept that failed for want of descriptors or memory.
const PAUSE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// The user at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) u32);

/// Accepts until the supervisor goes, then ends within the farewell.
pub(super) async fn run(listener: UnixListener, app: &App, owner: u32) -> io::Result<()> {
    // asked once, so that a descriptor that is no listener fails at once instead of being retried
    listener.local_addr()?;
    let router = table::router(app.clone());
    let places = Arc::new(Semaphore::new(app.limits.connections));
    let mut connections = JoinSet::new();
    let mut closing = pin!(app.closed());
    let mut pause = PAUSE.0;
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut closing => break,
            accepted = accept(&listener, &places) => accepted,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, place)) => {
                pause = PAUSE.0;
                let Some(peer) = owned_by(&stream, owner) else { continue };
                connections.spawn(converse(stream, place, peer, router.clone(), app.clone()));
            }
            // EMFILE and its like stay for a while: asking again at once would be a busy loop
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::select! {
                    () = &mut closing => break,
                    () = sleep(pause) => pause = (pause * 2).min(PAUSE.1),
                }
            }
        }
    }
    drop(listener);
    // each connection keeps the farewell itself
    while connections.join_next().await.is_some() {}
    Ok(())
}

/// A connection together with its place. Cancelling it loses neither.
async fn accept(
    listener: &UnixListener,
    places: &Arc<Semaphore>,
) -> io::Result<(UnixStream, OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, place))
}

/// The peer if it is the owner; whoever can't be asked is not.
fn owned_by(stream: &UnixStream, owner: u32) -> Option<Peer> {
    let uid = stream.peer_cred().ok()?.uid();
    if uid != owner {
        tracing::warn!(uid, "a connection of another user was refused");
        return None;
    }
    Some(Peer(uid))
}

/// Answers one connection's requests, one after the other.
async fn converse(stream: UnixStream, place: OwnedSemaphorePermit, peer: Peer, router: Router, app: App) {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        router.clone().oneshot(request)
    });
    let mut connection = pin!(builder(&app.limits).serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = closed(app.closing.clone()) => None,
    };
    let ended = if let Some(ended) = ended {
        ended
    } else {
        connection.as_mut().graceful_shutdown();
        timeout(app.limits.farewell, connection).await.unwrap_or(Ok(()))
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
    drop(place);
}

/// hyper keeps the head's time limit only where it is given a timer, which `axum::serve` does not do.
fn builder(limits: &Limits) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_headers(limits.headers)
        .max_buf_size(limits.buffer);
    builder
}
