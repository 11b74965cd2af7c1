//! The table of listening TCP sockets, IPv4 and IPv6. Linux only.
//!
//! The kernel is asked by `sock_diag(7)` and sends listening sockets only, however many connections there are; where it
//! can't be asked so (a sandbox, an old container runtime), `/proc/net/tcp` and `tcp6` are read. Connections, whatever
//! their state, and UDP sockets are never in the table.

mod diag;
mod text;

use std::io;
use std::net::IpAddr;

/// A listening TCP socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Its port.
    pub port: u16,
    /// Its address; `::` accepts IPv4 too, unless it is set to IPv6 only.
    pub address: IpAddr,
    /// By which a process's descriptor is matched with it, see [`super::proc::socket_inodes`].
    pub inode: u64,
    /// The user who made it.
    pub uid: u32,
}

/// Every listening TCP socket of this network namespace.
pub fn listeners() -> io::Result<Vec<Listener>> {
    diag::listeners().or_else(|_| text::listeners())
}

/// For tests: closes a listener, and returns when nobody listens there any more. Another test of the process may have
/// forked, and its child has a copy until it executes something.
#[cfg(test)]
pub(crate) fn close(listener: std::net::TcpListener) {
    let address = listener.local_addr().unwrap();
    drop(listener);
    while std::net::TcpStream::connect(address).is_ok() {
        std::thread::yield_now();
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream, UdpSocket};

    use super::*;
    use crate::os::proc::socket_inodes;

    type Source = fn() -> io::Result<Vec<Listener>>;

    const SOURCES: [(&str, Source); 2] = [("diag", diag::listeners), ("text", text::listeners)];

    #[test]
    fn both_sources_find_our_listeners_with_address_owner_and_inode() {
        for address in ["127.0.0.1", "0.0.0.0", "127.0.0.77", "::1", "::"] {
            let Ok(socket) = TcpListener::bind((address, 0)) else {
                assert!(address.contains(':'), "{address}: only IPv6 may be missing");
                continue;
            };
            let port = socket.local_addr().unwrap().port();
            let inodes = socket_inodes(std::process::id()).unwrap().unwrap();
            for (name, source) in SOURCES {
                let table = source().unwrap();
                let expected: IpAddr = address.parse().unwrap();
                let found =
                    table.iter().find(|entry| entry.port == port && entry.address == expected).unwrap();
                assert!(inodes.contains(&found.inode), "{name} {address}");
                assert_eq!(found.uid, rustix::process::geteuid().as_raw(), "{name} {address}");
            }
        }
    }

    #[test]
    fn a_connection_and_a_udp_socket_do_not_listen() {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(socket.local_addr().unwrap()).unwrap();
        let (_served, _) = socket.accept().unwrap();
        let inodes = socket_inodes(std::process::id()).unwrap().unwrap();
        let datagrams = UdpSocket::bind("127.0.0.1:0").unwrap();
        for (name, source) in SOURCES {
            let table = source().unwrap();
            let port = socket.local_addr().unwrap().port();
            let ours = table.iter().filter(|entry| entry.port == port && inodes.contains(&entry.inode));
            assert_eq!(ours.count(), 1, "{name}");
            let silent = [client.local_addr().unwrap().port(), datagrams.local_addr().unwrap().port()];
            let heard = |entry: &&Listener| silent.contains(&entry.port) && inodes.contains(&entry.inode);
            assert!(!table.iter().any(|entry| heard(&entry)), "{name}");
        }
    }
}
