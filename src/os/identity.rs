//! How a process is known again: boot, PID and start time.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use serde::{Deserialize, Serialize};

use super::{pidfd, proc};

/// Names one process of one boot; no other ever has the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Of the kernel's run.
    pub boot_id: String,
    /// PID.
    pub pid: u32,
    /// Clock ticks from boot to its start.
    pub start_ticks: u64,
}

/// Whether a process still is the one of an [`Identity`].
#[derive(Debug)]
pub enum Found {
    /// It is, and this pidfd refers to it.
    Match(OwnedFd),
    /// It has ended: nothing has the PID, or something else has, or it is a zombie.
    Gone,
    /// That can't be told. Nothing destructive may follow from it.
    Unverifiable(io::Error),
}

impl Identity {
    /// Of a process that is alive now.
    pub fn of(pid: u32) -> io::Result<Self> {
        let process = proc::read(pid)?.ok_or_else(|| io::Error::from_raw_os_error(libc::ESRCH))?;
        Ok(Self { boot_id: proc::boot_id()?, pid, start_ticks: process.start_ticks })
    }

    /// Looks for it.
    pub fn find(&self) -> Found {
        match proc::boot_id()
            .and_then(|boot| if boot == self.boot_id { open(self.pid, self.start_ticks) } else { Ok(None) })
        {
            Ok(Some(pidfd)) => Found::Match(pidfd),
            Ok(None) => Found::Gone,
            Err(error) => Found::Unverifiable(error),
        }
    }
}

/// A pidfd of exactly the process with this PID that started at this tick; `None` if that one has ended. The pidfd is
/// opened before the start time is read and must not have ended after it: so what was read is of the process that it
/// refers to, whatever happens to the PID meanwhile.
pub fn open(pid: u32, start_ticks: u64) -> io::Result<Option<OwnedFd>> {
    let pidfd = match pidfd::open(pid) {
        Err(error) if error.raw_os_error() == Some(libc::ESRCH) => return Ok(None),
        opened => opened?,
    };
    let process = proc::read(pid)?;
    if pidfd::has_ended(pidfd.as_fd()) {
        return Ok(None);
    }
    match process {
        Some(process) => Ok((process.start_ticks == start_ticks && !process.is_dead()).then_some(pidfd)),
        None => Err(io::Error::new(io::ErrorKind::PermissionDenied, "the process may not be looked at")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_found_until_it_ended_and_never_by_its_pid_alone() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let identity = Identity::of(child.id()).unwrap();
        assert!(matches!(identity.find(), Found::Match(_)));
        let other = Identity { start_ticks: identity.start_ticks + 1, ..identity.clone() };
        assert!(matches!(other.find(), Found::Gone));
        let earlier = Identity { boot_id: "another boot".into(), ..identity.clone() };
        assert!(matches!(earlier.find(), Found::Gone));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(matches!(identity.find(), Found::Gone));
    }
}
