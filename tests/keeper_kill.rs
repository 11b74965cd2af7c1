//! A keeper is killed: its server lives, and nothing is started twice.

use ostler::model::{EventKind, Phase, Signal};

use crate::support::{Process, Sandbox, alive, freeze, is_same, kill, one, wait};

const TREE: &str = r#"command = ["${OSTLER_BIN}", "demo-server", "tree"]"#;
const SLEEPER: &str = r#"command = ["${OSTLER_BIN}", "demo-server", "sleep"]"#;

/// What is known of an end that another than the parent saw: Linux keeps it since 6.15.
fn told<T>(truth: T) -> Option<T> {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let numbers: Vec<u32> = release.split(['.', '-']).map_while(|part| part.parse().ok()).take(2).collect();
    (numbers.as_slice() >= &[6, 15][..]).then_some(truth)
}

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
fn how_it_ended_under_another_keeper_is_true_and_then_it_is_restarted() {
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
    assert_eq!((exit.code, exit.signal), (None, told(Signal::KILL)));
    assert_eq!(sandbox.run_of("a").len(), 1);
}

#[test]
fn one_that_ends_while_it_has_no_keeper_leaves_its_code_and_nobody_behind() {
    // its child ignores what a terminal or a shell would end it by
    let keys = r#"command = "(trap '' TERM HUP; exec sleep 1000) & until [ -e go ]; do sleep 0.02; done; exit 37"
restart = "never"
stop = { grace = "100ms" }"#;
    let sandbox = Sandbox::with_servers([("a", keys)]);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.wait_until("its child", |all| all.servers[0].pids.len() >= 2);
    let (main, supervisor) = (sandbox.server("a").pid.unwrap(), sandbox.supervisor());
    freeze(&supervisor);
    kill(&sandbox.keeper_of("a"), Signal::KILL);
    sandbox.write("go", "");
    wait("its end", || !alive(main));
    assert!(!sandbox.run_of("a").is_empty());
    kill(&supervisor, Signal::CONT);
    let failed = sandbox.wait_for("a", Phase::Failed);
    assert_eq!(failed.exit.unwrap().code, told(37));
    assert_eq!(sandbox.run_of("a"), []);
}

#[test]
fn supervisor_and_keeper_killed_at_once_leave_one_copy() {
    let writer = r#"command = ["${OSTLER_BIN}", "demo-server", "numbered"]
restart = { delay = "1ms", attempts = 100 }"#;
    let sandbox = Sandbox::with_servers([("a", SLEEPER), ("b", SLEEPER), ("w", writer)]);
    sandbox.ostler(&["up", "-d"]).ok();
    let pid = |name| one(&sandbox.status(), name).pid;
    let pids = ["a", "b"].map(pid);
    for _ in 0..5 {
        let (supervisor, keeper, writers) =
            (sandbox.supervisor(), sandbox.keeper_of("a"), sandbox.keeper_of("w"));
        for victim in [&supervisor, &keeper, &writers] {
            kill(victim, Signal::KILL);
        }
        sandbox.wait_until("another supervisor", |all| {
            all.supervisor.pid != supervisor.pid
                && all.servers.iter().all(|server| server.phase == Phase::Running)
        });
        replaced(&sandbox, "a", &keeper);
        // nobody held the pipes of the writer: it ends when it writes, but never are there two
        wait("one writer", || {
            let copies = sandbox.run_of("w");
            assert!(copies.len() <= 1, "{copies:#?}");
            let writer = sandbox.wait_for("w", Phase::Running);
            writer.restarts > 0 && copies.iter().map(|copy| Some(copy.pid)).eq([writer.pid])
        });
    }
    assert_eq!(["a", "b"].map(pid), pids);
    for name in ["a", "b", "w"] {
        assert_eq!(sandbox.run_of(name).len(), 1);
        sandbox.ostler(&["stop", name]).ok();
        assert_eq!(sandbox.run_of(name), []);
    }
}

#[test]
fn a_stop_at_once_stays_one_when_the_keeper_is_killed_meanwhile() {
    let keys = "command = \"trap '' TERM; while :; do sleep 0.1; done\"\nstop = { grace = \"1h\" }";
    let sandbox = Sandbox::with_servers([("a", keys)]);
    sandbox.ostler(&["up", "-d"]).ok();
    let keeper = sandbox.keeper_of("a");
    // so it does not hear of the stop
    freeze(&keeper);
    let stop = sandbox.background(&["stop", "--now", "a"]);
    sandbox.wait_for("a", Phase::Stopping);
    kill(&keeper, Signal::KILL);
    sandbox.wait_for("a", Phase::Stopped);
    assert_eq!(stop.end(), Some(0));
    assert_eq!(sandbox.run_of("a"), []);
}
