//! Where files live. The only reader of the XDG variables and of `OSTLER_HOME`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The state directory of one user on one box, and every name in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    home: PathBuf,
    run: PathBuf,
}

/// There is no place for the state directory.
#[derive(Debug, thiserror::Error)]
#[error("neither OSTLER_HOME nor HOME is set to an absolute path")]
pub struct NoHome;

impl Paths {
    /// From the environment of this process: `OSTLER_HOME`, else `XDG_STATE_HOME/ostler`, else
    /// `~/.local/state/ostler`.
    pub fn from_env() -> Result<Self, NoHome> {
        let absolute =
            |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let home = absolute("OSTLER_HOME")
            .or_else(|| absolute("XDG_STATE_HOME").map(|dir| dir.join("ostler")))
            .or_else(|| absolute("HOME").map(|dir| dir.join(".local/state/ostler")))
            .ok_or(NoHome)?;
        Ok(Self::at(home))
    }

    /// For this state directory.
    pub fn at(home: PathBuf) -> Self {
        let run = home.join(format!("run-{}", machine()));
        Self { home, run }
    }

    /// The state directory.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Locks and sockets of this box: a home directory may be shared between several.
    pub fn run(&self) -> &Path {
        &self.run
    }

    /// Held while a supervisor is being started.
    pub fn start_lock(&self) -> PathBuf {
        self.run.join("start.lock")
    }

    /// Held by the supervisor as long as it lives.
    pub fn supervisor_lock(&self) -> PathBuf {
        self.run.join("supervisor.lock")
    }

    /// Reads and writes.
    pub fn supervisor_socket(&self) -> PathBuf {
        self.run.join("supervisor.sock")
    }

    /// Reads only.
    pub fn watch_socket(&self) -> PathBuf {
        self.run.join("watch.sock")
    }

    /// Sockets of the keepers.
    pub fn keeper_sockets(&self) -> PathBuf {
        self.run.join("k")
    }

    /// What a supervisor that started by itself had to say.
    pub fn supervisor_output(&self) -> PathBuf {
        self.home.join("supervisor.log")
    }

    /// Projects and what was asked for.
    pub fn registry(&self) -> PathBuf {
        self.home.join("registry.json")
    }

    /// The durable events.
    pub fn events(&self) -> PathBuf {
        self.home.join("events")
    }

    /// All servers' directories: `<project>/<name>` below it.
    pub fn servers(&self) -> PathBuf {
        self.home.join("servers")
    }

    /// A server's directory. Both names are checked by `model::ServerId`.
    pub fn server(&self, project: &str, name: &str) -> PathBuf {
        self.servers().join(project).join(name)
    }
}

/// The user's own settings: `$XDG_CONFIG_HOME/ostler/config.toml`, else `~/.config/ostler/config.toml`.
pub fn user_config() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CONFIG_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".config")))
        .map(|dir| dir.join("ostler/config.toml"))
}

/// First 8 characters of the machine's id, or of its name where it has none.
fn machine() -> String {
    let id = ["/etc/machine-id", "/var/lib/dbus/machine-id"]
        .iter()
        .find_map(|path| std::fs::read_to_string(path).ok())
        .filter(|id| id.trim().len() >= 8 && id.trim().bytes().all(|b| b.is_ascii_alphanumeric()));
    let name = || std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let text = id.unwrap_or_else(name);
    let short: String = text.trim().chars().filter(char::is_ascii_alphanumeric).take(8).collect();
    if short.is_empty() { "local".to_owned() } else { short }
}

/// The variable that carries the state directory to supervisor and keepers.
pub const HOME_VARIABLE: &str = "OSTLER_HOME";

/// The pair for a child's environment, so that it uses the same state directory.
pub fn home_pair(paths: &Paths) -> (OsString, OsString) {
    (HOME_VARIABLE.into(), paths.home.clone().into_os_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_lies_in_the_state_directory() {
        let paths = Paths::at("/tmp/x".into());
        for path in [
            paths.start_lock(),
            paths.supervisor_lock(),
            paths.supervisor_socket(),
            paths.watch_socket(),
            paths.keeper_sockets(),
            paths.registry(),
            paths.events(),
            paths.server("shop", "api"),
        ] {
            assert!(path.starts_with("/tmp/x"), "{}", path.display());
        }
        assert_eq!(paths.run().parent(), Some(Path::new("/tmp/x")));
    }
}
