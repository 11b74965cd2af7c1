//! A small HTTP server: enough for a browser and a health check, no more.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use super::options::{Options, Usage};
use super::output::{Level, error, log, name};

/// Requests that are served at once; others wait in the listen queue.
const WORKERS: usize = 4;

/// Longest request head in bytes.
const HEAD_MAX: u64 = 16 << 10;

/// How long a client may take to send its request.
const PATIENCE: Duration = Duration::from_secs(5);

/// The option that names a file: while it is there, the server is not well.
const UNHEALTHY: &str = "unhealthy-while";

/// Steps of a slow start.
const STEPS: u32 = 5;

/// Serves `/` and `/health`.
pub fn serve(options: &Options) -> Result<ExitCode, Usage> {
    Ok(listen(port(options)?, options.text(UNHEALTHY)))
}

/// Is not there for a while, then serves.
pub fn slow_start(options: &Options) -> Result<ExitCode, Usage> {
    let port = port(options)?;
    let delay = options.span("delay")?.unwrap_or(Duration::from_secs(5));
    for step in 0..STEPS {
        let text = format!("loading the index: {} %", step * 100 / STEPS);
        if log(Level::Info, &text).is_err() {
            return Ok(ExitCode::FAILURE);
        }
        thread::sleep(delay / STEPS);
    }
    Ok(listen(port, options.text(UNHEALTHY)))
}

fn port(options: &Options) -> Result<u16, Usage> {
    let from_environment = || std::env::var("PORT").ok()?.parse().ok();
    options
        .number("port")?
        .or_else(from_environment)
        .ok_or_else(|| Usage("it needs --port or the variable PORT".to_owned()))
}

/// Serves until it is ended from outside.
fn listen(port: u16, unhealthy: Option<&str>) -> ExitCode {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let listening = bound.and_then(|listener| Ok((listener.local_addr()?, listener)));
    let (address, listener) = match listening {
        Ok(listening) => listening,
        Err(failure) => {
            error(&super::output::leveled(Level::Error, &format!("cannot listen on port {port}: {failure}")));
            return ExitCode::FAILURE;
        }
    };
    if log(Level::Info, &format!("{} listens on http://{address}", name())).is_err() {
        return ExitCode::FAILURE;
    }
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| work(&listener, unhealthy));
        }
    });
    ExitCode::FAILURE
}

/// Returns only if the log or the listener is gone.
fn work(listener: &TcpListener, unhealthy: Option<&str>) {
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                // a client that went away is no concern of the next one
                if let Ok(line) = answer(&stream, unhealthy)
                    && log(Level::Info, &line).is_err()
                {
                    return;
                }
            }
            Err(failure) => {
                error(&super::output::leveled(Level::Error, &format!("cannot accept: {failure}")));
                thread::sleep(Duration::from_millis(100));
            }
        }
    }
}

/// One request; returns its log line.
fn answer(stream: &TcpStream, unhealthy: Option<&str>) -> io::Result<String> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(stream.take(HEAD_MAX)).lines();
    let first = lines.next().unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()))?;
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let (status, body) = response(&first, unhealthy.is_none_or(|file| !Path::new(file).exists()));
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: text/plain\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )?;
    Ok(format!("{} {status}", first.trim_end_matches(" HTTP/1.1").escape_debug()))
}

/// The status line and the body for a request line.
fn response(request: &str, healthy: bool) -> (&'static str, String) {
    let mut words = request.split(' ');
    match (words.next(), words.next()) {
        (Some("GET"), Some("/")) => ("200 OK", format!("This is {}.\n", name())),
        (Some("GET"), Some("/health")) if !healthy => ("503 Service Unavailable", "not well\n".to_owned()),
        (Some("GET"), Some("/health")) => ("200 OK", "ok\n".to_owned()),
        (Some("GET"), Some(_)) => ("404 Not Found", "not here\n".to_owned()),
        _ => ("405 Method Not Allowed", "only GET\n".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_answers_like_a_server() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        for (request, status, logged) in [
            ("GET /health HTTP/1.1\r\nhost: x\r\n\r\n", "HTTP/1.1 200 OK\r\n", "GET /health 200 OK"),
            ("GET /x HTTP/1.1\r\n\r\n", "HTTP/1.1 404 Not Found\r\n", "GET /x 404 Not Found"),
            ("DELETE / HTTP/1.1\r\n\r\n", "HTTP/1.1 405 ", "DELETE / 405 Method Not Allowed"),
        ] {
            let mut client = TcpStream::connect(address).unwrap();
            client.write_all(request.as_bytes()).unwrap();
            let (stream, _) = listener.accept().unwrap();
            assert_eq!(answer(&stream, None).unwrap(), logged);
            drop(stream);
            let mut got = String::new();
            client.read_to_string(&mut got).unwrap();
            assert!(got.starts_with(status), "{got}");
        }
    }

    #[test]
    fn a_client_that_says_nothing_is_an_error() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        drop(TcpStream::connect(listener.local_addr().unwrap()).unwrap());
        let (stream, _) = listener.accept().unwrap();
        assert!(answer(&stream, None).is_err());
    }
}
