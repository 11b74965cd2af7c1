//! Sockets, locks and directories that are deleted under the program: it is found again, and there is one of it.

use std::fs;

use ostler::model::{Phase, Signal};

use crate::support::{Process, Sandbox, is_same, kill, look_until, one, wait};

const SLEEPER: &str = r#"command = ["${OSTLER_BIN}", "demo-server", "sleep"]"#;

fn up() -> (Sandbox, Process) {
    let sandbox = Sandbox::with_servers([("a", SLEEPER)]);
    sandbox.ostler(&["up", "-d"]).ok();
    let server = sandbox.run_of("a").remove(0);
    (sandbox, server)
}

fn supervisors(sandbox: &Sandbox) -> Vec<Process> {
    sandbox.processes().into_iter().filter(Process::is_supervisor).collect()
}

#[test]
fn sockets_that_are_deleted_are_bound_again() {
    let (sandbox, server) = up();
    let supervisor = sandbox.supervisor();
    fs::remove_file(sandbox.paths().supervisor_socket()).unwrap();
    fs::remove_file(sandbox.paths().watch_socket()).unwrap();
    // by whoever answers first: no command starts one meanwhile
    assert_eq!(sandbox.supervisor(), supervisor);
    look_until(|| sandbox.paths().watch_socket().exists().then_some(())).unwrap();
    sandbox.ostler(&["restart", "a"]).ok();
    assert!(!is_same(&server));
    assert_eq!(sandbox.run_of("a").len(), 1);
}

#[test]
fn a_run_directory_that_is_deleted_leaves_one_supervisor_and_one_copy() {
    let (sandbox, server) = up();
    fs::remove_dir_all(sandbox.paths().run()).unwrap();
    // it starts another one, since it finds none
    sandbox.ostler(&["start", "a"]).ok();
    look_until(|| (supervisors(&sandbox).len() == 1).then_some(())).expect("one supervisor");
    sandbox.wait_for("a", Phase::Running);
    assert!(is_same(&server), "{}", sandbox.ostler(&["events"]).out);
    sandbox.ostler(&["stop", "a"]).ok();
    assert_eq!(sandbox.run_of("a"), []);
}

#[test]
fn a_keeper_is_found_although_its_socket_was_deleted_while_nobody_supervised() {
    let (sandbox, server) = up();
    sandbox.ostler(&["supervisor", "stop"]).ok();
    fs::remove_dir_all(sandbox.paths().keeper_sockets()).unwrap();
    sandbox.ostler(&["supervisor", "restart"]).ok();
    // until the keeper has looked for its socket, it does not answer
    sandbox.wait_until("the keeper", |all| one(all, "a").adopted);
    assert!(is_same(&server));
    sandbox.ostler(&["stop", "a"]).ok();
    assert_eq!(sandbox.run_of("a"), []);
}

#[test]
fn a_keeper_whose_socket_was_deleted_is_found_by_the_supervisor_that_it_brings_back() {
    let (sandbox, server) = up();
    let supervisor = sandbox.supervisor();
    fs::remove_dir_all(sandbox.paths().run()).unwrap();
    kill(&supervisor, Signal::KILL);
    sandbox.wait_until("another supervisor", |all| all.supervisor.pid != supervisor.pid);
    sandbox.wait_for("a", Phase::Running);
    assert!(is_same(&server));
    assert_eq!(supervisors(&sandbox).len(), 1);
}

#[test]
fn a_keeper_whose_directory_was_deleted_is_left_when_it_has_ended_and_the_next_start_gets_another() {
    let (sandbox, server) = up();
    let keeper = sandbox.keeper_of("a");
    fs::remove_dir_all(sandbox.paths().server("shop", "a")).unwrap();
    sandbox.kill_supervisor();
    sandbox.wait_for("a", Phase::Running);
    assert!(is_same(&server));
    sandbox.ostler(&["stop", "a"]).ok();
    wait("the end of its keeper", || !is_same(&keeper));
    sandbox.ostler(&["start", "a"]).ok();
    assert_eq!(sandbox.server("a").phase, Phase::Running);
    assert_eq!(sandbox.run_of("a").len(), 1);
}

#[test]
fn a_registry_that_is_deleted_is_written_again() {
    let (sandbox, _) = up();
    fs::remove_file(sandbox.paths().registry()).unwrap();
    look_until(|| sandbox.paths().registry().exists().then_some(())).expect("the registry");
    let left = sandbox.paths().home().join("registry.json.999999999-0.tmp");
    fs::write(&left, "half").unwrap();
    sandbox.ostler(&["supervisor", "restart"]).ok();
    look_until(|| (!left.exists()).then_some(())).expect("what a killed save left is removed");
}
