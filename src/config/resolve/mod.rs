//! What a start needs: the environment, the arguments and the directory, with every `${…}` expanded.
//!
//! The environment is laid in this order, a later one wins: that of the project's last `up`; the env files, read
//! now; `env`; ostler's own. `env` sees what lies below it and ostler's own, but not its own neighbours, so its
//! order does not matter. No error repeats a value, which may be a secret.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::model::{Command, EnvFile, Environment, Probe, ServerSpec};

use super::dotenv;
use super::expand::{ExpandError, MAX_LENGTH, expand};
use super::problem::safe;

/// Longest text of everything that is expanded for one start, in bytes; what Linux takes at most, execve(2).
const MAX_TOTAL: usize = 6 * 1024 * 1024;

/// What is known at the moment of a start.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The environment of the project's last `up`.
    pub base_env: &'a Environment,
    /// The server's own ports, real numbers, in the order of its specification.
    pub ports: &'a [u16],
    /// The first port of each server of the project, by name; a server with several copies is also there by its name
    /// without a number, with the port of the first.
    pub siblings: &'a [(String, u16)],
    /// The run's id.
    pub run_id: &'a str,
    /// The `ostler` program.
    pub bin: &'a Path,
}

/// What to execute. `Debug` hides the values of variables, and the arguments, which may hold them.
#[derive(Clone, PartialEq, Eq)]
pub struct Resolved {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Absolute directory to execute it in.
    pub dir: PathBuf,
    /// The whole environment.
    pub env: BTreeMap<String, String>,
    /// The start-up check's question, if it is not the default one.
    pub probe: Option<Probe>,
    /// The health check's question. Commands of checks are argument lists here, paths are absolute.
    pub health: Option<Probe>,
    /// Program and arguments that tell its version.
    pub version: Option<Vec<String>>,
}

impl std::fmt::Debug for Resolved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.env.keys().collect();
        f.debug_struct("Resolved").field("dir", &self.dir).field("env", &names).finish_non_exhaustive()
    }
}

/// Why a server cannot be started as it is specified. The text is safe for a terminal.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// A variable has neither a value nor a default.
    #[error("`{key}` uses `${{{variable}}}`, which is not set")]
    Unset {
        /// The key of the config file.
        key: String,
        /// The variable.
        variable: String,
    },
    /// `${port}` without a port.
    #[error("`{key}` uses `${{port}}`, and the server has no port")]
    NoPort {
        /// The key of the config file.
        key: String,
    },
    /// More than the system takes.
    #[error("`{key}` is too long when its variables are expanded")]
    TooLong {
        /// The key of the config file.
        key: String,
    },
    /// What is expanded makes no sense.
    #[error("`{key}` is {what} when its variables are expanded")]
    Senseless {
        /// The key of the config file.
        key: String,
        /// What it is: `empty`.
        what: &'static str,
    },
    /// An env file that must be there cannot be read.
    #[error("the env file {} cannot be read: {source}", safe(&path.to_string_lossy()))]
    EnvFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// An env file has a mistake.
    #[error("{}:{line}: {message}", safe(&path.to_string_lossy()))]
    EnvLine {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
}

impl ResolveError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Unset { variable, .. } => format!(
                "set it where you run `ostler up`, or in an env file; or write `${{{variable}:-default}}`"
            ),
            Self::NoPort { .. } => "declare one, as in `port = 3000` or `port = \"auto\"`".to_owned(),
            Self::TooLong { .. } => "the system takes 128 KiB for one and 6 MiB for all".to_owned(),
            Self::Senseless { .. } => "look at what its variables hold".to_owned(),
            Self::EnvFile { .. } => {
                "correct `env_file`, or begin it with `?` if the file may be missing".to_owned()
            }
            Self::EnvLine { .. } => {
                "the grammar is docker compose's: `NAME=value`, quotes where the value has special characters"
                    .to_owned()
            }
        }
    }
}

