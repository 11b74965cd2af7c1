//! One directory for each server, one for each of its runs: what a new supervisor learns the past from.
//!
//! ```text
//! <project>/<name>/
//!   server.pid   keeper.lock   keeper.json   history.bin
//!   runs/<run-id>/   spec.json   child.json   exit.json
//!   log/
//! ```
//!
//! Each file is written whole and renamed into place before anybody hears of it, so after a kill -9 it is there or it
//! is not. A run with a `child.json` was executed or was about to be; one with an `exit.json` has ended. No
//! environment value is ever written here. Start with [`ServerDir`].

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::model::{Command, Exit, LogCursor, LogPolicy, RunId, StopPolicy};
use crate::os::file::{self, Durability};
use crate::os::identity::Identity;
use crate::os::lock::Lock;

/// How many ended runs are kept.
pub const KEPT_RUNS: usize = 5;

/// `keeper.json`: the keeper that has the lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeeperFile {
    /// Version of its protocol.
    pub protocol: u32,
    /// Version of the program.
    pub version: String,
    /// Who it is.
    pub identity: Identity,
    /// Where it listens.
    pub socket: PathBuf,
}

/// `spec.json`: what was to be executed, as the config file says it: what `${…}` stands for may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecFile {
    /// The command, not expanded.
    pub command: Command,
    /// Directory, not expanded.
    pub dir: String,
    /// Whether it has a PTY.
    pub tty: bool,
    /// How it ends.
    pub stop: StopPolicy,
    /// How much of its log is kept.
    pub log: LogPolicy,
}

/// `child.json`: the process; written before it executes anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildFile {
    /// Who it is. Its PID also names its session and its process group.
    pub identity: Identity,
    /// When it was forked.
    pub started_at: Timestamp,
}

/// `exit.json`: how the main process ended; written before it is reaped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExitFile {
    /// How.
    pub exit: Exit,
    /// When.
    pub at: Timestamp,
    /// Seconds it lived.
    pub lasted_s: f64,
    /// End of the log at that moment.
    pub log_end: LogCursor,
    /// A stop had been asked for.
    #[serde(default)]
    pub asked: bool,
}

/// What a file held.
#[derive(Clone, Debug, PartialEq)]
pub enum Read<T> {
    /// This.
    There(T),
    /// There is none.
    Missing,
    /// It did not parse, and is now here.
    MovedAside(PathBuf),
}

impl<T> Read<T> {
    /// What was there, if it was.
    pub fn there(self) -> Option<T> {
        match self {
            Self::There(value) => Some(value),
            Self::Missing | Self::MovedAside(_) => None,
        }
    }
}

/// Reads a JSON file; one that does not parse is moved aside, never overwritten.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> io::Result<Read<T>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Read::Missing),
        Err(error) => return Err(error),
    };
    if let Ok(value) = serde_json::from_slice(&bytes) {
        return Ok(Read::There(value));
    }
    let stamp = Timestamp::now().strftime("%Y%m%dT%H%M%S").to_string();
    Ok(Read::MovedAside(file::move_aside(path, &stamp)?))
}

/// Writes a JSON file whole.
pub fn write_json<T: Serialize>(path: &Path, value: &T, durability: Durability) -> io::Result<()> {
    file::save(path, &serde_json::to_vec(value)?, durability)
}

/// A server's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerDir {
    path: PathBuf,
}

