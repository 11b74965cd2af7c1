//! The observer: what the kernel says about processes, whatever ostler says.

use std::fs;

use ostler::model::Signal;
use ostler::os::identity::{Found, Identity};
use ostler::os::pidfd;

/// A living process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) pid: u32,
    pub(crate) parent: u32,
    pub(crate) name: String,
    pub(crate) command: String,
    pub(crate) start: u64,
}

impl Process {
    /// The one with this PID, unless it is a zombie.
    pub(crate) fn find(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (before, after) = stat.rsplit_once(')')?;
        let name = before.split_once('(')?.1.to_owned();
        let fields: Vec<&str> = after.split_ascii_whitespace().collect();
        if matches!(*fields.first()?, "Z" | "X") {
            return None;
        }
        let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let command = String::from_utf8_lossy(&command).replace('\0', " ");
        Some(Self {
            pid,
            parent: fields.get(1)?.parse().ok()?,
            name,
            command: command.trim().to_owned(),
            start: fields.get(19)?.parse().ok()?,
        })
    }

    pub(crate) fn is_keeper(&self) -> bool {
        self.name == "ostler-keeper"
    }

    pub(crate) fn is_supervisor(&self) -> bool {
        self.command.contains(" supervisor run")
    }
}

/// Every living process with this `NAME=value` in the environment that it was executed with.
pub(crate) fn processes_with(variable: &str) -> Vec<Process> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let carries = |pid: &u32| {
        fs::read(format!("/proc/{pid}/environ"))
            .is_ok_and(|environ| environ.split(|byte| *byte == 0).any(|pair| pair == variable.as_bytes()))
    };
    pids.filter(carries).filter_map(Process::find).collect()
}

/// Whether a process with this PID is alive.
pub(crate) fn alive(pid: u32) -> bool {
    Process::find(pid).is_some()
}

/// Whether this very process is alive, and not another with its PID.
pub(crate) fn is_same(process: &Process) -> bool {
    Process::find(process.pid).is_some_and(|now| now.start == process.start)
}

/// Sends a signal to exactly this process; nothing happens where it has ended.
pub(crate) fn kill(process: &Process, signal: Signal) {
    let Ok(mut identity) = Identity::of(process.pid) else { return };
    identity.start_ticks = process.start;
    if let Found::Match(pidfd) = identity.find() {
        // it may end at this moment
        let _ = pidfd::send(&pidfd, signal);
    }
}

/// Lets a process go on that was stopped.
pub(crate) fn thaw(process: &Process) {
    kill(process, Signal::CONT);
}

/// Stops a process: it lives and does nothing until it is killed.
pub(crate) fn freeze(process: &Process) {
    let stop = Signal::from_number(rustix::process::Signal::STOP.as_raw()).unwrap();
    kill(process, stop);
}
