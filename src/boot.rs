//! Starts the supervisor exactly once.

use crate::paths::Paths;

/// Why no supervisor could be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody accepts on the socket.
    #[error("no supervisor could be started")]
    NoAnswer,
}

impl Error {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        None
    }
}

/// Returns when a supervisor accepts connections.
pub fn ensure(paths: &Paths) -> Result<(), Error> {
    std::os::unix::net::UnixStream::connect(paths.supervisor_socket())
        .map(|_| ())
        .map_err(|_| Error::NoAnswer)
}
