//! How a server shows that it is up.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Command, OnFailure};

/// A question that a server answers when it is well. Strings are not expanded yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Probe {
    /// `GET` of this URL answers as expected.
    Http {
        /// `http://host:port/path`
        url: String,
        /// What counts as a good answer.
        expect: Expect,
    },
    /// This port of the loopback interface accepts a connection. A number, or a `${…}` that becomes one.
    Tcp(String),
    /// This Unix socket accepts a connection. A path, relative to the server's directory.
    Unix(String),
    /// This command exits with 0, run in the server's directory with its environment.
    Exec(Command),
    /// This regular expression matches a line that the run wrote. Start-up only.
    Log(String),
    /// The server says so itself, by systemd's notification protocol, `sd_notify(3)`.
    Notify,
}

/// What counts as a good answer to an HTTP probe.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expect {
    /// Accepted status codes; 200 to 399 if empty.
    pub status: Vec<u16>,
    /// Text that the body must contain.
    pub body: Option<String>,
}

/// What happens when the start-up check did not pass in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnTimeout {
    /// The run is ended and counts as failed.
    #[default]
    Fail,
    /// It is only said.
    Wait,
}

/// The start-up check: decides `Starting` to `Running`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Startup {
    /// The question; if `None`, its first port answers, or, without a port, it lived for 1 s.
    pub probe: Option<Probe>,
    /// How long it may take.
    pub timeout: Duration,
    /// And then?
    pub on_timeout: OnTimeout,
}

impl Default for Startup {
    fn default() -> Self {
        Self { probe: None, timeout: Duration::from_secs(30), on_timeout: OnTimeout::Fail }
    }
}

/// The health check: asked again and again while `Running`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheck {
    /// The question; never [`Probe::Log`].
    pub probe: Probe,
    /// From one answer to the next question; with [`Probe::Notify`] the longest time between two heartbeats.
    pub interval: Duration,
    /// How long one answer may take.
    pub timeout: Duration,
    /// So many failures in a row make it unhealthy.
    pub retries: u32,
    /// And then?
    pub on_failure: OnFailure,
}

/// `interval` of a health check that does not say: every 10 s.
pub const HEALTH_INTERVAL: Duration = Duration::from_secs(10);

/// `interval` of a heartbeat that does not say: a minute.
pub const HEARTBEAT: Duration = Duration::from_mins(1);

/// `timeout` of a health check that does not say.
pub const HEALTH_TIMEOUT: Duration = Duration::from_secs(5);

/// `retries` of a health check that does not say.
pub const HEALTH_RETRIES: u32 = 3;

/// What a probe found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeOutcome {
    /// Whether it passed.
    pub ok: bool,
    /// In words: `200 in 3 ms`, `connection refused`.
    pub answer: String,
}
