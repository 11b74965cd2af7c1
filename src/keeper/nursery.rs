//! Where keepers come from: a small process that was executed once and forks each of them.
//!
//! To execute the program anew for each keeper would take several times as long, and would leave it with no page in
//! common with the others but the program's text. It has one thread and no state, and ends with the supervisor that
//! started it; keepers outlive it.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use super::handle::{Answer, WANTED_MAX, Wanted};
use super::state;
use crate::os::{fd, pass, proc, signal, spawn};
use crate::paths::Paths;

/// Forks keepers until the other end of standard input is closed. In a forked keeper it returns when that has ended.
pub fn run(paths: Paths) -> io::Result<()> {
    proc::set_own_name(c"ostler-nursery");
    let socket = fd::take_stdin()?;
    // it can be the leader of its group already when started by hand
    let _ = spawn::own_session();
    std::env::set_current_dir("/")?;
    signal::ignore_children();
    let mut buffer = vec![0; WANTED_MAX];
    loop {
        let (length, fds) = match pass::receive(&socket, &mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            received => received?,
        };
        if length == 0 {
            return Ok(());
        }
        let answer = match fork(&buffer[..length], fds) {
            Ok(Forked::Parent { pid }) => Answer { pid: Some(pid), error: None },
            Ok(Forked::Keeper(wanted, supervisor)) => {
                // the supervisor must see the nursery's end even while keepers live
                drop(socket);
                signal::default_children();
                let Wanted { dir, socket } = wanted;
                proc::set_command_line(&format!("ostler keeper {} {}", dir.display(), socket.display()));
                return state::run(paths, dir, socket, supervisor);
            }
            Err(error) => Answer { pid: None, error: Some(error.to_string()) },
        };
        pass::send(&socket, &serde_json::to_vec(&answer)?, &[])?;
    }
}

/// On which side of the fork this is.
enum Forked {
    Parent { pid: u32 },
    Keeper(Wanted, UnixStream),
}

fn fork(wanted: &[u8], mut fds: Vec<OwnedFd>) -> io::Result<Forked> {
    let wanted = serde_json::from_slice(wanted)?;
    let supervisor = fds.pop().ok_or(io::ErrorKind::InvalidInput)?;
    Ok(match spawn::fork()? {
        Some(pid) => Forked::Parent { pid },
        None => Forked::Keeper(wanted, supervisor.into()),
    })
}
