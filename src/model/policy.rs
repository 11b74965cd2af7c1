//! What the user decided beforehand: restart, stop, log.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// When a server that ended by itself is started again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RestartWhen {
    /// Whatever its exit.
    Always,
    /// When its exit was no success.
    #[default]
    OnFailure,
    /// Not at all.
    Never,
}

/// How the delay grows from one attempt to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backoff {
    /// Doubled each time.
    #[default]
    Exponential,
    /// `delay` more each time.
    Linear,
    /// Always `delay`.
    Constant,
}

/// What happens when a server ends by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestartPolicy {
    /// When it is started again.
    pub policy: RestartWhen,
    /// How often in a row before it counts as failed.
    pub attempts: u32,
    /// How the delay grows.
    pub backoff: Backoff,
    /// The first delay.
    pub delay: Duration,
    /// The longest delay.
    pub max_delay: Duration,
    /// Running this long sets the attempts back to zero.
    pub reset_after: Duration,
    /// Exit codes that count as success.
    pub success_codes: Vec<u8>,
    /// Signals whose end counts as success.
    #[serde(default)]
    pub success_signals: Vec<Signal>,
}

impl Default for RestartPolicy {
    fn default() -> Self {
        Self {
            policy: RestartWhen::default(),
            attempts: 5,
            backoff: Backoff::default(),
            delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(30),
            reset_after: Duration::from_mins(1),
            success_codes: vec![0],
            success_signals: Vec::new(),
        }
    }
}

/// A signal by its number on this system.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Signal(i32);

/// Names and numbers of Linux on x86 and ARM, signal(7).
const SIGNALS: [(&str, i32); 31] = [
    ("HUP", 1),
    ("INT", 2),
    ("QUIT", 3),
    ("ILL", 4),
    ("TRAP", 5),
    ("ABRT", 6),
    ("BUS", 7),
    ("FPE", 8),
    ("KILL", 9),
    ("USR1", 10),
    ("SEGV", 11),
    ("USR2", 12),
    ("PIPE", 13),
    ("ALRM", 14),
    ("TERM", 15),
    ("STKFLT", 16),
    ("CHLD", 17),
    ("CONT", 18),
    ("STOP", 19),
    ("TSTP", 20),
    ("TTIN", 21),
    ("TTOU", 22),
    ("URG", 23),
    ("XCPU", 24),
    ("XFSZ", 25),
    ("VTALRM", 26),
    ("PROF", 27),
    ("WINCH", 28),
    ("IO", 29),
    ("PWR", 30),
    ("SYS", 31),
];

impl Signal {
    /// SIGTERM
    pub const TERM: Self = Self(15);
    /// SIGKILL
    pub const KILL: Self = Self(9);
    /// SIGCONT
    pub const CONT: Self = Self(18);

    /// The signal of this number, 1 to 64.
    pub fn from_number(number: i32) -> Option<Self> {
        (1..=64).contains(&number).then_some(Self(number))
    }

    /// Its number.
    pub const fn number(self) -> i32 {
        self.0
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match SIGNALS.iter().find(|(_, number)| *number == self.0) {
            Some((name, _)) => write!(f, "SIG{name}"),
            None => write!(f, "signal {}", self.0),
        }
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is not a [`Signal`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a signal: use a name as in `SIGTERM`, or a number from 1 to 64", .0.escape_debug())]
pub struct BadSignal(pub String);

impl FromStr for Signal {
    type Err = BadSignal;
    /// Takes `SIGTERM`, `TERM`, `term`, `15` and what `Display` writes.
    fn from_str(text: &str) -> Result<Self, BadSignal> {
        let upper = text.to_ascii_uppercase();
        let bare = upper.strip_prefix("SIGNAL ").or(upper.strip_prefix("SIG")).unwrap_or(&upper);
        let named = SIGNALS.iter().find(|(name, _)| *name == bare).map(|(_, number)| *number);
        named
            .or_else(|| bare.parse().ok())
            .and_then(Self::from_number)
            .ok_or_else(|| BadSignal(text.to_owned()))
    }
}

impl TryFrom<String> for Signal {
    type Error = BadSignal;
    fn try_from(text: String) -> Result<Self, BadSignal> {
        text.parse()
    }
}

impl From<Signal> for String {
    fn from(signal: Signal) -> Self {
        signal.to_string()
    }
}

/// Who gets the stop signal first. After the grace, SIGKILL goes to all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StopTarget {
    /// The main process; what is left when it has gone gets it then.
    #[default]
    Main,
    /// The main process's group.
    Group,
    /// Every process of the run.
    Tree,
}

/// How a server is asked to end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopPolicy {
    /// The signal.
    pub signal: Signal,
    /// From the signal to SIGKILL.
    pub grace: Duration,
    /// Who gets it.
    pub to: StopTarget,
}

impl Default for StopPolicy {
    fn default() -> Self {
        Self { signal: Signal::TERM, grace: Duration::from_secs(10), to: StopTarget::Main }
    }
}

/// How much of a server's output is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPolicy {
    /// Bytes of one segment, its index counted in.
    pub max_size: u64,
    /// Number of segments.
    pub keep: u32,
}

impl Default for LogPolicy {
    fn default() -> Self {
        Self { max_size: 20 * 1024 * 1024, keep: 5 }
    }
}

/// What a server may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryPolicy {
    /// Bytes of the whole tree; above it for 10 s it is restarted.
    pub limit: Option<u64>,
    /// Bytes an hour; a faster growth is flagged as a leak.
    pub growth: Option<u64>,
}

/// Who is told of crashes, failures, recoveries and leaks, besides the dashboard. `Debug` hides the address, which may
/// hold a token.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifyPolicy {
    /// `http://` or `https://` address that gets a `POST` with JSON.
    pub webhook: Option<String>,
    /// A line for `sh -c`.
    pub command: Option<String>,
    /// Whether the dashboard rings the terminal's bell.
    pub bell: bool,
}

impl fmt::Debug for NotifyPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotifyPolicy")
            .field("webhook", &self.webhook.is_some())
            .field("command", &self.command.is_some())
            .field("bell", &self.bell)
            .finish()
    }
}

/// What a failed check leads to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnFailure {
    /// The server is restarted.
    #[default]
    Restart,
    /// It is only shown.
    Mark,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_known_by_name_and_number() {
        for text in ["SIGTERM", "TERM", "term", "15"] {
            assert_eq!(text.parse::<Signal>().unwrap(), Signal::TERM, "{text}");
        }
        for bad in ["", "SIG", "SIGNOPE", "0", "65", "-9"] {
            assert!(bad.parse::<Signal>().is_err(), "{bad}");
        }
        for number in 1..=64 {
            let signal = Signal::from_number(number).unwrap();
            assert_eq!(signal.to_string().parse::<Signal>().unwrap(), signal, "{signal}");
        }
    }
}
