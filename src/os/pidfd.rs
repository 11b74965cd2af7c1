//! Processes by descriptor: a pidfd never refers to another process than the one it was opened for.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::{Pid, PidfdFlags, WaitId, WaitIdOptions};

use crate::model::Signal;

/// How a child ended, as the kernel tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawExit {
    /// It called exit.
    Code(u8),
    /// A signal ended it.
    Signal {
        /// Its number.
        signal: i32,
        /// Whether a core was dumped.
        core: bool,
    },
}

/// Opens one. For a child that was not waited for, it surely is that child.
pub fn open(pid: u32) -> io::Result<OwnedFd> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| io::Error::from_raw_os_error(libc::ESRCH))?;
    Ok(rustix::process::pidfd_open(pid, PidfdFlags::empty())?)
}

/// Sends a signal. `Ok(false)` if the process has gone.
pub fn send(pidfd: impl AsFd, signal: Signal) -> io::Result<bool> {
    use std::os::fd::AsRawFd as _;
    let fd = pidfd.as_fd().as_raw_fd();
    // SAFETY: the descriptor is borrowed for the call; a null siginfo lets the kernel fill in that of kill(2).
    let result = unsafe {
        libc::syscall(
            libc::SYS_pidfd_send_signal,
            fd,
            signal.number(),
            std::ptr::null::<libc::siginfo_t>(),
            0,
        )
    };
    if result == 0 {
        return Ok(true);
    }
    let error = io::Error::last_os_error();
    if error.raw_os_error() == Some(libc::ESRCH) { Ok(false) } else { Err(error) }
}

/// Whether the process has ended.
pub fn has_ended(pidfd: BorrowedFd<'_>) -> bool {
    let mut polled = [PollFd::from_borrowed_fd(pidfd, PollFlags::IN)];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    matches!(rustix::event::poll(&mut polled, Some(&at_once)), Ok(1))
}

/// What [`next_ended`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// This child ended; it stays a zombie until it is reaped.
    Child(u32, RawExit),
    /// There are children, and all live.
    NoneYet,
    /// There is no child at all: with a subreaper that means no descendant either.
    NoChildren,
}

/// Looks for an ended child of this process without reaping it, so that its PID cannot be used again before its
/// end is on record.
pub fn next_ended() -> io::Result<Ended> {
    // SAFETY: `info` is plain data, zeroed as waitid(2) asks for WNOHANG, and outlives the call.
    let (result, info) = unsafe {
        let mut info: libc::siginfo_t = std::mem::zeroed();
        let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
        (libc::waitid(libc::P_ALL, 0, &raw mut info, options), info)
    };
    if result != 0 {
        let error = io::Error::last_os_error();
        return if error.raw_os_error() == Some(libc::ECHILD) { Ok(Ended::NoChildren) } else { Err(error) };
    }
    // SAFETY: waitid succeeded, so `info` is zeroed or holds the SIGCHLD part of the union.
    let (pid, status) = unsafe { (info.si_pid(), info.si_status()) };
    let Ok(pid @ 1..) = u32::try_from(pid) else { return Ok(Ended::NoneYet) };
    Ok(Ended::Child(
        pid,
        match info.si_code {
            libc::CLD_EXITED => RawExit::Code(status as u8),
            code => RawExit::Signal { signal: status, core: code == libc::CLD_DUMPED },
        },
    ))
}

/// Reaps an ended child.
pub fn reap(pid: u32) -> io::Result<()> {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        rustix::process::waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOHANG)?;
    }
    Ok(())
}
