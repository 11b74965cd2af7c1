//! What is asked.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{Environment, ServerId, Signal};

/// `POST /v1/projects`: reads the file and takes over its servers. Starts nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterRequest {
    /// The config file, absolute.
    pub file: PathBuf,
    /// Environment for the project's servers from their next start on; `None` leaves what is known.
    #[serde(default)]
    pub env: Option<Environment>,
    /// Read the file again and take over what changed; otherwise a project that is known with this file stays as
    /// it is.
    #[serde(default)]
    pub reread: bool,
    /// The profile to lay over the file; another one than before means that the file is read again. `None` leaves it
    /// where the file is not read again, and means none where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Without a `profile`, that of before stays although the file is read again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keep_profile: bool,
}

/// `POST /v1/reload`: what the project's file has brought since. Changes nothing without `apply`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReloadRequest {
    /// The config file, absolute.
    pub file: PathBuf,
    /// The profile to lay over the file; `None`: that of before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Start what is new, stop and forget what is gone, restart what runs and has changed; leave all else alone.
    #[serde(default)]
    pub apply: bool,
    /// With `apply`: environment for the project's servers from their next start on; `None` leaves what is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<Environment>,
}

/// What to do with servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Should run; no-op where it does.
    Start,
    /// Should not run. `now`: no grace.
    Stop {
        /// SIGKILL at once.
        #[serde(default)]
        now: bool,
    },
    /// Stop, then start.
    Restart,
    /// This signal to the main process.
    Signal {
        /// Which.
        signal: Signal,
    },
}

impl Verb {
    /// Its last path segment.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop { .. } => "stop",
            Self::Restart => "restart",
            Self::Signal { .. } => "signal",
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stop { now: true } => f.write_str("stop --now"),
            Self::Signal { signal } => write!(f, "signal {signal}"),
            Self::Start | Self::Stop { now: false } | Self::Restart => f.write_str(self.word()),
        }
    }
}

/// `POST /v1/actions`: one verb for several servers. The per-server routes are the same for one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActRequest {
    /// What to do.
    pub verb: Verb,
    /// With which servers; all or none are accepted. A start also starts what they need.
    pub servers: Vec<ServerId>,
    /// Of a stop: also those that need one of these, and are up.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub with_dependents: bool,
    /// Of a start or restart that is waited for: settled is a server only when its health check, if it has one, has
    /// answered.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub until_healthy: bool,
}

impl ActRequest {
    /// Just this.
    pub fn new(verb: Verb, servers: Vec<ServerId>) -> Self {
        Self { verb, servers, with_dependents: false, until_healthy: false }
    }
}

/// Query of an acting route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaitQuery {
    /// Answer only when every server has settled.
    #[serde(default)]
    pub wait: bool,
}

/// Query of `GET /v1/events`. `server`, `kind` and `after` choose among events; everything else is told all the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventsQuery {
    /// Also the events after this one that are still kept; otherwise only those to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
    /// Also samples, each second, and first the history of this many seconds: what a dashboard needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub graphs: Option<u32>,
    /// Only events of these servers, written as on the command line with commas between them: `shop/api,@back`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Only events of these kinds, with commas between them: `exited,failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Only events of this time or later; without `since`, those that are kept come too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Timestamp>,
    /// End after the snapshot and the events that are kept, instead of going on.
    #[serde(default)]
    pub once: bool,
}

/// Query of `GET /v1/history` and `GET …/{name}/history`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryQuery {
    /// How far back: `90s`, `10m`, `2h`.
    #[serde(default = "ten_minutes")]
    pub window: Window,
}

fn ten_minutes() -> Window {
    Window(600)
}

/// A length of time in whole seconds, written `90s`, `10m`, `2h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Window(pub u32);

impl FromStr for Window {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("`{}` is not a window: write it as in `90s`, `10m`, `2h`", text.escape_debug());
        let unit = text.chars().last().ok_or_else(bad)?;
        let scale = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => return Err(bad()),
        };
        let number: u32 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| bad())?;
        number.checked_mul(scale).map(Self).ok_or_else(bad)
    }
}

impl TryFrom<String> for Window {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Window> for String {
    fn from(window: Window) -> Self {
        format!("{}s", window.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_a_number_and_a_unit() {
        assert_eq!("90s".parse(), Ok(Window(90)));
        assert_eq!("2h".parse(), Ok(Window(7200)));
        for bad in ["", "s", "10", "10d", "-1s", "4294967295h", "1é"] {
            assert!(bad.parse::<Window>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_request_without_a_profile_is_one_that_an_older_supervisor_knows() {
        let text = r#"{"file":"/x/ostler.toml","env":null,"reread":true}"#;
        let request: RegisterRequest = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&request).unwrap(), text);
    }

    #[test]
    fn an_unknown_field_is_an_error() {
        assert!(serde_json::from_str::<ActRequest>(r#"{"verb":"start","servers":[],"force":1}"#).is_err());
        let stop: ActRequest = serde_json::from_str(r#"{"verb":{"stop":{}},"servers":["a/b"]}"#).unwrap();
        assert_eq!(stop.verb, Verb::Stop { now: false });
    }
}
