//! What supervisor and keeper say to each other: one JSON object on each line, over a Unix socket.
//!
//! The protocol only grows: a keeper outlives upgrades of the supervisor. Fields may be added with a default, none
//! changes its meaning, and an order that a keeper does not know is answered with [`Report::Refused`].
//!
//! Since version 2 a line may bring descriptors, see [`Held`]. Nobody sends any to a peer of version 1.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use super::frame::Message;
pub use super::held::{Held, Name};
use crate::model::{Command, Environment, Exit, LogPolicy, RunId, Signal, StopPolicy};
use crate::os::identity::Identity;
use crate::os::pidfd::RawExit;
use crate::run_dir::{ChildFile, ExitFile};

/// Version of the protocol, said by both ends. 2 brought descriptors.
pub const PROTOCOL: u32 = 2;

/// The first version whose lines may bring descriptors.
pub const DESCRIPTORS: u32 = 2;

/// Longest line that either end takes, in bytes: an environment has at most 6 MiB, execve(2), and a launch holds it twice.
pub const LINE_MAX: usize = 16 * 1024 * 1024;

/// From the supervisor.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The first on each connection: this is the supervisor now. Answered with [`Report::Hello`].
    Hello {
        /// Its version of the protocol.
        protocol: u32,
    },
    /// Launch a run; answered with `NotStarted` while one is alive.
    Launch(Box<LaunchOrder>),
    /// Take over a run whose keeper died; answered with `Taken` or `NotTaken`.
    Take(Box<TakeOrder>),
    /// End the run like this. A second one replaces the first; its grace begins anew only if it is shorter.
    Stop(StopPolicy),
    /// Send this to the main process.
    Signal {
        /// Which.
        signal: Signal,
    },
    /// Remember for the next supervisor that the start-up check of the run has passed.
    Up,
    /// Remember for the next supervisor that the end of this run is known.
    Seen {
        /// Which run.
        run: RunId,
    },
    /// Ring, or stop ringing, when something was logged.
    Follow {
        /// Which of the two.
        on: bool,
    },
    /// The server is wanted down: end when no run is alive.
    Release,
    /// The supervisor ends, and wants no other to be started.
    Goodbye,
    /// A newer supervisor's order.
    #[serde(other)]
    Unknown,
}

/// Everything that a run needs. `Debug` hides the values of the environment, and what they were put into.
#[derive(Serialize, Deserialize)]
pub struct LaunchOrder {
    /// Its name.
    pub run: RunId,
    /// For the record: the command and the directory as the config file says them.
    pub typed: Typed,
    /// Program and arguments. A program without `/` is looked for in the environment's PATH.
    pub argv: Vec<String>,
    /// Directory to be in.
    pub dir: PathBuf,
    /// All variables.
    pub env: Environment,
    /// A PTY instead of pipes.
    pub tty: bool,
    /// For what is left when the main process ended by itself.
    pub stop: StopPolicy,
    /// How much of the log is kept.
    pub log: LogPolicy,
    /// Soft limit of open files.
    pub open_files: Option<u64>,
    /// It is to come to an end: what its main process leaves behind is no server in the background.
    #[serde(default)]
    pub one_shot: bool,
    /// What the next supervisor must know; kept in memory and handed back as it is.
    pub memo: Box<RawValue>,
}

/// What may be written to disk of a launch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typed {
    /// The command, not expanded.
    pub command: Command,
    /// The directory, not expanded.
    pub dir: String,
}

impl fmt::Debug for LaunchOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { run, typed, env, tty, .. } = self;
        let mut shown = f.debug_struct("LaunchOrder");
        shown.field("run", run).field("typed", typed).field("env", env).field("tty", tty);
        shown.finish_non_exhaustive()
    }
}

/// A run that lost its keeper.
#[derive(Debug, Serialize, Deserialize)]
pub struct TakeOrder {
    /// Its name.
    pub run: RunId,
    /// Its main process.
    pub child: ChildFile,
    /// As in [`LaunchOrder`].
    pub stop: StopPolicy,
    /// As in [`LaunchOrder`].
    pub log: LogPolicy,
    /// Its start-up check has passed.
    pub up: bool,
    /// As in [`LaunchOrder`].
    pub memo: Option<Box<RawValue>>,
    /// Its end has been asked for.
    #[serde(default)]
    pub asked: bool,
    /// As in [`LaunchOrder`].
    #[serde(default)]
    pub open_files: Option<u64>,
    /// Its streams, from now on this keeper's to read, and its main process. Without them what it writes is lost.
    #[serde(default, rename = "fds", skip_serializing_if = "Held::is_empty")]
    pub held: Held,
}

