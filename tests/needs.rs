//! `needs`: what must be there before a server is launched, and what happens while it is not.

use std::fs;

use ostler::model::{EventKind, Health, Phase, ServerStatus};

use crate::support::{Sandbox, free_port, one};

const SLEEPER: &str = r#"command = ["${OSTLER_BIN}", "demo-server", "sleep"]"#;

/// Is up when the file `go` is there.
fn gated(port: u16) -> String {
    let command = r#"until [ -e go ]; do sleep 0.05; done; exec \"$OSTLER_BIN\" demo-server http"#;
    format!("command = \"{command}\"\nport = {port}")
}

fn that_needs(need: &str) -> String {
    format!("{SLEEPER}\nneeds = [\"{need}\"]")
}

fn is_waiting(server: &ServerStatus, what: &str) -> bool {
    server.phase == Phase::Waiting && server.waiting_for == [what]
}

/// The number of the event with which it was started last.
fn started(sandbox: &Sandbox, name: &str) -> u64 {
    let mut events = sandbox.events(Some(name)).into_iter();
    let last = events.rfind(|event| matches!(event.kind, EventKind::Started { .. }));
    last.unwrap_or_else(|| panic!("{name} was never started")).seq
}

#[test]
fn a_start_brings_up_what_is_needed_and_each_only_when_that_is_healthy() {
    let (db, api, web) = (gated(free_port()), that_needs("db"), that_needs("api:healthy"));
    let sandbox = Sandbox::with_servers([("web", &*web), ("api", &api), ("db", &db), ("other", SLEEPER)]);
    let up = sandbox.background(&["up", "-d", "web"]);
    sandbox.wait_until("the chain waiting", |all| {
        all.servers.len() == 4
            && is_waiting(one(all, "api"), "db to be healthy (it is starting)")
            && is_waiting(one(all, "web"), "api to be healthy (it is waiting)")
    });
    let why = sandbox.ostler(&["why", "api"]).ok().out;
    assert!(why.contains("It waits for db to be healthy (it is starting)."), "{why}");
    sandbox.write("go", "");
    assert_eq!(up.end(), Some(0));
    let all = sandbox.status();
    for name in ["db", "api", "web"] {
        assert_eq!(one(&all, name).phase, Phase::Running, "{name}");
    }
    assert_eq!(one(&all, "other").phase, Phase::Stopped, "nobody needs it");
    let order = ["db", "api", "web"].map(|name| started(&sandbox, name));
    assert!(order.is_sorted(), "{order:?}");
    let told = sandbox
        .events(Some("api"))
        .into_iter()
        .any(|event| event.kind == EventKind::WaitsFor { unmet: vec!["db to be healthy".into()] });
    assert!(told, "{:?}", sandbox.events(Some("api")));
}

#[test]
fn the_answer_names_what_was_started_along() {
    let api = that_needs("db:started");
    let sandbox = Sandbox::with_servers([("api", &*api), ("db", SLEEPER)]);
    sandbox.ostler(&["start", "api"]).ok();
    sandbox.ostler(&["stop", "api", "db"]).ok();
    let said = sandbox.ostler(&["start", "api"]).ok().out;
    assert!(said.contains("shop/api: running") && said.contains("shop/db: running"), "{said}");
    let said = sandbox.ostler(&["start", "api"]).ok().out;
    assert!(!said.contains("shop/db"), "it was up: {said}");
}

#[test]
fn what_has_completed_is_not_run_again_for_a_dependent_but_by_up() {
    let (migrate, api) = (r#"command = "echo ran >> runs""#, that_needs("migrate:completed"));
    let sandbox = Sandbox::with_servers([("migrate", migrate), ("api", &*api)]);
    let runs = || fs::read_to_string(sandbox.project().join("runs")).unwrap().lines().count();
    sandbox.ostler(&["up", "-d"]).ok();
    assert_eq!((runs(), sandbox.server("api").phase), (1, Phase::Running));
    sandbox.ostler(&["restart", "api"]).ok();
    sandbox.ostler(&["stop", "api"]).ok();
    sandbox.ostler(&["start", "api"]).ok();
    assert_eq!(runs(), 1);
    sandbox.ostler(&["stop", "api"]).ok();
    sandbox.ostler(&["up", "-d"]).ok();
    assert_eq!((runs(), sandbox.server("migrate").phase), (2, Phase::Completed));
}

#[test]
fn a_need_that_failed_leaves_it_waiting_with_the_reason_until_that_is_up() {
    let db = r#"command = "[ -e well ] || exit 3; exec sleep 1000"
restart = "never""#;
    let api = that_needs("db");
    let sandbox = Sandbox::with_servers([("api", &*api), ("db", db)]);
    let said =
        sandbox.ostler(&["up", "-d"]).fails(1, "shop/api is waiting for db to be healthy, but it failed");
    assert!(said.err.contains("exited with code 3"), "{said:?}");
    let why = sandbox.ostler(&["why", "api"]).ok().out;
    assert!(why.contains("but it failed: exited with code 3"), "{why}");
    assert!(why.contains("Next: Nothing, until db is started again."), "{why}");
    sandbox.write("well", "");
    sandbox.ostler(&["start", "db"]).ok();
    sandbox.wait_for("api", Phase::Running);
}

#[test]
fn who_waits_still_waits_under_the_next_supervisor() {
    let (db, api) = (gated(free_port()), that_needs("db"));
    let sandbox = Sandbox::with_servers([("api", &*api), ("db", &db)]);
    sandbox.ostler(&["start", "api", "--no-wait"]).ok();
    let waits =
        |all: &ostler::model::Snapshot| is_waiting(one(all, "api"), "db to be healthy (it is starting)");
    sandbox.wait_until("it waiting", waits);
    sandbox.kill_supervisor();
    sandbox.wait_until("it waiting again", waits);
    sandbox.write("go", "");
    sandbox.wait_for("api", Phase::Running);
    // that it was launched the supervisor before may have had no time to tell
    let mut events = sandbox.events(Some("db")).into_iter();
    let up = events.find(|event| matches!(event.kind, EventKind::Up { .. })).unwrap();
    assert!(up.seq < started(&sandbox, "api"));
}

#[test]
fn a_health_check_that_fails_keeps_dependents_waiting_until_it_passes() {
    let db = format!(
        "{SLEEPER}\nhealth = {{ exec = \"[ -e well ]\", interval = \"100ms\", retries = 1, on_failure = \"mark\" }}"
    );
    let api = that_needs("db");
    let sandbox = Sandbox::with_servers([("api", &*api), ("db", &db)]);
    sandbox.ostler(&["up", "-d"]).fails(1, "shop/api is waiting for db to be healthy (it is unhealthy)");
    assert_eq!(sandbox.server("db").phase, Phase::Running);
    sandbox.write("well", "");
    sandbox.wait_for("api", Phase::Running);
    fs::remove_file(sandbox.project().join("well")).unwrap();
    sandbox.wait_until("it unhealthy again", |all| one(all, "db").health == Health::Unhealthy);
    assert_eq!(sandbox.server("api").phase, Phase::Running, "it needs db to be launched, not to live on");
}
