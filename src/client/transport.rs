//! How a supervisor is reached, and one HTTP exchange with it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::peer::{self, Peer};
use super::{Client, ClientError};
use crate::api::routes::{Method, Route};
use crate::api::{self, Problem, ProblemKind};
use crate::os::socket::ShortPath;

/// Where the supervisor is, and what may be asked of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// On this box, over its Unix socket.
    Local {
        /// Over the socket that only serves reads.
        read_only: bool,
    },
}

/// How long an answer may take where nothing is waited for on purpose.
const PATIENCE: Duration = Duration::from_secs(30);

/// The same for an answer that comes when servers have settled: the supervisor gives them 10 minutes, see
/// [`Client::act`].
pub(super) const WAITING: Duration = Duration::from_mins(11);

/// Largest answer that is read, in bytes: far above the snapshot of 10,000 servers.
const ANSWER_MAX: usize = 64 << 20;

/// One request, before it is sent.
pub(super) struct Ask {
    pub(super) route: Route,
    /// The route's path, filled in, with the query.
    pub(super) path: String,
    /// JSON, or nothing.
    pub(super) body: Option<Vec<u8>>,
    /// `None`: the answer may take as long as it takes, while the supervisor is not stopped.
    pub(super) patience: Option<Duration>,
}

impl Ask {
    /// For this path, without a body.
    pub(super) fn new(route: Route, path: String) -> Self {
        Self { route, path, body: None, patience: Some(PATIENCE) }
    }
}

/// Drives a connection; dropping it closes the connection.
#[derive(Debug)]
pub(super) struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Whether somebody accepts connections there.
pub(super) async fn accepts(socket: &Path) -> bool {
    match ShortPath::of(socket) {
        Ok(short) => UnixStream::connect(short.as_path()).await.is_ok(),
        Err(_) => false,
    }
}

impl Client {
    /// The socket to connect to.
    pub fn socket(&self) -> PathBuf {
        match self.target {
            Target::Local { read_only: false } => self.paths.supervisor_socket(),
            Target::Local { read_only: true } => self.paths.watch_socket(),
        }
    }

    async fn connect(&self) -> Result<UnixStream, ClientError> {
        let path = self.socket();
        let connect = async {
            let short = ShortPath::of(&path)?;
            UnixStream::connect(short.as_path()).await
        };
        connect.await.map_err(|source| match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => ClientError::NoSupervisor,
            _ => ClientError::Connect { path, source },
        })
    }

    /// Sends, and returns when the head of a good answer is there. Anything but a success is an error.
    pub(super) async fn open(&self, ask: Ask) -> Result<(Response<Incoming>, Driver, Peer), ClientError> {
        let stream = self.connect().await?;
        let peer = Peer::of(&stream);
        let (response, driver) = peer.answer(ask.patience, self.exchange(stream, ask)).await?;
        Ok((response, driver, peer))
    }

    /// Sends, and returns the whole answer.
    pub(super) async fn whole(&self, ask: Ask) -> Result<Bytes, ClientError> {
        let stream = self.connect().await?;
        let (peer, patience) = (Peer::of(&stream), ask.patience);
        let answer = async {
            let (response, _driver) = self.exchange(stream, ask).await?;
            collect(response.into_body()).await
        };
        peer.answer(patience, answer).await
    }

    async fn exchange(
        &self,
        stream: UnixStream,
        ask: Ask,
    ) -> Result<(Response<Incoming>, Driver), ClientError> {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
        let driver = Driver(tokio::spawn(async move {
            // its error reaches the reader of the answer as well
            let _ = connection.await;
        }));
        let (route, began) = (ask.route, Instant::now());
        let response = sender.send_request(self.request(ask)?).await.map_err(broken)?;
        // without what the path is filled with: a query may quote anything
        tracing::debug!(
            pid = std::process::id(),
            method = ?route.method,
            route = route.path,
            status = response.status().as_u16(),
            ms = began.elapsed().as_millis(),
            "answered"
        );
        let other = peer::version_of(route, response.headers(), self.teller.as_ref())?;
        if response.status().is_success() {
            return Ok((response, driver));
        }
        let status = response.status();
        let body = collect(response.into_body()).await?;
        Err(match serde_json::from_slice::<Problem>(&body) {
            Ok(problem) => ClientError::Problem(peer::explained(problem, other.as_ref())),
            Err(_) => ClientError::Protocol(format!("HTTP status {status} without a reason")),
        })
    }

    fn request(&self, ask: Ask) -> Result<Request<Full<Bytes>>, ClientError> {
        let method = match ask.route.method {
            Method::Get => hyper::Method::GET,
            Method::Post => hyper::Method::POST,
            Method::Delete => hyper::Method::DELETE,
        };
        let mut request = Request::builder()
            .method(method)
            .uri(ask.path)
            .header(HOST, api::HOST)
            .header(ACCEPT, "application/json, application/x-ndjson")
            .header(api::CLIENT_HEADER, self.word);
        if ask.body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        request
            .body(Full::new(Bytes::from(ask.body.unwrap_or_default())))
            .map_err(|error| ClientError::Problem(too_long(&error)))
    }
}

/// The path is all that the types leave open, and names, patterns and places are escaped in it: it can only be longer than
/// the 65,534 bytes that `http` allows.
fn too_long(error: &hyper::http::Error) -> Problem {
    Problem::new(ProblemKind::TooLarge, format!("this can't be asked of the supervisor: {error}"))
        .with_hint("name fewer servers, or write a shorter regular expression")
}

/// The whole answer, if it is of a sane size.
async fn collect(body: Incoming) -> Result<Bytes, ClientError> {
    match Limited::new(body, ANSWER_MAX).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) => match error.downcast::<hyper::Error>() {
            Ok(error) => Err(broken(*error)),
            Err(_) => Err(ClientError::Protocol(format!("it is larger than {ANSWER_MAX} bytes"))),
        },
    }
}

/// The connection's error in words, with its cause.
#[allow(clippy::needless_pass_by_value, reason = "it is used as `map_err(broken)`")]
pub(super) fn broken(error: hyper::Error) -> ClientError {
    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
    ClientError::Broken(format!("{error}{cause}"))
}
