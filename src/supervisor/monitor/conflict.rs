//! Questions before a start: is somebody in the way, and which port is free?

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};
use std::time::Instant;

use super::Target;
use super::owners::Owners;
use super::ports::describe;
use super::trees::grow;
use crate::model::Holder;
use crate::model::hash::fnv1a;
use crate::os::ports::{Listener, listeners};
use crate::os::proc::Scanner;
use crate::os::tree::Forest;
use crate::os::users::Users;

/// Ports for servers that declare `auto`: below those that Linux gives to clients (from 32,768).
pub const AUTO: std::ops::Range<u16> = 20_000..32_000;

/// Who, besides the processes in `tree`, listens on `port`, on whatever address. Blocks; `ours` is for the caller to
/// fill in. An error means that it could not be seen, not that the port is free.
pub fn foreign_holder(port: u16, tree: &[u32]) -> io::Result<Option<Holder>> {
    let listening: Vec<Listener> =
        listeners()?.into_iter().filter(|listener| listener.port == port).collect();
    if listening.is_empty() {
        return Ok(None);
    }
    let forest = Forest::new(Scanner::open()?.scan()?);
    let mut owners = Owners::default();
    let own = tree.iter().copied();
    let all = own.chain(forest.all().iter().map(|process| process.pid));
    let hidden = owners.search(listening.iter().copied(), all, true, &forest, Instant::now())?;
    let strangers = listening.iter().filter(|listener| match owners.holder(listener.inode) {
        Some(pid) => !tree.contains(&pid),
        // may be a process of the tree that became another user
        None => !tree.iter().any(|pid| hidden.contains(pid)),
    });
    let best = strangers.max_by_key(|listener| owners.holder(listener.inode).is_some());
    let mut users = Users::default();
    Ok(best.map(|listener| describe(listener, owners.holder(listener.inode), None, &forest, &mut users)))
}

/// A listening socket of a port, and who has it.
#[derive(Clone, Debug)]
pub struct OnPort {
    /// As it is shown.
    pub holder: Holder,
    /// PID and start of that process, if it may be seen.
    pub key: Option<(u32, u64)>,
    /// The socket.
    pub inode: u64,
}

/// Everybody who listens on `port` now, ours included. Blocks. Of processes that share a socket the first one is told.
pub fn all_on(port: u16, targets: &[Target]) -> io::Result<Vec<OnPort>> {
    let listening: Vec<Listener> =
        listeners()?.into_iter().filter(|listener| listener.port == port).collect();
    let forest = Forest::new(Scanner::open()?.scan()?);
    let trees = grow(&forest, targets);
    let pids = |tree: &super::trees::Tree<'_>| tree.members.iter().map(|it| it.pid).collect::<Vec<_>>();
    let members: Vec<Vec<u32>> = trees.iter().map(pids).collect();
    let server_of: HashMap<u32, usize> =
        members.iter().enumerate().flat_map(|(at, pids)| pids.iter().map(move |pid| (*pid, at))).collect();
    let mut owners = Owners::default();
    let own = members.iter().flatten().copied();
    let all = own.chain(forest.all().iter().map(|process| process.pid));
    let hidden = owners.search(listening.iter().copied(), all, true, &forest, Instant::now())?;
    let declares = |at: &usize| targets[*at].ports.contains(&port);
    // a server that became another user can't be looked at: what nobody else has is taken to be its
    let assumed =
        || (0..targets.len()).filter(declares).find(|at| members[*at].iter().any(|pid| hidden.contains(pid)));
    let mut users = Users::default();
    let describe = |listener: &Listener| {
        let pid = owners.holder(listener.inode);
        let at = match pid {
            Some(pid) => server_of.get(&pid).copied(),
            None => assumed(),
        };
        let holder = describe(listener, pid, at.map(|at| targets[at].id.clone()), &forest, &mut users);
        let key = pid.and_then(|pid| forest.get(pid)).map(|process| (process.pid, process.start_ticks));
        OnPort { holder, key, inode: listener.inode }
    };
    let mut all: Vec<OnPort> = listening.iter().map(describe).collect();
    all.sort_by_key(|on| on.key);
    // one process with several sockets is one holder
    all.dedup_by(|a, b| a.key.is_some() && a.key == b.key);
    Ok(all)
}

/// A port for a server that declares `auto`: the first from a place that `seed` (its name) decides, so that it is the
/// same each time where nobody is in the way. `taken` ports are passed over, as are those on which somebody listens
/// or which can't be bound on the loopback interface.
pub fn free_port(seed: &str, taken: &dyn Fn(u16) -> bool) -> io::Result<u16> {
    let listening: Vec<u16> = listeners()?.iter().map(|listener| listener.port).collect();
    candidates(seed)
        .find(|port| !taken(*port) && !listening.contains(port) && can_bind(*port))
        .ok_or_else(|| io::Error::new(io::ErrorKind::AddrInUse, "no port from 20000 to 31999 is free"))
}

/// Every port of [`AUTO`] once.
fn candidates(seed: &str) -> impl Iterator<Item = u16> {
    let size = AUTO.end - AUTO.start;
    let first = (fnv1a(seed.as_bytes()) % u64::from(size)) as u16;
    (0..size).map(move |step| AUTO.start + (first + step) % size)
}

