//! The dashboard as a user has it: the real program on a terminal of its own, keys in, bytes and a screen out.
//!
//! A [`terminal::Terminal`] is opened in a sandbox and is asked for conditions: what stands on the screen, which bytes
//! came, how the program ended, and what it left of the terminal's modes.

mod answers;
mod bytes;
mod copying;
mod editing;
mod journey;
mod leaving;
mod log_search;
mod losing;
mod mouse;
mod multiplexer;
mod read_only;
mod saving;
mod screen;
mod shell;
mod slow;
mod ssh;
mod terminal;
mod themes;

use crate::support::{Sandbox, free_port};

/// A project with three servers that do little, all of them up. The first has a port, the second logs.
fn three_up() -> Sandbox {
    let api = format!("command = '\"$OSTLER_BIN\" demo-server http'\nport = {}", free_port());
    let worker = "command = '\"$OSTLER_BIN\" demo-server chatty --rate 20'";
    let idle = "command = ['sleep', '1000']";
    let sandbox = Sandbox::with_servers([("api", &*api), ("worker", worker), ("idle", idle)]);
    sandbox.ostler(&["up"]).ok();
    sandbox
}

/// The PIDs of the servers, in the order of the table.
fn pids(sandbox: &Sandbox) -> Vec<Option<u32>> {
    let all = sandbox.wait_until("an answer", |_| true);
    all.servers.iter().map(|server| server.pid).collect()
}
