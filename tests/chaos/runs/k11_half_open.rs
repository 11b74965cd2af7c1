//! K11: hundreds of clients that connect and say nothing, or half of a request, or do not read. Others are answered, and
//! whoever says nothing is sent away.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use super::Context;
use crate::bed::{Bed, Spec};
use crate::clock::{ms, pause, until};
use crate::report::Outcome;
use crate::{api, checks, look};

const CLIENTS: u64 = 500;

/// Promised to the others.
const ANSWERED: Duration = Duration::from_millis(50);

/// Promised until a half-open one is closed; and as long again, for a box that is busy.
const CLOSED: Duration = Duration::from_secs(30);

/// Promised of the supervisor.
const MEMORY: u64 = 150 << 20;

pub(super) fn act(context: &mut Context) -> Outcome {
    let bed = Bed::up(vec![Spec::new("a", "writer 200", "").protected()]);
    let Some(supervisor) = bed.supervisor() else { panic!("no supervisor") };
    let before = look::files(supervisor.pid);
    let socket = bed.socket();
    let mut half_open = Vec::new();
    let mut stalled = Vec::new();
    for number in 0..CLIENTS {
        // the queue of a socket is finite: one that is refused is one that is sent away
        match number % 5 {
            0 => stalled.extend(api::follow(&socket, "/v1/servers/shop/a/log?follow=true&lines=1000")),
            1 => half_open.extend(UnixStream::connect(&socket)),
            _ => half_open.extend(UnixStream::connect(&socket).map(|mut stream| {
                let _ = stream.write_all(b"GET /v1/servers HTTP/1.1\r\nHost: os");
                stream
            })),
        }
    }
    context.outcome.note(format!("{} half-open, {} that do not read", half_open.len(), stalled.len()));
    let length = Duration::from_secs(context.times(3, 10, 3600));
    let begun = Instant::now();
    let mut memory = 0;
    while begun.elapsed() < length {
        let asked = Instant::now();
        if !api::is_up(&socket) {
            bed.broken("a client was not answered");
        }
        context.outcome.time("answer to another", asked.elapsed(), Some(ANSWERED));
        memory = memory.max(look::resident(supervisor.pid));
        pause(ms(20));
    }
    if memory > MEMORY {
        bed.broken(format!("the supervisor took {memory} bytes"));
    }
    let closed =
        until((CLOSED * 2).saturating_sub(begun.elapsed()), ms(100), || half_open.iter().all(is_closed));
    match closed {
        Some(_) => {
            context.outcome.time(
                "half-open ones closed",
                begun.elapsed().max(length),
                Some(CLOSED * 11 / 10),
            );
        }
        None => bed.broken("I11: half-open connections are never closed"),
    }
    drop((half_open, stalled));
    let flat = until(Duration::from_secs(10), ms(100), || look::files(supervisor.pid) <= before + 4);
    if flat.is_none() {
        bed.broken(format!("I11: {before} open files became {}", look::files(supervisor.pid)));
    }
    context.outcome.rounds = 1;
    context.outcome.faults = CLIENTS;
    context.outcome.note(format!("supervisor at most {} KiB", memory / 1024));
    checks::finish(bed, &mut context.outcome);
    context.done()
}

fn is_closed(stream: &UnixStream) -> bool {
    let _ = stream.set_nonblocking(true);
    let mut stream = stream;
    loop {
        match stream.read(&mut [0; 512]) {
            Ok(0) => return true,
            // it is told why
            Ok(_) => {}
            Err(error) => return error.kind() != std::io::ErrorKind::WouldBlock,
        }
    }
}
