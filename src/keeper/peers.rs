//! Who is at the other end of the keeper's connections: a stranger until it says hello, then the supervisor.

use std::io;
use std::time::Instant;

use super::control::Connection;
use super::protocol::{Alive, Hello, Order, PROTOCOL, Report};
use super::state::{Keeper, PAUSE};
use crate::os::fd::Ready;
use crate::os::socket;

/// Connections that have not said who they are; one more is closed.
const STRANGERS_MAX: usize = 8;

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

    pub(super) fn lose_supervisor(&mut self) {
        self.supervisor = None;
        self.log.followed = false;
        if !self.farewell {
            self.revival.lost(Instant::now());
        }
    }

    pub(super) fn report(&mut self, report: &Report) {
        if let Some(supervisor) = &mut self.supervisor
            && supervisor.send(report).is_err()
        {
            self.lose_supervisor();
        }
    }

    pub(super) fn refuse(&mut self, why: &str) {
        self.report(&Report::Refused { why: why.to_owned() });
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
                up: run.up,
            }),
            last: self.last.clone(),
            last_seen: self.last_seen,
            memo: self.memo.clone(),
        }
    }
}
