//! What a writer writes: a flow of lines that anybody can make again from its name, and so check byte by byte.

use std::fmt::Write as _;

use ostler::model::hash::fnv1a;

use crate::rng::Rng;

/// The longest line.
pub(crate) const LONGEST: usize = 64 * 1024;

/// The lines of one stream of one run, without end.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    rng: Rng,
    name: String,
    number: u64,
    is_terminal: bool,
}

impl Flow {
    /// Of this run and stream. On a terminal it is text in short lines, and newlines come out as the terminal makes
    /// them.
    pub(crate) fn new(run: &str, stream: &str, is_terminal: bool) -> Self {
        let name = format!("{run}/{stream}");
        Self { rng: Rng::new(fnv1a(name.as_bytes())), name, number: 0, is_terminal }
    }

    /// The first line, by which a flow is known.
    pub(crate) fn begin(&self) -> Vec<u8> {
        format!("FLOW {}\n", self.name).into_bytes()
    }

    /// What is written next. Each has its number, as far as it is long enough.
    pub(crate) fn next(&mut self) -> Vec<u8> {
        let number = self.number;
        self.number += 1;
        if number == 0 {
            return self.begin();
        }
        let kind = self.rng.within(0, 1000);
        match kind {
            _ if self.is_terminal => self.text(number, 60),
            0..2 => self.text(number, LONGEST as u64 - 40),
            2..10 => self.text(number, 8000),
            10..60 => vec![b'a' + (number % 26) as u8],
            60..110 => b"\n".to_vec(),
            110..160 => self.binary(number),
            160..260 => {
                let mut line = self.text(number, 100);
                line.pop();
                line
            }
            _ => self.text(number, 120),
        }
    }

    fn text(&mut self, number: u64, up_to: u64) -> Vec<u8> {
        let length = self.rng.within(0, up_to.max(1));
        let salt = self.rng.next();
        let mut line = format!("{number} {salt:016x} ");
        while (line.len() as u64) < length {
            let _ = write!(line, "{number:x}.");
        }
        line.push('\n');
        line.into_bytes()
    }

    fn binary(&mut self, number: u64) -> Vec<u8> {
        let length = self.rng.within(1, 300);
        let mut bytes = number.to_le_bytes().to_vec();
        bytes.extend((0..length).map(|_| self.rng.next() as u8));
        bytes
    }

    /// What comes out at the other end, of what was written.
    pub(crate) fn seen(&self, written: &[u8]) -> Vec<u8> {
        if !self.is_terminal {
            return written.to_vec();
        }
        let mut out = Vec::with_capacity(written.len() + 8);
        for byte in written {
            if *byte == b'\n' {
                out.push(b'\r');
            }
            out.push(*byte);
        }
        out
    }
}
