//! What can go wrong between a client and a supervisor.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::api::{self, Problem};
use crate::boot;
use crate::paths;

/// Why there is no answer, or not the one that was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody listens on the socket.
    #[error("no supervisor is running")]
    NoSupervisor,
    /// There is a socket, and it can't be connected to.
    #[error("cannot connect to {}: {source}", .path.display())]
    Connect {
        /// The socket.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// None runs, and none could be started.
    #[error(transparent)]
    Boot(boot::Error),
    /// The supervisor says no. Its words are not sanitized.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// Connected, and nothing came in this time.
    #[error("the supervisor did not answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// Connected, and the supervisor is stopped.
    #[error("the supervisor (pid {pid}) does not answer: it is stopped")]
    Stopped {
        /// Its process.
        pid: u32,
    },
    /// It answers, in another language.
    #[error(
        "the supervisor is version {version} with protocol {protocol}, this is {} with protocol {}",
        paths::version(),
        api::PROTOCOL
    )]
    OtherProtocol {
        /// Of its program. Not sanitized.
        version: String,
        /// Of its API.
        protocol: u32,
    },
    /// The connection ended before the answer did.
    #[error("the connection to the supervisor broke: {0}")]
    Broken(String),
    /// What came is not what this version understands.
    #[error("the supervisor's answer makes no sense: {0}")]
    Protocol(String),
}

impl ClientError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoSupervisor => Some("`ostler up` starts one".to_owned()),
            Self::Connect { .. } => {
                Some("is the state directory yours? OSTLER_HOME names another one".to_owned())
            }
            Self::Boot(error) => Some(error.hint().to_owned()),
            Self::Problem(problem) => problem.hint.clone(),
            Self::TimedOut(_) => {
                Some("servers live on; is the supervisor stopped? see `ostler supervisor status`".to_owned())
            }
            Self::Stopped { pid } => Some(format!(
                "servers live on; `kill -CONT {pid}` lets it go on, `kill -KILL {pid}` makes place for another"
            )),
            Self::OtherProtocol { .. } => {
                Some("`ostler supervisor restart` puts this version in its place; servers live on".to_owned())
            }
            Self::Broken(_) => Some("servers live on; run the command again".to_owned()),
            Self::Protocol(_) => {
                Some("is it of another version? `ostler supervisor restart` takes this one".to_owned())
            }
        }
    }

    /// Its name, for diagnostics: it quotes nothing.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::NoSupervisor => "no supervisor",
            Self::Connect { .. } => "connect",
            Self::Boot(_) => "boot",
            Self::Problem(_) => "problem",
            Self::TimedOut(_) => "timed out",
            Self::Stopped { .. } => "stopped",
            Self::OtherProtocol { .. } => "other protocol",
            Self::Broken(_) => "broken",
            Self::Protocol(_) => "protocol",
        }
    }

    /// Whether trying again later can help: nobody there, or a connection that broke. A supervisor that is stopped waits
    /// for its user.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::NoSupervisor | Self::TimedOut(_) | Self::Broken(_) => true,
            Self::Connect { .. }
            | Self::Boot(_)
            | Self::Problem(_)
            | Self::Stopped { .. }
            | Self::OtherProtocol { .. }
            | Self::Protocol(_) => false,
        }
    }
}
