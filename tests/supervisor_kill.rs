//! The supervisor is killed again and again: servers and their logs do not notice, and it comes back by itself.

use ostler::model::{Phase, Signal};

use crate::support::{Process, Sandbox, freeze, is_same, kill, one};

const WRITERS: [&str; 4] = ["w1", "w2", "w3", "w4"];

#[test]
fn twenty_kills_under_load_lose_no_server_and_no_line() {
    let keys =
        r#"command = ["${OSTLER_BIN}", "demo-server", "numbered", "--rate", "500", "--length", "200"]"#;
    let sleeper = r#"command = ["${OSTLER_BIN}", "demo-server", "sleep"]"#;
    let crasher =
        "command = \"[ -e calm ] && exec sleep 1000; touch calm; exit 1\"\nrestart = { delay = \"1ms\" }";
    let servers = WRITERS.map(|name| (name, keys));
    let sandbox = Sandbox::with_servers(servers.into_iter().chain([("quiet", sleeper), ("sick", crasher)]));
    sandbox.ostler(&["up", "-d"]).ok();
    let before = sandbox.status();
    assert_eq!(one(&before, "sick").restarts, 1);
    let processes: Vec<Process> =
        before.servers.iter().map(|server| Process::find(server.pid.unwrap()).unwrap()).collect();
    for round in 0..20 {
        let came = sandbox.kill_supervisor();
        let parent = Process::find(came.parent);
        assert!(!parent.is_some_and(|parent| parent.is_keeper()), "round {round}: {came:?}");
    }
    let settled = sandbox
        .wait_until("all servers run", |all| all.servers.iter().all(|server| server.phase == Phase::Running));
    for (was, is) in before.servers.iter().zip(&settled.servers) {
        assert_eq!((&was.id, was.pid, was.restarts), (&is.id, is.pid, is.restarts));
        assert!(is.adopted);
    }
    assert!(processes.iter().all(is_same));
    let supervisors: Vec<_> = sandbox.processes().into_iter().filter(Process::is_supervisor).collect();
    assert_eq!(supervisors.len(), 1, "{supervisors:#?}");
    let starts = sandbox.events(None);
    let revived = starts.iter().filter(|event| {
        matches!(event.kind, ostler::model::EventKind::SupervisorStarted { revived: true, .. })
    });
    assert_eq!(revived.count(), 20);

    // the one that a keeper brought back does not go with that keeper's server
    let supervisor = sandbox.supervisor();
    for name in WRITERS {
        sandbox.ostler(&["stop", name]).ok();
    }
    assert!(is_same(&supervisor));
    assert_eq!(sandbox.server("quiet").phase, Phase::Running);
    for name in WRITERS {
        let numbers = sandbox.numbers(name);
        assert!(numbers.len() > 500, "{name} wrote {} lines only", numbers.len());
        let expected: Vec<u64> = (1..=numbers.len() as u64).collect();
        assert!(numbers == expected, "{name}: a line is lost, doubled or out of order");
    }
}

#[test]
fn a_wish_that_was_saved_and_not_begun_is_done_by_the_next_one() {
    let sleeper = r#"command = ["${OSTLER_BIN}", "demo-server", "sleep"]"#;
    let mut sandbox = Sandbox::with_servers([("late", sleeper), ("keep", sleeper)]);
    sandbox.set_env("MARK", "of the shell");
    sandbox.ostler(&["up", "-d", "keep"]).ok();
    let old = sandbox.supervisor();
    freeze(&old);
    // as if it had been killed between the save and the launch
    let path = sandbox.paths().registry();
    let text = std::fs::read_to_string(&path).unwrap();
    let wanted = text.replace(r#""desired":"down""#, r#""desired":"up""#);
    assert_ne!(text, wanted);
    std::fs::write(&path, wanted).unwrap();
    kill(&old, Signal::KILL);
    let late = sandbox.wait_for("late", Phase::Running);
    let environ = std::fs::read(format!("/proc/{}/environ", late.pid.unwrap())).unwrap();
    assert!(environ.split(|byte| *byte == 0).any(|pair| pair == b"MARK=of the shell"));
}

#[test]
fn wishes_that_were_accepted_survive_a_kill_at_that_instant() {
    let sleeper = r#"command = ["${OSTLER_BIN}", "demo-server", "sleep"]"#;
    let sandbox = Sandbox::with_servers([("a", sleeper), ("b", sleeper), ("keep", sleeper)]);
    sandbox.ostler(&["up", "-d", "a", "keep"]).ok();
    for _ in 0..5 {
        let supervisor = sandbox.supervisor();
        sandbox.ostler(&["stop", "a", "--no-wait"]).ok();
        sandbox.ostler(&["start", "b", "--no-wait"]).ok();
        kill(&supervisor, Signal::KILL);
        sandbox.wait_until("b instead of a", |all| {
            one(all, "a").phase == Phase::Stopped && one(all, "b").phase == Phase::Running
        });
        assert_eq!((sandbox.run_of("a").len(), sandbox.run_of("b").len()), (0, 1));
        let supervisor = sandbox.supervisor();
        sandbox.ostler(&["stop", "b", "--no-wait"]).ok();
        sandbox.ostler(&["start", "a", "--no-wait"]).ok();
        kill(&supervisor, Signal::KILL);
        sandbox.wait_until("a instead of b", |all| {
            one(all, "b").phase == Phase::Stopped && one(all, "a").phase == Phase::Running
        });
        assert_eq!((sandbox.run_of("a").len(), sandbox.run_of("b").len()), (1, 0));
    }
}

#[test]
fn what_failed_keeps_its_restarts_when_the_supervisor_is_killed() {
    let sleeper = r#"command = ["${OSTLER_BIN}", "demo-server", "sleep"]"#;
    let sick = "command = \"exit 3\"\nrestart = { attempts = 2, delay = \"1ms\" }";
    let sandbox = Sandbox::with_servers([("keep", sleeper), ("sick", sick)]);
    sandbox.ostler(&["up", "-d"]).fails(1, "failed: shop/sick");
    let failed = sandbox.server("sick");
    assert_eq!((failed.phase, failed.restarts), (Phase::Failed, 2));
    sandbox.kill_supervisor();
    let after = sandbox.wait_for("sick", Phase::Failed);
    assert_eq!((after.restarts, after.last_error), (2, failed.last_error));
    // asked for again, it begins anew
    sandbox.ostler(&["stop", "sick"]).ok();
    sandbox.kill_supervisor();
    assert_eq!(sandbox.wait_for("sick", Phase::Stopped).restarts, 0);
}
