//! Starts the supervisor exactly once, for clients and keepers alike.
//!
//! Who wants to start one takes `start.lock` and looks once more. The new supervisor inherits that lock as its
//! standard input and lets go of it when it is ready: so a hundred commands at once wait for the same moment, and
//! nobody polls. Which supervisor may live is decided by `supervisor.lock` alone.

use std::ffi::CString;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::time::Duration;

use crate::os::lock::Lock;
use crate::os::program::Program;
use crate::os::{fd, file, proc, rotate, socket, spawn};
use crate::paths::{self, Paths};

/// How long a supervisor may take to come up: it lists every known server first.
const READY_WITHIN: Duration = Duration::from_secs(20);

/// What else a supervisor takes over of the environment in which it is started: where things are, how to speak, and
/// which certificates a webhook is checked against.
const KEPT_VARIABLES: [&str; 8] = [
    "HOME",
    "PATH",
    "LANG",
    "TZ",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "RUST_BACKTRACE",
    paths::VERSION_VARIABLE,
];

/// How much of what a supervisor had to say is quoted when it did not come up.
const QUOTED: i64 = 600;

/// Words of a supervisor's command line that was started here.
pub const ARGUMENTS: [&str; 2] = ["supervisor", "run"];

/// Further word: its standard input is the start lock.
pub const WITH_LOCK: &str = "--started-with-lock";

/// What a keeper is called in `/proc/PID/comm`.
pub const KEEPER_NAME: &str = "ostler-keeper";

/// Further word: a keeper started it, since the one before died.
pub const REVIVED: &str = "--revived";

/// Why there is no supervisor.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The state directory can't be used.
    #[error("the state directory can't be used: {0}")]
    Home(#[source] io::Error),
    /// The program could not be executed.
    #[error("the supervisor could not be started: {0}")]
    Spawn(#[source] io::Error),
    /// It started and ended.
    #[error("the supervisor did not come up; its last words in {}:\n{said}", .log.display())]
    Ended {
        /// What it had to say, not sanitized.
        said: String,
        /// Where.
        log: PathBuf,
    },
    /// This command descends from a keeper: a supervisor that it starts would end with that server.
    #[error("no supervisor runs, and none can be started from within a server")]
    Inside,
    /// It did not get ready.
    #[error("the supervisor did not come up within {} s", READY_WITHIN.as_secs())]
    TimedOut,
}

impl Error {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Home(_) => "set OSTLER_HOME to a directory that only you can enter",
            Self::Spawn(_) => "is the ostler program still where it was?",
            Self::Inside => "run `ostler status` in a shell of your own",
            Self::Ended { .. } => "run `ostler supervisor run` to see it in the foreground",
            Self::TimedOut => "is it stopped? `ostler supervisor status` looks",
        }
    }
}

/// Returns when a supervisor accepts connections; starts one if none does.
pub fn ensure(paths: &Paths) -> Result<(), Error> {
    if socket::answers(&paths.supervisor_socket()) {
        return Ok(());
    }
    file::private_dir(paths.home()).map_err(Error::Home)?;
    file::private_dir(paths.run()).map_err(Error::Home)?;
    let lock = wait_for_lock(paths)?;
    if socket::answers(&paths.supervisor_socket()) {
        return Ok(());
    }
    if is_inside_a_server() {
        return Err(Error::Inside);
    }
    let program = Program::this().map_err(Error::Spawn)?;
    start(paths, &program, &lock, false).map_err(Error::Spawn)?;
    drop(lock);
    // the supervisor holds it now, until it is ready or dead
    let lock = wait_for_lock(paths)?;
    drop(lock);
    if socket::answers(&paths.supervisor_socket()) {
        return Ok(());
    }
    Err(Error::Ended { said: last_words(paths), log: paths.supervisor_output() })
}

/// Whether a keeper is among the ancestors of this process.
fn is_inside_a_server() -> bool {
    let mut next = std::process::id();
    while let Ok(Some(process)) = proc::read(next) {
        if process.comm == KEEPER_NAME {
            return true;
        }
        if process.ppid <= 1 || process.ppid == next {
            return false;
        }
        next = process.ppid;
    }
    false
}

fn wait_for_lock(paths: &Paths) -> Result<Lock, Error> {
    Lock::wait_within(&paths.start_lock(), READY_WITHIN).map_err(Error::Home)?.ok_or(Error::TimedOut)
}

/// What [`try_step`] found or did.
#[derive(Debug)]
pub enum Step {
    /// A supervisor accepts connections.
    Up,
    /// One was started now.
    Started,
    /// One is being started, or lives and does not listen yet.
    Busy,
    /// That could not be done.
    Failed(io::Error),
}

/// One step towards a supervisor that does not block: for the poll loop of a keeper.
pub fn try_step(paths: &Paths, program: &Program) -> Step {
    try_start(paths, program).unwrap_or_else(Step::Failed)
}

fn try_start(paths: &Paths, program: &Program) -> io::Result<Step> {
    if socket::answers(&paths.supervisor_socket()) {
        return Ok(Step::Up);
    }
    file::make_dir(paths.run())?;
    let Some(lock) = Lock::try_take(&paths.start_lock())? else { return Ok(Step::Busy) };
    if Lock::try_take(&paths.supervisor_lock())?.is_none() {
        return Ok(Step::Busy);
    }
    start(paths, program, &lock, true)?;
    Ok(Step::Started)
}

fn start(paths: &Paths, program: &Program, lock: &Lock, revived: bool) -> io::Result<()> {
    let output = rotate::append(&paths.supervisor_output())?;
    let mut argv = vec!["ostler"];
    argv.extend(ARGUMENTS);
    argv.push(WITH_LOCK);
    if revived {
        argv.push(REVIVED);
    }
    let env = environment(paths)?;
    // only keepers revive, and a keeper is a subreaper
    spawn::detached(&program.to_execute(), &argv, &env, lock.as_fd(), output.as_fd(), revived)
}

/// Few variables: servers get the environment that a client sends, not the supervisor's.
fn environment(paths: &Paths) -> io::Result<Vec<CString>> {
    let (name, value) = paths::home_pair(paths);
    let mut env = vec![spawn::variable(&name, &value)?];
    for name in KEPT_VARIABLES {
        if let Some(value) = std::env::var_os(name) {
            env.push(spawn::variable(name.as_ref(), &value)?);
        }
    }
    Ok(env)
}

/// Called by a supervisor that is ready: lets go of the start lock.
pub fn ready() -> io::Result<()> {
    drop(fd::take_stdin()?);
    Ok(())
}

fn last_words(paths: &Paths) -> String {
    let read = || {
        let mut file = File::open(paths.supervisor_output())?;
        let length = i64::try_from(file.metadata()?.len()).unwrap_or(i64::MAX);
        file.seek(SeekFrom::End(-length.min(QUOTED)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        io::Result::Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    read().unwrap_or_default()
}
