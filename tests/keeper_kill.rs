//! A keeper is killed: its server lives, and nothing is started twice.

use ostler::model::{EventKind, Phase, Signal};

use crate::support::{Process, Sandbox, is_same, kill, wait};

const TREE: &str = r#"command = ["${OSTLER_BIN}", "demo-server", "tree"]"#;
const SLEEPER: &str = r#"command = ["${OSTLER_BIN}", "demo-server", "sleep"]"#;

/// Waits until another keeper has the server.
fn replaced(sandbox: &Sandbox, name: &str, old: &Process) {
    let dir = format!("/servers/shop/{name} ");
    wait("another keeper", || {
        let all = sandbox.processes();
        let mut its = all.iter().filter(|process| process.is_keeper() && process.command.contains(&dir));
        its.any(|keeper| keeper.pid != old.pid)
    });
}

#[test]
fn the_server_lives_on_under_another_keeper_and_can_be_stopped() {
    let sandbox = Sandbox::with_servers([("a", TREE), ("b", SLEEPER)]);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.wait_until("its tree", |all| all.servers[0].pids.len() == 3);
    let run = sandbox.run_of("a");
    let main = sandbox.server("a").pid;
    let keeper = sandbox.keeper_of("a");
    kill(&keeper, Signal::KILL);
    replaced(&sandbox, "a", &keeper);
    let after = sandbox.server("a");
    assert_eq!((after.phase, after.pid, after.restarts), (Phase::Running, main, 0));
    assert!(run.iter().all(is_same));
    assert_eq!(sandbox.run_of("a").len(), run.len());
    let lost = |kind: &EventKind| matches!(kind, EventKind::KeeperLost { pid } if *pid == main);
    assert!(sandbox.events(Some("a")).iter().any(|event| lost(&event.kind)));
    sandbox.ostler(&["start", "a"]).ok();
    assert_eq!(sandbox.server("a").pid, main);
    sandbox.ostler(&["stop", "a"]).ok();
    assert_eq!(sandbox.run_of("a"), []);
    assert_eq!(sandbox.server("a").phase, Phase::Stopped);
    sandbox.ostler(&["start", "a"]).ok();
    assert_eq!(sandbox.server("b").phase, Phase::Running);
}

#[test]
fn an_end_that_nobody_could_see_is_told_as_unknown_and_then_restarted() {
    let keys = format!("{SLEEPER}\nrestart = {{ delay = \"10ms\" }}");
    let sandbox = Sandbox::with_servers([("a", keys.as_str())]);
    sandbox.ostler(&["up", "-d"]).ok();
    let server = Process::find(sandbox.server("a").pid.unwrap()).unwrap();
    let keeper = sandbox.keeper_of("a");
    kill(&keeper, Signal::KILL);
    replaced(&sandbox, "a", &keeper);
    sandbox.wait_for("a", Phase::Running);
    kill(&server, Signal::KILL);
    sandbox.wait_until("the restart", |all| all.servers[0].restarts == 1);
    let again = sandbox.wait_for("a", Phase::Running);
    let exit = again.exit.unwrap();
    // true where the kernel still told it, else unknown; never another
    assert_eq!(exit.code, None);
    assert!(exit.signal.is_none_or(|signal| signal == Signal::KILL), "{exit:?}");
    assert_eq!(sandbox.run_of("a").len(), 1);
}

#[test]
fn supervisor_and_keeper_killed_at_once_leave_one_copy() {
    let sandbox = Sandbox::with_servers([("a", SLEEPER), ("b", SLEEPER)]);
    sandbox.ostler(&["up", "-d"]).ok();
    let pids: Vec<_> = sandbox.status().servers.iter().map(|server| server.pid).collect();
    for _ in 0..5 {
        let (supervisor, keeper) = (sandbox.supervisor(), sandbox.keeper_of("a"));
        kill(&supervisor, Signal::KILL);
        kill(&keeper, Signal::KILL);
        sandbox.wait_until("another supervisor", |all| {
            all.supervisor.pid != supervisor.pid
                && all.servers.iter().all(|server| server.phase == Phase::Running)
        });
        replaced(&sandbox, "a", &keeper);
    }
    let all = sandbox.status();
    assert_eq!(all.servers.iter().map(|server| server.pid).collect::<Vec<_>>(), pids);
    for name in ["a", "b"] {
        assert_eq!(sandbox.run_of(name).len(), 1);
        sandbox.ostler(&["stop", name]).ok();
        assert_eq!(sandbox.run_of(name), []);
    }
}
