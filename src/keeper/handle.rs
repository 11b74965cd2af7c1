//! The supervisor's end: starts a keeper or connects to one. Lines are the caller's to read and write.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::protocol::{LINE_MAX, Order, Report};
use crate::model::hash::fnv1a;
use crate::os::socket;
use crate::paths::{self, Paths};

/// First word of a keeper's command line; `main` looks for it before anything else.
pub const WORD: &str = "keeper";

/// Where the keeper of a server listens. The name is short, since a socket's path must be: a hash of the server's id.
pub fn socket_path(paths: &Paths, id: &str) -> PathBuf {
    let hash = fnv1a(id.as_bytes());
    paths.keeper_sockets().join(format!("{hash:016x}.sock"))
}

/// Starts a keeper for the server directory. It is a child of this process, to be waited for when it ends; the
/// connection is open already.
pub fn start(paths: &Paths, dir: &Path, socket: &Path) -> io::Result<(Child, UnixStream)> {
    let (ours, theirs) = UnixStream::pair()?;
    // by this descriptor and not by path: a keeper is of the same version as the supervisor that starts it
    let mut command = Command::new("/proc/self/exe");
    command.arg(WORD).arg(dir).arg(socket).env_clear();
    let (name, value) = paths::home_pair(paths);
    command.env(name, value);
    for name in ["HOME", "PATH", "LANG", "TZ", paths::VERSION_VARIABLE] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    let child = command.stdin(Stdio::from(OwnedFd::from(theirs))).stdout(Stdio::null()).spawn()?;
    Ok((child, ours))
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

/// Puts lines together from what was read.
#[derive(Debug, Default)]
pub struct Framer {
    bytes: Vec<u8>,
}

impl Framer {
    /// Takes bytes and gives the reports that are whole now. A line that is no report fails: the other end is no
    /// keeper.
    pub fn take(&mut self, bytes: &[u8]) -> io::Result<Vec<Report>> {
        self.bytes.extend_from_slice(bytes);
        let mut reports = Vec::new();
        let mut begin = 0;
        while let Some(length) = memchr::memchr(b'\n', &self.bytes[begin..]) {
            reports.push(serde_json::from_slice(&self.bytes[begin..begin + length])?);
            begin += length + 1;
        }
        self.bytes.drain(..begin);
        if self.bytes.len() > LINE_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a line is too long"));
        }
        Ok(reports)
    }
}
