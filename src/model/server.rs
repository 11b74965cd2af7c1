//! What a user registered: the server's name and its specification.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{HealthCheck, LogPolicy, MemoryPolicy, RestartPolicy, Startup, StopPolicy};

/// A server's name: `project/name`. Both parts are safe as a file name: 1 to 64 of `A-Z a-z 0-9 . _ -`,
/// beginning with a letter or a digit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServerId {
    project: String,
    name: String,
}

/// Why a text is not a [`ServerId`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a name: use 1 to 64 letters, digits, `.`, `_` or `-`, beginning with a letter or a digit", .0.escape_debug())]
pub struct BadName(pub String);

/// Longest part of a [`ServerId`], in bytes.
pub const NAME_MAX: usize = 64;

/// Whether `part` can be a project's or a server's name.
pub fn is_valid_name(part: &str) -> bool {
    let mut bytes = part.bytes();
    part.len() <= NAME_MAX
        && bytes.next().is_some_and(|b| b.is_ascii_alphanumeric())
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

impl ServerId {
    /// Joins the two parts; fails if either is not a valid name.
    pub fn new(project: &str, name: &str) -> Result<Self, BadName> {
        for part in [project, name] {
            if !is_valid_name(part) {
                return Err(BadName(part.to_owned()));
            }
        }
        Ok(Self { project: project.to_owned(), name: name.to_owned() })
    }

    /// The part before the slash.
    pub fn project(&self) -> &str {
        &self.project
    }

    /// The part after the slash.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for ServerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.project, self.name)
    }
}

impl FromStr for ServerId {
    type Err = BadName;
    fn from_str(text: &str) -> Result<Self, BadName> {
        let (project, name) = text.split_once('/').ok_or_else(|| BadName(text.to_owned()))?;
        Self::new(project, name)
    }
}

impl TryFrom<String> for ServerId {
    type Error = BadName;
    fn try_from(text: String) -> Result<Self, BadName> {
        text.parse()
    }
}

impl From<ServerId> for String {
    fn from(id: ServerId) -> Self {
        id.to_string()
    }
}

/// One life of a server: unique, sorts by time (`20261120T100501.123456-811-3`), safe as a directory name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub String);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What to execute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Command {
    /// A line for `sh -c`; ostler expands nothing in it.
    Shell(String),
    /// A program and its arguments, each expanded by ostler.
    Exec(Vec<String>),
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shell(line) => f.write_str(line),
            Self::Exec(argv) => f.write_str(&argv.join(" ")),
        }
    }
}

/// A declared port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PortSpec {
    /// This one, 1 to 65535.
    Fixed(u16),
    /// A free one, chosen by the supervisor once and then kept.
    Auto,
}

/// How a declared port is watched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PortCheck {
    /// Looked up in the listen table, and connected to at start and every 30 s.
    #[default]
    Connect,
    /// Looked up in the listen table only.
    Listen,
    /// Not watched.
    Off,
}

/// A dotenv file, read at each start. A later one wins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvFile {
    /// As typed, from the config file's directory, not yet expanded.
    pub path: String,
    /// Written with a leading `?`: it may be missing.
    pub optional: bool,
}

/// Environment variables. `Debug` shows names only: a value may be a secret.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Environment(pub BTreeMap<String, String>);

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// What another server must have reached before one that needs it is launched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NeedState {
    /// Its process lives.
    Started,
    /// It is up, and no check of it fails.
    #[default]
    Healthy,
    /// It ended with success.
    Completed,
}

impl NeedState {
    /// Its word in the config file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Healthy => "healthy",
            Self::Completed => "completed",
        }
    }
}

/// A server of the same project that must be there first: `db:healthy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// Whose; one entry for each replica of a server that has several.
    pub server: ServerId,
    /// What it must have reached.
    pub state: NeedState,
}

impl fmt::Display for Need {
    /// `db:healthy`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.server.name(), self.state.word())
    }
}

/// One of several copies of a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replica {
    /// The name in the config file; the server's own is `name.number`.
    pub of: String,
    /// From 1.
    pub number: u32,
}

/// A server as the config file specifies it, with every default filled in. Strings are not expanded yet: `${…}`
/// needs the environment and the ports of the moment of the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerSpec {
    /// Its name.
    pub id: ServerId,
    /// What to execute.
    pub command: Command,
    /// Directory to execute it in: absolute, but for the `${…}` that it may hold.
    pub dir: String,
    /// The directory of the config file: relative paths start here.
    pub root: PathBuf,
    /// Declared ports; the first is exported as `PORT`.
    pub ports: Vec<PortSpec>,
    /// How they are watched.
    pub port_check: PortCheck,
    /// Variables of the config file, over the project's environment and the env files.
    pub env: Environment,
    /// Files with variables.
    pub env_files: Vec<EnvFile>,
    /// For `@group`.
    pub group: Option<String>,
    /// Whether `up` without names starts it.
    pub autostart: bool,
    /// Whether it gets a PTY instead of pipes.
    pub tty: bool,
    /// What happens when it ends by itself.
    pub restart: RestartPolicy,
    /// How it is asked to end.
    pub stop: StopPolicy,
    /// How much of its output is kept.
    pub log: LogPolicy,
    /// When it counts as up.
    pub startup: Startup,
    /// Colour of its prefix in merged logs; by name if `None`.
    pub color: Option<String>,
    /// What is asked while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<HealthCheck>,
    /// What must be there before it is launched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Need>,
    /// Which copy it is, where the file asks for several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replica: Option<Replica>,
    /// What it may use.
    #[serde(default)]
    pub memory: MemoryPolicy,
    /// The command whose first line of output is its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Command>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_safe_as_a_file_name() {
        for good in ["api", "0", "a.b_c-d", &"x".repeat(64)] {
            assert!(is_valid_name(good), "{good}");
        }
        for bad in ["", ".", "..", "-x", "a/b", "a b", "a\0", "\u{1b}[m", "é", &"x".repeat(65)] {
            assert!(!is_valid_name(bad), "{bad:?}");
        }
    }

    #[test]
    fn an_id_round_trips_and_refuses_what_is_no_id() {
        let id: ServerId = "shop/api".parse().unwrap();
        assert_eq!((id.project(), id.name(), id.to_string().as_str()), ("shop", "api", "shop/api"));
        assert_eq!(serde_json::to_string(&id).unwrap(), r#""shop/api""#);
        for bad in ["api", "a/b/c", "../x", "a/..", "/"] {
            assert!(bad.parse::<ServerId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn debug_output_names_variables_and_hides_their_values() {
        let env = Environment(BTreeMap::from([("TOKEN".into(), "hunter2".into())]));
        let shown = format!("{env:?}");
        assert!(shown.contains("TOKEN") && !shown.contains("hunter2"), "{shown}");
    }
}
