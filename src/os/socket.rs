//! Unix sockets in private directories, and descriptors that travel over them.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use rustix::io::{Errno, retry_on_intr};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags,
};

use super::file;

/// Most descriptors that are sent or taken with one message; the kernel closes what comes beyond.
pub const DESCRIPTORS_MAX: usize = 8;

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

/// Sends bytes, and copies of descriptors with the first of them; returns how many bytes were taken. Where too many
/// descriptors of this user are under way already, unix(7), the bytes go without them.
pub fn send(stream: impl AsFd, bytes: &[u8], descriptors: &[BorrowedFd<'_>]) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS_MAX))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if descriptors.len() > DESCRIPTORS_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "too many descriptors for one message"));
    }
    if !descriptors.is_empty() {
        // there is room for as many
        ancillary.push(SendAncillaryMessage::ScmRights(descriptors));
    }
    let parts = [IoSlice::new(bytes)];
    let sent =
        retry_on_intr(|| rustix::net::sendmsg(stream.as_fd(), &parts, &mut ancillary, SendFlags::NOSIGNAL));
    match sent {
        Err(Errno::TOOMANYREFS) if !descriptors.is_empty() => send(stream, bytes, &[]),
        sent => Ok(sent?),
    }
}

/// Takes bytes, and adds the descriptors that came with them to `descriptors`; they close on exec. `Ok(0)`: the end.
/// Bytes of two messages that both bring descriptors are never taken at once.
pub fn receive(stream: impl AsFd, buffer: &mut [u8], descriptors: &mut Vec<OwnedFd>) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS_MAX))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut parts = [IoSliceMut::new(buffer)];
    let received = retry_on_intr(|| {
        rustix::net::recvmsg(stream.as_fd(), &mut parts, &mut ancillary, RecvFlags::CMSG_CLOEXEC)
    })?;
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(came) = message {
            descriptors.extend(came);
        }
    }
    Ok(received.bytes)
}

/// Whether somebody accepts connections at `path`.
pub fn answers(path: &Path) -> bool {
    connect(path).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::fd;

    #[test]
    fn descriptors_come_with_the_first_byte_of_their_message_and_close_on_exec() {
        let (a, b) = UnixStream::pair().unwrap();
        let (read, write) = fd::pipe().unwrap();
        assert_eq!(send(&a, b"first ", &[]).unwrap(), 6);
        assert_eq!(send(&a, b"second", &[read.as_fd(), write.as_fd()]).unwrap(), 6);
        assert_eq!(send(&a, b"third", &[read.as_fd()]).unwrap(), 5);
        let (mut buffer, mut came) = ([0; 64], Vec::new());
        let length = receive(&b, &mut buffer, &mut came).unwrap();
        let length = length + if came.is_empty() { receive(&b, &mut buffer, &mut came).unwrap() } else { 0 };
        assert_eq!((length, came.len()), (12, 2));
        let flags = rustix::io::fcntl_getfd(&came[1]).unwrap();
        assert!(flags.contains(rustix::io::FdFlags::CLOEXEC));
        rustix::io::write(&came[1], b"through the copy").unwrap();
        let mut through = [0; 16];
        rustix::io::read(&read, &mut through).unwrap();
        assert_eq!(&through, b"through the copy");
        came.clear();
        assert_eq!(receive(&b, &mut buffer, &mut came).unwrap(), 5);
        assert_eq!(came.len(), 1);
        let many = [read.as_fd(); DESCRIPTORS_MAX + 1];
        assert_eq!(send(&a, b"x", &many).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }

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
