//! What can go wrong between a client and a supervisor.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::api::Problem;
use crate::boot;

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
            Self::Broken(_) => Some("servers live on; run the command again".to_owned()),
            Self::Protocol(_) => {
                Some("is it of another version? `ostler supervisor restart` takes this one".to_owned())
            }
        }
    }

    /// Whether trying again later can help: nobody there, or a connection that broke.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::NoSupervisor | Self::TimedOut(_) | Self::Broken(_) => true,
            Self::Connect { .. } | Self::Boot(_) | Self::Problem(_) | Self::Protocol(_) => false,
        }
    }
}
