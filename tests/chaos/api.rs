//! The API as bytes: nothing of the program's own client, and no patience beyond a limit.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use ostler::model::Snapshot;

/// Longer than any answer without `wait` takes on a loaded machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

/// Status and body of an answer. An error: there was none, or not all of it.
pub(crate) fn ask(socket: &Path, method: &str, path: &str, body: &str) -> io::Result<(u16, String)> {
    let mut stream = send(socket, method, path, body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let cut = || io::Error::new(io::ErrorKind::UnexpectedEof, "the answer was cut");
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(cut)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(cut)?;
    let promised = head.to_ascii_lowercase();
    let promised =
        promised.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    if promised.is_some_and(|length: usize| length != body.len()) {
        return Err(cut());
    }
    Ok((status, body.to_owned()))
}

/// Asks; the answer is yet to be read.
pub(crate) fn send(socket: &Path, method: &str, path: &str, body: &str) -> io::Result<UnixStream> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    let kind = if method == "GET" { "" } else { "Content-Type: application/json\r\n" };
    let length = body.len();
    let head = format!("{method} {path} HTTP/1.1\r\nHost: ostler\r\nConnection: close\r\n{kind}");
    stream.write_all(format!("{head}Content-Length: {length}\r\n\r\n{body}").as_bytes())?;
    Ok(stream)
}

/// Whether anybody answers.
pub(crate) fn is_up(socket: &Path) -> bool {
    matches!(ask(socket, "GET", "/v1/version", ""), Ok((200, _)))
}

/// All that is known.
pub(crate) fn snapshot(socket: &Path) -> Option<Snapshot> {
    let (status, body) = ask(socket, "GET", "/v1/servers", "").ok()?;
    if status == 200 { serde_json::from_str(&body).ok() } else { None }
}

/// A connection to an endless answer, past its head.
pub(crate) fn follow(socket: &Path, path: &str) -> io::Result<UnixStream> {
    let mut stream = UnixStream::connect(socket)?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: ostler\r\n\r\n").as_bytes())?;
    Ok(stream)
}
