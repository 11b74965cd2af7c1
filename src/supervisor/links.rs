//! Connections to keepers: one task each, which finds its keeper again when the connection breaks.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use tokio::io::Interest;
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::actor::Note;
use crate::keeper::handle::{self, Framer};
use crate::keeper::protocol::{Message as _, Order, PROTOCOL, Report};
use crate::model::ServerId;
use crate::os::identity::{Found, Identity};
use crate::os::pass;
use crate::run_dir::ServerDir;

/// Orders that may wait for a keeper that does not read.
const QUEUE: usize = 64;

/// First pause before a connection is tried again, doubled up to the longest.
const RETRY: Duration = Duration::from_millis(5);

/// The longest pause.
const RETRY_MAX: Duration = Duration::from_secs(1);

/// The supervisor's hold on one keeper.
#[derive(Debug)]
pub(super) struct Link {
    /// Tells this link's notes from those of the one before.
    pub(super) generation: u64,
    orders: mpsc::Sender<Order>,
    task: JoinHandle<()>,
    /// The keeper has said hello.
    pub(super) greeted: bool,
    /// The keeper was told that it may go.
    pub(super) released: bool,
}

/// Where the keeper is.
#[derive(Debug)]
pub(super) struct Place {
    /// Whose it is.
    pub(super) id: ServerId,
    /// Where it listens.
    pub(super) socket: PathBuf,
    /// Who it is; `None` if that is not on record and it has not said so: then its lock tells whether it lives.
    pub(super) identity: Option<Identity>,
    /// The server's directory.
    pub(super) dir: ServerDir,
}

impl Place {
    /// Whether the keeper has ended. One that lives, or of which that can't be told, is never given up.
    fn is_left(&self) -> bool {
        match &self.identity {
            Some(identity) => matches!(identity.find(), Found::Gone),
            None => matches!(self.dir.take_lock(), Ok(Some(_))),
        }
    }
}

impl Link {
    /// Connects, or goes on with a connection that is there.
    pub(super) fn attach(
        place: Place,
        stream: Option<std::os::unix::net::UnixStream>,
        generation: u64,
        notes: mpsc::Sender<Note>,
    ) -> Self {
        let (orders, queue) = mpsc::channel(QUEUE);
        let task = tokio::spawn(Worker { place, generation, notes, queue }.run(stream));
        Self { generation, orders, task, greeted: false, released: false }
    }

    /// Gives an order. `false`: the keeper has not read for so long that it does not fit.
    pub(super) fn order(&self, order: Order) -> bool {
        self.orders.try_send(order).is_ok()
    }

    /// Says goodbye. The task ends when that is sent, or goes on looking for a keeper that can't be reached.
    pub(super) fn farewell(self) -> JoinHandle<()> {
        // one that has not read so many orders will not read this one: it starts a supervisor, which is right
        let _ = self.orders.try_send(Order::Goodbye);
        self.task
    }
}

struct Worker {
    place: Place,
    generation: u64,
    notes: mpsc::Sender<Note>,
    queue: mpsc::Receiver<Order>,
}

/// Why a connection was left.
enum Left {
    /// The supervisor wants no more of it.
    Done,
    /// It broke.
    Broken,
}

