//! The supervisor at the other end of a connection: what version it is of, and whether it is stopped.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::HeaderMap;
use tokio::net::UnixStream;
use tokio::time::Instant;

use super::ClientError;
use crate::api::routes::{self, Route};
use crate::api::{PROTOCOL, PROTOCOL_HEADER, Problem, ProblemKind, VERSION_HEADER};
use crate::os::proc;
use crate::paths;

/// How often the process at the other end is looked at while it owes an answer.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How often while it owes none, in a stream that may be silent for hours.
const GLANCE_EVERY: Duration = Duration::from_secs(5);

/// The process that accepted a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer {
    pid: Option<u32>,
}

impl Peer {
    /// Who listens there.
    pub(super) fn of(stream: &UnixStream) -> Self {
        let pid = stream.peer_cred().ok().and_then(|peer| peer.pid());
        Self { pid: pid.and_then(|pid| pid.try_into().ok()) }
    }

    /// Waits for an answer, but not for a supervisor that is stopped, and not longer than `patience`.
    pub(super) async fn answer<T>(
        self,
        patience: Option<Duration>,
        work: impl Future<Output = Result<T, ClientError>>,
    ) -> Result<T, ClientError> {
        let attended = self.attend(LOOK_EVERY, work);
        let answer = match patience {
            None => attended.await.flatten(),
            Some(patience) => match tokio::time::timeout(patience, attended).await {
                Ok(answer) => answer.flatten(),
                Err(_) => Err(ClientError::TimedOut(patience)),
            },
        };
        if let Err(error) = &answer {
            // not its words: they may quote what is a secret
            tracing::debug!(pid = std::process::id(), peer = self.pid, kind = error.kind(), "no answer");
        }
        answer
    }

    /// Waits for the next part of a stream as long as it takes, but not for a supervisor that is stopped.
    pub(super) async fn part<T>(self, work: impl Future<Output = T>) -> Result<T, ClientError> {
        self.attend(GLANCE_EVERY, work).await
    }

    /// One look is not enough: where a whole box was suspended, the other end may be continued after this one.
    async fn attend<T>(self, every: Duration, work: impl Future<Output = T>) -> Result<T, ClientError> {
        tokio::pin!(work);
        let mut was_stopped = false;
        loop {
            let next = Instant::now() + if was_stopped { LOOK_EVERY } else { every };
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                () = tokio::time::sleep_until(next) => {}
            }
            let Some(pid) = self.pid else { continue };
            let is_stopped = proc::read(pid).is_ok_and(|process| process.is_some_and(|it| it.is_stopped()));
            if is_stopped && was_stopped {
                return Err(ClientError::Stopped { pid });
            }
            was_stopped = is_stopped;
        }
    }
}

/// The supervisor is of another version than this program, and speaks the same protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherVersion {
    theirs: String,
    ours: &'static str,
}

impl OtherVersion {
    /// Of a supervisor of version `theirs` and a program of version `ours`, where these are two.
    pub fn between(theirs: &str, ours: &'static str) -> Option<Self> {
        (theirs != ours).then(|| Self { theirs: theirs.to_owned(), ours })
    }
}

impl fmt::Display for OtherVersion {
    /// In one sentence, with what to do. It quotes another program: not sanitized.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { theirs, ours } = self;
        write!(f, "the supervisor is version {theirs}, this is {ours}: `ostler supervisor restart`")
    }
}

/// Tells of another version, once.
#[derive(Clone, Debug)]
pub(super) struct Teller {
    tell: fn(&OtherVersion),
    told: Arc<AtomicBool>,
}

impl Teller {
    pub(super) fn new(tell: fn(&OtherVersion)) -> Self {
        Self { tell, told: Arc::default() }
    }

    fn tell(&self, other: &OtherVersion) {
        if !self.told.swap(true, Ordering::Relaxed) {
            (self.tell)(other);
        }
    }
}

/// Looks at the head of an answer. `Some`: it is of another version; an error: of another protocol.
pub(super) fn version_of(
    route: Route,
    headers: &HeaderMap,
    teller: Option<&Teller>,
) -> Result<Option<OtherVersion>, ClientError> {
    // every version understands these two, or none could be put in another's place
    if route == routes::VERSION || route == routes::SHUTDOWN {
        return Ok(None);
    }
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    // what has no such head is no supervisor of a known kind; its answer will tell
    let Some(version) = text(VERSION_HEADER) else { return Ok(None) };
    match text(PROTOCOL_HEADER).and_then(|protocol| protocol.parse().ok()) {
        Some(protocol) if protocol != PROTOCOL => {
            return Err(ClientError::OtherProtocol { version: version.to_owned(), protocol });
        }
        Some(_) | None => {}
    }
    let other = OtherVersion::between(version, paths::version());
    if let (Some(other), Some(teller)) = (&other, teller) {
        teller.tell(other);
    }
    Ok(other)
}

/// What a supervisor of another version does not understand is no fault of the user's.
pub(super) fn explained(problem: Problem, other: Option<&OtherVersion>) -> Problem {
    match (problem.kind, other) {
        (ProblemKind::BadRequest, Some(other)) => problem.with_hint(other.to_string()),
        _ => problem,
    }
}
