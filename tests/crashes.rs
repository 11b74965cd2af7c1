//! What becomes of a server that ends by itself.

use ostler::model::{EventKind, Phase};

use crate::support::Sandbox;

#[test]
fn crashes_are_counted_and_after_the_last_attempt_the_reason_is_told() {
    let keys = r#"command = "echo first words; echo 'cannot reach the database' >&2; exit 7"
restart = { attempts = 2, delay = "10ms" }"#;
    let sandbox = Sandbox::with_servers([("sick", keys)]);
    let said = sandbox.ostler(&["up", "-d"]).fails(1, "shop/sick failed");
    assert!(said.out.contains("cannot reach the database"), "{said:?}");
    let sick = sandbox.server("sick");
    assert_eq!((sick.phase, sick.restarts, sick.attempt), (Phase::Failed, 2, 2));
    assert_eq!((sick.pid, sick.next_start_at), (None, None));
    let exit = sick.exit.unwrap();
    assert_eq!((exit.code, exit.signal), (Some(7), None));
    let reason = sick.last_error.unwrap();
    for part in ["2 restarts", "exited with code 7", "cannot reach the database"] {
        assert!(reason.contains(part), "{reason}");
    }
    let why = sandbox.ostler(&["why", "sick"]).ok().out;
    assert!(why.contains("exited with code 7"), "{why}");
    let kinds: Vec<_> = sandbox.events(Some("sick")).iter().map(|event| event.kind.word()).collect();
    let life = ["started", "exited", "backoff"];
    assert_eq!(kinds, [&["asked"], &life[..], &life, &life[..2], &["failed"]].concat());
    // by hand it begins anew
    sandbox.ostler(&["start", "sick"]).fails(1, "shop/sick failed");
    assert_eq!(sandbox.server("sick").restarts, 2);
}

#[test]
fn each_policy_does_what_its_name_says() {
    let sandbox = Sandbox::with_servers([
        ("fails-never", "command = \"exit 4\"\nrestart = \"never\""),
        ("ends-never", "command = \"exit 0\"\nrestart = \"never\""),
        ("ends-on-failure", "command = \"exit 0\"\nrestart = \"on-failure\""),
        ("own-code", "command = \"exit 9\"\nrestart = { success_codes = [0, 9] }"),
        (
            "ends-always",
            "command = \"exit 0\"\nrestart = { policy = \"always\", attempts = 1, delay = \"10ms\" }",
        ),
    ]);
    let said = sandbox.ostler(&["up", "-d"]).fails(1, "2 of 5 servers failed");
    assert!(said.err.contains("shop/fails-never") && said.err.contains("shop/ends-always"), "{said:?}");
    let outcome = |name: &str| {
        let server = sandbox.server(name);
        (server.phase, server.restarts, server.exit.unwrap().code.unwrap())
    };
    assert_eq!(outcome("fails-never"), (Phase::Failed, 0, 4));
    assert_eq!(outcome("ends-never"), (Phase::Completed, 0, 0));
    assert_eq!(outcome("ends-on-failure"), (Phase::Completed, 0, 0));
    assert_eq!(outcome("own-code"), (Phase::Completed, 0, 9));
    assert_eq!(outcome("ends-always"), (Phase::Failed, 1, 0));
    assert_eq!(sandbox.server("ends-never").last_error, None);
}

#[test]
fn one_that_runs_and_is_killed_comes_back_with_another_process() {
    let keys = r#"command = ["${OSTLER_BIN}", "demo-server", "sleep"]
restart = { delay = "10ms" }"#;
    let sandbox = Sandbox::with_servers([("a", keys)]);
    sandbox.ostler(&["up", "-d"]).ok();
    let before = sandbox.server("a").pid;
    sandbox.ostler(&["signal", "a", "SIGKILL"]).ok();
    sandbox.wait_until("the restart", |all| all.servers[0].restarts == 1);
    let after = sandbox.wait_for("a", Phase::Running);
    assert_ne!(after.pid, before);
    assert_eq!(after.exit.unwrap().signal.unwrap().to_string(), "SIGKILL");
}

#[test]
fn one_that_is_not_up_in_time_fails_and_the_last_answer_is_told() {
    let port = crate::support::free_port();
    let keys = format!(
        r#"command = ["${{OSTLER_BIN}}", "demo-server", "sleep"]
port = {port}
startup = {{ timeout = "1s" }}
restart = "never""#
    );
    let sandbox = Sandbox::with_servers([("deaf", keys.as_str())]);
    sandbox.ostler(&["up", "-d"]).fails(1, "shop/deaf failed");
    let deaf = sandbox.server("deaf");
    let reason = deaf.last_error.unwrap();
    assert_eq!((deaf.phase, deaf.pid), (Phase::Failed, None));
    assert!(reason.contains("was not up within 1 s") && reason.contains("refused"), "{reason}");
    assert_eq!(sandbox.run_of("deaf"), []);
    let timed_out = |kind: &EventKind| matches!(kind, EventKind::StartupTimedOut { answer: Some(_), .. });
    assert!(sandbox.events(Some("deaf")).iter().any(|event| timed_out(&event.kind)));
}

#[test]
fn one_that_may_take_its_time_is_left_alone() {
    let port = crate::support::free_port();
    let keys = format!(
        r#"command = "until [ -e go ]; do sleep 0.05; done; exec \"$OSTLER_BIN\" demo-server http"
port = {port}
startup = {{ timeout = "100ms", on_timeout = "wait" }}"#
    );
    let sandbox = Sandbox::with_servers([("slow", keys.as_str())]);
    sandbox.ostler(&["start", "slow", "--no-wait"]).ok();
    let late = sandbox.wait_until("the time-out", |all| all.servers[0].last_error.is_some());
    assert_eq!(late.servers[0].phase, Phase::Starting);
    sandbox.write("go", "");
    let up = sandbox.wait_for("slow", Phase::Running);
    assert_eq!((up.pid, up.restarts, up.last_error), (late.servers[0].pid, 0, None));
}

#[test]
fn a_failure_quotes_no_line_of_an_earlier_run() {
    let command = r#"command = "test -e been && exit 4; touch been; echo first words; exit 4"
restart = { attempts = 1, delay = "10ms" }"#;
    let sandbox = Sandbox::with_servers([("a", command)]);
    sandbox.ostler(&["up", "-d"]).fails(1, "shop/a");
    let error = sandbox.wait_for("a", Phase::Failed).last_error.unwrap();
    assert!(error.ends_with("exited with code 4 before it was up"), "{error}");
    let table = sandbox.ostler(&["status"]).ok().out;
    assert!(table.contains("failed: exit 4"), "{table}");
}
