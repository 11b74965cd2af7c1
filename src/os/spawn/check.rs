//! Commands that the supervisor runs itself: checks.

use std::os::unix::process::CommandExt;
use std::process::Command;

use super::reset_signals;

/// Gives the process of this command a session and process group of its own, default signal dispositions, an empty
/// mask, the soft limit of open files that servers get, and no descriptor but its streams. It is killed when the thread
/// that starts it ends.
pub fn as_check(command: &mut Command, open_files: Option<u64>) {
    let set_up = move || {
        // SAFETY: plain system calls on live locals; one that fails leaves the check less apart, and no more.
        unsafe {
            libc::setsid();
            reset_signals();
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as libc::c_ulong, 0, 0, 0);
            if let Some(soft) = open_files {
                let mut limit: libc::rlimit = std::mem::zeroed();
                if libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) == 0 {
                    limit.rlim_cur = soft.min(limit.rlim_max);
                    libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit);
                }
            }
            libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, libc::CLOSE_RANGE_CLOEXEC);
        }
        Ok(())
    };
    // SAFETY: the closure runs between fork and exec; it makes only async-signal-safe system calls and allocates
    // nothing.
    unsafe { command.pre_exec(set_up) };
}
