//! The socket of systemd's notification protocol, `sd_notify(3)`: datagrams whose senders the kernel names.

use std::fs;
use std::io::{self, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::AsFd;
use std::os::unix::net::UnixDatagram;
use std::path::Path;

use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SocketAddrUnix,
    SocketFlags, SocketType, recvmsg, sockopt,
};

use super::file;

/// `sun_path` holds 108 bytes with the final zero, unix(7).
const PATH_MAX: usize = 107;

/// Longest message, as in systemd.
pub const MESSAGE_MAX: usize = 4096;

/// Who sent a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sender {
    /// Its PID, when it sent.
    pub pid: u32,
    /// Whether it belongs to this user.
    pub own_user: bool,
}

/// Binds a socket at `path`, in place of one of before, and returns it with the name by which senders find it: the
/// path, or, where that is too long for an address, `short` in the abstract namespace, written with an `@`.
pub fn bind(path: &Path, short: &str) -> io::Result<(UnixDatagram, String)> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::DGRAM, flags, None)?;
    // before anybody can send: a message of before would come without its sender
    sockopt::set_socket_passcred(&socket, true)?;
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}", std::process::id()));
    let temporary = Path::new(&temporary);
    let name = match path.to_str() {
        Some(name) if temporary.as_os_str().len() <= PATH_MAX => name.to_owned(),
        Some(_) | None => {
            rustix::net::bind(&socket, &SocketAddrUnix::new_abstract_name(short.as_bytes())?)?;
            return Ok((socket.into(), format!("@{short}")));
        }
    };
    match fs::remove_file(temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    rustix::net::bind(&socket, &SocketAddrUnix::new(temporary)?)?;
    file::set_mode(temporary, 0o600)?;
    fs::rename(temporary, path)?;
    Ok((socket.into(), name))
}

/// Receives one message; `None` if it is too long or names no sender. Descriptors that came with it are closed, which
/// is what a sender of `BARRIER=1` waits for.
pub fn receive(socket: impl AsFd, bytes: &mut [u8]) -> io::Result<Option<(usize, Sender)>> {
    // no room for descriptors: the kernel closes them
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmCredentials(1))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let message = recvmsg(socket, &mut [IoSliceMut::new(bytes)], &mut ancillary, RecvFlags::CMSG_CLOEXEC)?;
    let sender = ancillary.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmCredentials(who) => Some(Sender {
            pid: who.pid.as_raw_nonzero().get().unsigned_abs(),
            own_user: who.uid == rustix::process::geteuid(),
        }),
        _ => None,
    });
    let whole = !message.flags.contains(ReturnFlags::TRUNC);
    Ok(sender.filter(|_| whole).map(|sender| (message.bytes, sender)))
}

#[cfg(test)]
mod tests {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::SocketAddr;

    use super::*;

    fn send(name: &str, bytes: &[u8]) -> io::Result<usize> {
        let sender = UnixDatagram::unbound()?;
        match name.strip_prefix('@') {
            Some(name) => sender.send_to_addr(bytes, &SocketAddr::from_abstract_name(name)?),
            None => sender.send_to(bytes, name),
        }
    }

    #[test]
    fn a_message_comes_with_its_sender_whatever_the_length_of_the_path() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("x".repeat(120));
        fs::create_dir(&deep).unwrap();
        let short = format!("ostler-test-{}", std::process::id());
        for path in [dir.path().join("s"), deep.join("s")] {
            let (socket, name) = bind(&path, &short).unwrap();
            assert!(name.len() < 108, "{name}");
            send(&name, b"READY=1").unwrap();
            let mut bytes = [0; MESSAGE_MAX];
            let (length, sender) = receive(&socket, &mut bytes).unwrap().unwrap();
            assert_eq!(&bytes[..length], b"READY=1");
            assert_eq!(sender, Sender { pid: std::process::id(), own_user: true });
            send(&name, &[b'x'; MESSAGE_MAX + 1]).unwrap();
            assert_eq!(receive(&socket, &mut bytes).unwrap(), None, "too long");
            assert_eq!(receive(&socket, &mut bytes).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        }
    }

    #[test]
    fn a_second_socket_takes_the_place_of_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let (path, short) = (dir.path().join("s"), String::new());
        let (first, _) = bind(&path, &short).unwrap();
        let (second, name) = bind(&path, &short).unwrap();
        drop(first);
        send(&name, b"WATCHDOG=1").unwrap();
        assert!(receive(&second, &mut [0; 64]).unwrap().is_some());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
