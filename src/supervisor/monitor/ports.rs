//! What the listen table means for each server: listening, closed, or held by a stranger.

use std::collections::{HashMap, HashSet};
use std::io;
use std::time::Instant;

use super::Target;
use super::owners::Owners;
use super::trees::{Tree, grow};
use crate::model::{Holder, PortCheck, PortState, PortStatus, ServerId};
use crate::os::ports::Listener;
use crate::os::proc::Scanner;
use crate::os::tree::Forest;
use crate::os::users::Users;

/// The ports of each target as they are at this moment, in their order. Blocks: nothing is known from a pass before.
pub fn look_once(targets: &[Target]) -> io::Result<Vec<Vec<PortStatus>>> {
    let listeners = crate::os::ports::listeners()?;
    let forest = Forest::new(Scanner::open()?.scan()?);
    let trees = grow(&forest, targets);
    PortWatch::default().look(&listeners, &forest, targets, &trees, Instant::now())
}

/// Tells whose the listening sockets are, pass by pass.
#[derive(Debug, Default)]
pub struct PortWatch {
    owners: Owners,
    users: Users,
}

/// One pass: which server a process is of, by its place among the targets.
struct Look<'a> {
    targets: &'a [Target],
    trees: &'a [Tree<'a>],
    forest: &'a Forest,
    by_port: HashMap<u16, Vec<Listener>>,
    server_of: HashMap<u32, usize>,
}

impl PortWatch {
    /// The ports of each target, in their order.
    pub(super) fn look(
        &mut self,
        listeners: &[Listener],
        forest: &Forest,
        targets: &[Target],
        trees: &[Tree],
        now: Instant,
    ) -> io::Result<Vec<Vec<PortStatus>>> {
        let mut by_port: HashMap<u16, Vec<Listener>> = HashMap::new();
        for listener in listeners {
            by_port.entry(listener.port).or_default().push(*listener);
        }
        let members = trees.iter().enumerate();
        let server_of = members
            .flat_map(|(at, tree)| tree.members.iter().map(move |process| (process.pid, at)))
            .collect();
        let look = Look { targets, trees, forest, by_port, server_of };
        self.owners.prune(listeners, forest);
        self.search_ours(&look, listeners, now)?;
        self.search_strangers(&look, now)?;
        let mut found = self.found(&look);
        let report = |at| self.report(&look, at, found.remove(&at).unwrap_or_default());
        Ok((0..targets.len()).map(report).collect())
    }

    /// Whoever declares a port that is new is looked at first: that is nearly always the answer.
    fn search_ours(&mut self, look: &Look, listeners: &[Listener], now: Instant) -> io::Result<()> {
        let new: HashSet<u16> = listeners
            .iter()
            .filter(|listener| self.owners.holder(listener.inode).is_none())
            .map(|listener| listener.port)
            .collect();
        let declares = |at: &usize| look.targets[*at].ports.iter().any(|port| new.contains(port));
        let mut order: Vec<usize> = (0..look.targets.len()).collect();
        order.sort_by_key(|at| !declares(at));
        let pids = order.iter().flat_map(|at| look.trees[*at].members.iter().map(|process| process.pid));
        self.owners.search(listeners.iter().copied(), pids, false, look.forest, now)?;
        Ok(())
    }

    /// Looks everywhere for whoever holds a declared port that is not with its server.
    fn search_strangers(&mut self, look: &Look, now: Instant) -> io::Result<()> {
        let declared: HashSet<u16> =
            look.watched().flat_map(|(_, target)| target.ports.iter().copied()).collect();
        let unclear: Vec<Listener> = declared
            .iter()
            .filter_map(|port| look.by_port.get(port))
            .flatten()
            .filter(|listener| self.owners.holder(listener.inode).is_none())
            .copied()
            .collect();
        let pids = look.forest.all().iter().map(|process| process.pid);
        let hidden = self.owners.search(unclear.iter().copied(), pids, true, look.forest, now)?;
        // a server that became another user can't be looked at: nobody else having the socket, it is taken to be its
        for listener in unclear {
            if self.owners.holder(listener.inode).is_some() {
                continue;
            }
            let declaring = look.watched().filter(|(_, target)| target.ports.contains(&listener.port));
            let mut members = declaring.flat_map(|(at, _)| look.trees[at].members.iter());
            if let Some(process) = members.find(|process| hidden.contains(&process.pid)) {
                self.owners.assume(listener.inode, process.pid, look.forest);
            }
        }
        Ok(())
    }

    /// Ports on which a server listens without having declared them, by the server's place.
    fn found(&self, look: &Look) -> HashMap<usize, Vec<u16>> {
        let mut found: HashMap<usize, Vec<u16>> = HashMap::new();
        for (port, listeners) in &look.by_port {
            for listener in listeners {
                let Some(at) = self.server(look, listener) else { continue };
                let ports = found.entry(at).or_default();
                if !look.targets[at].ports.contains(port) && !ports.contains(port) {
                    ports.push(*port);
                }
            }
        }
        found
    }

