//! Processes of earlier runs that nobody tracks: shown, never doubled, ended or taken back.

use std::fs;

use ostler::api::{Orphan, OrphanReason};
use ostler::model::{EventKind, Phase, ServerStatus, Signal};

use crate::support::{Process, Sandbox, freeze, is_same, kill, one, wait};

const SLEEPER: &str = r#"command = ["${OSTLER_BIN}", "demo-server", "sleep"]"#;
const TREE: &str = r#"command = ["${OSTLER_BIN}", "demo-server", "tree"]"#;

fn orphans(sandbox: &Sandbox) -> Vec<Orphan> {
    serde_json::from_str(&sandbox.ostler(&["orphans", "--json"]).ok().out).unwrap()
}

/// Ends the supervisor, and then these keepers, so that nobody is left to bring anything back.
fn lose_keepers(sandbox: &Sandbox, names: &[&str]) {
    let keepers: Vec<Process> = names.iter().map(|name| sandbox.keeper_of(name)).collect();
    sandbox.ostler(&["supervisor", "stop"]).ok();
    for keeper in &keepers {
        kill(keeper, Signal::KILL);
    }
    wait("the end of the keepers", || !keepers.iter().any(is_same));
}

#[test]
fn after_the_loss_of_everything_there_is_no_second_copy_and_what_is_left_can_be_ended() {
    let sandbox = Sandbox::with_servers([("a", TREE), ("b", SLEEPER)]);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.wait_until("its tree", |all| all.servers[0].pids.len() == 3);
    let (run_a, run_b) = (sandbox.run_of("a"), sandbox.run_of("b"));
    lose_keepers(&sandbox, &["a", "b"]);
    fs::remove_dir_all(sandbox.paths().home()).unwrap();
    let other = Sandbox::with_servers([("a", SLEEPER)]);
    assert_eq!(orphans(&other), [], "those of another state directory are none of its business");
    other.ostler(&["up", "-d"]).ok();

    let refused = sandbox.ostler(&["up", "-d"]).fails(1, "a process of an earlier run of it lives");
    let found = orphans(&sandbox);
    assert_eq!(found.iter().map(|it| it.server.name()).collect::<Vec<_>>(), ["a", "b"]);
    assert!(refused.err.contains(&format!("`ostler orphans --kill {}`", found[0].id)), "{refused:?}");
    for (orphan, run) in found.iter().zip([&run_a, &run_b]) {
        assert_eq!((orphan.reason, orphan.adoptable), (OrphanReason::StateLost, false));
        let mut pids: Vec<u32> = run.iter().map(|process| process.pid).collect();
        assert!(pids.contains(&orphan.pid));
        pids.sort_unstable();
        let mut told = orphan.pids.clone();
        told.sort_unstable();
        assert_eq!(told, pids);
    }
    let table = sandbox.ostler(&["orphans"]).ok().out;
    assert!(table.contains("shop/a") && table.contains("its state was lost"), "{table}");
    sandbox.ostler(&["orphans", "--adopt", &found[0].id]).fails(1, "nothing on record says");
    sandbox.ostler(&["start", "b"]).fails(1, "shop/b");
    assert!(run_a.iter().chain(&run_b).all(is_same), "nothing was done to them");
    assert_eq!((sandbox.run_of("a").len(), sandbox.run_of("b").len()), (run_a.len(), run_b.len()));

    sandbox.ostler(&["orphans", "--kill", &found[0].id]).ok();
    assert_eq!(sandbox.run_of("a"), []);
    assert!(run_b.iter().all(is_same));
    sandbox.ostler(&["orphans", "--kill-all"]).ok();
    assert_eq!(sandbox.run_of("b"), []);
    sandbox.ostler(&["up", "-d"]).ok();
    assert_eq!(orphans(&sandbox), []);
    let events = sandbox.events(Some("a"));
    let has = |is: fn(&EventKind) -> bool| events.iter().filter(|event| is(&event.kind)).count();
    assert_eq!(has(|kind| matches!(kind, EventKind::OrphanFound { .. })), 1, "{events:#?}");
    assert_eq!(has(|kind| matches!(kind, EventKind::OrphanKilled { by, .. } if by.client == "cli")), 1);
    assert_eq!(other.server("a").phase, Phase::Running);
}

