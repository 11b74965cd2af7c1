//! Where files live. The only reader of the XDG variables and of the `OSTLER_…` ones that are this program's own.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The state directory of one user on one box, and every name in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    home: PathBuf,
    run: PathBuf,
}

/// Why there is no place for the state directory.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoHome {
    /// A relative path would mean another directory in each command.
    #[error("OSTLER_HOME is not an absolute path")]
    Relative,
    /// Nothing says where it is.
    #[error("HOME is not set to an absolute path")]
    Missing,
}

impl Paths {
    /// From the environment of this process: `OSTLER_HOME`, else `XDG_STATE_HOME/ostler`, else
    /// `~/.local/state/ostler`.
    pub fn from_env() -> Result<Self, NoHome> {
        Self::from_variables(|name| std::env::var_os(name).map(PathBuf::from))
    }

    fn from_variables(variable: impl Fn(&str) -> Option<PathBuf>) -> Result<Self, NoHome> {
        if let Some(home) = variable(HOME_VARIABLE).filter(|home| !home.as_os_str().is_empty()) {
            return if home.is_absolute() { Ok(Self::at(home)) } else { Err(NoHome::Relative) };
        }
        // a relative one is to be ignored, says the XDG specification
        let absolute = |name: &str| variable(name).filter(|path| path.is_absolute());
        let home = absolute("XDG_STATE_HOME")
            .map(|dir| dir.join("ostler"))
            .or_else(|| absolute("HOME").map(|dir| dir.join(".local/state/ostler")));
        home.map(Self::at).ok_or(NoHome::Missing)
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

    /// Sockets on which servers notify.
    pub fn notify_sockets(&self) -> PathBuf {
        self.run.join("n")
    }

    /// What a supervisor that started by itself had to say.
    pub fn supervisor_output(&self) -> PathBuf {
        self.home.join("supervisor.log")
    }

    /// What commands with `-v` did.
    pub fn diagnostics(&self) -> PathBuf {
        self.home.join("diagnostics.log")
    }

    /// What the dashboard copied last.
    pub fn clipboard(&self) -> PathBuf {
        self.home.join("clipboard")
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
    user_dir(|name| std::env::var_os(name).map(PathBuf::from)).map(|dir| dir.join("config.toml"))
}

/// The directory of the user's own themes, `NAME.toml` each, beside the settings.
pub fn user_themes() -> Option<PathBuf> {
    user_dir(|name| std::env::var_os(name).map(PathBuf::from)).map(|dir| dir.join("themes"))
}

fn user_dir(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let absolute = |name: &str| variable(name).filter(|path| path.is_absolute());
    absolute("XDG_CONFIG_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".config")))
        .map(|dir| dir.join("ostler"))
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

/// By this variable a debug build is told to be of another version, see [`version`].
pub const VERSION_VARIABLE: &str = "OSTLER_TEST_VERSION";

/// The version of this program, as client, supervisor and keeper tell it to each other. In a debug build it is that of
/// `OSTLER_TEST_VERSION`, where that is set: so a test can upgrade without having two programs.
pub fn version() -> &'static str {
    static TOLD: OnceLock<Option<String>> = OnceLock::new();
    let told = || if cfg!(debug_assertions) { std::env::var(VERSION_VARIABLE).ok() } else { None };
    TOLD.get_or_init(told).as_deref().unwrap_or(env!("CARGO_PKG_VERSION"))
}

/// By this variable a debug build's dashboard panics when it is to be drawn anew, so that a test can see what it leaves.
pub const PANIC_VARIABLE: &str = "OSTLER_TEST_PANIC";

/// See [`PANIC_VARIABLE`]; never in a release.
pub fn panics() -> bool {
    cfg!(debug_assertions) && std::env::var_os(PANIC_VARIABLE).is_some()
}

/// The pair for a child's environment, so that it uses the same state directory.
pub fn home_pair(paths: &Paths) -> (OsString, OsString) {
    (HOME_VARIABLE.into(), paths.home.clone().into_os_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_says_where_decides() {
        let at = |pairs: &[(&str, &str)]| {
            let find =
                |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, path)| path.into());
            Paths::from_variables(find).map(|paths| paths.home().display().to_string())
        };
        assert_eq!(at(&[("OSTLER_HOME", "/o"), ("HOME", "/h")]), Ok("/o".to_owned()));
        assert_eq!(at(&[("OSTLER_HOME", "rel"), ("HOME", "/h")]), Err(NoHome::Relative));
        assert_eq!(at(&[("XDG_STATE_HOME", "/x"), ("HOME", "/h")]), Ok("/x/ostler".to_owned()));
        assert_eq!(at(&[("XDG_STATE_HOME", "x"), ("HOME", "/h")]), Ok("/h/.local/state/ostler".to_owned()));
        assert_eq!(at(&[]), Err(NoHome::Missing));
    }

    #[test]
    fn the_users_own_files_lie_in_one_directory() {
        let at = |pairs: &[(&str, &str)]| {
            let find =
                |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, path)| path.into());
            user_dir(find).map(|dir| dir.display().to_string())
        };
        assert_eq!(at(&[("XDG_CONFIG_HOME", "/c"), ("HOME", "/h")]), Some("/c/ostler".to_owned()));
        assert_eq!(at(&[("XDG_CONFIG_HOME", "c"), ("HOME", "/h")]), Some("/h/.config/ostler".to_owned()));
        assert_eq!(at(&[]), None);
    }

    #[test]
    fn everything_lies_in_the_state_directory() {
        let paths = Paths::at("/tmp/x".into());
        for path in [
            paths.start_lock(),
            paths.supervisor_lock(),
            paths.supervisor_socket(),
            paths.watch_socket(),
            paths.keeper_sockets(),
            paths.notify_sockets(),
            paths.registry(),
            paths.events(),
            paths.server("shop", "api"),
        ] {
            assert!(path.starts_with("/tmp/x"), "{}", path.display());
        }
        assert_eq!(paths.run().parent(), Some(Path::new("/tmp/x")));
    }
}
