//! What comes to a server, and what it wants done.

use std::time::Duration;

use super::health::{HealthRules, PortsSeen};
use super::needs::Unmet;
use super::timer::TimerId;
use crate::model::{Desired, EventKind, Exit, Holder, OnTimeout, Phase, RestartPolicy, Signal};

/// What the user decided, as far as the machine needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// What happens when it ends by itself.
    pub restart: RestartPolicy,
    /// How long the start-up check may take.
    pub startup: Duration,
    /// And then?
    pub on_timeout: OnTimeout,
    /// The stop signal.
    pub stop_signal: Signal,
    /// From the stop signal to SIGKILL.
    pub grace: Duration,
    /// Spreads what is to happen at different times for different servers.
    pub seed: u64,
    /// What its health check leads to, if it has one.
    pub health: Option<HealthRules>,
}

/// Why a run was not launched, in words for people: what, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaunchError {
    /// The sentence that the user reads.
    pub message: String,
    /// It may work the next time: no memory, no process, no space.
    pub transient: bool,
}

/// What comes to a server.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Wish: it should run.
    Start,
    /// Wish: it should not run.
    Stop {
        /// No grace.
        now: bool,
    },
    /// Wish: it should run anew.
    Restart,
    /// What it needs that is not there yet.
    Needs {
        /// Empty: everything is there.
        unmet: Vec<Unmet>,
    },
    /// Which servers that need it are on their way down, and still there.
    Dependents {
        /// Their names. Empty: it may go.
        leaving: Vec<String>,
    },
    /// Processes of the run that are left although they were killed.
    Remains {
        /// Which, with their state: `811 (disk sleep)`.
        processes: Vec<String>,
    },
    /// No port that it declares is held by somebody else.
    PortsFree,
    /// One is.
    PortHeld {
        /// Which.
        port: u16,
        /// By whom, if that can be seen.
        holder: Option<Holder>,
    },
    /// Its process was executed.
    Launched {
        /// The main process.
        pid: u32,
    },
    /// Nothing was executed.
    NotLaunched(LaunchError),
    /// The start-up check passed.
    Up,
    /// The run ended, and every process of it has gone.
    Exited {
        /// How.
        exit: Exit,
        /// How long it lived.
        lasted: Duration,
        /// Its last line, to be quoted where it ended before it was up.
        last_line: Option<String>,
    },
    /// A timer is due.
    Due(TimerId),
    /// What a check found, or the server said of itself: for people only.
    Answered {
        /// In words: `connection refused`.
        answer: String,
    },
    /// The health check was asked, or a heartbeat came.
    Checked {
        /// It passed.
        ok: bool,
        /// In words: `503 in 2 ms`.
        answer: String,
    },
    /// For a while nobody could ask, since the box or the supervisor was stopped: failures before that don't count.
    AskedAnew,
    /// No heartbeat came in time.
    Missed {
        /// Since the last one.
        after: Duration,
    },
    /// What the look at its declared ports says.
    PortsSeen(PortsSeen),
    /// It has used more memory than it may for long enough.
    OverMemory {
        /// Bytes.
        used: u64,
        /// Bytes.
        limit: u64,
    },
    /// A new supervisor found it alive.
    Adopted {
        /// The main process.
        pid: u32,
        /// How long it lives.
        age: Duration,
        /// Its start-up check had passed.
        up: bool,
        /// It is being ended already.
        ending: bool,
    },
    /// Its keeper died, and the run with it or not.
    KeeperLost {
        /// The main process, if it is still there.
        alive: Option<u32>,
        /// How long it lives, or lived.
        age: Duration,
    },
}

/// What is to be done, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Look whether what it needs is there; answered by `Needs`, and again whenever that changes.
    LookAtNeeds,
    /// Look which servers that need it are on their way down; answered by `Dependents`, and again whenever that changes.
    LookAtDependents,
    /// Look which processes of the run are left; answered by `Remains`.
    LookAtRemains,
    /// Look whether somebody else holds a declared port; answered by `PortsFree` or `PortHeld`.
    LookAtPorts,
    /// Launch a run; answered by `Launched` or `NotLaunched`.
    Launch,
    /// End the run; answered by `Exited`.
    Stop {
        /// No grace.
        now: bool,
    },
    /// Begin the start-up check; answered by `Up`.
    CheckStartup,
    /// Begin the health check, if it has one; answered by `Checked` and `Missed` for as long as it runs.
    CheckHealth,
    /// Give this timer back as `Due` after this time.
    Arm(TimerId, Duration),
    /// Start another keeper for the run that lost its own.
    ReplaceKeeper,
    /// No run is wanted for now: the keeper may go.
    Release,
    /// Tell everyone.
    Emit(EventKind),
}

/// What another supervisor knew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// What was asked for.
    pub desired: Desired,
    /// Restarts in a row.
    pub attempt: u32,
    /// Automatic restarts.
    pub restarts: u32,
    /// It had ended for good in this phase.
    pub ended: Option<Phase>,
    /// Why it was not up.
    pub last_error: Option<String>,
}