#[test]
fn an_orphan_holds_up_its_own_server_and_no_other() {
    let sandbox = Sandbox::with_servers([("a", SLEEPER), ("b", SLEEPER)]);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.ostler(&["stop", "b"]).ok();
    let run = sandbox.run_of("a");
    lose_keepers(&sandbox, &["a"]);
    fs::remove_file(sandbox.paths().registry()).unwrap();
    let partly = sandbox.ostler(&["up", "-d"]).fails(1, "1 of 2 servers could not be started: shop/a");
    let key = &orphans(&sandbox)[0].id;
    assert!(partly.err.contains(&format!("`ostler orphans --kill {key}`")), "{partly:?}");
    assert_eq!((sandbox.server("b").phase, sandbox.server("a").phase), (Phase::Running, Phase::Stopped));
    let why = sandbox.ostler(&["why", "a"]).ok().out;
    assert!(why.contains("It can't be started: a process of an earlier run of it lives"), "{why}");
    assert!(run.iter().all(is_same) && sandbox.run_of("a").len() == run.len());
    sandbox.ostler(&["orphans", "--kill", key]).ok();
    sandbox.ostler(&["up", "-d"]).ok();
    assert_eq!(sandbox.server("a").phase, Phase::Running);
}

#[test]
fn a_keeper_that_lost_its_directory_is_found_again_and_nothing_is_doubled() {
    let sandbox = Sandbox::with_servers([("a", SLEEPER)]);
    sandbox.ostler(&["up", "-d"]).ok();
    let (keeper, server) = (sandbox.keeper_of("a"), sandbox.run_of("a").remove(0));
    sandbox.ostler(&["supervisor", "stop"]).ok();
    fs::remove_dir_all(sandbox.paths().home()).unwrap();
    // until the keeper has put its socket back, its run is an orphan; each list is a new look
    wait("its server", || {
        let left = orphans(&sandbox);
        assert!(left.iter().all(|orphan| orphan.pid == server.pid), "{left:#?}");
        let is_up = |status: &ServerStatus| status.phase == Phase::Running && status.pid == Some(server.pid);
        left.is_empty() && sandbox.status().servers.iter().any(is_up)
    });
    assert!(is_same(&keeper) && is_same(&server));
    sandbox.ostler(&["restart", "a"]).ok();
    assert!(!is_same(&server));
    assert_eq!(sandbox.run_of("a").len(), 1);
    sandbox.ostler(&["stop", "a"]).ok();
    assert_eq!(sandbox.run_of("a"), []);
}

#[test]
fn a_run_that_is_on_record_is_taken_back_and_can_be_stopped() {
    let sandbox = Sandbox::with_servers([("a", TREE)]);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.wait_until("its tree", |all| all.servers[0].pids.len() == 3);
    let run = sandbox.run_of("a");
    let pid = sandbox.server("a").pid.unwrap();
    lose_keepers(&sandbox, &["a"]);
    fs::remove_file(sandbox.paths().registry()).unwrap();
    let refused = sandbox.ostler(&["start", "a"]).fails(1, "a process of an earlier run of it lives");
    assert!(refused.err.contains("--adopt"), "{refused:?}");
    let found = orphans(&sandbox);
    assert_eq!((found.len(), found[0].pid, found[0].reason), (1, pid, OrphanReason::KeeperGone));
    assert!(found[0].adoptable);
    sandbox.ostler(&["orphans", "--adopt", &found[0].id]).ok();
    let again = sandbox.wait_for("a", Phase::Running);
    assert_eq!((again.pid, orphans(&sandbox).len()), (Some(pid), 0));
    assert!(run.iter().all(is_same));
    sandbox.ostler(&["orphans", "--adopt", &found[0].id]).fails(1, "there is no orphan");
    sandbox.ostler(&["stop", "a"]).ok();
    assert_eq!(sandbox.run_of("a"), []);
}

/// A main process and another one, restarted at once and for ever.
const PAIR: &str = "command = \"$OSTLER_BIN demo-server sleep & exec $OSTLER_BIN demo-server sleep\"\n\
                    restart = { delay = \"50ms\", max_delay = \"50ms\", attempts = 10000 }";