impl Worker {
    async fn run(mut self, mut first: Option<std::os::unix::net::UnixStream>) {
        let mut pause = RETRY;
        loop {
            let stream = match first.take() {
                Some(stream) => Ok(stream),
                None => handle::connect(&self.place.socket),
            };
            if let Ok(stream) = stream.and_then(asynchronous) {
                pause = RETRY;
                if let Left::Done = self.serve(stream).await {
                    return;
                }
            }
            if self.place.is_left() {
                break;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(RETRY_MAX);
        }
        let note = Note::KeeperGone { id: self.place.id, generation: self.generation };
        let _ = self.notes.send(note).await;
    }

    async fn serve(&mut self, stream: UnixStream) -> Left {
        let mut framer = Framer::default();
        let mut buffer = vec![0; 8192];
        if send(&stream, Order::Hello { protocol: PROTOCOL }).await.is_err() {
            return Left::Broken;
        }
        loop {
            tokio::select! {
                readable = stream.readable() => {
                    let Ok(reports) = readable.and_then(|()| receive(&stream, &mut buffer, &mut framer)) else {
                        return Left::Broken;
                    };
                    for report in reports {
                        if let Report::Hello(hello) = &report {
                            // its lock tells nothing once its directory is gone
                            self.place.identity = Some(hello.identity.clone());
                        }
                        let note = Note::Report { id: self.place.id.clone(), generation: self.generation, report };
                        if self.notes.send(note).await.is_err() {
                            return Left::Done;
                        }
                    }
                }
                order = self.queue.recv() => {
                    let Some(order) = order else { return Left::Done };
                    if send(&stream, order).await.is_err() {
                        return Left::Broken;
                    }
                }
            }
        }
    }
}

/// What is whole of what has come; nothing if nothing has.
fn receive(stream: &UnixStream, buffer: &mut [u8], framer: &mut Framer) -> io::Result<Vec<Report>> {
    let mut reports = Vec::new();
    match stream.try_io(Interest::READABLE, || pass::receive(stream, buffer)) {
        Ok((0, _)) => return Err(io::ErrorKind::UnexpectedEof.into()),
        Ok((length, came)) => framer.take(&buffer[..length], came, &mut reports)?,
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
        Err(error) => return Err(error),
    }
    Ok(reports)
}

/// Sends an order whole, its descriptors with its first byte.
async fn send(stream: &UnixStream, mut order: Order) -> io::Result<()> {
    let line = handle::encode(&order)?;
    let held = order.held_mut().map(std::mem::take).unwrap_or_default();
    let mut sent = 0;
    while sent < line.len() {
        stream.writable().await?;
        let beside = if sent == 0 { held.descriptors() } else { Vec::new() };
        match stream.try_io(Interest::WRITABLE, || pass::send(stream, &line[sent..], &beside)) {
            Ok(length) => sent += length,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn asynchronous(stream: std::os::unix::net::UnixStream) -> io::Result<UnixStream> {
    stream.set_nonblocking(true)?;
    UnixStream::from_std(stream)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::os::unix::net::UnixStream as Blocking;
    use std::process::Command;

    use super::*;
    use crate::keeper::protocol::Hello;

    #[tokio::test]
    async fn a_keeper_that_said_who_it_is_is_left_when_it_has_ended_whatever_became_of_its_directory() {
        let dir = tempfile::tempdir().unwrap();
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let identity = Identity::of(child.id()).unwrap();
        let id = ServerId::new("shop", "a").unwrap();
        let socket = dir.path().join("nobody");
        // deleted: its lock can't be asked for
        let place =
            Place { id: id.clone(), socket, identity: None, dir: ServerDir::new(dir.path().join("gone")) };
        let (ours, mut its) = Blocking::pair().unwrap();
        let (sender, mut notes) = mpsc::channel(8);
        let _link = Link::attach(place, Some(ours), 7, sender);
        let hello = Hello {
            protocol: PROTOCOL,
            version: "1".to_owned(),
            identity,
            run: None,
            last: None,
            last_seen: false,
            memo: None,
        };
        let mut line = serde_json::to_vec(&Report::Hello(Box::new(hello))).unwrap();
        line.push(b'\n');
        its.write_all(&line).unwrap();
        assert!(matches!(notes.recv().await, Some(Note::Report { generation: 7, .. })));
        child.kill().unwrap();
        child.wait().unwrap();
        drop(its);
        let gone = tokio::time::timeout(Duration::from_mins(1), notes.recv()).await.unwrap();
        assert!(matches!(gone, Some(Note::KeeperGone { generation: 7, id: left }) if left == id));
    }
}
