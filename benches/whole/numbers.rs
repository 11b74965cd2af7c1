//! Whether numbered lines came through, each once.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;

use ostler::demo::talk;

use super::Result;

/// How often each number of one server was seen.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    /// By number; the first is 1.
    seen: Vec<u32>,
    /// Lines that are no whole numbered line.
    torn: u64,
}

/// What is wrong with a log, or with several.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Faults {
    lines: u64,
    lost: u64,
    doubled: u64,
    torn: u64,
}

impl Tally {
    /// Of numbers from 1 to `count`.
    pub(crate) fn new(count: usize) -> Self {
        Self { seen: vec![0; count], torn: 0 }
    }

    /// A line that begins with a digit; others are those of ostler.
    pub(crate) fn line(&mut self, line: &str) {
        if !line.starts_with(|c: char| c.is_ascii_digit()) {
            return;
        }
        let number = talk::check(line).and_then(|number| usize::try_from(number).ok()?.checked_sub(1));
        match number.and_then(|at| self.seen.get_mut(at)) {
            Some(seen) => *seen += 1,
            None => self.torn += 1,
        }
    }

    /// All lines of these files, which are one text.
    pub(crate) fn files(&mut self, files: &[PathBuf]) -> Result<()> {
        let mut all: Box<dyn Read> = Box::new(io::empty());
        for file in files {
            all = Box::new(all.chain(File::open(file)?));
        }
        for line in BufReader::with_capacity(64 * 1024, all).lines() {
            self.line(&line?);
        }
        Ok(())
    }
}

impl Faults {
    /// Counts these in.
    pub(crate) fn add(&mut self, tally: &Tally) {
        for seen in &tally.seen {
            self.lines += u64::from(*seen);
            self.lost += u64::from(*seen == 0);
            self.doubled += u64::from(seen.saturating_sub(1));
        }
        self.torn += tally.torn;
    }

    /// For the table.
    pub(crate) fn shown(&self) -> String {
        let Self { lines, lost, doubled, torn } = self;
        format!("{lines} lines, {lost} lost, {doubled} doubled, {torn} torn")
    }
}
