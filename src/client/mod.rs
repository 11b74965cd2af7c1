//! The other end of the API: asks a supervisor and reads its streams. It decides nothing and draws nothing.
//!
//! Start with [`Client`]: one `async fn` for each route stands in `requests`, the endless answers in [`stream`]. How a
//! supervisor is reached is the business of [`transport`] alone; `peer` looks at which version answers, [`reconnect`] says
//! when to try again, the caller does it. Every call is one connection, so a cancelled one leaves nothing behind.
//!
//! It must be called within a tokio runtime.

pub mod error;
mod peer;
pub mod reconnect;
mod requests;
pub mod stream;
pub mod transport;

#[cfg(test)]
mod tests;

pub use error::ClientError;
pub use peer::OtherVersion;
pub use stream::{Lines, RawBytes};
pub use transport::Target;

use crate::paths::Paths;
use peer::Teller;

/// Asks one supervisor of this version or another one of the same protocol. Cheap to clone; holds no connection.
#[derive(Clone, Debug)]
pub struct Client {
    paths: Paths,
    target: Target,
    word: &'static str,
    teller: Option<Teller>,
}

impl Client {
    /// For the supervisor of this state directory. `word` is what the program says it is in the events: `cli`,
    /// `dashboard`; ASCII.
    pub fn new(paths: Paths, target: Target, word: &'static str) -> Self {
        Self { paths, target, word, teller: None }
    }

    /// The same, which calls `tell` once if the supervisor is of another version.
    #[must_use]
    pub fn telling(self, tell: fn(&OtherVersion)) -> Self {
        Self { teller: Some(Teller::new(tell)), ..self }
    }

    /// The same over the socket that only serves reads, or over the one that serves all.
    #[must_use]
    pub fn reading_only(&self, read_only: bool) -> Self {
        let target = match self.target {
            Target::Local { .. } => Target::Local { read_only },
        };
        Self { target, ..self.clone() }
    }

    /// The state directory whose supervisor is asked.
    pub fn paths(&self) -> &Paths {
        &self.paths
    }

    /// How it is reached.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Starts the supervisor if none runs, and returns when it accepts connections.
    pub async fn ensure_supervisor(&self) -> Result<(), ClientError> {
        // on nearly every day one does: no thread is needed to see that
        if transport::accepts(&self.paths.supervisor_socket()).await {
            return Ok(());
        }
        let paths = self.paths.clone();
        let began = std::time::Instant::now();
        let result = tokio::task::spawn_blocking(move || crate::boot::ensure(&paths))
            .await
            .map_err(|_| ClientError::Broken("the start was interrupted".to_owned()))?;
        let (up, ms) = (result.is_ok(), began.elapsed().as_millis());
        tracing::debug!(
            pid = std::process::id(),
            up,
            ms,
            "a supervisor was looked for, and started if none ran"
        );
        result.map_err(ClientError::Boot)
    }
}
