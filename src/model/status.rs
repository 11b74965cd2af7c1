//! What a user sees of a server.

use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Holder, PortState, RestartPolicy, ServerId, Signal, StopPolicy};

/// Where a server is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Down, as asked.
    #[default]
    Stopped,
    /// To be started as soon as something else is the case: a server that it needs is there, a port is free.
    Waiting,
    /// Alive; the start-up check has not passed yet.
    Starting,
    /// Alive and up.
    Running,
    /// Asked to end, not ended yet.
    Stopping,
    /// Ended by itself; will be started again at a known time.
    Backoff,
    /// Given up on, or could not be executed.
    Failed,
    /// Ended by itself with success, and done.
    Completed,
}

impl Phase {
    /// All of them, in the order of a life.
    pub const ALL: [Self; 8] = [
        Self::Stopped,
        Self::Waiting,
        Self::Starting,
        Self::Running,
        Self::Stopping,
        Self::Backoff,
        Self::Failed,
        Self::Completed,
    ];

    /// Its word in JSON, tables and filters.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Waiting => "waiting",
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Stopping => "stopping",
            Self::Backoff => "backoff",
            Self::Failed => "failed",
            Self::Completed => "completed",
        }
    }

    /// Whether a process of the server may be alive.
    pub const fn is_alive(self) -> bool {
        match self {
            Self::Starting | Self::Running | Self::Stopping => true,
            Self::Stopped | Self::Waiting | Self::Backoff | Self::Failed | Self::Completed => false,
        }
    }

    /// Whether it stays so until somebody asks, or something outside changes.
    pub const fn is_settled(self) -> bool {
        match self {
            Self::Stopped | Self::Running | Self::Failed | Self::Completed => true,
            Self::Waiting | Self::Starting | Self::Stopping | Self::Backoff => false,
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// How a server is while it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// Nothing says how it is: no check, no declared port, or no answer yet.
    #[default]
    Unknown,
    /// Its check passed, or its ports are open; later failures were not enough to change that.
    Healthy,
    /// Checks failed, or a declared port is closed.
    Unhealthy,
    /// No heartbeat.
    Hung,
}

impl Health {
    /// Its word in JSON and tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
            Self::Hung => "hung",
        }
    }
}

/// What was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Desired {
    /// It should run.
    Up,
    /// It should not.
    #[default]
    Down,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// It called exit.
    Code(u8),
    /// A signal ended it.
    Signal {
        /// Which.
        signal: Signal,
        /// Whether a core was dumped.
        core: bool,
    },
    /// It could not be executed.
    ExecFailed {
        /// errno.
        errno: i32,
    },
    /// It ended, and nobody could be asked how.
    Unknown,
}

impl Exit {
    /// Whether it counts as success under this policy.
    pub fn is_success(self, policy: &RestartPolicy) -> bool {
        match self {
            Self::Code(code) => policy.success_codes.contains(&code),
            Self::Signal { signal, .. } => policy.success_signals.contains(&signal),
            Self::ExecFailed { .. } | Self::Unknown => false,
        }
    }
}

impl fmt::Display for Exit {
    /// `exit 1`, `SIGKILL`, `SIGSEGV (core dumped)`, `not executed (errno 2)`, `exit unknown`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit {code}"),
            Self::Signal { signal, core: false } => write!(f, "{signal}"),
            Self::Signal { signal, core: true } => write!(f, "{signal} (core dumped)"),
            Self::ExecFailed { errno } => write!(f, "not executed (errno {errno})"),
            Self::Unknown => f.write_str("exit unknown"),
        }
    }
}

/// The last exit as the API shows it. `code` and `signal` both `None`: unknown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExitRecord {
    /// Exit code.
    pub code: Option<u8>,
    /// The signal that ended it.
    pub signal: Option<Signal>,
    /// When.
    pub at: Timestamp,
    /// Seconds it lived.
    pub lasted_s: f64,
}

/// A declared or found port.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PortStatus {
    /// Its number.
    pub port: u16,
    /// Whether the config names it.
    pub declared: bool,
    /// Who listens.
    pub state: PortState,
    /// Milliseconds of the last connect, if it was accepted.
    pub latency_ms: Option<f64>,
    /// Who listens, if it is not the server.
    pub holder: Option<Holder>,
}

/// What was asked of a server and is not done yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pending {
    /// A start.
    Start,
    /// A stop.
    Stop,
    /// A restart.
    Restart,
}

/// How a server is asked to end, as the API shows it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StopPlan {
    /// The signal.
    pub signal: Signal,
    /// Seconds from the signal to SIGKILL.
    pub grace_s: f64,
}

impl StopPlan {
    /// Of most servers.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for StopPlan {
    fn default() -> Self {
        Self::from(&StopPolicy::default())
    }
}

impl From<&StopPolicy> for StopPlan {
    fn from(policy: &StopPolicy) -> Self {
        Self { signal: policy.signal, grace_s: policy.grace.as_secs_f64() }
    }
}

