//! The verbs on one server: what they do, and what they leave alone.

use ostler::model::{Desired, EventKind, Phase};

use crate::support::{Sandbox, alive, ask, is_same, kill, one};

const SLEEPER: &str = r#"command = ["${OSTLER_BIN}", "demo-server", "sleep"]"#;

/// How often this server was started.
fn starts(sandbox: &Sandbox, name: &str) -> usize {
    let events = sandbox.events(Some(name));
    events.iter().filter(|event| matches!(event.kind, EventKind::Started { .. })).count()
}

/// Its process, as soon as it has one.
fn its_pid(sandbox: &Sandbox, name: &str) -> u32 {
    let started = sandbox.wait_until("its process", |all| all.servers.iter().any(|s| s.pid.is_some()));
    one(&started, name).pid.unwrap()
}

#[test]
fn a_server_is_started_stopped_and_started_again() {
    let sandbox = Sandbox::with_servers([("a", SLEEPER)]);
    sandbox.ostler(&["status"]).fails(3, "supervisor");
    let said = sandbox.ostler(&["up", "-d"]).ok().out;
    let up = sandbox.server("a");
    assert_eq!((up.phase, up.desired), (Phase::Running, Desired::Up));
    let pid = up.pid.unwrap();
    assert_eq!(said, format!("shop/a: running, pid {pid}\n"));
    assert_eq!(sandbox.run_of("a").iter().map(|process| process.pid).collect::<Vec<_>>(), [pid]);

    sandbox.ostler(&["stop", "a"]).ok();
    let down = sandbox.server("a");
    assert_eq!((down.phase, down.desired, down.pid), (Phase::Stopped, Desired::Down, None));
    assert!(!alive(pid));
    let exit = down.exit.unwrap();
    assert_eq!((exit.code, exit.signal.unwrap().to_string().as_str()), (None, "SIGTERM"));

    sandbox.ostler(&["start", "a"]).ok();
    let again = sandbox.server("a").pid.unwrap();
    assert_ne!(again, pid);
    sandbox.ostler(&["restart", "a"]).ok();
    let anew = sandbox.server("a");
    assert_eq!(anew.phase, Phase::Running);
    assert!(!alive(again) && anew.pid.is_some_and(|pid| pid != again && alive(pid)));

    sandbox.ostler(&["down"]).ok();
    assert_eq!(sandbox.server("a").phase, Phase::Stopped);
    assert_eq!(sandbox.run_of("a"), []);
    assert_eq!(starts(&sandbox, "a"), 3);
}

#[test]
fn a_start_of_what_runs_and_a_stop_of_what_is_down_change_nothing() {
    let sandbox = Sandbox::with_servers([("a", SLEEPER), ("idle", SLEEPER)]);
    sandbox.ostler(&["up", "-d", "a"]).ok();
    let before = sandbox.server("a");
    sandbox.ostler(&["start", "a"]).ok();
    sandbox.ostler(&["up", "-d", "a"]).ok();
    let after = sandbox.server("a");
    assert_eq!((after.phase, after.pid, after.since), (Phase::Running, before.pid, before.since));
    sandbox.ostler(&["stop", "idle"]).ok();
    assert_eq!(sandbox.server("idle").phase, Phase::Stopped);
    assert_eq!((starts(&sandbox, "a"), starts(&sandbox, "idle")), (1, 0));
    assert!(sandbox.ostler(&["down"]).ok().out.contains("shop/a: stopped"));
    assert_eq!(sandbox.ostler(&["down"]).ok().out, "nothing is running\n");
}

