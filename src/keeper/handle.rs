//! The supervisor's end: starts a keeper or connects to one. Lines are the caller's to read and write.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use serde::{Deserialize, Serialize};

pub use super::frame::Framer;
use super::protocol::Order;
use crate::model::hash::fnv1a;
use crate::os::{pass, proc, socket};
use crate::paths::{self, Paths};

/// First word of the command line of the process that forks keepers; `main` looks for it before anything else.
pub const WORD: &str = "nursery";

/// Where the keeper of a server listens. The name is short, since a socket's path must be: a hash of the server's id.
pub fn socket_path(paths: &Paths, id: &str) -> PathBuf {
    let hash = fnv1a(id.as_bytes());
    paths.keeper_sockets().join(format!("{hash:016x}.sock"))
}

/// What the nursery is told: one message, with the keeper's end of the connection as a descriptor.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Wanted {
    /// The server's directory.
    pub(super) dir: PathBuf,
    /// Where the keeper is to listen.
    pub(super) socket: PathBuf,
}

/// What the nursery says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Answer {
    pub(super) pid: Option<u32>,
    pub(super) error: Option<String>,
}

/// Longest message: two paths.
pub(super) const WANTED_MAX: usize = 12 * 1024;

/// How long the nursery may take to answer: it only forks, the first time after it was executed.
const PATIENCE: Duration = Duration::from_secs(5);

/// The process that forks keepers. It ends when this is dropped; keepers live on.
#[derive(Debug)]
pub struct Nursery {
    process: Child,
    socket: OwnedFd,
}

impl Nursery {
    /// Executes it.
    pub fn start(paths: &Paths) -> io::Result<Self> {
        let (socket, theirs) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
        set_socket_timeout(&socket, Timeout::Recv, Some(PATIENCE))?;
        set_socket_timeout(&socket, Timeout::Send, Some(PATIENCE))?;
        // by this descriptor and not by path: a keeper is of the same version as the supervisor that starts it
        let mut command = Command::new("/proc/self/exe");
        command.arg0("ostler");
        command.arg(WORD).arg(proc::ROOM_FOR_COMMAND_LINE).env_clear();
        let (name, value) = paths::home_pair(paths);
        command.env(name, value);
        for name in ["HOME", "PATH", "LANG", "TZ", paths::VERSION_VARIABLE] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        let process = command.stdin(Stdio::from(theirs)).stdout(Stdio::null()).spawn()?;
        Ok(Self { process, socket })
    }

    /// Has a keeper forked for the server directory: its PID, and a connection that is open already. After an error
    /// the nursery is of no more use.
    pub fn keeper(&self, dir: &Path, socket: &Path) -> io::Result<(u32, UnixStream)> {
        let (ours, theirs) = UnixStream::pair()?;
        let wanted = Wanted { dir: dir.to_owned(), socket: socket.to_owned() };
        pass::send(&self.socket, &serde_json::to_vec(&wanted)?, &[theirs.as_fd()])?;
        let mut buffer = [0; 1024];
        let (length, _) = pass::receive(&self.socket, &mut buffer)?;
        if length == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the nursery of keepers has ended"));
        }
        match serde_json::from_slice(&buffer[..length])? {
            Answer { pid: Some(pid), .. } => Ok((pid, ours)),
            Answer { pid: None, error } => Err(io::Error::other(error.unwrap_or_default())),
        }
    }

    /// Ends it, so that nothing that it was told is done later. What is returned is to be waited for.
    pub fn leave(mut self) -> Child {
        // it has ended already, or does so now
        let _ = self.process.kill();
        self.process
    }
}

/// Connects to a keeper that is there.
pub fn connect(socket: &Path) -> io::Result<UnixStream> {
    socket::connect(socket)
}

/// An order as a line.
pub fn encode(order: &Order) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(order)?;
    line.push(b'\n');
    Ok(line)
}
