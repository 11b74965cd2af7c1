//! The keeper's connections: lines in, lines out, never waiting.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;

use super::frame::Framer;
use super::protocol::{DESCRIPTORS, Held, Message as _, Order, Report};
use crate::os::pass;

/// What a supervisor that does not read may have waiting for it. Beyond that it is left: it finds everything on disk.
const OUTBOX_MAX: usize = 256 * 1024;

/// So many lines with descriptors may wait for it: one for each answer to a hello, and each start.
const BESIDE_MAX: usize = 8;

/// One connection to a supervisor.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) stream: UnixStream,
    /// The peer's version of the protocol, once it has said it.
    protocol: u32,
    inbox: Framer,
    outbox: Vec<u8>,
    /// Descriptors that go with the byte at this place of the outbox, the first of their line.
    beside: VecDeque<(usize, Vec<OwnedFd>)>,
}

impl Connection {
    pub(super) fn new(stream: UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        let (inbox, outbox, beside) = (Framer::default(), Vec::new(), VecDeque::new());
        Ok(Self { stream, protocol: 0, inbox, outbox, beside })
    }

    pub(super) fn fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.stream.as_fd()
    }

    /// Whether something waits to be written.
    pub(super) fn has_more(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// Takes what came. An error means that the connection is over; what came before it stands in `orders`.
    pub(super) fn receive(&mut self, orders: &mut Vec<Order>) -> io::Result<()> {
        let mut chunk = [0; 4096];
        let end = loop {
            match pass::receive(&self.stream, &mut chunk) {
                Ok((0, _)) => break Err(io::ErrorKind::UnexpectedEof.into()),
                Ok((length, came)) => self.inbox.take(&chunk[..length], came, orders)?,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        for order in orders {
            if let Order::Hello { protocol } = order {
                self.protocol = *protocol;
            }
        }
        end
    }

    /// Sends, or keeps what does not fit. An error means that the connection is over.
    pub(super) fn send(&mut self, mut report: Report) -> io::Result<()> {
        if self.outbox.len() > OUTBOX_MAX || self.beside.len() >= BESIDE_MAX {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "the supervisor does not read"));
        }
        if let Some(held) = report.held_mut().filter(|_| self.protocol < DESCRIPTORS) {
            *held = Held::default();
        }
        let begin = self.outbox.len();
        serde_json::to_writer(&mut self.outbox, &report)?;
        self.outbox.push(b'\n');
        if let Some(held) = report.held_mut().filter(|held| !held.is_empty()) {
            self.beside.push_back((begin, std::mem::take(held).into_descriptors()));
        }
        self.flush()
    }

    /// Writes what it can.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        while !self.outbox.is_empty() {
            // a line that brings descriptors begins a message of its own
            let mut begins = self.beside.iter().map(|(at, _)| *at);
            let end = begins.find(|at| *at > 0).unwrap_or(self.outbox.len());
            let with: Vec<_> = match self.beside.front() {
                Some((0, descriptors)) => descriptors.iter().map(AsFd::as_fd).collect(),
                Some(_) | None => Vec::new(),
            };
            match pass::send(&self.stream, &self.outbox[..end], &with) {
                Ok(length) => {
                    self.beside.retain(|(at, _)| *at > 0);
                    self.beside.iter_mut().for_each(|(at, _)| *at -= length);
                    self.outbox.drain(..length);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        self.outbox = Vec::new();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keeper::protocol::{Alive, Hello, Name};
    use crate::model::RunId;
    use crate::os::fd;
    use crate::os::identity::Identity;
    use crate::run_dir::ChildFile;

    /// The answer to a hello, with two descriptors.
    fn hello(padding: usize) -> Report {
        let identity = Identity { boot_id: "b".into(), pid: 1, start_ticks: 2 };
        let child = ChildFile { identity: identity.clone(), started_at: jiff::Timestamp::UNIX_EPOCH };
        let (read, write) = fd::pipe().unwrap();
        let mut held = Held::default();
        held.put(Name::Stdout, read);
        held.put(Name::Stderr, write);
        let run = Alive { run: RunId("x".repeat(padding)), child, ending: false, up: true, held };
        let (version, memo) = (String::new(), None);
        let hello =
            Hello { protocol: 2, version, identity, run: Some(run), last: None, last_seen: false, memo };
        Report::Hello(Box::new(hello))
    }

    fn say_hello(ours: &UnixStream, keeper: &mut Connection, protocol: u32) {
        let line = format!("{{\"hello\":{{\"protocol\":{protocol}}}}}\n");
        pass::send(ours, line.as_bytes(), &[]).unwrap();
        let mut orders = Vec::new();
        keeper.receive(&mut orders).unwrap();
        assert!(matches!(orders[..], [Order::Hello { .. }]));
    }

    /// Reads until so many reports have come.
    fn read(ours: &UnixStream, keeper: &mut Connection, count: usize) -> Vec<Report> {
        let (mut framer, mut reports, mut buffer) = (Framer::default(), Vec::new(), vec![0; 8192]);
        while reports.len() < count {
            keeper.flush().unwrap();
            let (length, came) = pass::receive(ours, &mut buffer).unwrap();
            framer.take(&buffer[..length], came, &mut reports).unwrap();
        }
        reports
    }

    #[test]
    fn a_supervisor_of_the_version_before_gets_no_descriptors() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let mut keeper = Connection::new(theirs).unwrap();
        say_hello(&ours, &mut keeper, 1);
        keeper.send(hello(1)).unwrap();
        let mut buffer = vec![0; 8192];
        let (length, came) = pass::receive(&ours, &mut buffer).unwrap();
        let text = String::from_utf8_lossy(&buffer[..length]);
        assert!(came.is_empty() && text.ends_with("}\n") && !text.contains("fds"), "{text}");
    }

    #[test]
    fn descriptors_wait_with_their_line_for_a_supervisor_that_reads_late_and_not_without_end() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let mut keeper = Connection::new(theirs).unwrap();
        say_hello(&ours, &mut keeper, 2);
        // more than the socket takes: the first is sent in part, the second waits whole
        keeper.send(hello(1 << 20)).unwrap();
        assert!(keeper.has_more() && keeper.send(Report::Bell).is_err());
        let mut reports = read(&ours, &mut keeper, 1);
        for _ in 0..3 {
            keeper.send(hello(100_000)).unwrap();
            keeper.send(Report::Bell).unwrap();
        }
        reports.extend(read(&ours, &mut keeper, 6));
        let brought: Vec<Option<usize>> =
            reports.iter_mut().map(|report| report.held_mut().map(|held| held.descriptors().len())).collect();
        assert_eq!(brought, [Some(2), Some(2), None, Some(2), None, Some(2), None]);
        assert!(!keeper.has_more() && keeper.beside.is_empty());
    }
}