impl ServerDir {
    /// The one at this path, which need not exist.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Makes sure that it exists.
    pub fn create(&self) -> io::Result<()> {
        file::make_dir(&self.path.join("runs"))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Directory of the journal.
    pub fn log(&self) -> PathBuf {
        self.path.join("log")
    }

    /// How long a run surely lived that nobody saw end: from its start to the last byte in the log.
    pub fn last_sign(&self, started_at: Timestamp) -> Duration {
        let changed = |entry: io::Result<fs::DirEntry>| entry.ok()?.metadata().ok()?.modified().ok();
        let newest = fs::read_dir(self.log()).into_iter().flatten().filter_map(changed).max();
        let lived = newest.and_then(|at| at.duration_since(started_at.into()).ok());
        lived.unwrap_or_default()
    }

    /// The lock that a living keeper holds; `None` if one does.
    pub fn take_lock(&self) -> io::Result<Option<Lock>> {
        Lock::try_take(&self.path.join("keeper.lock"))
    }

    /// Says who holds the lock.
    pub fn write_keeper(&self, keeper: &KeeperFile) -> io::Result<()> {
        write_json(&self.path.join("keeper.json"), keeper, Durability::Kill)
    }

    /// Who last held the lock.
    pub fn keeper(&self) -> io::Result<Read<KeeperFile>> {
        read_json(&self.path.join("keeper.json"))
    }

    /// Writes or removes `server.pid`, for scripts.
    pub fn write_pid(&self, pid: Option<u32>) -> io::Result<()> {
        let path = self.path.join("server.pid");
        match pid {
            Some(pid) => file::save(&path, format!("{pid}\n").as_bytes(), Durability::Kill),
            None => match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
        }
    }

    /// The directory of this run, which need not exist.
    pub fn run(&self, id: &RunId) -> RunDir {
        RunDir { path: self.path.join("runs").join(&id.0) }
    }

    /// All runs that are kept, oldest first.
    pub fn runs(&self) -> io::Result<Vec<RunId>> {
        let entries = match fs::read_dir(self.path.join("runs")) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut runs = Vec::new();
        for entry in entries {
            if let Ok(name) = entry?.file_name().into_string() {
                runs.push(RunId(name));
            }
        }
        runs.sort_by(|a, b| (number(a), a).cmp(&(number(b), b)));
        Ok(runs)
    }

    /// Runs that were launched and whose end is not on record, oldest first.
    pub fn open_runs(&self) -> io::Result<Vec<RunId>> {
        let mut runs = self.runs()?;
        runs.retain(|id| self.run(id).is_open());
        Ok(runs)
    }

    /// A name for the next run: its number, one more than that of any run that is kept, and `unique`.
    pub fn next_run(&self, unique: &str) -> RunId {
        // where the directory can't be read the run will not be made either
        let last = self.runs().unwrap_or_default().last().map_or(0, number);
        RunId(format!("r{:08}-{unique}", last.saturating_add(1)))
    }

    /// The run that may be alive, or else the last one.
    pub fn last_run(&self) -> Option<RunId> {
        let runs = self.runs().ok()?;
        let open = |id: &&RunId| self.run(id).is_open();
        runs.iter().rev().find(open).or(runs.last()).cloned()
    }

    /// Removes all but the last [`KEPT_RUNS`] ended runs.
    pub fn prune(&self) -> io::Result<()> {
        let runs = self.runs()?;
        let mut ended = Vec::new();
        for id in runs {
            let run = self.run(&id);
            if run.path.join("exit.json").exists() || !run.path.join("child.json").exists() {
                ended.push(run);
            }
        }
        let surplus = ended.len().saturating_sub(KEPT_RUNS);
        ended.into_iter().take(surplus).try_for_each(|run| fs::remove_dir_all(run.path))
    }
}

/// The number of a run. One of a version that named runs by the clock alone has none, and is older than all others.
fn number(run: &RunId) -> u64 {
    let digits = run.0.strip_prefix('r').and_then(|rest| rest.split('-').next());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// A run's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDir {
    path: PathBuf,
}

impl RunDir {
    /// Creates it with its `spec.json`.
    pub fn create(&self, spec: &SpecFile) -> io::Result<()> {
        file::make_dir(&self.path)?;
        write_json(&self.path.join("spec.json"), spec, Durability::Kill)
    }

    /// Whether anything of it is on record.
    pub fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Whether a process was recorded, and its end was not.
    fn is_open(&self) -> bool {
        self.path.join("child.json").exists() && !self.path.join("exit.json").exists()
    }

    /// Puts the process on record.
    pub fn write_child(&self, child: &ChildFile) -> io::Result<()> {
        write_json(&self.path.join("child.json"), child, Durability::Kill)
    }

    /// The process, if one was forked.
    pub fn child(&self) -> io::Result<Read<ChildFile>> {
        read_json(&self.path.join("child.json"))
    }

