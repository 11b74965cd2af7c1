//! The keeper's connections: lines in, lines out, never waiting.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use super::protocol::{LINE_MAX, Order, Report};

/// What a supervisor that does not read may have waiting for it. Beyond that it is left: it finds everything on disk.
const OUTBOX_MAX: usize = 256 * 1024;

/// One connection to a supervisor.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) stream: UnixStream,
    inbox: Vec<u8>,
    outbox: Vec<u8>,
}

impl Connection {
    pub(super) fn new(stream: UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self { stream, inbox: Vec::new(), outbox: Vec::new() })
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
            match self.stream.read(&mut chunk) {
                Ok(0) => break Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(length) => self.inbox.extend_from_slice(&chunk[..length]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
            if self.inbox.len() > LINE_MAX {
                break Err(io::Error::new(io::ErrorKind::InvalidData, "a line is too long"));
            }
        };
        let mut begin = 0;
        while let Some(length) = self.inbox[begin..].iter().position(|&b| b == b'\n') {
            let line = &self.inbox[begin..begin + length];
            orders.push(serde_json::from_slice(line).unwrap_or(Order::Unknown));
            begin += length + 1;
        }
        self.inbox.drain(..begin);
        if self.inbox.is_empty() {
            self.inbox = Vec::new();
        }
        end
    }

    /// Sends, or keeps what does not fit. An error means that the connection is over.
    pub(super) fn send(&mut self, report: &Report) -> io::Result<()> {
        if self.outbox.len() > OUTBOX_MAX {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "the supervisor does not read"));
        }
        serde_json::to_writer(&mut self.outbox, report)?;
        self.outbox.push(b'\n');
        self.flush()
    }

    /// Writes what it can.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        while !self.outbox.is_empty() {
            match self.stream.write(&self.outbox) {
                Ok(length) => {
                    self.outbox.drain(..length);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.outbox = Vec::new();
        Ok(())
    }
}
