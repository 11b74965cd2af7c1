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

impl RawExit {
    /// Of a status as wait(2) gives it.
    fn of_status(status: i32) -> Self {
        match status & 0x7f {
            0 => Self::Code((status >> 8) as u8),
            signal => Self::Signal { signal, core: status & 0x80 != 0 },
        }
    }
}

/// `struct pidfd_info` in its first version, `linux/pidfd.h`.
#[repr(C)]
#[derive(Default)]
struct PidfdInfo {
    mask: u64,
    cgroup: u64,
    /// pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid
    ids: [u32; 11],
    exit_code: i32,
}

/// `PIDFD_GET_INFO`: `_IOWR(0xFF, 11, struct pidfd_info)` of 64 bytes.
const PIDFD_GET_INFO: libc::c_ulong = 0xC040_FF0B;

/// `PIDFD_INFO_EXIT`, Linux 6.15.
const PIDFD_INFO_EXIT: u64 = 1 << 3;

/// Field 52 of `/proc/PID/stat`, counted from the state, which is field 3.
const EXIT_CODE: usize = 52 - 3;

/// Field 22, counted likewise.
const START_TIME: usize = 22 - 3;

/// How a process ended that need not be a child of this one: what the kernel keeps for its pidfd once somebody has
/// reaped it, or what it shows of it as a zombie. `None` while it lives, and where nobody can tell any more.
pub fn exit_of(pidfd: Option<BorrowedFd<'_>>, pid: u32, start_ticks: u64) -> Option<RawExit> {
    let kept = || pidfd.and_then(kept_exit);
    // it may be reaped between the first look and the second
    kept().or_else(|| exit_of_zombie(pid, start_ticks)).or_else(kept)
}

/// `None` before it was reaped, and on a kernel that does not keep it.
fn kept_exit(pidfd: BorrowedFd<'_>) -> Option<RawExit> {
    use std::os::fd::AsRawFd as _;
    const { assert!(size_of::<PidfdInfo>() == 64) };
    let mut info = PidfdInfo { mask: PIDFD_INFO_EXIT, ..PidfdInfo::default() };
    // SAFETY: the descriptor is borrowed for the call, and the kernel writes at most the 64 bytes that the number of
    // the request names to a live local of that size. Other descriptors and older kernels refuse the request.
    let result = unsafe { libc::ioctl(pidfd.as_raw_fd(), PIDFD_GET_INFO as _, &raw mut info) };
    (result == 0 && info.mask & PIDFD_INFO_EXIT != 0).then(|| RawExit::of_status(info.exit_code))
}

/// `None` unless exactly this process is a zombie, and one that this user may look at: to others the kernel shows a 0.
fn exit_of_zombie(pid: u32, start_ticks: u64) -> Option<RawExit> {
    // it needs the same permission as the code, proc(5): a zombie has no directory, so the answer is ENOENT with it
    let denied = std::fs::read_link(format!("/proc/{pid}/cwd"))
        .is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied);
    if denied {
        return None;
    }
    let stat = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    let behind_name = stat.iter().rposition(|byte| *byte == b')')?;
    let fields: Vec<&str> = std::str::from_utf8(&stat[behind_name + 1..]).ok()?.split_whitespace().collect();
    let is_it = *fields.first()? == "Z" && fields.get(START_TIME)?.parse() == Ok(start_ticks);
    let status = fields.get(EXIT_CODE)?.parse().ok()?;
    is_it.then(|| RawExit::of_status(status))
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

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::os::identity::Identity;

    /// Whether this kernel keeps exit codes: since 6.15.
    fn keeps_exits() -> bool {
        let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
        let mut numbers =
            release.split(|c: char| !c.is_ascii_digit()).map_while(|part| part.parse::<u32>().ok());
        (numbers.next().unwrap(), numbers.next().unwrap()) >= (6, 15)
    }

    #[test]
    fn an_end_is_told_of_a_zombie_and_after_it_was_reaped_but_never_of_a_living_one() {
        let cases = [
            ("exit 37", RawExit::Code(37)),
            ("exit 0", RawExit::Code(0)),
            ("kill -9 $$", RawExit::Signal { signal: 9, core: false }),
        ];
        for (script, truth) in cases {
            let script = format!("read line; {script}");
            let mut child =
                Command::new("sh").args(["-c", &script]).stdin(std::process::Stdio::piped()).spawn().unwrap();
            let (pid, pidfd) = (child.id(), open(child.id()).unwrap());
            let start = Identity::of(pid).unwrap().start_ticks;
            assert_eq!(exit_of(Some(pidfd.as_fd()), pid, start), None);
            drop(child.stdin.take());
            let mut ended = [PollFd::new(&pidfd, PollFlags::IN)];
            rustix::event::poll(&mut ended, None).unwrap();
            assert_eq!(exit_of(None, pid, start), Some(truth), "{script}, a zombie");
            assert_eq!(exit_of(None, pid, start + 1), None, "another process");
            child.wait().unwrap();
            assert_eq!(exit_of(None, pid, start), None);
            let kept = exit_of(Some(pidfd.as_fd()), pid, start);
            assert_eq!(kept, keeps_exits().then_some(truth), "{script}, reaped");
        }
    }
}
