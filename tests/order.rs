//! Who goes down first, who comes up first, and what a stop says that lasts.

use std::fs;

use ostler::model::{EventKind, Health, Pending, Phase, Signal, Snapshot};

use crate::support::{Sandbox, alive, freeze, kill, one};

const SLEEPER: &str = r#"command = ["${OSTLER_BIN}", "demo-server", "sleep"]"#;

/// Ends on TERM when the file `let-go` is there, and writes its name into `ended`.
fn slow_to_end(needs: &str) -> String {
    let ends = "until [ -e let-go ]; do sleep 0.05; done; echo $OSTLER_NAME >> ended; exit 0";
    format!("command = \"trap '{ends}' TERM; while :; do sleep 0.05; done\"\nneeds = [{needs}]")
}

/// Takes no notice of TERM.
fn deaf(grace: &str) -> String {
    format!(
        "command = \"trap '' TERM; echo ready; while :; do sleep 1; done\"\nstop = {{ grace = \"{grace}\" }}"
    )
}

/// `web` needs `api` needs `db`; all are up.
fn chain() -> Sandbox {
    let (web, api, db) = (slow_to_end("\"api\""), slow_to_end("\"db\""), slow_to_end(""));
    let sandbox = Sandbox::with_servers([("db", &*db), ("api", &api), ("web", &web)]);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox
}

