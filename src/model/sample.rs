//! What the monitor measures.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ServerId;

/// How the memory of a process tree is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MemoryKind {
    /// Resident pages. Of several processes: less what they may have in common, which counts once.
    #[default]
    Rss,
    /// Of several processes: a page that n of them have counts as 1/n.
    Pss,
}

impl MemoryKind {
    /// Its word in JSON and on the screen.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Rss => "rss",
            Self::Pss => "pss",
        }
    }
}

/// CPU and memory of a run's whole process tree at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Per cent of one core since the sample before.
    pub cpu_percent: f32,
    /// Bytes, counted as [`MemoryKind`] says.
    pub memory_bytes: u64,
}

/// A port as the listen table shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PortState {
    /// A process of the run listens.
    Listening,
    /// Nobody listens.
    #[default]
    Closed,
    /// Somebody else listens.
    Foreign,
}

/// The process that listens on a port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its PID, if it may be seen.
    pub pid: Option<u32>,
    /// Its command name, not sanitized.
    pub command: Option<String>,
    /// Its user's name, or the number.
    pub user: Option<String>,
    /// The server of ours that it belongs to, if any.
    pub ours: Option<ServerId>,
}

impl Holder {
    /// What is said of one of which nothing is known.
    pub const UNSEEN: &str = "a process that can't be seen";
}

/// `pid 3921 (postgres, user alice)`, `shop/api (node, user alice)`. Not sanitized.
impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.ours, self.pid) {
            (Some(ours), _) => write!(f, "{ours}")?,
            (None, Some(pid)) => write!(f, "pid {pid}")?,
            (None, None) => f.write_str(Self::UNSEEN)?,
        }
        match (&self.command, &self.user) {
            (Some(command), Some(user)) => write!(f, " ({command}, user {user})"),
            (Some(command), None) => write!(f, " ({command})"),
            (None, Some(user)) => write!(f, " (user {user})"),
            (None, None) => Ok(()),
        }
    }
}

/// The past of one server at even steps, oldest first, ending now. `None` is a step without a sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerHistory {
    /// Whose.
    pub id: ServerId,
    /// Seconds from one sample to the next.
    pub step_s: u32,
    /// Maximum CPU of each step, in per cent of one core.
    pub cpu_percent: Vec<Option<f32>>,
    /// Last memory of each step, in bytes.
    pub memory_bytes: Vec<Option<u64>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_is_named_by_what_is_known_of_it() {
        let holder = |pid, command: Option<&str>, user: Option<&str>, ours: Option<&str>| Holder {
            pid,
            command: command.map(str::to_owned),
            user: user.map(str::to_owned),
            ours: ours.map(|id| id.parse().unwrap()),
        };
        for (holder, words) in [
            (holder(Some(7), Some("nginx"), Some("root"), None), "pid 7 (nginx, user root)"),
            (holder(Some(7), Some("node"), None, Some("shop/api")), "shop/api (node)"),
            (holder(None, None, Some("root"), None), "a process that can't be seen (user root)"),
            (holder(Some(7), None, None, None), "pid 7"),
        ] {
            assert_eq!(holder.to_string(), words);
        }
    }
}
