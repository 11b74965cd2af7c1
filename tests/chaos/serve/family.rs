//! Servers with children that are hard to end.

use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use rustix::process::{setpgid, setsid};

use super::record::{AtTerm, listen};
use crate::clock::pause;

fn child(kind: &str) -> Child {
    let this = std::env::current_exe().unwrap();
    Command::new(this).args([super::CHILD, kind]).stdin(Stdio::null()).spawn().unwrap()
}

fn for_ever() -> ! {
    loop {
        pause(Duration::from_mins(1));
    }
}

/// Ends at once on SIGTERM; its child does not.
#[allow(clippy::zombie_processes, reason = "it ends without its child")]
pub(crate) fn headless() -> ExitCode {
    listen(AtTerm::Exit(0));
    let _child = child("deaf");
    for_ever()
}

/// Has a grandchild in a session of its own, whose parent has gone.
pub(crate) fn far() -> ExitCode {
    listen(AtTerm::Exit(0));
    let _ = child("middle").wait();
    for_ever()
}

/// Starts a process and is gone.
#[allow(clippy::zombie_processes, reason = "the orphan is what it is for")]
pub(crate) fn middle() -> ExitCode {
    drop(child("own-session"));
    ExitCode::SUCCESS
}

/// Makes a session for itself, and takes no notice of SIGTERM.
pub(crate) fn own_session() -> ExitCode {
    let _ = setsid();
    super::single::deaf()
}

/// Has children, each in a group of its own.
pub(crate) fn groups(count: u64) -> ExitCode {
    listen(AtTerm::Exit(0));
    let _children: Vec<Child> = (0..count).map(|_| child("own-group")).collect();
    for_ever()
}

/// Makes a group for itself, and takes no notice of SIGTERM.
pub(crate) fn own_group() -> ExitCode {
    let _ = setpgid(None, None);
    super::single::deaf()
}
