//! How a process is known again: boot, PID and start time.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;

use rustix::process::{Pid, PidfdFlags, pidfd_open};
use serde::{Deserialize, Serialize};

use super::process;

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
        let proc = File::open("/proc")?;
        let stat = process::read_at(&proc, &format!("{pid}/stat"))?
            .ok_or_else(|| io::Error::from_raw_os_error(libc::ESRCH))?;
        Ok(Self { boot_id: process::boot_id()?, pid, start_ticks: stat.start_ticks })
    }

    /// Looks for it. The order closes the race with a PID that is used again: the directory of the PID is opened
    /// before the pidfd and read after it, so both are of one process if the start time is right (procps-ng#207).
    pub fn find(&self) -> Found {
        match self.look() {
            Ok(Some(pidfd)) => Found::Match(pidfd),
            Ok(None) => Found::Gone,
            Err(error) if process::is_gone(&error) => Found::Gone,
            Err(error) => Found::Unverifiable(error),
        }
    }

    fn look(&self) -> io::Result<Option<OwnedFd>> {
        if process::boot_id()? != self.boot_id {
            return Ok(None);
        }
        let Some(pid) = i32::try_from(self.pid).ok().and_then(Pid::from_raw) else { return Ok(None) };
        let directory = File::open(format!("/proc/{}", self.pid))?;
        let pidfd = pidfd_open(pid, PidfdFlags::empty())?;
        let stat = process::read_at(&directory, "stat")?;
        Ok(stat.is_some_and(|stat| stat.start_ticks == self.start_ticks && !stat.is_dead()).then_some(pidfd))
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