/// A box without IPv6 has no `::1` to bind.
fn can_bind(port: u16) -> bool {
    let bind = |address: IpAddr| TcpListener::bind((address, port)).map_err(|error| error.kind());
    let free_v4 = bind(Ipv4Addr::LOCALHOST.into()).is_ok();
    free_v4
        && !matches!(
            bind(Ipv6Addr::LOCALHOST.into()),
            Err(io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied)
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_gets_the_same_port_and_steps_aside() {
        let first = candidates("shop/api").next().unwrap();
        assert_eq!(candidates("shop/api").next(), Some(first));
        assert_ne!(candidates("shop/web").next(), Some(first));
        let free = free_port("shop/api", &|_| false).unwrap();
        let next = free_port("shop/api", &|port| port == free).unwrap();
        assert!(AUTO.contains(&free) && AUTO.contains(&next) && next != free);
        assert_eq!(free_port("a/b", &|_| true).unwrap_err().kind(), io::ErrorKind::AddrInUse);
    }

    #[test]
    fn candidates_are_all_ports_once() {
        let mut all: Vec<u16> = candidates("x/y").collect();
        all.sort_unstable();
        assert!(all.into_iter().eq(AUTO));
    }

    #[test]
    fn a_port_on_which_somebody_listens_is_not_free() {
        for address in ["127.0.0.1", "0.0.0.0", "::1", "::"] {
            // where the test's own port is taken meanwhile, another seed is tried
            let held = (0..50).find_map(|number| {
                let seed = format!("held/{address}-{number}").replace(':', "_");
                let port = free_port(&seed, &|_| false).unwrap();
                Some((seed, TcpListener::bind((address, port)).ok()?))
            });
            let Some((seed, socket)) = held else {
                assert!(address.contains(':'), "only IPv6 may be missing");
                continue;
            };
            assert_ne!(
                free_port(&seed, &|_| false).unwrap(),
                socket.local_addr().unwrap().port(),
                "{address}"
            );
        }
    }

    #[test]
    fn whoever_listens_is_a_holder_on_every_address_and_in_both_families() {
        use rustix::net::{AddressFamily, SocketType, bind, ipproto, listen, socket_with, sockopt};
        let me = std::process::id();
        // `::` accepts IPv4 too, unless it is told not to: both hold the port
        for (address, v6_only) in [
            ("127.0.0.1", false),
            ("0.0.0.0", false),
            ("127.0.0.77", false),
            ("::1", false),
            ("::", false),
            ("::", true),
        ] {
            let address: IpAddr = address.parse().unwrap();
            let family = if address.is_ipv6() { AddressFamily::INET6 } else { AddressFamily::INET };
            let flags = rustix::net::SocketFlags::CLOEXEC;
            let Ok(socket) = socket_with(family, SocketType::STREAM, flags, Some(ipproto::TCP)) else {
                continue;
            };
            if v6_only {
                sockopt::set_ipv6_v6only(&socket, true).unwrap();
            }
            if bind(&socket, &std::net::SocketAddr::new(address, 0)).is_err() {
                assert!(address.is_ipv6(), "only IPv6 may be missing");
                continue;
            }
            let listener = TcpListener::from(socket);
            let port = listener.local_addr().unwrap().port();
            assert_eq!(foreign_holder(port, &[]).unwrap(), None, "{address}: bound, and not listening yet");
            listen(&listener, 8).unwrap();
            let holder = foreign_holder(port, &[]).unwrap().unwrap();
            assert_eq!(holder.pid, Some(me), "{address}, IPv6 only: {v6_only}");
            assert_eq!(foreign_holder(port, &[me]).unwrap(), None);
            crate::os::ports::close(listener);
        }
    }

    #[test]
    fn a_connection_its_remains_and_datagrams_hold_no_port() {
        let far = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = std::net::TcpStream::connect(far.local_addr().unwrap()).unwrap();
        let port = client.local_addr().unwrap().port();
        let (served, _) = far.accept().unwrap();
        assert_eq!(foreign_holder(port, &[]).unwrap(), None, "an established connection");
        let datagrams = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        assert_eq!(foreign_holder(datagrams.local_addr().unwrap().port(), &[]).unwrap(), None);
        // closed at this end first, it stays here as TIME_WAIT
        client.shutdown(std::net::Shutdown::Both).unwrap();
        drop((client, served));
        assert_eq!(foreign_holder(port, &[]).unwrap(), None, "its remains");
    }

    #[test]
    fn a_stranger_is_named_and_our_own_tree_is_none() {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let me = std::process::id();
        let holder = foreign_holder(port, &[]).unwrap().unwrap();
        assert_eq!((holder.pid, holder.ours), (Some(me), None));
        assert!(holder.command.is_some_and(|command| !command.is_empty()));
        let mut users = Users::default();
        assert_eq!(holder.user, Some(users.name(rustix::process::geteuid().as_raw())));
        assert_eq!(foreign_holder(port, &[me]).unwrap(), None);
        crate::os::ports::close(socket);
        assert_eq!(foreign_holder(port, &[]).unwrap(), None);
    }
}
