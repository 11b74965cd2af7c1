//! What went wrong, for a program (`kind`) and for a person (`message`, `hint`).

use serde::{Deserialize, Serialize};

/// An error as the API answers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    /// For programs.
    pub kind: ProblemKind,
    /// What, and where. May hold what users or servers wrote: not sanitized.
    pub message: String,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// The kinds of problem, each with its HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// The request makes no sense.
    BadRequest,
    /// The config file has problems; the message lists them all.
    BadConfig,
    /// The connection may only read, or comes from where it may not.
    Refused,
    /// There is no such server, project or route.
    NotFound,
    /// It can't be done in the present state.
    Conflict,
    /// No environment is known for the project: `ostler up` brings one.
    NoEnvironment,
    /// The request is too large.
    TooLarge,
    /// It did not settle in the time that was given.
    TimedOut,
    /// The supervisor is at fault.
    Internal,
    /// The supervisor can't be reached, or is going.
    Unavailable,
    /// A newer supervisor's kind.
    #[serde(other)]
    Other,
}

impl ProblemKind {
    /// Its HTTP status.
    pub const fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::BadConfig => 422,
            Self::Refused => 403,
            Self::NotFound => 404,
            Self::Conflict | Self::NoEnvironment => 409,
            Self::TooLarge => 413,
            Self::TimedOut => 504,
            Self::Internal | Self::Other => 500,
            Self::Unavailable => 503,
        }
    }
}

impl Problem {
    /// A problem without a hint.
    pub fn new(kind: ProblemKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None }
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
