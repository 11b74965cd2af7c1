//! A project's file in an editor, and what it brought.

use std::path::PathBuf;
use std::time::Duration;

use crate::api::Reloaded;
use crate::model::ServerId;

/// What is edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edit {
    /// Where in the file to begin.
    pub(crate) server: ServerId,
    /// The project's file.
    pub(crate) file: PathBuf,
    /// The profile that is laid over it.
    pub(crate) profile: Option<String>,
}

/// What the file says now.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// Something else than before.
    Differs(Reloaded),
    /// Nothing that could be taken; why, line by line, safe to show.
    Refused(Vec<String>),
}

/// The question whether to take over what a file says now.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Changes {
    /// Which file.
    pub(crate) edit: Edit,
    /// What it says.
    pub(crate) outcome: Outcome,
    /// When it came: it comes by itself, and a key that was meant for something else must not answer it.
    pub(crate) since: Duration,
    /// The button that does it has the focus; at first Cancel has it.
    pub(crate) yes: bool,
    /// First line on the screen.
    pub(crate) top: usize,
}

impl Outcome {
    /// Servers that are up and take the change by a restart.
    pub(crate) fn restarts(&self) -> Vec<&ServerId> {
        match self {
            Self::Differs(reloaded) => {
                let restarts = reloaded.changed.iter().filter(|change| change.restarts);
                restarts.map(|change| &change.server).collect()
            }
            Self::Refused(_) => Vec::new(),
        }
    }
}
