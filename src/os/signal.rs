//! Signals to this process.

use std::io;
use std::os::fd::{FromRawFd, OwnedFd};

/// Blocks every signal that can be blocked in this (single-threaded) process, and returns a descriptor that becomes
/// readable when a child ended. So neither a hang-up nor a SIGTERM meant for somebody else ends a keeper; a child
/// gets its mask back in `spawn`.
pub fn block_all_and_watch_children() -> io::Result<OwnedFd> {
    // SAFETY: the sets are plain data that sigfillset/sigemptyset initialise before they are read; the calls get
    // pointers to live locals.
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&raw mut all);
        if libc::sigprocmask(libc::SIG_SETMASK, &raw const all, std::ptr::null_mut()) != 0 {
            return Err(io::Error::last_os_error());
        }
        let mut child: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut child);
        libc::sigaddset(&raw mut child, libc::SIGCHLD);
        let fd = libc::signalfd(-1, &raw const child, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK);
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(OwnedFd::from_raw_fd(fd))
    }
}

/// Takes what has come at that descriptor; several ends may have become one notice.
pub fn drain(fd: &OwnedFd) {
    let mut buffer = [0; 128 * 4];
    while matches!(rustix::io::read(fd, &mut buffer), Ok(length) if length > 0) {}
}

/// Children that end are nobody's to wait for: the kernel forgets them at once.
pub fn ignore_children() {
    // SAFETY: setting a disposition to SIG_IGN touches no memory of ours.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_IGN) };
}

/// Children that end are waited for, as at the start of a process.
pub fn default_children() {
    // SAFETY: setting a disposition to SIG_DFL touches no memory of ours.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
}

/// Kills the process group that a child of this process leads. Only while that child has not been waited for: until then
/// the group's number can't be anybody else's.
pub fn kill_group_of_child(pid: u32) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) {
        // nobody left in it: done already
        let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
    }
}

/// Whether any process is in this group.
pub fn group_exists(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    pid.is_some_and(|pid| rustix::process::test_kill_process_group(pid).is_ok())
}

/// A hang-up of the terminal, and a write to a closed pipe, no longer end this process. Handlers, not `SIG_IGN`,
/// would be reset in children; std resets SIGPIPE in the children that it starts, and keepers reset the rest.
pub fn ignore_hangup() {
    // SAFETY: setting a disposition to SIG_IGN touches no memory of ours.
    unsafe {
        libc::signal(libc::SIGHUP, libc::SIG_IGN);
        libc::signal(libc::SIGPIPE, libc::SIG_IGN);
    }
}
