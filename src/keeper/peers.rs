//! Who is at the other end of the keeper's connections: a stranger until it says hello, then the supervisor.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::control::Connection;
use super::protocol::{Alive, Hello, Order, PROTOCOL, Report};
use super::state::{Keeper, PAUSE};
use crate::os::fd::Ready;
use crate::os::file::{self, FileId};
use crate::os::socket;

/// Connections that have not said who they are; one more is closed.
const STRANGERS_MAX: usize = 8;

/// How often a keeper without a supervisor looks whether its socket can still be found.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Where it listens.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) path: PathBuf,
    /// The socket that was bound there.
    pub(super) id: Option<FileId>,
}

impl Keeper {
    pub(super) fn accept(&mut self) {
        let stream = match self.listener.accept() {
            Ok((stream, _)) => stream,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
            Err(_) => {
                self.accept_after = Some(Instant::now() + PAUSE);
                return;
            }
        };
        if self.strangers.len() < STRANGERS_MAX
            && matches!(socket::peer_is_own_user(&stream), Ok(true))
            && let Ok(connection) = Connection::new(stream)
        {
            self.strangers.push(Some(connection));
        }
    }

    pub(super) fn on_stranger(&mut self, index: usize) {
        let Some(mut stranger) = self.strangers.get_mut(index).and_then(Option::take) else { return };
        let mut orders = Vec::new();
        let over = stranger.receive(&mut orders).is_err();
        if let Some(Order::Hello { .. }) = orders.first() {
            self.supervisor = Some(stranger);
            self.farewell = false;
            self.revival.found(Instant::now());
            self.log.followed = false;
            self.obey(orders);
            if over {
                self.lose_supervisor();
            }
        } else if !over && orders.is_empty() {
            self.strangers[index] = Some(stranger);
        } else if self.supervisor.is_none() && !self.revival.is_on() && !self.farewell {
            // the supervisor that started this keeper died before it said hello
            self.lose_supervisor();
        }
    }

    pub(super) fn on_supervisor(&mut self, ready: Ready) {
        let Some(supervisor) = &mut self.supervisor else { return };
        let mut orders = Vec::new();
        let mut over = ready.writable && supervisor.flush().is_err();
        over |= ready.readable && supervisor.receive(&mut orders).is_err();
        self.obey(orders);
        if over {
            self.lose_supervisor();
        }
    }

    /// A supervisor that comes up looks for the socket: where it was deleted it is bound again.
    pub(super) fn keep_listening(&mut self, now: Instant) {
        if self.supervisor.is_some() || self.look_at.is_none_or(|at| at > now) {
            return;
        }
        self.look_at = Some(now + LOOK_EVERY);
        if self.socket.id.is_some() && file::id(&self.socket.path) == self.socket.id {
            return;
        }
        if let Err(error) = self.listen_again() {
            eprintln!("keeper {}: its socket can't be put back for now: {error}", std::process::id());
        }
    }

    fn listen_again(&mut self) -> io::Result<()> {
        if let Some(dir) = self.socket.path.parent() {
            file::make_dir(dir)?;
        }
        let listener = socket::listen(&self.socket.path)?;
        listener.set_nonblocking(true)?;
        self.listener = listener;
        self.socket.id = file::id(&self.socket.path);
        Ok(())
    }

    pub(super) fn lose_supervisor(&mut self) {
        self.supervisor = None;
        self.look_at = Some(Instant::now());
        self.log.followed = false;
        if !self.farewell {
            self.revival.lost(Instant::now());
        }
    }

    pub(super) fn report(&mut self, report: Report) {
        if let Some(supervisor) = &mut self.supervisor
            && supervisor.send(report).is_err()
        {
            self.lose_supervisor();
        }
    }

    pub(super) fn refuse(&mut self, why: &str) {
        self.report(Report::Refused { why: why.to_owned() });
    }

    pub(super) fn hello(&self) -> Hello {
        Hello {
            protocol: PROTOCOL,
            version: crate::paths::version().to_owned(),
            identity: self.identity.clone(),
            run: self.run.as_ref().map(|run| Alive {
                run: run.id.clone(),
                child: run.child.clone(),
                ending: run.ending.is_some(),
                up: run.up.is_some(),
                held: run.held(),
            }),
            last: self.last.clone(),
            last_seen: self.last_seen,
            memo: self.memo.clone(),
        }
    }
}
