//! The dashboard as a user has it: the real program on a terminal of its own, keys in, bytes and a screen out.
//!
//! A [`terminal::Terminal`] is opened in a sandbox and is asked for conditions: what stands on the screen, which bytes
//! came, how the program ended, and what it left of the terminal's modes.

mod bytes;
mod journey;
mod leaving;
mod losing;
mod multiplexer;
mod read_only;
mod screen;
mod shell;
mod terminal;

use crate::support::Sandbox;

/// Three servers that do little; the first has a port, the second logs.
const SERVERS: [(&str, &str); 3] = [
    ("api", "command = '\"$OSTLER_BIN\" demo-server http'\nport = \"auto\""),
    ("worker", "command = '\"$OSTLER_BIN\" demo-server chatty --rate 20'"),
    ("idle", "command = ['sleep', '1000']"),
];

/// A project with [`SERVERS`], all of them up.
fn three_up() -> Sandbox {
    let sandbox = Sandbox::with_servers(SERVERS);
    sandbox.ostler(&["up"]).ok();
    sandbox
}

/// The PIDs of the servers, in the order of the table.
fn pids(sandbox: &Sandbox) -> Vec<Option<u32>> {
    let all = sandbox.wait_until("an answer", |_| true);
    all.servers.iter().map(|server| server.pid).collect()
}