/// Expands a specification for one start. Reads the env files.
pub fn resolve(spec: &ServerSpec, ctx: &Context<'_>) -> Result<Resolved, ResolveError> {
    let mut names = Names { spec, ctx, own: own(spec, ctx), dir: None, spent: Cell::new(0) };
    let mut env = ctx.base_env.0.clone();
    // Left from a server in whose terminal `ostler up` was typed: ports of other servers than these.
    env.retain(|name, _| !name.starts_with(SIBLING_PORT));
    for file in &spec.env_files {
        if file.path.contains("${dir}") {
            names.dir = Some(names.directory(&env)?.to_string_lossy().into_owned());
        }
        read_env_file(&names, file, &mut env)?;
    }
    // `dir` may use what `env` sets, and `env` may use `${dir}`; a cycle cannot be, since each looks once.
    let mut with_plain = env.clone();
    with_plain.extend(spec.env.0.iter().filter(|(_, value)| !value.contains('$')).map(pair));
    let dir = names.directory(&with_plain)?;
    names.dir = Some(dir.to_string_lossy().into_owned());
    let mut typed = BTreeMap::new();
    for (name, value) in &spec.env.0 {
        typed.insert(name.clone(), names.expand(&format!("env.{}", safe(name)), value, &env)?);
    }
    env.extend(typed);
    env.extend(names.own.iter().map(pair));
    let startup = spec.startup.probe.as_ref();
    let health = spec.health.as_ref().map(|check| &check.probe);
    Ok(Resolved {
        argv: names.argv("command", &spec.command, &env)?,
        probe: startup.map(|probe| names.probe("startup", probe, &dir, &env)).transpose()?,
        health: health.map(|probe| names.probe("health", probe, &dir, &env)).transpose()?,
        version: spec.version.as_ref().map(|line| names.argv("version.exec", line, &env)).transpose()?,
        dir,
        env,
    })
}

/// Prefix of the variables that tell a server its siblings' ports.
const SIBLING_PORT: &str = "OSTLER_PORT_";

fn pair((name, value): (&String, &String)) -> (String, String) {
    (name.clone(), value.clone())
}

/// The variables that ostler sets itself.
fn own(spec: &ServerSpec, ctx: &Context<'_>) -> BTreeMap<String, String> {
    let mut own = BTreeMap::from([
        ("OSTLER_NAME".to_owned(), spec.id.name().to_owned()),
        ("OSTLER_PROJECT".to_owned(), spec.id.project().to_owned()),
        ("OSTLER_REPLICA".to_owned(), replica(spec)),
        ("OSTLER_BIN".to_owned(), ctx.bin.to_string_lossy().into_owned()),
        ("OSTLER_RUN_ID".to_owned(), ctx.run_id.to_owned()),
    ]);
    for (name, port) in ctx.siblings {
        let name = name.to_ascii_uppercase().replace(['-', '.'], "_");
        own.insert(format!("{SIBLING_PORT}{name}"), port.to_string());
    }
    if let Some(port) = ctx.ports.first() {
        own.insert("PORT".to_owned(), port.to_string());
    }
    own
}

/// Which copy it is; the only one is the first.
fn replica(spec: &ServerSpec) -> String {
    spec.replica.as_ref().map_or(1, |replica| replica.number).to_string()
}

fn read_env_file(
    names: &Names<'_>,
    file: &EnvFile,
    env: &mut BTreeMap<String, String>,
) -> Result<(), ResolveError> {
    let path = names.spec.root.join(names.expand("env_file", &file.path, env)?);
    let bytes = match super::read_limited(&path) {
        Err(error) if file.optional && error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(ResolveError::EnvFile { path, source }),
        Ok(bytes) => bytes,
    };
    let refuse = |why: &'static str| io::Error::new(io::ErrorKind::InvalidData, why);
    if bytes.len() as u64 > super::MAX_FILE {
        return Err(ResolveError::EnvFile { path, source: refuse("it is larger than 1 MiB") });
    }
    let Ok(text) = String::from_utf8(bytes) else {
        return Err(ResolveError::EnvFile { path, source: refuse("it is not UTF-8") });
    };
    dotenv::read(&text, env).map_err(|bad| ResolveError::EnvLine {
        path,
        line: bad.line,
        message: bad.message,
    })
}

/// What the names in `${…}` mean for this start.
struct Names<'a> {
    spec: &'a ServerSpec,
    ctx: &'a Context<'a>,
    own: BTreeMap<String, String>,
    dir: Option<String>,
    spent: Cell<usize>,
}