    /// Puts the end on record.
    pub fn write_exit(&self, exit: &ExitFile) -> io::Result<()> {
        write_json(&self.path.join("exit.json"), exit, Durability::Kill)
    }

    /// How it ended, if it did.
    pub fn exit(&self) -> io::Result<Read<ExitFile>> {
        read_json(&self.path.join("exit.json"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exit(code: u8) -> ExitFile {
        ExitFile {
            exit: Exit::Code(code),
            at: Timestamp::UNIX_EPOCH,
            lasted_s: 1.5,
            log_end: LogCursor::default(),
            asked: false,
        }
    }

    fn spec() -> SpecFile {
        SpecFile {
            command: Command::Shell("true".into()),
            dir: "/".into(),
            tty: false,
            stop: StopPolicy::default(),
            log: LogPolicy::default(),
        }
    }

    #[test]
    fn the_last_ended_runs_are_kept_and_a_living_one_is_never_removed() {
        let dir = tempfile::tempdir().unwrap();
        let server = ServerDir::new(dir.path().join("shop/api"));
        server.create().unwrap();
        let child = ChildFile {
            identity: Identity { boot_id: "b".into(), pid: 1, start_ticks: 2 },
            started_at: Timestamp::UNIX_EPOCH,
        };
        for number in 0..9 {
            let run = server.run(&RunId(format!("run-{number}")));
            run.create(&spec()).unwrap();
            run.write_child(&child).unwrap();
            if number != 1 {
                run.write_exit(&exit(number)).unwrap();
            }
        }
        server.prune().unwrap();
        let kept: Vec<String> = server.runs().unwrap().into_iter().map(|run| run.0).collect();
        assert_eq!(kept, ["run-1", "run-4", "run-5", "run-6", "run-7", "run-8"]);
        assert_eq!(server.run(&RunId("run-7".into())).exit().unwrap(), Read::There(exit(7)));
    }

    #[test]
    fn runs_are_in_the_order_of_their_launches_whatever_the_clock_says() {
        let dir = tempfile::tempdir().unwrap();
        let server = ServerDir::new(dir.path().to_owned());
        // names of the version before numbers, the second after the clock went back
        let mut names =
            ["20261121T100000.000001-7-1", "20251121T100000.000001-7-2"].map(str::to_owned).to_vec();
        names.sort();
        for unique in ["2026-1-1", "1970-1-2", "2036-1-3"] {
            for name in &names {
                server.run(&RunId(name.clone())).create(&spec()).unwrap();
            }
            names.push(server.next_run(unique).0);
        }
        assert_eq!(names[2..], ["r00000001-2026-1-1", "r00000002-1970-1-2", "r00000003-2036-1-3"]);
        server.run(&RunId(names[4].clone())).create(&spec()).unwrap();
        for (later, count) in [(99_999_999, 99_999_999_u64), (100_000_000, 100_000_000)] {
            server.run(&RunId(format!("r{later}-x"))).create(&spec()).unwrap();
            assert_eq!(number(server.runs().unwrap().last().unwrap()), count);
        }
        let runs: Vec<String> = server.runs().unwrap().into_iter().map(|run| run.0).collect();
        assert_eq!(runs[..5], names);
        assert_eq!(server.next_run("x"), RunId("r100000001-x".into()));
        assert_eq!(server.last_run(), Some(RunId("r100000000-x".into())));
    }

    #[test]
    fn a_file_cut_at_any_byte_is_moved_aside_and_no_panic() {
        let dir = tempfile::tempdir().unwrap();
        let run = ServerDir::new(dir.path().to_owned()).run(&RunId("r".into()));
        run.create(&spec()).unwrap();
        let whole = serde_json::to_vec(&exit(3)).unwrap();
        for cut in 0..whole.len() {
            fs::write(run.path.join("exit.json"), &whole[..cut]).unwrap();
            assert!(matches!(run.exit().unwrap(), Read::MovedAside(_)), "{cut}");
            assert_eq!(run.exit().unwrap(), Read::Missing);
        }
    }
}
