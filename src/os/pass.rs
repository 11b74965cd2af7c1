//! Descriptors that go from one process to another, over a Unix socket, unix(7).

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::{Errno, retry_on_intr};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};

/// Most descriptors that one message carries.
pub const MOST: usize = 4;

/// Sends bytes with descriptors; at most [`MOST`]. Returns how many of the bytes went: the descriptors went with the
/// first of them. Where the kernel lets no more descriptors be under way, the bytes go without them.
pub fn send(socket: impl AsFd, bytes: &[u8], fds: &[BorrowedFd<'_>]) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    let fits = fds.len() <= MOST && (fds.is_empty() || ancillary.push(SendAncillaryMessage::ScmRights(fds)));
    if !fits {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "too many descriptors for one message"));
    }
    let parts = [IoSlice::new(bytes)];
    match retry_on_intr(|| sendmsg(&socket, &parts, &mut ancillary, SendFlags::NOSIGNAL)) {
        // too many of this user's are under way already
        Err(Errno::TOOMANYREFS) if !fds.is_empty() => send(socket, bytes, &[]),
        sent => Ok(sent?),
    }
}

/// Receives bytes and the descriptors that came with them, which close on exec. More than [`MOST`] are closed unseen.
/// Bytes of two messages that both bring descriptors are never received at once.
pub fn receive(socket: impl AsFd, bytes: &mut [u8]) -> io::Result<(usize, Vec<OwnedFd>)> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut parts = [IoSliceMut::new(bytes)];
    let message = retry_on_intr(|| recvmsg(&socket, &mut parts, &mut ancillary, RecvFlags::CMSG_CLOEXEC))?;
    let rights = ancillary.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(fds) => Some(fds),
        _ => None,
    });
    Ok((message.bytes, rights.flatten().collect()))
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn a_pipe_goes_through_a_socket_and_closes_on_exec() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let (read, write) = super::super::fd::pipe().unwrap();
        assert_eq!(send(&ours, b"here", &[read.as_fd()]).unwrap(), 4);
        let mut bytes = [0; 16];
        let (length, mut fds) = receive(&theirs, &mut bytes).unwrap();
        assert_eq!((&bytes[..length], fds.len()), (&b"here"[..], 1));
        let flags = rustix::io::fcntl_getfd(&fds[0]).unwrap();
        assert!(flags.contains(rustix::io::FdFlags::CLOEXEC));
        std::fs::File::from(write).write_all(b"x").unwrap();
        let mut text = [0; 1];
        std::fs::File::from(fds.remove(0)).read_exact(&mut text).unwrap();
        assert_eq!(&text, b"x");
    }

    #[test]
    fn descriptors_come_with_the_first_byte_of_their_message() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        send(&ours, b"first ", &[]).unwrap();
        send(&ours, b"second ", &[ours.as_fd(), theirs.as_fd()]).unwrap();
        send(&ours, b"third", &[ours.as_fd()]).unwrap();
        let (mut bytes, mut came) = (Vec::new(), Vec::new());
        while bytes.len() < b"first second third".len() {
            let mut part = [0; 64];
            let (length, fds) = receive(&theirs, &mut part).unwrap();
            bytes.extend_from_slice(&part[..length]);
            came.extend((!fds.is_empty()).then_some((bytes.len(), fds.len())));
        }
        assert_eq!(came, [(13, 2), (18, 1)]);
    }

    #[test]
    fn bytes_alone_bring_no_descriptor_and_too_many_are_refused() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        send(&ours, b"x", &[]).unwrap();
        assert!(receive(&theirs, &mut [0; 8]).unwrap().1.is_empty());
        let many = [ours.as_fd(); MOST + 1];
        assert_eq!(send(&ours, b"x", &many).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
}
