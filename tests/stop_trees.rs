//! A stop ends whole trees, whatever they do against it, and returns when nothing of them is left.

use std::time::Duration;

use ostler::model::Phase;

use crate::support::{Process, Sandbox, need, wait};

/// A shell that takes no notice of TERM, and whose child does not either.
const DEAF: &str = r"trap '' TERM; echo ready; (while :; do sleep 1; done) & while :; do sleep 1; done";

/// Ends at once on TERM; its child does not, and is in a group of the same session.
const LEADER_DIES_FIRST: &str =
    r"(trap '' TERM; echo ready; while :; do sleep 1; done) & trap 'exit 0' TERM; while :; do wait; done";

/// A grandchild in a session of its own, whose parent has gone.
const DOUBLE_FORKED: &str = r"
import os, signal, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print('ready', flush=True)
        while True:
            time.sleep(60)
    os._exit(0)
os.wait()
while True:
    time.sleep(60)
";

/// Comes up with `processes` of its own and is stopped; gives back how long the stop took.
fn stopped(sandbox: &Sandbox, name: &str, processes: usize) -> Duration {
    sandbox.ostler(&["start", name]).ok();
    sandbox.wait_for_log(name, "ready");
    let mut run: Vec<Process> = Vec::new();
    wait("its whole tree", || {
        run = sandbox.run_of(name);
        run.len() >= processes
    });
    let begun = std::time::Instant::now();
    sandbox.ostler(&["stop", name]).ok();
    let left = sandbox.run_of(name);
    assert!(left.is_empty(), "{left:#?}");
    let stopped = sandbox.server(name);
    assert_eq!((stopped.phase, stopped.pid, &stopped.pids[..]), (Phase::Stopped, None, &[][..]));
    begun.elapsed()
}

fn sandbox_of(name: &str, command: &str) -> Sandbox {
    let sandbox = Sandbox::with_servers([(name, "command = [\"sh\", \"./run\"]\nstop = { grace = \"1s\" }")]);
    sandbox.write("run", command);
    sandbox
}

#[test]
fn those_who_ignore_term_are_killed_after_one_grace() {
    let took = stopped(&sandbox_of("deaf", DEAF), "deaf", 2);
    assert!(took >= Duration::from_secs(1), "it was not given its grace: {took:?}");
}

#[test]
fn what_is_left_when_the_leader_has_gone_is_ended_too() {
    let took = stopped(&sandbox_of("headless", LEADER_DIES_FIRST), "headless", 2);
    assert!(took >= Duration::from_secs(1), "what was left was not given its grace: {took:?}");
}

#[test]
fn a_grandchild_in_a_session_of_its_own_is_ended_too() {
    let Some(python) = need("python3") else { return };
    let keys = format!("command = [{python:?}, \"run.py\"]\nstop = {{ grace = \"1s\" }}");
    let sandbox = Sandbox::with_servers([("far", keys.as_str())]);
    sandbox.write("run.py", DOUBLE_FORKED);
    stopped(&sandbox, "far", 2);
}

#[test]
fn a_stopped_process_and_a_stop_without_grace() {
    let sandbox = sandbox_of("frozen", "echo ready; while :; do sleep 1; done");
    sandbox.ostler(&["start", "frozen"]).ok();
    sandbox.ostler(&["signal", "frozen", "SIGSTOP"]).ok();
    stopped(&sandbox, "frozen", 1);
    let sandbox =
        Sandbox::with_servers([("long", "command = [\"sh\", \"run\"]\nstop = { grace = \"10m\" }")]);
    sandbox.write("run", DEAF);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.wait_for_log("long", "ready");
    // an end of its patience that comes later takes the place of the one before
    let patient = sandbox.background(&["stop", "long"]);
    sandbox.wait_for("long", Phase::Stopping);
    sandbox.ostler(&["stop", "long", "--now"]).ok();
    assert_eq!(patient.end(), Some(0));
    assert_eq!(sandbox.run_of("long"), []);
}

#[test]
fn a_stop_goes_on_while_the_supervisor_is_killed() {
    let sandbox = sandbox_of("deaf", DEAF);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.wait_for_log("deaf", "ready");
    sandbox.ostler(&["stop", "deaf", "--no-wait"]).ok();
    sandbox.kill_supervisor();
    sandbox.wait_for("deaf", Phase::Stopped);
    assert_eq!(sandbox.run_of("deaf"), []);
}

#[test]
fn a_crashed_leaders_children_are_gone_before_it_is_started_again() {
    let sandbox = Sandbox::with_servers([(
        "half",
        "command = [\"sh\", \"run\"]\nrestart = { delay = \"1ms\" }\nstop = { grace = \"1s\" }",
    )]);
    sandbox.write("run", "trap '' TERM; sh -c 'while :; do sleep 1; done' & echo ready; wait");
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.wait_for_log("half", "ready");
    let first = sandbox.run_of("half");
    sandbox.ostler(&["signal", "half", "SIGKILL"]).ok();
    sandbox.wait_until("the restart", |all| {
        all.servers[0].restarts == 1 && all.servers[0].phase == Phase::Running
    });
    assert!(!first.iter().any(crate::support::is_same), "{first:#?}");
}
