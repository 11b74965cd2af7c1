//! How a run begins: the program is looked up, the process forked, put on record, and let go.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::protocol::{Held, LaunchOrder, Name, NotStarted};
use crate::os::identity::Identity;
use crate::os::spawn::{self, NotExecuted, Plan, Step, Streams};
use crate::os::{failpoint, fd, pidfd, pty};
use crate::run_dir::{ChildFile, ServerDir, SpecFile};

/// Where programs are looked for if the environment has no PATH, as in execvp(3).
const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// A process that was executed.
#[derive(Debug)]
pub(super) struct Launched {
    pub(super) child: ChildFile,
    pub(super) pidfd: OwnedFd,
    /// Standard output, or the master of the PTY.
    pub(super) stdout: OwnedFd,
    /// Standard error; none with a PTY.
    pub(super) stderr: Option<OwnedFd>,
}

/// Launches; nothing is left behind where that fails. `before` is given copies of the streams and of the process before
/// anything is executed, for whoever is to hold them too.
pub(super) fn launch(
    dir: &ServerDir,
    order: &LaunchOrder,
    before: impl FnOnce(Held),
) -> Result<Launched, NotStarted> {
    let program = find_program(order)?;
    try_launch(dir, order, &program, before)
        .map_err(|error| NotStarted::Other { what: error.to_string() })?
        .map_err(|NotExecuted { step, errno }| match step {
            Step::Session => NotStarted::Other {
                what: format!("no session or terminal: {}", io::Error::from_raw_os_error(errno)),
            },
            Step::Directory => NotStarted::Directory { dir: order.dir.clone(), errno },
            Step::Execute => NotStarted::Execute { program, errno },
        })
}

fn try_launch(
    dir: &ServerDir,
    order: &LaunchOrder,
    program: &Path,
    before: impl FnOnce(Held),
) -> io::Result<Result<Launched, NotExecuted>> {
    let run = dir.run(&order.run);
    run.create(&SpecFile {
        command: order.typed.command.clone(),
        dir: order.typed.dir.clone(),
        tty: order.tty,
        stop: order.stop.clone(),
        log: order.log,
    })?;
    let env = order.env.0.iter().map(|(name, value)| spawn::variable(OsStr::new(name), OsStr::new(value)));
    let plan = |streams| -> io::Result<Plan<'_>> {
        Ok(Plan {
            program,
            argv: &order.argv,
            env: env.collect::<io::Result<_>>()?,
            dir: &order.dir,
            streams,
            open_files: order.open_files,
        })
    };
    let (gated, stdout, stderr) = if order.tty {
        let (master, slave) = pty::open()?;
        (spawn::gated(&plan(Streams::Terminal(slave.as_fd()))?)?, master, None)
    } else {
        let stdin = fd::null()?;
        let (stdout, stdout_write) = fd::pipe()?;
        let (stderr, stderr_write) = fd::pipe()?;
        let streams = Streams::Pipes {
            stdin: stdin.as_fd(),
            stdout: stdout_write.as_fd(),
            stderr: stderr_write.as_fd(),
        };
        (spawn::gated(&plan(streams)?)?, stdout, Some(stderr))
    };
    let pidfd = pidfd::open(gated.pid)?;
    let child = ChildFile { identity: Identity::of(gated.pid)?, started_at: Timestamp::now() };
    failpoint::reach("launch.forked");
    run.write_child(&child)?;
    for stream in [Some(&stdout), stderr.as_ref()].into_iter().flatten() {
        fd::set_nonblocking(stream)?;
    }
    let mut held = Held::default();
    held.put_copy(if order.tty { Name::Terminal } else { Name::Stdout }, &stdout);
    if let Some(stderr) = &stderr {
        held.put_copy(Name::Stderr, stderr);
    }
    held.put_copy(Name::Process, &pidfd);
    before(held);
    Ok(gated.open()?.map(|()| Launched { child, pidfd, stdout, stderr }))
}

/// The file to execute, looked up in the server's own PATH and directory. What can't be found, or is found and is
/// not executable, is told before anything is forked.
fn find_program(order: &LaunchOrder) -> Result<PathBuf, NotStarted> {
    let name = order.argv.first().map_or("", String::as_str);
    if name.is_empty() {
        return Err(NotStarted::NotFound { program: String::new() });
    }
    if name.contains('/') {
        return Ok(order.dir.join(name));
    }
    let path = order.env.0.get("PATH").map_or(DEFAULT_PATH, String::as_str);
    let mut denied = None;
    for directory in path.split(':') {
        // an empty element means the current directory, as in every shell
        let file = order.dir.join(directory).join(name);
        match fs::metadata(&file) {
            Ok(meta) if meta.is_file() && meta.permissions().mode() & 0o111 != 0 => return Ok(file),
            Ok(meta) if meta.is_file() => denied = denied.or(Some(file)),
            _ => {}
        }
    }
    match denied {
        Some(program) => {
            Err(NotStarted::Execute { program, errno: rustix::io::Errno::ACCESS.raw_os_error() })
        }
        None => Err(NotStarted::NotFound { program: name.to_owned() }),
    }
}
