//! Servers of one process.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::ExitCode;
use std::time::Duration;

use rustix::process::Signal;

use super::record::{AtTerm, any_code, die, exit, listen};
use crate::clock::{now_us, pause};
use crate::rng::Rng;

fn for_ever() -> ! {
    loop {
        pause(Duration::from_mins(1));
    }
}

/// Does nothing.
pub(crate) fn sleep() -> ExitCode {
    listen(AtTerm::Exit(3));
    for_ever()
}

/// Takes no notice of SIGTERM.
pub(crate) fn deaf() -> ExitCode {
    listen(AtTerm::Ignore);
    println!("ready");
    for_ever()
}

/// Answers `200` on `PORT`, a while after its start.
pub(crate) fn http() -> ExitCode {
    listen(AtTerm::Exit(0));
    pause(Duration::from_millis(Rng::new(now_us()).within(0, 300)));
    let port: u16 = std::env::var("PORT").unwrap().parse().unwrap();
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    for stream in listener.incoming() {
        let Ok(mut stream) = stream else { continue };
        let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
        let _ = stream.read(&mut [0; 1024]);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
    }
    exit(1)
}

/// Lives for up to `longest_ms`, then ends with a random code or by a random signal.
pub(crate) fn exits(salt: u64, longest_ms: u64) -> ExitCode {
    let mut rng = Rng::new(now_us() ^ salt);
    listen(AtTerm::Exit(any_code(&mut rng)));
    pause(Duration::from_millis(rng.within(20, longest_ms.max(21))));
    if rng.within(0, 3) == 0 {
        die(*rng.pick(&[Signal::KILL, Signal::VTALARM, Signal::PROF]));
    }
    exit(any_code(&mut rng))
}
