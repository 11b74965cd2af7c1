//! Asks a server whether it is up: one question, one answer in words, within the time that the caller gives.
//!
//! [`probe`] is the question of start-up and health checks, [`connect`] the look at a declared port. Neither decides when
//! to ask, nor keeps anything; whoever asks sees to it that one question is answered before the next is asked. What the
//! server sends is read up to 64 KiB and never repeated in an answer; of a command's output the first line is, made safe.
//! Time in which the supervisor itself was stopped does not count: `patience`. `http` asks a web server, `exec` runs a
//! command, and `sweep` kills what such a command leaves.

pub mod exec;
mod http;
mod patience;
pub mod sweep;
#[cfg(test)]
mod tests;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, Instant};

use tokio::net::{TcpStream, ToSocketAddrs, UnixStream};
use tokio::time::timeout;

use crate::model::{Command, Probe, ProbeOutcome};
use crate::os::socket;
use exec::Place;
use patience::within;

/// It could not be asked, since this process or the box lacks something: that says nothing of the server. In words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAsked(pub String);

/// Why there is no good answer.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Bad {
    /// The server's answer, or that there is none.
    Answer(String),
    NotAsked(NotAsked),
}

impl From<String> for Bad {
    fn from(answer: String) -> Self {
        Self::Answer(answer)
    }
}

impl From<io::Error> for Bad {
    fn from(error: io::Error) -> Self {
        let what = words(&error);
        if is_ours(&error) { Self::NotAsked(NotAsked(what)) } else { Self::Answer(what) }
    }
}

/// Whether an error is for want of descriptors, memory or ports for connections.
fn is_ours(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let ours = [Errno::MFILE, Errno::NFILE, Errno::NOMEM, Errno::NOBUFS, Errno::ADDRNOTAVAIL];
    error.raw_os_error().is_some_and(|errno| ours.iter().any(|ours| ours.raw_os_error() == errno))
}

/// Asks once. The strings of the probe must be expanded; a command is run in `place`. The answer says how it went, such as
/// `200 in 3 ms`, `connection refused`, `timed out after 5 s`.
pub async fn probe(probe: &Probe, place: Option<&Place>, limit: Duration) -> Result<ProbeOutcome, NotAsked> {
    if let (Probe::Exec(Command::Exec(argv)), Some(place)) = (probe, place) {
        return Ok(exec::run(argv, place, limit).await?.outcome);
    }
    let started = Instant::now();
    let asked = async {
        match probe {
            Probe::Http { url, expect } => http::get(url, expect, started).await,
            Probe::Tcp(port) => tcp(port, started).await,
            Probe::Unix(path) => unix(path, started).await,
            Probe::Exec(_) | Probe::Log(_) | Probe::Notify => {
                Err(Bad::Answer("this is not asked here".to_owned()))
            }
        }
    };
    Ok(match within(limit, asked).await {
        Some(Ok(answer)) => ProbeOutcome { ok: true, answer },
        Some(Err(Bad::Answer(answer))) => ProbeOutcome { ok: false, answer },
        Some(Err(Bad::NotAsked(why))) => return Err(why),
        None => ProbeOutcome { ok: false, answer: format!("timed out after {}", seconds(limit)) },
    })
}

/// Connects to a port of the loopback interface, IPv4 first, and says how long that took.
pub async fn connect(port: u16, limit: Duration) -> io::Result<Duration> {
    let started = Instant::now();
    timeout(limit, connect_loopback(port)).await.map_err(|_| io::ErrorKind::TimedOut)??;
    Ok(started.elapsed())
}

async fn tcp(port: &str, started: Instant) -> Result<String, Bad> {
    let port = match port.trim().parse::<u16>() {
        Ok(port) if port > 0 => port,
        Ok(_) | Err(_) => return Err(Bad::Answer(format!("`{}` is no port", port.escape_debug()))),
    };
    connect_loopback(port).await?;
    Ok(format!("accepted in {}", milliseconds(started.elapsed())))
}

async fn unix(path: &str, started: Instant) -> Result<String, Bad> {
    // a path may be longer than an address takes
    let short = socket::ShortPath::of(path.as_ref())?;
    UnixStream::connect(short.as_path()).await.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Bad::Answer(format!("{path}: {}", words(&error))),
        _ => Bad::from(error),
    })?;
    Ok(format!("accepted in {}", milliseconds(started.elapsed())))
}

/// The error is that of IPv4, unless only IPv6 has something to say.
async fn connect_loopback(port: u16) -> io::Result<TcpStream> {
    match open((IpAddr::from(Ipv4Addr::LOCALHOST), port)).await {
        Ok(stream) => Ok(stream),
        Err(error) => open((IpAddr::from(Ipv6Addr::LOCALHOST), port)).await.map_err(|_| error),
    }
}

async fn open(address: impl ToSocketAddrs) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    if meets_itself(&stream)? { Err(io::ErrorKind::ConnectionRefused.into()) } else { Ok(stream) }
}

/// Where nobody listens, and the kernel happens to take the asked port as the client's own, a connection meets itself
/// (TCP's simultaneous open): that is nobody's answer.
fn meets_itself(stream: &TcpStream) -> io::Result<bool> {
    Ok(stream.local_addr()? == stream.peer_addr()?)
}

/// `connection refused`; where std has no word for it, such as a name that is not found, the system's.
pub(in crate::supervisor) fn words(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::NotFound && error.raw_os_error().is_some() {
        return "no such file".to_owned();
    }
    match error.kind().to_string() {
        none if none == "uncategorized error" || none == "other error" => error.to_string(),
        words => words,
    }
}

/// `0.4 ms`, `3 ms`.
fn milliseconds(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1000.0;
    if milliseconds < 0.95 { format!("{milliseconds:.1} ms") } else { format!("{milliseconds:.0} ms") }
}

/// `5 s`, `0.5 s`.
fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}