/// From the keeper. What it reports is on disk already.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// The answer to [`Order::Hello`].
    Hello(Box<Hello>),
    /// The run's process is about to be executed: from now on its streams have a second holder.
    Holds {
        /// Which run.
        run: RunId,
        /// As in [`Report::Started`].
        #[serde(default, rename = "fds", skip_serializing_if = "Held::is_empty")]
        held: Held,
    },
    /// The run's process was executed.
    Started {
        /// Which run.
        run: RunId,
        /// The process.
        child: ChildFile,
        /// Copies of its streams and of the process, to be held.
        #[serde(default, rename = "fds", skip_serializing_if = "Held::is_empty")]
        held: Held,
    },
    /// The main process ended with success while the run was starting; this one that it left is the main process now.
    Moved {
        /// Which run.
        run: RunId,
        /// The process.
        child: ChildFile,
        /// As in `Started`.
        #[serde(default, rename = "fds", skip_serializing_if = "Held::is_empty")]
        held: Held,
    },
    /// Nothing was executed.
    NotStarted {
        /// Which run.
        run: RunId,
        /// Why.
        why: NotStarted,
    },
    /// The main process ended, and every process of the run has gone.
    Ended {
        /// Which run.
        run: RunId,
        /// How.
        exit: ExitFile,
    },
    /// Something was logged.
    Bell,
    /// A run was taken over: it lives, or its end is reported next.
    Taken {
        /// Which run.
        run: RunId,
    },
    /// A run was not taken over: its main process can't be verified, or another run is alive.
    NotTaken {
        /// Which run.
        run: RunId,
    },
    /// An order was not carried out.
    Refused {
        /// Which, and why.
        why: String,
    },
    /// A newer keeper's report.
    #[serde(other)]
    Unknown,
}

/// What a keeper knows.
#[derive(Debug, Serialize, Deserialize)]
pub struct Hello {
    /// Version of its protocol.
    pub protocol: u32,
    /// Version of its program.
    pub version: String,
    /// Who it is.
    pub identity: Identity,
    /// The run that is alive.
    pub run: Option<Alive>,
    /// The run that ended last under this keeper.
    pub last: Option<(RunId, ExitFile)>,
    /// A supervisor has said that it knows of that end.
    #[serde(default)]
    pub last_seen: bool,
    /// The memo of the last launch.
    pub memo: Option<Box<RawValue>>,
}

/// A run that is alive.
#[derive(Debug, Serialize, Deserialize)]
pub struct Alive {
    /// Which.
    pub run: RunId,
    /// Its main process.
    pub child: ChildFile,
    /// It was asked to end, or its main process has ended and the rest is being ended.
    pub ending: bool,
    /// Its start-up check has passed.
    #[serde(default)]
    pub up: bool,
    /// As in [`Report::Started`].
    #[serde(default, rename = "fds", skip_serializing_if = "Held::is_empty")]
    pub held: Held,
}

impl Message for Order {
    fn unknown() -> Self {
        Self::Unknown
    }

    fn held_mut(&mut self) -> Option<&mut Held> {
        match self {
            Self::Take(order) => Some(&mut order.held),
            Self::Hello { .. }
            | Self::Launch(_)
            | Self::Stop(_)
            | Self::Signal { .. }
            | Self::Up
            | Self::Seen { .. }
            | Self::Follow { .. }
            | Self::Release
            | Self::Goodbye
            | Self::Unknown => None,
        }
    }
}

impl Message for Report {
    fn unknown() -> Self {
        Self::Unknown
    }

    fn held_mut(&mut self) -> Option<&mut Held> {
        match self {
            Self::Hello(hello) => hello.run.as_mut().map(|run| &mut run.held),
            Self::Holds { held, .. } | Self::Started { held, .. } | Self::Moved { held, .. } => Some(held),
            Self::NotStarted { .. }
            | Self::Ended { .. }
            | Self::Bell
            | Self::Taken { .. }
            | Self::NotTaken { .. }
            | Self::Refused { .. }
            | Self::Unknown => None,
        }
    }
}

/// Why nothing was executed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotStarted {
    /// No such program.
    NotFound {
        /// What was looked for.
        program: String,
    },
    /// The directory can't be entered.
    Directory {
        /// Which.
        dir: PathBuf,
        /// What the system said.
        errno: i32,
    },
    /// The program can't be executed.
    Execute {
        /// Which file.
        program: PathBuf,
        /// What the system said.
        errno: i32,
    },
    /// Something else failed before.
    Other {
        /// What.
        what: String,
    },
}

/// The kernel's word for how it ended.
pub fn exit_of(raw: RawExit) -> Exit {
    match raw {
        RawExit::Code(code) => Exit::Code(code),
        RawExit::Signal { signal, core } => {
            Signal::from_number(signal).map_or(Exit::Unknown, |signal| Exit::Signal { signal, core })
        }
    }
}
