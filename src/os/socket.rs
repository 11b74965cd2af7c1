//! Unix sockets in private directories.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use super::file;

/// `sun_path` holds 108 bytes with the final zero, unix(7).
const PATH_MAX: usize = 107;

/// A path that is short enough for an address: where a socket's own is not, its directory is opened and named by the
/// descriptor.
#[derive(Debug)]
pub struct ShortPath {
    path: PathBuf,
    /// Its descriptor stands in the path.
    _directory: Option<File>,
}

impl ShortPath {
    /// For the socket at `path`.
    pub fn of(path: &Path) -> io::Result<Self> {
        if path.as_os_str().len() <= PATH_MAX {
            return Ok(Self { path: path.to_owned(), _directory: None });
        }
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let directory = File::open(parent)?;
        let path = PathBuf::from(format!("/proc/self/fd/{}", directory.as_raw_fd())).join(name);
        Ok(Self { path, _directory: Some(directory) })
    }

    /// It means the socket as long as `self` lives.
    pub fn as_path(&self) -> &Path {
        &self.path
    }
}

/// Listens at `path` with mode 0600. It is bound under another name and renamed, so that there is no moment without
/// a socket and a living one is never unlinked: only the holder of the lock that guards it may call this.
pub fn listen(path: &Path) -> io::Result<UnixListener> {
    let mut name = path.file_name().unwrap_or(OsStr::new("s")).to_owned();
    name.push(format!(".{}", std::process::id()));
    let temporary = path.with_file_name(name);
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(ShortPath::of(&temporary)?.as_path())?;
    // connecting needs write permission, and the directory is private: nobody else was here in between
    file::set_mode(&temporary, 0o600)?;
    fs::rename(&temporary, path)?;
    Ok(listener)
}

/// Connects to the socket at `path`.
pub fn connect(path: &Path) -> io::Result<UnixStream> {
    UnixStream::connect(ShortPath::of(path)?.as_path())
}

/// Whether the other end belongs to this user.
pub fn peer_is_own_user(stream: &UnixStream) -> io::Result<bool> {
    let peer = rustix::net::sockopt::socket_peercred(stream)?;
    Ok(peer.uid == rustix::process::geteuid())
}

/// Whether somebody accepts connections at `path`.
pub fn answers(path: &Path) -> bool {
    connect(path).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_any_length_works_and_a_second_listener_replaces_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("x".repeat(120));
        fs::create_dir(&deep).unwrap();
        for path in [dir.path().join("s"), deep.join("s")] {
            assert!(!answers(&path));
            let first = listen(&path).unwrap();
            assert!(answers(&path));
            let second = listen(&path).unwrap();
            drop(first);
            assert!(answers(&path));
            drop(second);
            // another test of this process may have forked, and its child has a copy until it executes something
            while answers(&path) {
                std::thread::yield_now();
            }
        }
    }
}
