//! What this binary writes as a server whose log is searched or is hard to take: without a pause, in large writes.

use std::fs::File;
use std::io::{BufWriter, Read, Write};

use super::Result;

/// Size of a write.
const WRITE: usize = 64 * 1024;

/// What to look for in [`Kind::Plain`] and [`Kind::Coloured`], and what it shows.
pub(crate) const PATTERNS: [(&str, &str); 5] = [
    ("ECONNREFUSED", "a rare word"),
    ("connection reset", "without case"),
    ("Timeout|Deadlock|Overflow", "one of three"),
    (r"\d{4}ms", "a class"),
    ("WARN", "one line of a hundred"),
];

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Log lines as servers write them, about 100 bytes each.
    Plain,
    /// The same with the colours of a logger.
    Coloured,
    /// One line without an end.
    Line,
    /// An escape sequence without an end.
    Escape,
}

impl Kind {
    const ALL: [(&str, Self); 4] = [
        ("plain", Self::Plain),
        ("coloured", Self::Coloured),
        ("line", Self::Line),
        ("escape", Self::Escape),
    ];

    /// As it stands on the command line.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }

    fn of(name: &str) -> Result<Self> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        Ok(found.ok_or_else(|| format!("{name}: no such output"))?.1)
    }
}

/// Waits until somebody writes to the FIFO `gate`, then writes at least `bytes` bytes of this kind to standard output,
/// whole lines where it has any.
pub(crate) fn pour(kind: &str, bytes: u64, gate: &str) -> Result<()> {
    File::open(gate)?.read_exact(&mut [0])?;
    let out = File::from(rustix::io::dup(rustix::stdio::stdout())?);
    let mut out = BufWriter::with_capacity(WRITE, out);
    match Kind::of(kind)? {
        Kind::Plain => talk(&mut out, bytes, ["", "", "", ""])?,
        Kind::Coloured => talk(&mut out, bytes, ["\x1b[2m", "\x1b[32m", "\x1b[36m", "\x1b[0m"])?,
        Kind::Line => fill(&mut out, bytes, b"")?,
        // a window's title
        Kind::Escape => fill(&mut out, bytes, b"\x1b]0;")?,
    }
    Ok(out.flush()?)
}

fn fill(out: &mut impl Write, bytes: u64, start: &[u8]) -> Result<()> {
    out.write_all(start)?;
    let piece = vec![b'x'; WRITE];
    for _ in 0..bytes.div_ceil(WRITE as u64) {
        out.write_all(&piece)?;
    }
    Ok(())
}

/// Lines of a web server, the same each time. `colours`: of the time, the level and a name, and their end.
fn talk(out: &mut impl Write, bytes: u64, colours: [&str; 4]) -> Result<()> {
    let [dim, green, cyan, end] = colours;
    let mut left = bytes;
    let mut line = Vec::new();
    for number in 0_u64.. {
        if left == 0 {
            break;
        }
        line.clear();
        let (seconds, millis) = (number / 5000, number / 5 % 1000);
        let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
        let (level, name) = if number % 101 == 7 { ("WARN", "cache") } else { ("INFO", "http") };
        write!(
            line,
            "{dim}2026-11-21T{hour:02}:{minute:02}:{second:02}.{millis:03}Z{end} {green}{level}{end} {cyan}[{name}]{end} "
        )?;
        message(&mut line, number)?;
        out.write_all(&line)?;
        left = left.saturating_sub(line.len() as u64);
    }
    Ok(())
}

/// Most are requests; what is looked for stands in one of about ten thousand.
fn message(line: &mut Vec<u8>, number: u64) -> Result<()> {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let (id, took, user) = (mixed >> 44, mixed >> 33 & 511, mixed >> 20 & 1023);
    if number % 10_007 == 5000 {
        writeln!(line, "db: connect ECONNREFUSED 10.0.3.{}:5432, attempt {}", took % 256, id % 5)?;
    } else if number % 10_009 == 77 {
        let what = ["Connection Reset", "connection reset"][number as usize % 2];
        writeln!(line, "upstream {id:x}: read: {what} by peer")?;
    } else if number % 10_037 == 900 {
        let what = ["Timeout", "Deadlock", "Overflow"][number as usize % 3];
        writeln!(line, "worker {}: {what} in queue mail, job {id} is tried again", took % 8)?;
    } else if number % 10_039 == 4321 {
        writeln!(line, "GET /api/reports/{id} 200 {}ms user={user}", 1000 + took)?;
    } else {
        let request = mixed >> 16;
        writeln!(line, "GET /api/orders/{id}/items 200 {took}ms user={user} req={request:012x}")?;
    }
    Ok(())
}