    fn server(&self, look: &Look, listener: &Listener) -> Option<usize> {
        look.server_of.get(&self.owners.holder(listener.inode)?).copied()
    }

    fn report(&mut self, look: &Look, at: usize, mut found: Vec<u16>) -> Vec<PortStatus> {
        let target = &look.targets[at];
        let mut ports = Vec::new();
        if target.port_check != PortCheck::Off {
            ports.extend(target.ports.iter().map(|port| self.declared(look, at, *port)));
        }
        found.sort_unstable();
        ports.extend(found.into_iter().map(|port| PortStatus {
            port,
            declared: false,
            state: PortState::Listening,
            latency_ms: None,
            holder: None,
        }));
        ports
    }

    fn declared(&mut self, look: &Look, at: usize, port: u16) -> PortStatus {
        let listeners = look.by_port.get(&port).map(Vec::as_slice).unwrap_or_default();
        let is_its = |listener: &&Listener| self.server(look, listener) == Some(at);
        let (own, others): (Vec<&Listener>, Vec<&Listener>) = listeners.iter().partition(is_its);
        let (state, holder) = match (own.is_empty(), others.is_empty()) {
            (true, true) => (PortState::Closed, None),
            (false, true) => (PortState::Listening, None),
            // beside it, by SO_REUSEPORT or on another address: it listens, and who else does is worth knowing
            (false, false) => (PortState::Listening, self.stranger(look, &others)),
            (true, false) => (PortState::Foreign, self.stranger(look, &others)),
        };
        PortStatus { port, declared: true, state, latency_ms: None, holder }
    }

    /// The one of these of which most is known.
    fn stranger(&mut self, look: &Look, listeners: &[&Listener]) -> Option<Holder> {
        let rank = |listener: &&&Listener| {
            (self.server(look, listener).is_some(), self.owners.holder(listener.inode).is_some())
        };
        let listener = listeners.iter().max_by_key(rank)?;
        let ours = self.server(look, listener).map(|at| look.targets[at].id.clone());
        Some(describe(listener, self.owners.holder(listener.inode), ours, look.forest, &mut self.users))
    }
}

impl Look<'_> {
    fn watched(&self) -> impl Iterator<Item = (usize, &Target)> {
        self.targets.iter().enumerate().filter(|(_, target)| target.port_check != PortCheck::Off)
    }
}

/// What is known of whoever has this socket. The user is the socket's, which is known even of a hidden process.
pub(super) fn describe(
    listener: &Listener,
    pid: Option<u32>,
    ours: Option<ServerId>,
    forest: &Forest,
    users: &mut Users,
) -> Holder {
    let command = pid.and_then(|pid| forest.get(pid)).map(|process| process.comm.clone());
    Holder { pid, command, user: Some(users.name(listener.uid)), ours }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
    use std::os::fd::OwnedFd;
    use std::process::{Child, Command, Stdio};

    use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, listen, socket_with, sockopt};

    use super::*;
    use crate::supervisor::monitor::conflict::{all_on, foreign_holder};

    struct Guard(Child);

    impl Drop for Guard {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    fn shared(port: u16) -> TcpListener {
        let socket =
            socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None).unwrap();
        sockopt::set_socket_reuseport(&socket, true).unwrap();
        bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)).unwrap();
        listen(&socket, 8).unwrap();
        TcpListener::from(socket)
    }

    #[test]
    fn a_port_that_a_stranger_shares_is_listening_and_the_stranger_is_told() {
        let ours = shared(0);
        let port = ours.local_addr().unwrap().port();
        let foreign = shared(port);
        // a child has the one socket, this process the other
        let mut command = Command::new("sleep");
        command.arg("60").stdin(Stdio::from(OwnedFd::from(ours))).stdout(Stdio::null());
        let child = Guard(command.spawn().unwrap());
        drop(command);
        let target = Target {
            id: ServerId::new("test", "a").unwrap(),
            keeper: None,
            main: Some(child.0.id()),
            ports: vec![port],
            port_check: PortCheck::Listen,
            alive: true,
            memory_limit: None,
        };
        let me = std::process::id();
        let status = &look_once(std::slice::from_ref(&target)).unwrap()[0][0];
        assert_eq!((status.port, status.state), (port, PortState::Listening));
        assert_eq!(status.holder.as_ref().and_then(|holder| holder.pid), Some(me));
        assert_eq!(foreign_holder(port, &[child.0.id()]).unwrap().and_then(|holder| holder.pid), Some(me));
        let mut all = all_on(port, std::slice::from_ref(&target)).unwrap();
        all.sort_by_key(|on| on.holder.ours.is_none());
        let told: Vec<_> = all.iter().map(|on| (on.holder.pid, on.holder.ours.clone())).collect();
        assert_eq!(told, [(Some(child.0.id()), Some(target.id.clone())), (Some(me), None)]);
        drop(child);
        let dead = Target { alive: false, main: None, ..target };
        let status = &look_once(&[dead]).unwrap()[0][0];
        assert_eq!(status.state, PortState::Foreign);
        drop(foreign);
    }
}