impl Names<'_> {
    fn lookup(&self, name: &str, env: &BTreeMap<String, String>) -> Option<String> {
        match name {
            "port" => self.ctx.ports.first().map(ToString::to_string),
            "name" => Some(self.spec.id.name().to_owned()),
            "replica" => Some(replica(self.spec)),
            "dir" if self.dir.is_some() => self.dir.clone(),
            _ => self.own.get(name).or_else(|| env.get(name)).cloned(),
        }
    }

    /// The text of `key` with its variables expanded.
    fn expand(&self, key: &str, text: &str, env: &BTreeMap<String, String>) -> Result<String, ResolveError> {
        let too_long = || ResolveError::TooLong { key: key.to_owned() };
        let out = match expand(text, &|name| self.lookup(name, env)) {
            Ok(out) => out,
            Err(ExpandError::Unset(name)) if name == "port" => {
                return Err(ResolveError::NoPort { key: key.to_owned() });
            }
            Err(ExpandError::Unset(variable)) => {
                return Err(ResolveError::Unset { key: key.to_owned(), variable });
            }
            Err(ExpandError::TooLong) => return Err(too_long()),
            Err(ExpandError::Bad) => return Err(senseless(key, "not a text with variables")),
        };
        self.spent.set(self.spent.get() + out.len());
        if self.spent.get() > MAX_TOTAL || text.len() > MAX_LENGTH {
            return Err(too_long());
        }
        Ok(out)
    }

    fn directory(&self, env: &BTreeMap<String, String>) -> Result<PathBuf, ResolveError> {
        let dir = self.expand("dir", &self.spec.dir, env)?;
        if dir.is_empty() {
            return Err(senseless("dir", "empty"));
        }
        Ok(self.spec.root.join(dir))
    }

    fn argv(
        &self,
        key: &str,
        command: &Command,
        env: &BTreeMap<String, String>,
    ) -> Result<Vec<String>, ResolveError> {
        let list = match command {
            Command::Shell(line) => return Ok(vec!["/bin/sh".to_owned(), "-c".to_owned(), line.clone()]),
            Command::Exec(list) => list,
        };
        let argv: Result<Vec<_>, _> = list.iter().map(|part| self.expand(key, part, env)).collect();
        let argv = argv?;
        if argv.first().is_none_or(String::is_empty) {
            return Err(senseless(key, "empty"));
        }
        Ok(argv)
    }

    fn probe(
        &self,
        table: &str,
        probe: &Probe,
        dir: &Path,
        env: &BTreeMap<String, String>,
    ) -> Result<Probe, ResolveError> {
        match probe {
            Probe::Http { url, expect } => {
                let key = format!("{table}.http");
                let url = self.expand(&key, url, env)?;
                let host = url.strip_prefix("http://").filter(|rest| !rest.is_empty());
                // A blank or a newline would end the request's first line.
                if host.is_none() || url.contains(|c: char| c.is_control() || c == ' ') {
                    return Err(senseless(&key, "not an `http://` address"));
                }
                Ok(Probe::Http { url, expect: expect.clone() })
            }
            Probe::Tcp(port) => {
                let key = format!("{table}.tcp");
                let port = self.expand(&key, port, env)?;
                if !port.parse::<u16>().is_ok_and(|port| port > 0) {
                    return Err(senseless(&key, "not a port"));
                }
                Ok(Probe::Tcp(port))
            }
            Probe::Unix(path) => {
                let key = format!("{table}.unix");
                let path = self.expand(&key, path, env)?;
                if path.is_empty() {
                    return Err(senseless(&key, "empty"));
                }
                Ok(Probe::Unix(dir.join(path).to_string_lossy().into_owned()))
            }
            Probe::Exec(command) => {
                Ok(Probe::Exec(Command::Exec(self.argv(&format!("{table}.exec"), command, env)?)))
            }
            Probe::Log(pattern) => Ok(Probe::Log(pattern.clone())),
            Probe::Notify => Ok(Probe::Notify),
        }
    }
}

fn senseless(key: &str, what: &'static str) -> ResolveError {
    ResolveError::Senseless { key: key.to_owned(), what }
}

#[cfg(test)]
mod tests;
