//! An answer of the supervisor as it comes, line by line; with next to nothing of a client's own cost.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use ostler::api::{LogItem, LogQuery};
use ostler::model::LogLine;

use super::Result;

/// How an item begins that is a line.
const LINE: &[u8] = br#"{"type":"line","#;

/// Longer than a supervisor may be silent in the middle of an answer.
const PATIENCE: Duration = Duration::from_mins(2);

/// What was told of a log, and how soon.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    /// Until the first line; `None` if there was none.
    pub(crate) first: Option<Duration>,
    /// Until the end.
    pub(crate) all: Duration,
    /// Lines.
    pub(crate) lines: u64,
}

impl Told {
    /// The faster of two runs, which say the same.
    pub(crate) fn or_better(self, other: Self) -> Self {
        Self { first: self.first.min(other.first), all: self.all.min(other.all), lines: self.lines }
    }
}

/// Asks for the log of the server at `route` and counts its lines, from the connection to the last byte.
pub(crate) fn count(socket: &Path, route: &str, query: &LogQuery) -> Result<Told> {
    let began = Instant::now();
    let mut answer = ask(socket, route, query)?;
    let mut told = Told { first: None, all: Duration::ZERO, lines: 0 };
    let mut line = Vec::new();
    while answer.read_until(b'\n', &mut line)? > 0 {
        if line.starts_with(LINE) {
            told.first.get_or_insert_with(|| began.elapsed());
            told.lines += 1;
        }
        line.clear();
    }
    told.all = began.elapsed();
    Ok(told)
}

/// The lines themselves.
pub(crate) fn lines(socket: &Path, route: &str, query: &LogQuery) -> Result<Vec<LogLine>> {
    let mut lines = Vec::new();
    for item in ask(socket, route, query)?.lines() {
        if let LogItem::Line(line) = serde_json::from_str(&item?)? {
            lines.push(line.into());
        }
    }
    Ok(lines)
}

fn ask(socket: &Path, route: &str, query: &LogQuery) -> Result<BufReader<Body>> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let query = serde_urlencoded::to_string(query)?;
    write!(stream, "GET {route}?{query} HTTP/1.1\r\nhost: ostler\r\nconnection: close\r\n\r\n")?;
    let mut from = BufReader::with_capacity(64 * 1024, stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if from.read_line(&mut head)? == 0 {
            return Err(format!("the answer ended early: {head}").into());
        }
    }
    if head.starts_with("HTTP/1.1 200") && head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
        return Ok(BufReader::with_capacity(64 * 1024, Body { from, left: 0, ended: false }));
    }
    // a problem is short and says its length; its connection is closed after it
    from.read_to_string(&mut head)?;
    Err(head.into())
}

/// A body in chunks. One that breaks off is an error.
struct Body {
    from: BufReader<UnixStream>,
    /// Of the chunk.
    left: usize,
    ended: bool,
}

impl Body {
    fn next_chunk(&mut self) -> io::Result<()> {
        let mut size = String::new();
        self.from.read_line(&mut size)?;
        self.left = usize::from_str_radix(size.trim_end(), 16).map_err(|_| broken())?;
        if self.left == 0 {
            self.ended = true;
        }
        Ok(())
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 && !self.ended {
            self.next_chunk()?;
        }
        if self.ended {
            return Ok(0);
        }
        let wanted = buffer.len().min(self.left);
        let got = self.from.read(&mut buffer[..wanted])?;
        if got == 0 && wanted > 0 {
            return Err(broken());
        }
        self.left -= got;
        if self.left == 0 {
            self.from.read_exact(&mut [0; 2])?;
        }
        Ok(got)
    }
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the answer broke off")
}
