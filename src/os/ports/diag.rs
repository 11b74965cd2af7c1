//! The table by netlink: `sock_diag(7)`, with the messages of the kernel's `linux/inet_diag.h`.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rustix::fd::OwnedFd;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink};

use super::Listener;

const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const NLM_F_REQUEST: u16 = 1;
const NLM_F_DUMP: u16 = 0x300;
const IPPROTO_TCP: u8 = 6;
/// Bit of the state LISTEN, 10.
const LISTENING: u32 = 1 << 10;

/// Size of `struct nlmsghdr`.
const HEADER: usize = 16;
/// Size of `struct inet_diag_req_v2`.
const REQUEST: usize = 56;
/// Size of `struct inet_diag_msg`; attributes may follow.
const ENTRY: usize = 72;

/// The kernel fills no larger part of a dump when it is given this much room.
const ROOM: usize = 32 * 1024;

/// Every listening TCP socket, IPv4 first.
pub(super) fn listeners() -> io::Result<Vec<Listener>> {
    let socket = rustix::net::socket_with(
        AddressFamily::NETLINK,
        SocketType::DGRAM,
        SocketFlags::CLOEXEC,
        Some(netlink::SOCK_DIAG),
    )?;
    let mut room = vec![0; ROOM];
    let mut found = Vec::new();
    for family in [AddressFamily::INET, AddressFamily::INET6] {
        dump(&socket, family.as_raw() as u8, &mut room, &mut found)?;
    }
    Ok(found)
}

fn dump(socket: &OwnedFd, family: u8, room: &mut [u8], found: &mut Vec<Listener>) -> io::Result<()> {
    rustix::net::send(socket, &request(family), SendFlags::empty())?;
    loop {
        let received = rustix::io::retry_on_intr(|| rustix::net::recv(socket, &mut *room, RecvFlags::TRUNC));
        let (_, length) = received?;
        let part = room.get(..length).ok_or_else(malformed)?;
        if take(part, found)? {
            return Ok(());
        }
    }
}

fn request(family: u8) -> [u8; HEADER + REQUEST] {
    let mut message = [0; HEADER + REQUEST];
    message[0..4].copy_from_slice(&((HEADER + REQUEST) as u32).to_ne_bytes());
    message[4..6].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    message[6..8].copy_from_slice(&(NLM_F_REQUEST | NLM_F_DUMP).to_ne_bytes());
    message[16] = family;
    message[17] = IPPROTO_TCP;
    message[20..24].copy_from_slice(&LISTENING.to_ne_bytes());
    message
}

/// Takes the entries out of one datagram; true when the dump has ended.
fn take(mut part: &[u8], found: &mut Vec<Listener>) -> io::Result<bool> {
    while part.len() >= HEADER {
        let length = u32_at(part, 0)? as usize;
        let message = part.get(..length).filter(|message| message.len() >= HEADER).ok_or_else(malformed)?;
        match u16::from_ne_bytes([message[4], message[5]]) {
            NLMSG_DONE => return Ok(true),
            NLMSG_ERROR => {
                return Err(io::Error::from_raw_os_error(-(u32_at(message, HEADER)? as i32)));
            }
            SOCK_DIAG_BY_FAMILY => found.push(entry(&message[HEADER..])?),
            // no-ops and the like
            _ => {}
        }
        // messages begin at multiples of four
        part = part.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Ok(false)
}

/// `struct inet_diag_msg`: family at 0, source port (big-endian) at 4, source address at 8, uid at 64, inode at 68.
fn entry(message: &[u8]) -> io::Result<Listener> {
    let message: &[u8; ENTRY] = message.first_chunk().ok_or_else(malformed)?;
    let address: [u8; 16] = *message[8..].first_chunk().ok_or_else(malformed)?;
    let address = if i32::from(message[0]) == i32::from(AddressFamily::INET6.as_raw()) {
        IpAddr::V6(Ipv6Addr::from(address))
    } else {
        IpAddr::V4(Ipv4Addr::new(address[0], address[1], address[2], address[3]))
    };
    Ok(Listener {
        port: u16::from_be_bytes([message[4], message[5]]),
        address,
        uid: u32_at(message, 64)?,
        inode: u64::from(u32_at(message, 68)?),
    })
}

fn u32_at(bytes: &[u8], at: usize) -> io::Result<u32> {
    let bytes = bytes.get(at..).and_then(|rest| rest.first_chunk()).ok_or_else(malformed)?;
    Ok(u32::from_ne_bytes(*bytes))
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the kernel's answer about sockets is malformed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_answer_is_an_error_and_never_a_panic() {
        let mut whole = vec![0; HEADER + ENTRY];
        whole[0..4].copy_from_slice(&((HEADER + ENTRY) as u32).to_ne_bytes());
        whole[4..6].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
        whole[16] = AddressFamily::INET.as_raw() as u8;
        whole[20..22].copy_from_slice(&3000_u16.to_be_bytes());
        whole[24..28].copy_from_slice(&[127, 0, 0, 1]);
        whole[84..88].copy_from_slice(&4711_u32.to_ne_bytes());
        for length in HEADER..whole.len() {
            assert!(take(&whole[..length], &mut Vec::new()).is_err(), "{length}");
        }
        let mut found = Vec::new();
        assert!(!take(&whole, &mut found).unwrap());
        let expected = Listener { port: 3000, address: Ipv4Addr::LOCALHOST.into(), inode: 4711, uid: 0 };
        assert_eq!(found, [expected]);
    }

    #[test]
    fn the_end_and_an_error_of_the_kernel_are_told_apart() {
        let mut message = vec![0; 20];
        message[0..4].copy_from_slice(&20_u32.to_ne_bytes());
        message[4..6].copy_from_slice(&NLMSG_DONE.to_ne_bytes());
        assert!(take(&message, &mut Vec::new()).unwrap());
        message[4..6].copy_from_slice(&NLMSG_ERROR.to_ne_bytes());
        message[16..20].copy_from_slice(&(-2_i32).to_ne_bytes());
        assert_eq!(take(&message, &mut Vec::new()).unwrap_err().raw_os_error(), Some(2));
    }
}
