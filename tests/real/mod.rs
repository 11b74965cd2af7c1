//! Servers that people really run: each is started, asked by its own health check, crashed, restarted by its policy, and
//! stopped with nothing left of it. A tool that is missing leaves its test out, see [`need`](crate::support::need).

mod databases;
mod web;

use std::collections::BTreeMap;
use std::net::TcpStream;

use ostler::model::{Health, Phase, PortState, ServerStatus};
use ostler::run_dir::ServerDir;

use crate::support::{Process, Sandbox, is_same, one, processes_with, wait};

/// Keys of every server here, below its own: it comes back at once, and is asked often.
const QUICK: &str = "restart = { delay = \"10ms\" }";

/// The processes of a run as ostler and the kernel know them. Some servers write over their environment, so that the
/// mark of the run alone does not find them.
fn tree(sandbox: &Sandbox, name: &str) -> BTreeMap<u32, Process> {
    let known = sandbox.server(name).pids.into_iter().filter_map(Process::find);
    known.chain(sandbox.run_of(name)).map(|process| (process.pid, process)).collect()
}

/// Waits until its own check calls the server healthy, and says what it was answered.
fn healthy(sandbox: &Sandbox, name: &str) -> ServerStatus {
    let is = |server: &ServerStatus| server.phase == Phase::Running && server.health == Health::Healthy;
    one(&sandbox.wait_until("it is healthy", |all| is(one(all, name))), name).clone()
}

/// The life of a server with a port, whose run has at least so many processes.
fn live_and_die(sandbox: &Sandbox, name: &str, processes: usize) {
    sandbox.ostler(&["up", "-d"]).ok();
    let up = healthy(sandbox, name);
    let port = up.ports[0].port;
    TcpStream::connect(("127.0.0.1", port)).unwrap();
    let seen = sandbox.wait_until("its port and its processes are seen", |all| {
        let server = one(all, name);
        let listens =
            |seen: &ostler::model::PortStatus| seen.port == port && seen.state == PortState::Listening;
        server.ports.iter().any(listens) && server.pids.len() >= processes
    });
    assert_eq!(one(&seen, name).ports[0].holder, None);

    let first = tree(sandbox, name);
    let main = up.pid.unwrap();
    assert!(first.contains_key(&main), "{first:#?}");
    sandbox.ostler(&["signal", name, "SIGKILL"]).ok();
    sandbox.wait_until("the restart", |all| one(all, name).restarts >= 1);
    let again = healthy(sandbox, name);
    assert_ne!(again.pid, up.pid);
    assert!(!first.values().any(is_same), "of the run before: {first:#?}");
    TcpStream::connect(("127.0.0.1", port)).unwrap();

    sandbox.wait_until("its processes are seen", |all| one(all, name).pids.len() >= processes);
    let second = tree(sandbox, name);
    let mark = mark(sandbox, name);
    sandbox.ostler(&["stop", name]).ok();
    gone(sandbox, name, &second, &mark);
    TcpStream::connect(("127.0.0.1", port)).unwrap_err();
}

/// What the processes of its latest run carry in their environment, unless they wrote over it.
fn mark(sandbox: &Sandbox, name: &str) -> String {
    let dir = ServerDir::new(sandbox.paths().server("shop", name));
    format!("OSTLER_RUN_ID={}", dir.last_run().unwrap())
}

/// Nothing of the run is left, whatever it called itself.
fn gone(sandbox: &Sandbox, name: &str, tree: &BTreeMap<u32, Process>, mark: &str) {
    assert_eq!(sandbox.server(name).phase, Phase::Stopped);
    assert_eq!(sandbox.run_of(name), []);
    assert!(!tree.values().any(is_same), "{tree:#?}");
    wait("nobody carries the mark of the run", || processes_with(mark).is_empty());
}