#[test]
fn a_start_while_it_starts_makes_no_second_copy() {
    // it is up when its file is there, and only this test makes it
    let port = crate::support::free_port();
    let keys = format!(
        r#"command = "until [ -e go ]; do sleep 0.05; done; exec \"$OSTLER_BIN\" demo-server http"
port = {port}"#
    );
    let sandbox = Sandbox::with_servers([("slow", keys.as_str())]);
    let first = sandbox.background(&["up", "-d"]);
    let pid = its_pid(&sandbox, "slow");
    let second = sandbox.background(&["start", "slow"]);
    let third = sandbox.background(&["up", "-d"]);
    sandbox.ostler(&["start", "slow", "--no-wait"]).ok();
    sandbox.write("go", "");
    assert_eq!([first.end(), second.end(), third.end()], [Some(0); 3]);
    assert_eq!(sandbox.server("slow").pid, Some(pid));
    assert_eq!(starts(&sandbox, "slow"), 1);
}

#[test]
fn a_stop_of_one_leaves_supervisor_and_the_rest_up() {
    let sandbox = Sandbox::with_servers([("a", SLEEPER), ("b", SLEEPER), ("c", SLEEPER)]);
    sandbox.ostler(&["up", "-d"]).ok();
    let before = sandbox.status();
    let supervisor = sandbox.supervisor();
    sandbox.ostler(&["stop", "b"]).ok();
    let after = sandbox.status();
    for name in ["a", "c"] {
        assert_eq!(one(&after, name).pid, one(&before, name).pid);
    }
    assert!(is_same(&supervisor));
    sandbox.wait_until("its keeper gone", |_| {
        !sandbox.processes().iter().any(|process| process.command.contains("/servers/shop/b "))
    });
}

#[test]
fn a_stop_during_a_start_wins() {
    let port = crate::support::free_port();
    let keys = format!("{SLEEPER}\nport = {port}");
    let sandbox = Sandbox::with_servers([("deaf", keys.as_str())]);
    let start = sandbox.background(&["up", "-d"]);
    let pid = its_pid(&sandbox, "deaf");
    sandbox.ostler(&["stop", "deaf"]).ok();
    assert!(!alive(pid));
    assert_eq!(sandbox.server("deaf").phase, Phase::Stopped);
    assert!(start.end().is_some());
}

#[test]
fn a_stop_that_comes_before_its_server_was_launched_is_answered() {
    let sandbox = Sandbox::with_servers([("a", SLEEPER)]);
    sandbox.ostler(&["up", "-d"]).ok();
    let socket = sandbox.paths().supervisor_socket();
    let post = |verb: &str| {
        let path = format!("/v1/servers/shop/a/{verb}");
        let (status, answer) = ask(&socket, "POST", &path, "Content-Type: application/json\r\n", "");
        assert!((200..300).contains(&status), "{verb}: {status} {answer}");
    };
    // the keeper of the run before is still on its way out when the next start comes
    for _ in 0..20 {
        post("stop?wait=true");
        post("start");
        post("stop?wait=true");
        post("start");
        post("restart");
    }
    let up = sandbox.wait_for("a", Phase::Running);
    assert_eq!(sandbox.run_of("a").iter().map(|process| process.pid).collect::<Vec<_>>(), [up.pid.unwrap()]);
}

#[test]
fn a_stop_in_back_off_is_at_once_and_no_restart_follows() {
    let keys = r#"command = "exit 3"
restart = { delay = "1h", max_delay = "1h" }"#;
    let sandbox = Sandbox::with_servers([("sick", keys), ("well", SLEEPER)]);
    sandbox.ostler(&["up", "-d", "well"]).ok();
    sandbox.ostler(&["start", "sick", "--no-wait"]).ok();
    let sick = sandbox.wait_for("sick", Phase::Backoff);
    assert!(sick.next_start_at.is_some());
    sandbox.ostler(&["stop", "sick"]).ok();
    let sick = sandbox.server("sick");
    assert_eq!((sick.phase, sick.next_start_at), (Phase::Stopped, None));
    // its timer went with the supervisor that had it; the one that comes knows that it is not wanted
    kill(&sandbox.supervisor(), ostler::model::Signal::KILL);
    sandbox.wait_until("the next supervisor", |all| one(all, "sick").phase == Phase::Stopped);
    assert_eq!(starts(&sandbox, "sick"), 1);
}
