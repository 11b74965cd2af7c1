//! Lines out of bytes, with the descriptors that came beside them; for both ends.

use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;

use serde::de::{DeserializeOwned, IgnoredAny};

use super::held::Held;
use super::protocol::LINE_MAX;

/// So many messages with descriptors may wait for their lines; those of one more are closed.
const GROUPS_MAX: usize = 4;

/// What stands in a line.
pub trait Message: DeserializeOwned {
    /// What a line is that a newer version sent.
    fn unknown() -> Self;

    /// The descriptors that it may bring.
    fn held_mut(&mut self) -> Option<&mut Held>;
}

/// Puts lines together from what was read.
#[derive(Debug, Default)]
pub struct Framer {
    bytes: Vec<u8>,
    /// So many of the bytes hold no end of a line.
    looked: usize,
    /// What came beside them: one group for each time that something came.
    came: VecDeque<Vec<OwnedFd>>,
}

impl Framer {
    /// Takes what was read at once, bytes and descriptors, and adds the messages that are whole now. A line that is no
    /// JSON fails: nobody at the other end speaks this protocol. Descriptors that no line names are closed.
    pub fn take<M: Message>(
        &mut self,
        bytes: &[u8],
        came: Vec<OwnedFd>,
        messages: &mut Vec<M>,
    ) -> io::Result<()> {
        self.bytes.extend_from_slice(bytes);
        if !came.is_empty() && self.came.len() < GROUPS_MAX {
            self.came.push_back(came);
        }
        let mut begin = 0;
        while let Some(length) = memchr::memchr(b'\n', &self.bytes[begin.max(self.looked)..]) {
            let end = begin.max(self.looked) + length;
            let mut message = parse::<M>(&self.bytes[begin..end])?;
            if let Some(held) = message.held_mut().filter(|held| held.is_announced()) {
                held.fill(self.came.pop_front().unwrap_or_default());
            }
            messages.push(message);
            begin = end + 1;
        }
        self.bytes.drain(..begin);
        self.looked = self.bytes.len();
        if self.bytes.is_empty() {
            self.bytes = Vec::new();
            self.came.clear();
        }
        if self.bytes.len() > LINE_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a line is too long"));
        }
        Ok(())
    }
}

fn parse<M: Message>(line: &[u8]) -> io::Result<M> {
    match serde_json::from_slice(line) {
        Ok(message) => Ok(message),
        Err(error) if serde_json::from_slice::<IgnoredAny>(line).is_err() => Err(error.into()),
        Err(_) => Ok(M::unknown()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd as _;

    use super::*;
    use crate::keeper::held::Name;
    use crate::keeper::protocol::{Order, Report};
    use crate::os::fd;

    /// A `started` of the version before descriptors, and what this one adds.
    fn started(more: &str) -> String {
        let child =
            r#"{"identity":{"boot_id":"b","pid":7,"start_ticks":9},"started_at":"2026-11-20T08:00:00Z"}"#;
        format!("{{\"started\":{{\"run\":\"r\",\"child\":{child}{more}}}}}\n")
    }

    fn one(messages: &mut Vec<Report>) -> Held {
        assert_eq!(messages.len(), 1, "{messages:?}");
        match messages.remove(0) {
            Report::Started { held, .. } => held,
            other => panic!("{other:?}"),
        }
    }

    fn pair() -> Vec<OwnedFd> {
        let (a, b) = fd::pipe().unwrap();
        vec![a, b]
    }

    #[test]
    fn descriptors_find_their_line_and_others_are_closed() {
        let (mut framer, mut messages) = (Framer::default(), Vec::new());
        // an older keeper
        framer.take(started("").as_bytes(), Vec::new(), &mut messages).unwrap();
        assert!(one(&mut messages).is_empty());
        // not announced
        framer.take(started("").as_bytes(), pair(), &mut messages).unwrap();
        assert!(one(&mut messages).is_empty() && framer.came.is_empty());
        // in two parts, with something newer between
        let line = started(r#","fds":["terminal","something new"]"#);
        let (first, rest) = line.as_bytes().split_at(10);
        framer.take(first, pair(), &mut messages).unwrap();
        assert!(messages.is_empty());
        framer.take(rest, Vec::new(), &mut messages).unwrap();
        let mut held = one(&mut messages);
        assert!(held.get(Name::Terminal).is_some() && held.get(Name::Stdout).is_none());
        rustix::io::write(held.take(Name::Unknown).unwrap(), b"x").unwrap();
        // announced and not come: none at all
        let three = started(r#","fds":["stdout","stderr","process"]"#);
        for came in [Vec::new(), pair()] {
            framer.take(three.as_bytes(), came, &mut messages).unwrap();
            let mut held = one(&mut messages);
            assert!(held.is_empty() && held.get(Name::Stdout).is_none() && held.take(Name::Stderr).is_none());
        }
    }

    #[test]
    fn what_a_newer_version_says_is_unknown_and_what_nobody_says_is_an_error() {
        let (mut framer, mut reports, mut orders) = (Framer::default(), Vec::new(), Vec::new());
        framer
            .take::<Report>(b"\"new\"\n{\"newer\":{\"a\":1}}\n\"bell\"\n", Vec::new(), &mut reports)
            .unwrap();
        assert!(matches!(reports[..], [Report::Unknown, Report::Unknown, Report::Bell]), "{reports:?}");
        framer.take::<Order>(b"{\"newer\":[]}\n\"up\"\n", Vec::new(), &mut orders).unwrap();
        assert!(matches!(orders[..], [Order::Unknown, Order::Up]), "{orders:?}");
        assert!(framer.take::<Order>(b"GET / HTTP/1.1\r\n", Vec::new(), &mut orders).is_err());
    }

    #[test]
    fn a_report_without_descriptors_reads_as_before() {
        let mut messages = Vec::new();
        Framer::default().take(started("").as_bytes(), Vec::new(), &mut messages).unwrap();
        let mut report: Report = messages.remove(0);
        assert_eq!(serde_json::to_string(&report).unwrap() + "\n", started(""));
        let (read, _) = fd::pipe().unwrap();
        report.held_mut().unwrap().put_copy(Name::Stdout, read.as_fd());
        assert_eq!(serde_json::to_string(&report).unwrap() + "\n", started(r#","fds":["stdout"]"#));
    }
}
