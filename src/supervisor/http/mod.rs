//! The API over Unix sockets: HTTP/1.1 in front of the actor's [`Handle`].
//!
//! What may be asked is the table [`crate::api::routes`]; [`table`] gives each row its handler, and the files named after
//! a subject hold the handlers. A request passes [`accept`] (who may connect), [`gate`] (what may be sent, and how
//! long it may take), then its handler; [`extract`] makes typed arguments of it and [`answer`] a response.
//!
//! Promises:
//! * Only the owner of the supervisor is served, and no browser: see [`gate`].
//! * On a connection that may only read, no handler of a write can be reached: the table leaves them out.
//! * Memory is bounded for each client: bodies, headers, connections and streams are. A stream is pulled by its
//!   connection, so a reader that stalls costs one chunk, and is told what it missed.
//! * Whatever goes wrong is answered as [`Problem`](crate::api::Problem) JSON. The one exception is a request whose
//!   head can't be parsed: hyper answers that itself, without a body (400, 414, 431).
//!
//! Start at [`serve`].

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UnixListener;
use tokio::sync::{Semaphore, watch};

use crate::api::routes::Access;
use crate::supervisor::handle::Handle;

mod accept;
mod answer;
mod events;
mod extract;
mod gate;
mod history;
mod logs;
mod meta;
mod orphans;
mod ports;
mod projects;
mod servers;
mod table;
#[cfg(test)]
mod tests;

/// What a client may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time on one listener. More wait in the listener's queue for a place.
    pub connections: usize,
    /// From the connect, or the answer before, to the end of a request's head; then the connection is closed.
    pub head_time: Duration,
    /// Header lines of one request; more are answered with 431.
    pub headers: usize,
    /// Bytes of one request's head, and of what is buffered for its answer.
    pub buffer: usize,
    /// Bytes of one request's body; more are answered with 413.
    pub body: usize,
    /// Until a request is answered; a stream only has to begin.
    pub answer_time: Duration,
    /// The same for a request with `?wait=true`.
    pub settle_time: Duration,
    /// What requests have left to end in, once the supervisor goes.
    pub farewell: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            head_time: Duration::from_secs(30),
            headers: 64,
            buffer: 64 * 1024,
            // an environment has at most 6 MiB, execve(2)
            body: 8 * 1024 * 1024,
            answer_time: Duration::from_secs(30),
            settle_time: Duration::from_mins(10),
            farewell: Duration::from_secs(2),
        }
    }
}

/// What every handler can reach.
#[derive(Clone, Debug)]
struct App {
    handle: Handle,
    limits: Limits,
    access: Access,
    closing: watch::Receiver<bool>,
    searches: Arc<Semaphore>,
}

/// Serves the API on `listener` until `shutdown` is true or its sender is gone, then lets requests end for
/// [`Limits::farewell`]. With [`Access::Read`] every write is refused. Fails only if the listener can't be used.
pub async fn serve(
    listener: UnixListener,
    handle: Handle,
    access: Access,
    shutdown: watch::Receiver<bool>,
) -> io::Result<()> {
    serve_within(listener, handle, access, shutdown, Limits::default()).await
}

/// [`serve`] with limits of the caller's.
pub async fn serve_within(
    listener: UnixListener,
    handle: Handle,
    access: Access,
    shutdown: watch::Receiver<bool>,
    limits: Limits,
) -> io::Result<()> {
    let owner = rustix::process::geteuid().as_raw();
    accept::run(listener, &App::new(handle, limits, access, shutdown), owner).await
}

impl App {
    fn new(handle: Handle, limits: Limits, access: Access, closing: watch::Receiver<bool>) -> Self {
        Self { handle, limits, access, closing, searches: logs::searches() }
    }

    /// Returns when the supervisor goes.
    async fn closed(&self) {
        closed(self.closing.clone()).await;
    }
}

/// Returns when `closing` is true, or nobody is left to set it.
async fn closed(mut closing: watch::Receiver<bool>) {
    // an error says that the sender is gone, which means the same
    let _ = closing.wait_for(|closing| *closing).await;
}
