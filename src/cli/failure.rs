//! What ends a command early: what went wrong, what to do, and the exit code that says it to scripts.

use std::io;

use crate::api::{Problem, ProblemKind};
use crate::client::ClientError;
use crate::model::select::SelectError;

/// It failed.
pub const FAILED: u8 = 1;
/// The command line makes no sense. clap uses the same.
pub const USAGE: u8 = 2;
/// No supervisor can be reached.
pub const NO_SUPERVISOR: u8 = 3;
/// The supervisor refuses it to this connection.
pub const REFUSED: u8 = 4;

/// Why a command did not do what it was asked.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// Nobody reads standard output any more, as in `ostler logs -f | head`. That is success.
    ClosedPipe,
    /// To be told on standard error.
    Told {
        /// What went wrong. May quote what others wrote: not sanitized.
        what: String,
        /// What to do about it.
        hint: Option<String>,
        /// Exit code.
        code: u8,
    },
}

impl Failure {
    /// It failed.
    pub fn new(what: impl Into<String>) -> Self {
        Self::Told { what: what.into(), hint: None, code: FAILED }
    }

    /// The command line makes no sense here.
    pub fn usage(what: impl Into<String>) -> Self {
        Self::Told { what: what.into(), hint: None, code: USAGE }
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn with_hint(self, text: impl Into<String>) -> Self {
        match self {
            Self::ClosedPipe => Self::ClosedPipe,
            Self::Told { what, code, hint: _ } => Self::Told { what, hint: Some(text.into()), code },
        }
    }

    /// The program's exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::ClosedPipe => 0,
            Self::Told { code, .. } => *code,
        }
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let code = match &error {
            ClientError::NoSupervisor
            | ClientError::Connect { .. }
            | ClientError::Boot(_)
            | ClientError::TimedOut(_)
            | ClientError::Stopped { .. }
            | ClientError::Broken(_) => NO_SUPERVISOR,
            ClientError::OtherProtocol { .. } | ClientError::Protocol(_) => FAILED,
            ClientError::Problem(problem) => of_problem(problem.kind),
        };
        Self::Told { what: error.to_string(), hint: error.hint(), code }
    }
}

fn of_problem(kind: ProblemKind) -> u8 {
    match kind {
        ProblemKind::Refused => REFUSED,
        ProblemKind::Unavailable => NO_SUPERVISOR,
        ProblemKind::BadRequest
        | ProblemKind::BadConfig
        | ProblemKind::NotFound
        | ProblemKind::Conflict
        | ProblemKind::NoEnvironment
        | ProblemKind::TooLarge
        | ProblemKind::TimedOut
        | ProblemKind::Internal
        | ProblemKind::Other => FAILED,
    }
}

impl From<SelectError> for Failure {
    fn from(error: SelectError) -> Self {
        let hint = match &error {
            SelectError::NoMatch(_) => "`ostler status --all` lists every server".to_owned(),
            SelectError::Ambiguous { name, projects } => match projects.first() {
                Some(project) => format!("write `{project}/{name}`"),
                None => "write `project/server`".to_owned(),
            },
        };
        Self::new(error.to_string()).with_hint(hint)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        ClientError::Problem(problem).into()
    }
}

/// Of the commands that need no supervisor.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        let error = match error.downcast::<Problem>() {
            Ok(problem) => return problem.into(),
            Err(error) => error,
        };
        match error.downcast::<io::Error>() {
            Ok(error) => error.into(),
            Err(error) => Self::new(format!("{error:#}")),
        }
    }
}

/// Of writing to standard output.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ClosedPipe,
            _ => Self::new(format!("cannot write the output: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_tell_scripts_what_is_the_matter() {
        let problem = |kind| Failure::from(ClientError::Problem(Problem::new(kind, "no"))).code();
        assert_eq!(Failure::from(ClientError::NoSupervisor).code(), 3);
        assert_eq!(problem(ProblemKind::Refused), 4);
        assert_eq!(problem(ProblemKind::Unavailable), 3);
        assert_eq!(problem(ProblemKind::NotFound), 1);
        assert_eq!(problem(ProblemKind::NoEnvironment), 1);
        assert_eq!(Failure::usage("no").code(), 2);
        assert_eq!(Failure::from(io::Error::from(io::ErrorKind::BrokenPipe)).code(), 0);
        assert_eq!(Failure::from(io::Error::other("full")).code(), 1);
    }

    #[test]
    fn a_hint_is_kept_and_can_be_given() {
        let problem = Problem::new(ProblemKind::Conflict, "no").with_hint("look");
        let Failure::Told { what, hint, .. } = Failure::from(ClientError::Problem(problem)) else { panic!() };
        assert_eq!((what.as_str(), hint.as_deref()), ("no", Some("look")));
        assert_eq!(Failure::ClosedPipe.with_hint("x"), Failure::ClosedPipe);
    }
}
