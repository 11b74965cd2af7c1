//! Kinds with Unix sockets: one that serves on one, one that notifies as systemd's services do.

use std::io::{self, Write};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener};
use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use super::options::{Options, Usage};
use super::output::{Level, error, leveled, log};

/// Accepts connections on a Unix socket, says a word on each, and closes it.
pub fn unix(options: &Options) -> Result<ExitCode, Usage> {
    let path = options.text("path").ok_or_else(|| Usage("it needs --path".to_owned()))?;
    // one of before
    let _ = std::fs::remove_file(path);
    let served = UnixListener::bind(path).and_then(|listener| {
        log(Level::Info, &format!("listens on {path}"))?;
        for stream in listener.incoming() {
            // a client that went away is no concern of the next one
            let _ = stream.and_then(|mut stream| stream.write_all(b"hello\n"));
        }
        Ok(())
    });
    Ok(end(served))
}

/// Says `READY=1`, and then `WATCHDOG=1` again and again.
pub fn notify(options: &Options) -> Result<ExitCode, Usage> {
    let ready = options.span("ready")?.unwrap_or_default();
    let every = options.span("every")?.unwrap_or(Duration::from_secs(1));
    let mute = options.text("mute-while").map(Path::new);
    let work = || {
        say("STATUS=loading the index")?;
        thread::sleep(ready);
        say("READY=1\nSTATUS=at your service")?;
        log(Level::Info, "told that it is ready")?;
        loop {
            if !mute.is_some_and(Path::exists) {
                say("WATCHDOG=1")?;
            }
            thread::sleep(every);
        }
    };
    Ok(end(work()))
}

/// Sends a message to the socket that `NOTIFY_SOCKET` names. Nobody listens while a supervisor is being replaced.
fn say(message: &str) -> io::Result<()> {
    let missing = || io::Error::new(io::ErrorKind::NotFound, "NOTIFY_SOCKET is not set");
    let name = std::env::var("NOTIFY_SOCKET").map_err(|_| missing())?;
    let address = match name.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(&name)?,
    };
    match UnixDatagram::unbound()?.send_to_addr(message.as_bytes(), &address) {
        Err(failure)
            if ![io::ErrorKind::ConnectionRefused, io::ErrorKind::NotFound].contains(&failure.kind()) =>
        {
            Err(failure)
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

fn end(outcome: io::Result<()>) -> ExitCode {
    if let Err(failure) = outcome {
        error(&leveled(Level::Error, &failure.to_string()));
    }
    ExitCode::FAILURE
}