/// Everything that a user sees of a server. Field for field the status JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerStatus {
    /// `project/name`
    pub id: ServerId,
    /// The part before the slash.
    pub project: String,
    /// The part after the slash.
    pub name: String,
    /// For `@group`.
    pub group: Option<String>,
    /// Of its name in merged logs, as [`Color::parse`](super::color::Color::parse) reads it; `None`: by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// Where it is in its life.
    pub phase: Phase,
    /// Since when it is in this phase.
    pub since: Timestamp,
    /// How it is while it runs.
    pub health: Health,
    /// What was asked for.
    pub desired: Desired,
    /// Main process, while alive.
    pub pid: Option<u32>,
    /// All processes of the run, while alive.
    pub pids: Vec<u32>,
    /// Seconds since its process started, while alive.
    pub uptime_s: Option<f64>,
    /// Whether this supervisor found it alive instead of starting it.
    pub adopted: bool,
    /// What was asked and is not done yet.
    pub pending: Option<Pending>,
    /// Declared ports first.
    pub ports: Vec<PortStatus>,
    /// Of the whole tree, per cent of one core.
    pub cpu_percent: Option<f32>,
    /// Of the whole tree.
    pub memory_bytes: Option<u64>,
    /// `rss`, or `pss` where it could be had.
    pub memory_kind: String,
    /// Flagged growth.
    pub memory_growth_bytes_per_h: Option<f64>,
    /// Automatic restarts since the last start by hand.
    pub restarts: u32,
    /// Restarts in a row without a stable while between them.
    pub attempt: u32,
    /// When it will be started, while in `Backoff`.
    pub next_start_at: Option<Timestamp>,
    /// Failed checks in a row.
    pub failed_checks: u32,
    /// The last check's answer.
    pub last_check: Option<String>,
    /// What its version command printed.
    pub version: Option<String>,
    /// The file says something else than what runs.
    pub config_changed: bool,
    /// The last exit.
    pub exit: Option<ExitRecord>,
    /// Why it is not up, in words. Not sanitized: it may quote a log line.
    pub last_error: Option<String>,
    /// What it waits for, in words.
    pub waiting_for: Vec<String>,
    /// What it needs, as the config file says: `db:healthy`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// The name in the config file of which this is one of several copies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replica_of: Option<String>,
    /// How it is asked to end; where that is not said, as most servers are.
    #[serde(default, skip_serializing_if = "StopPlan::is_usual")]
    pub stop: StopPlan,
    /// What is executed.
    pub command: String,
    /// Where.
    pub dir: PathBuf,
    /// Directory of its log.
    pub log: PathBuf,
}

impl ServerStatus {
    /// A stopped server of which nothing but its name is known; the other fields are for the caller to fill in.
    pub fn blank(id: ServerId) -> Self {
        Self {
            project: id.project().to_owned(),
            name: id.name().to_owned(),
            id,
            group: None,
            color: None,
            phase: Phase::Stopped,
            since: Timestamp::UNIX_EPOCH,
            health: Health::Unknown,
            desired: Desired::Down,
            pid: None,
            pids: Vec::new(),
            uptime_s: None,
            adopted: false,
            pending: None,
            ports: Vec::new(),
            cpu_percent: None,
            memory_bytes: None,
            memory_kind: "rss".to_owned(),
            memory_growth_bytes_per_h: None,
            restarts: 0,
            attempt: 0,
            next_start_at: None,
            failed_checks: 0,
            last_check: None,
            version: None,
            config_changed: false,
            exit: None,
            last_error: None,
            waiting_for: Vec::new(),
            needs: Vec::new(),
            replica_of: None,
            stop: StopPlan::default(),
            command: String::new(),
            dir: PathBuf::new(),
            log: PathBuf::new(),
        }
    }

    /// The state column's word: the health where it is bad, how it ended where that says more than the phase.
    pub fn state_word(&self) -> String {
        match (self.phase, self.health, &self.exit) {
            (Phase::Running, Health::Unhealthy | Health::Hung, _) => self.health.word().to_owned(),
            (Phase::Failed | Phase::Backoff, _, Some(ExitRecord { code: Some(code), .. })) => {
                format!("exit {code}")
            }
            (Phase::Failed | Phase::Backoff, _, Some(ExitRecord { signal: Some(signal), .. })) => {
                signal.to_string()
            }
            (phase, _, _) => phase.word().to_owned(),
        }
    }

    /// The first port worth showing.
    pub fn main_port(&self) -> Option<&PortStatus> {
        self.ports.first()
    }
}

/// The supervisor that answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SupervisorInfo {
    /// Its PID.
    pub pid: u32,
    /// Its version.
    pub version: String,
    /// Seconds it is up.
    pub uptime_s: f64,
}

/// Everything at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The last event that is counted in.
    #[serde(default)]
    pub seq: u64,
    /// The box's name.
    pub host: String,
    /// Who answered.
    pub supervisor: SupervisorInfo,
    /// All servers: projects in the order of their registration, servers in the order of their file.
    pub servers: Vec<ServerStatus>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_words_of_the_json() {
        for phase in Phase::ALL {
            assert_eq!(serde_json::to_value(phase).unwrap(), phase.word());
        }
        for health in [Health::Unknown, Health::Healthy, Health::Unhealthy, Health::Hung] {
            assert_eq!(serde_json::to_value(health).unwrap(), health.word());
        }
    }

    #[test]
    fn an_unknown_exit_is_no_success_whatever_the_codes() {
        let term = Exit::Signal { signal: Signal::TERM, core: false };
        let mut policy = RestartPolicy { success_codes: (0..=255).collect(), ..RestartPolicy::default() };
        assert!(Exit::Code(3).is_success(&policy));
        assert!(!Exit::Unknown.is_success(&policy));
        assert!(!term.is_success(&policy));
        policy.success_signals = vec![Signal::TERM];
        assert!(term.is_success(&policy));
    }
}
