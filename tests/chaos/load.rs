//! Load L: servers of every kind, clients that ask at random, followers of which some are slow and some stopped.
//!
//! In full it is 50 servers with 1,000 lines a second from each of 20 writers. What runs in the gate is smaller, since
//! the gate has two cores, a debug build and a few minutes: see [`Size`].

use std::io::Read as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use crate::api;
use crate::bed::{Bed, Spec};
use crate::clock::{ms, pause};
use crate::rng::Rng;
use crate::runs::Scale;
use crate::support::free_port;

/// How large the load is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    writers: u64,
    /// Lines a second of each.
    rate: u64,
    http: u64,
    exits: u64,
    far: u64,
    headless: u64,
    tty: u64,
    clients: u64,
    /// Commands a second of all clients together.
    asks: u64,
    followers: u64,
}

impl Size {
    pub(crate) const fn of(scale: Scale) -> Self {
        match scale {
            Scale::Quick => Self {
                writers: 3,
                rate: 100,
                http: 1,
                exits: 1,
                far: 1,
                headless: 1,
                tty: 1,
                clients: 3,
                asks: 4,
                followers: 2,
            },
            Scale::Ci => Self {
                writers: 7,
                rate: 200,
                http: 3,
                exits: 3,
                far: 2,
                headless: 2,
                tty: 3,
                clients: 6,
                asks: 8,
                followers: 5,
            },
            Scale::Long => Self {
                writers: 20,
                rate: 1000,
                http: 10,
                exits: 5,
                far: 5,
                headless: 5,
                tty: 5,
                clients: 8,
                asks: 20,
                followers: 10,
            },
        }
    }
}

/// Its servers. Two thirds of the writers and half of the others are left alone.
pub(crate) fn servers(size: Size) -> Vec<Spec> {
    let mut specs = Vec::new();
    for number in 0..size.writers {
        let kind = if number % 4 == 1 { "both" } else { "writer" };
        let spec = Spec::new(&format!("w{number}"), &format!("{kind} {}", size.rate), "");
        specs.push(if number % 3 == 2 { spec } else { spec.protected() });
    }
    for number in 0..size.http {
        let keys = format!(
            "port = {}\nstartup = {{ http = \"http://127.0.0.1:${{port}}/\", timeout = \"1m\" }}",
            free_port()
        );
        let spec = Spec::new(&format!("h{number}"), "http", &keys);
        specs.push(if number % 2 == 0 { spec.protected() } else { spec });
    }
    for number in 0..size.exits {
        let keys =
            "restart = { policy = \"always\", attempts = 100000, delay = \"10ms\", max_delay = \"100ms\" }";
        specs.push(Spec::new(&format!("x{number}"), &format!("exits {number} 3000"), keys));
    }
    for (letter, kind, count) in [("f", "far", size.far), ("l", "headless", size.headless)] {
        for number in 0..count {
            let spec = Spec::new(&format!("{letter}{number}"), kind, "");
            specs.push(if number % 2 == 1 { spec.protected() } else { spec });
        }
    }
    for number in 0..size.tty {
        let spec = Spec::new(&format!("t{number}"), &format!("tty {}", size.rate.min(100)), "tty = true");
        specs.push(if number % 2 == 0 { spec.protected() } else { spec });
    }
    specs
}

/// Ends the load when it goes out of scope, also by a panic.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Does `act` while clients ask and followers read. Gives back what `act` did, and how much was asked.
pub(crate) fn under<T>(bed: &Bed, size: Size, rng: &mut Rng, act: impl FnOnce() -> T) -> (T, u64) {
    let (over, asked) = (AtomicBool::new(false), AtomicU64::new(0));
    let asked_of: Vec<&str> =
        bed.specs.iter().filter(|spec| !spec.protected).map(|spec| spec.name.as_str()).collect();
    let writers: Vec<&str> =
        bed.specs.iter().filter(|spec| spec.is_writer()).map(|spec| spec.name.as_str()).collect();
    let done = thread::scope(|scope| {
        let (over, asked) = (&over, &asked);
        let _end = End(over);
        for client in 0..size.clients as usize {
            // each has servers of its own, so that it is known in which order they were asked
            let own: Vec<&str> =
                asked_of.iter().skip(client).step_by(size.clients as usize).copied().collect();
            let rng = rng.fork();
            if !own.is_empty() {
                scope.spawn(move || client_loop(bed, &own, size, rng, over, asked));
            }
        }
        for number in 0..size.followers {
            let server = *rng.pick(&writers);
            let kind = match number % 5 {
                1 => Reads::Slowly,
                3 => Reads::Nothing,
                _ => Reads::All,
            };
            let socket = bed.socket();
            scope.spawn(move || follower(&socket, server, kind, over));
        }
        act()
    });
    (done, asked.load(Ordering::Relaxed))
}

fn client_loop(bed: &Bed, own: &[&str], size: Size, mut rng: Rng, over: &AtomicBool, asked: &AtomicU64) {
    let between = 1000 * size.clients / size.asks;
    while !over.load(Ordering::Relaxed) {
        let server = rng.pick(own);
        match rng.within(0, 10) {
            0..3 => drop(bed.ask(server, "restart")),
            3..6 => drop(bed.ask(server, "start")),
            6..8 => drop(bed.ask(server, "stop")),
            8 => drop(bed.ask_with(server, "stop", "?wait=true")),
            _ => drop(api::snapshot(&bed.socket())),
        }
        asked.fetch_add(1, Ordering::Relaxed);
        pause(ms(rng.within(0, between * 2)));
    }
}

/// How a follower reads.
#[derive(Clone, Copy, Debug)]
enum Reads {
    All,
    Slowly,
    Nothing,
}

fn follower(socket: &Path, server: &str, reads: Reads, over: &AtomicBool) {
    let path = format!("/v1/servers/shop/{server}/log?follow=true&lines=0");
    while !over.load(Ordering::Relaxed) {
        if let Ok(stream) = api::follow(socket, &path) {
            read(stream, reads, over);
        }
        pause(ms(50));
    }
}

fn read(mut stream: UnixStream, reads: Reads, over: &AtomicBool) {
    let _ = stream.set_read_timeout(Some(Duration::from_millis(200)));
    let mut buffer = vec![0; 16 * 1024];
    while !over.load(Ordering::Relaxed) {
        let (length, rest) = match reads {
            Reads::All => (buffer.len(), ms(0)),
            Reads::Slowly => (512, ms(100)),
            Reads::Nothing => {
                pause(ms(100));
                continue;
            }
        };
        match stream.read(&mut buffer[..length]) {
            Ok(0) => return,
            Ok(_) => pause(rest),
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock) => {}
            Err(_) => return,
        }
    }
}