/// It is tried to start `a` again and again, says why that can't be, and nothing but this is there of it.
fn is_held_up(sandbox: &Sandbox, rest: &[Process]) {
    let told = |error: &Option<String>| error.as_ref().is_some_and(|error| error.contains("earlier run"));
    sandbox.wait_until("it says so", |all| told(&one(all, "a").last_error));
    sandbox.wait_until("it was tried again", |all| one(all, "a").restarts > 3);
    let left = sandbox.run_of("a");
    assert!(left.len() == 1 && rest.iter().all(is_same), "no second copy: {left:#?}");
}

#[test]
fn what_a_run_left_behind_holds_up_the_next_one() {
    // whose keeper remembers the environment of the project
    let sandbox = Sandbox::with_servers([("a", PAIR), ("b", SLEEPER)]);
    sandbox.ostler(&["up", "-d"]).ok();
    let main = Process::find(sandbox.server("a").pid.unwrap()).unwrap();
    wait("both processes", || sandbox.run_of("a").len() == 2);
    let rest: Vec<Process> = sandbox.run_of("a").into_iter().filter(|process| *process != main).collect();
    lose_keepers(&sandbox, &["a"]);
    kill(&main, Signal::KILL);
    wait("the end of the main process", || !is_same(&main));
    let found = orphans(&sandbox);
    assert_eq!((found.len(), found[0].pid, found[0].reason), (1, rest[0].pid, OrphanReason::EarlierRun));
    is_held_up(&sandbox, &rest);
    kill(&rest[0], Signal::KILL);
    sandbox.wait_for("a", Phase::Running);
    wait("the new run", || sandbox.run_of("a").len() == 2);
    assert_eq!(orphans(&sandbox), []);
}

#[test]
fn what_a_killed_keeper_and_main_process_leave_is_ended_by_the_next_keeper_and_the_server_comes_back() {
    let sandbox = Sandbox::with_servers([("a", PAIR)]);
    sandbox.ostler(&["up", "-d"]).ok();
    let main = Process::find(sandbox.server("a").pid.unwrap()).unwrap();
    wait("both processes", || sandbox.run_of("a").len() == 2);
    let rest: Vec<Process> = sandbox.run_of("a").into_iter().filter(|process| *process != main).collect();
    let (supervisor, keeper) = (sandbox.supervisor(), sandbox.keeper_of("a"));
    // both are gone before the supervisor hears of either
    freeze(&supervisor);
    kill(&keeper, Signal::KILL);
    kill(&main, Signal::KILL);
    wait("their end", || !is_same(&keeper) && !is_same(&main));
    assert!(is_same(&rest[0]));
    kill(&supervisor, Signal::CONT);
    // the supervisor held the run: it is no orphan, and what is left of it is ended as always
    sandbox.wait_until("the restart", |all| one(all, "a").restarts == 1);
    sandbox.wait_for("a", Phase::Running);
    wait("the new run", || sandbox.run_of("a").len() == 2);
    assert!(!is_same(&rest[0]) && is_same(&supervisor));
    let found = |kind: &EventKind| matches!(kind, EventKind::OrphanFound { .. });
    assert!(!sandbox.events(Some("a")).iter().any(|event| found(&event.kind)));
}

#[test]
fn whoever_ignores_sigterm_is_killed_and_no_tracked_run_is_an_orphan() {
    let stubborn = "command = \"trap '' TERM; while :; do sleep 0.1; done\"";
    let sandbox = Sandbox::with_servers([("a", stubborn), ("b", SLEEPER)]);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.kill_supervisor();
    assert_eq!(orphans(&sandbox), []);
    let tracked = sandbox.run_of("b");
    lose_keepers(&sandbox, &["a"]);
    fs::remove_dir_all(sandbox.paths().server("shop", "a")).unwrap();
    let found = orphans(&sandbox);
    assert_eq!((found.len(), found[0].server.name()), (1, "a"));
    sandbox
        .ostler(&["orphans", "--kill", "nobody-1", &found[0].id])
        .fails(1, "there is no orphan `nobody-1`");
    assert_eq!(sandbox.run_of("a").into_iter().filter(|it| found[0].pids.contains(&it.pid)).count(), 0);
    assert!(tracked.iter().all(is_same));
    assert_eq!(sandbox.server("b").phase, Phase::Running);
}