fn ended(sandbox: &Sandbox) -> Vec<String> {
    let text = fs::read_to_string(sandbox.project().join("ended")).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn pids(sandbox: &Sandbox, names: &[&str]) -> Vec<Option<u32>> {
    let all = sandbox.status();
    names.iter().map(|name| one(&all, name).pid).collect()
}

/// `web` is being ended, and the others wait for it.
fn is_first_going(all: &Snapshot) -> bool {
    let waits = |name: &str, what: &str| {
        let server = one(all, name);
        server.phase == Phase::Running && server.pending.is_some() && server.waiting_for == [what]
    };
    one(all, "web").phase == Phase::Stopping
        && waits("api", "web to end first")
        && waits("db", "api to end first")
}

#[test]
fn down_ends_those_first_that_need_others() {
    let sandbox = chain();
    let down = sandbox.background(&["down"]);
    sandbox.wait_until("only web going", is_first_going);
    sandbox.write("let-go", "");
    assert_eq!(down.end(), Some(0));
    assert_eq!(ended(&sandbox), ["web", "api", "db"]);
}

#[test]
fn the_order_outlives_the_supervisor() {
    let sandbox = chain();
    sandbox.ostler(&["stop", "db", "web", "api", "--no-wait"]).ok();
    sandbox.wait_until("only web going", is_first_going);
    sandbox.kill_supervisor();
    sandbox.wait_until("only web going, again", is_first_going);
    sandbox.write("let-go", "");
    for name in ["web", "api", "db"] {
        sandbox.wait_for(name, Phase::Stopped);
    }
    assert_eq!(ended(&sandbox), ["web", "api", "db"]);
}

#[test]
fn now_does_not_wait_for_them() {
    let sandbox = chain();
    sandbox.ostler(&["stop", "db", "api", "web", "--no-wait"]).ok();
    sandbox.wait_until("only web going", is_first_going);
    sandbox.ostler(&["stop", "--now", "db"]).ok();
    assert_eq!(sandbox.server("web").phase, Phase::Stopping);
    sandbox.write("let-go", "");
    sandbox.wait_for("api", Phase::Stopped);
}

#[test]
fn a_stop_of_what_is_needed_is_done_and_says_who_needs_it() {
    let api = format!("{SLEEPER}\nneeds = [\"db\"]");
    let web = format!("{SLEEPER}\nneeds = [\"api\", \"db\"]");
    let sandbox = Sandbox::with_servers([("db", SLEEPER), ("api", &*api), ("web", &web)]);
    sandbox.ostler(&["up", "-d"]).ok();
    let before = pids(&sandbox, &["api", "web"]);
    let said = sandbox.ostler(&["stop", "db"]).ok();
    assert!(said.err.contains("api and web need db and still run"), "{said:?}");
    assert_eq!((sandbox.server("db").phase, pids(&sandbox, &["api", "web"])), (Phase::Stopped, before));
    sandbox.ostler(&["start", "db"]).ok();
    let said = sandbox.ostler(&["stop", "--with-dependents", "db"]).ok();
    assert!(!said.err.contains("need db"), "{said:?}");
    for name in ["db", "api", "web"] {
        assert_eq!(sandbox.server(name).phase, Phase::Stopped, "{name}");
        assert!(said.out.contains(&format!("shop/{name}: stopped")), "{said:?}");
    }
}

#[test]
fn a_restart_of_all_goes_down_and_comes_up_in_order_and_of_one_leaves_the_others() {
    let sandbox = chain();
    sandbox.write("let-go", "");
    let before = pids(&sandbox, &["web", "api"]);
    sandbox.ostler(&["restart", "db"]).ok();
    assert_eq!(pids(&sandbox, &["web", "api"]), before);
    sandbox.ostler(&["restart", "--all"]).ok();
    assert_eq!(ended(&sandbox), ["db", "web", "api", "db"]);
    let last_start = |name: &str| {
        let mut events = sandbox.events(Some(name)).into_iter();
        events.rfind(|event| matches!(event.kind, EventKind::Started { .. })).unwrap().seq
    };
    let order = ["db", "api", "web"].map(last_start);
    assert!(order.is_sorted(), "{order:?}");
}

#[test]
fn a_restart_that_waits_its_turn_outlives_the_supervisor() {
    let sandbox = chain();
    let before = pids(&sandbox, &["db", "api", "web"]);
    sandbox.ostler(&["restart", "--all", "--no-wait"]).ok();
    sandbox.wait_until("only web going", is_first_going);
    sandbox.kill_supervisor();
    sandbox.wait_until("only web going, again", is_first_going);
    sandbox.write("let-go", "");
    sandbox.wait_until("all up anew", |all| {
        let is_new = |(name, old): (&str, &Option<u32>)| {
            let server = one(all, name);
            server.phase == Phase::Running && server.pid != *old && server.pending.is_none()
        };
        ["db", "api", "web"].into_iter().zip(&before).all(is_new)
    });
    assert_eq!(ended(&sandbox), ["web", "api", "db"]);
}

#[test]
fn a_second_stop_ends_the_grace_of_the_first() {
    let sandbox = Sandbox::with_servers([("deaf", &*deaf("1h"))]);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.wait_for_log("deaf", "ready");
    let first = sandbox.background(&["stop", "deaf"]);
    sandbox.wait_for("deaf", Phase::Stopping);
    let second = sandbox.ostler(&["stop", "deaf"]).ok();
    assert!(second.err.contains("deaf was being stopped already: it is killed now"), "{second:?}");
    assert_eq!(first.end(), Some(0));
    assert_eq!(sandbox.server("deaf").exit.unwrap().signal, Some(Signal::KILL));
}

#[test]
fn a_stop_that_lasts_says_what_it_waits_for() {
    let sandbox = Sandbox::with_servers([("deaf", &*deaf("3s"))]);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.wait_for_log("deaf", "ready");
    let pid = sandbox.server("deaf").pid.unwrap();
    let said = sandbox.ostler(&["down"]).ok();
    let expected = format!("shop/deaf (pid {pid}) waits for its processes to end (SIGTERM sent, SIGKILL in ");
    assert!(said.err.contains(&expected), "{said:?}");
}

#[test]
fn a_stop_that_nothing_can_do_ends_and_says_so() {
    let sandbox = Sandbox::with_servers([("a", SLEEPER)]);
    sandbox.ostler(&["up", "-d"]).ok();
    let pid = sandbox.server("a").pid.unwrap();
    let keeper = sandbox.keeper_of("a");
    freeze(&keeper);
    let said = sandbox.ostler(&["stop", "--now", "a"]).fails(1, "shop/a could not be ended");
    assert!(said.err.contains(&format!("whose keeper {} is stopped", keeper.pid)), "{said:?}");
    let stuck = sandbox.server("a");
    assert_eq!((stuck.phase, stuck.pending), (Phase::Stopping, Some(Pending::Stop)));
    let events = sandbox.events(Some("a"));
    assert!(events.iter().any(|event| matches!(event.kind, EventKind::Unkillable { .. })), "{events:?}");
    sandbox.ostler(&["start", "a", "--no-wait"]).ok();
    assert_eq!(sandbox.run_of("a").len(), 1, "no second copy beside it");
    assert!(alive(pid));
    kill(&keeper, Signal::CONT);
    let up = sandbox.wait_for("a", Phase::Running);
    assert_ne!(up.pid, Some(pid));
}

#[test]
fn one_that_is_stopped_by_a_signal_says_so_and_can_be_ended() {
    let sandbox = Sandbox::with_servers([("a", SLEEPER)]);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.ostler(&["signal", "a", "SIGSTOP"]).ok();
    let stopped = || sandbox.ostler(&["why", "a"]).ok().out.contains("is stopped (SIGSTOP)");
    crate::support::wait("why saying it", stopped);
    sandbox.ostler(&["stop", "a"]).ok();
    assert_eq!(sandbox.server("a").exit.unwrap().signal, Some(Signal::TERM));
}

#[test]
fn a_rolling_restart_goes_one_by_one_and_ends_at_the_first_that_is_not_up() {
    let keys = r#"command = "[ -e broken ] && exit 3; echo up $OSTLER_NAME >> ended; exec sleep 1000"
replicas = 3
restart = "never""#;
    let sandbox = Sandbox::with_servers([("w", keys)]);
    let names = ["w.1", "w.2", "w.3"];
    sandbox.ostler(&["up", "-d"]).ok();
    let before = pids(&sandbox, &names);
    sandbox.ostler(&["restart", "--rolling", "w"]).ok();
    let after = pids(&sandbox, &names);
    assert!(before.iter().zip(&after).all(|(old, new)| old != new && new.is_some()), "{before:?} {after:?}");
    let mut turns: Vec<(u64, &str)> = Vec::new();
    for name in names {
        let events = sandbox.events(Some(name)).into_iter();
        let own = events.filter(|event| {
            matches!(event.kind, EventKind::Asked { .. } | EventKind::Stopped { .. } | EventKind::Up { .. })
        });
        // without those of its first start
        turns.extend(own.skip(2).map(|event| (event.seq, name)));
    }
    turns.sort_unstable();
    let order: Vec<&str> = turns.iter().map(|(_, name)| *name).collect();
    assert_eq!(order, ["w.1", "w.1", "w.1", "w.2", "w.2", "w.2", "w.3", "w.3", "w.3"]);

    sandbox.write("broken", "");
    sandbox
        .ostler(&["restart", "--rolling", "w"])
        .fails(1, "shop/w.1 failed; left alone: shop/w.2, shop/w.3");
    assert_eq!(pids(&sandbox, &names)[1..], after[1..]);
}

#[test]
fn a_rolling_restart_waits_for_health_and_ends_at_the_first_that_is_not_well() {
    let keys = format!(
        "{SLEEPER}\nreplicas = 2\nhealth = {{ exec = \"[ ! -e sick ]\", interval = \"1h\", retries = 1, on_failure = \"mark\" }}"
    );
    let sandbox = Sandbox::with_servers([("w", &*keys)]);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.ostler(&["restart", "--rolling", "w"]).ok();
    assert_eq!(sandbox.server("w.2").health, Health::Healthy);
    let before = pids(&sandbox, &["w.1", "w.2"]);
    sandbox.write("sick", "");
    sandbox.ostler(&["restart", "--rolling", "w"]).fails(1, "shop/w.1 is unhealthy");
    let after = pids(&sandbox, &["w.1", "w.2"]);
    assert!(before[0] != after[0] && before[1] == after[1], "{before:?} {after:?}");
}

#[test]
fn a_crash_of_the_supervisor_between_two_stops_kills_nobody_early() {
    let sandbox = chain();
    sandbox.ostler(&["stop", "api", "web", "--no-wait"]).ok();
    sandbox.wait_until("web going", |all| one(all, "web").phase == Phase::Stopping);
    kill(&sandbox.supervisor(), Signal::KILL);
    sandbox.wait_until("the next supervisor", |all| one(all, "api").pending == Some(Pending::Stop));
    assert_eq!(sandbox.server("db").phase, Phase::Running);
    sandbox.write("let-go", "");
    sandbox.wait_for("api", Phase::Stopped);
    assert_eq!(
        (ended(&sandbox), sandbox.server("db").phase),
        (vec!["web".into(), "api".into()], Phase::Running)
    );
}
