//! State files that are damaged or gone: no server is lost, none is started twice, and nothing is overwritten.

use std::fs;
use std::os::unix::fs::symlink;

use ostler::model::{Desired, EventKind, Phase, Signal};

use crate::support::{Process, Sandbox, freeze, is_same, kill, one};

const SLEEPER: &str = r#"command = ["${OSTLER_BIN}", "demo-server", "sleep"]"#;

/// Damages the registry while the supervisor is stopped, kills that, and looks what the next one makes of it.
fn survives(damage: impl Fn(&Sandbox), moved_aside: bool) {
    let sandbox = Sandbox::with_servers([("a", SLEEPER), ("b", SLEEPER), ("idle", SLEEPER)]);
    sandbox.ostler(&["up", "-d", "a", "b"]).ok();
    let before = sandbox.status();
    let run: Vec<Process> = ["a", "b"].iter().flat_map(|name| sandbox.run_of(name)).collect();
    let supervisor = sandbox.supervisor();
    freeze(&supervisor);
    damage(&sandbox);
    kill(&supervisor, Signal::KILL);
    sandbox.wait_until("both again", |all| {
        let runs = |name| all.servers.iter().any(|s| s.name == name && s.phase == Phase::Running);
        all.supervisor.pid != supervisor.pid && runs("a") && runs("b")
    });
    assert_eq!(run.len(), 2);
    assert!(run.iter().all(is_same));
    let kept = fs::read_dir(sandbox.paths().home()).unwrap().flatten();
    let kept: Vec<String> = kept.map(|entry| entry.file_name().into_string().unwrap()).collect();
    let aside = kept.iter().any(|name| name.starts_with("registry.json.corrupt-"));
    assert_eq!(aside, moved_aside, "{kept:?}");
    let told = |kind: &EventKind| matches!(kind, EventKind::StateMovedAside { .. });
    assert_eq!(sandbox.events(None).iter().any(|event| told(&event.kind)), moved_aside);
    // the next one knows it all again, also what did not run
    sandbox.ostler(&["up", "-d", "a", "b"]).ok();
    sandbox.kill_supervisor();
    let after = sandbox.wait_until("all of them", |all| {
        all.servers.len() == 3 && all.servers.iter().filter(|s| s.phase == Phase::Running).count() == 2
    });
    for name in ["a", "b"] {
        assert_eq!(one(&after, name).pid, one(&before, name).pid);
        assert_eq!(sandbox.run_of(name).len(), 1);
    }
    sandbox.ostler(&["stop", "a"]).ok();
    assert_eq!(sandbox.run_of("a"), []);
}

#[test]
fn a_registry_that_was_cut() {
    survives(
        |sandbox| {
            let path = sandbox.paths().registry();
            let text = fs::read(&path).unwrap();
            fs::write(&path, &text[..text.len() / 2]).unwrap();
        },
        true,
    );
}

#[test]
fn a_registry_full_of_something_else() {
    survives(|sandbox| fs::write(sandbox.paths().registry(), b"\0\xff not json").unwrap(), true);
}

#[test]
fn a_registry_that_is_gone() {
    survives(|sandbox| fs::remove_file(sandbox.paths().registry()).unwrap(), false);
}

#[test]
fn keeper_files_that_are_gone_or_garbage() {
    survives(
        |sandbox| {
            let dir = |name: &str| sandbox.paths().server("shop", name);
            fs::remove_file(dir("a").join("server.pid")).unwrap();
            let runs = fs::read_dir(dir("b").join("runs")).unwrap().flatten();
            for run in runs {
                fs::write(run.path().join("child.json"), "{").unwrap();
            }
        },
        false,
    );
}

#[test]
fn wishes_of_another_boot_are_forgotten() {
    let sandbox = Sandbox::with_servers([("a", SLEEPER), ("b", SLEEPER)]);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.ostler(&["stop", "b"]).ok();
    // as after a power cut: nothing runs, and the file says what was wanted
    let wanted = fs::read_to_string(sandbox.paths().registry()).unwrap();
    assert!(wanted.contains(r#""desired":"up""#), "{wanted}");
    sandbox.ostler(&["supervisor", "stop", "--with-servers"]).ok();
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    let other = "00000000-0000-0000-0000-000000000000";
    let edited = wanted.replace(boot.trim(), other);
    assert_ne!(edited, wanted);
    fs::write(sandbox.paths().registry(), edited).unwrap();
    sandbox.ostler(&["events"]).ok();
    let all = sandbox.status();
    assert_eq!(all.servers.len(), 2);
    for server in &all.servers {
        assert_eq!((server.phase, server.desired), (Phase::Stopped, Desired::Down), "{server:#?}");
    }
    sandbox.ostler(&["up", "-d"]).ok();
    assert_eq!(sandbox.status().servers.iter().filter(|server| server.phase == Phase::Running).count(), 2);
}

#[test]
fn a_state_directory_that_is_anothers_to_enter_is_refused() {
    let sandbox = Sandbox::with_servers([("a", SLEEPER)]);
    let real = sandbox.project().with_file_name("real");
    fs::create_dir(&real).unwrap();
    symlink(&real, sandbox.paths().home()).unwrap();
    sandbox.ostler(&["up", "-d"]).fails(3, "state directory");
    assert_eq!(fs::read_dir(&real).unwrap().count(), 0);
    fs::remove_file(sandbox.paths().home()).unwrap();
}

#[test]
fn sockets_that_were_deleted_do_not_bring_a_second_supervisor() {
    let sandbox = Sandbox::with_servers([("a", SLEEPER)]);
    sandbox.ostler(&["up", "-d"]).ok();
    let supervisor = sandbox.supervisor();
    fs::remove_file(sandbox.paths().supervisor_socket()).unwrap();
    // it holds its lock: whoever tries to be the second one gives up
    assert_ne!(sandbox.ostler(&["supervisor", "run"]).code, Some(0));
    let supervisors: Vec<_> = sandbox.processes().into_iter().filter(Process::is_supervisor).collect();
    assert_eq!(supervisors, std::slice::from_ref(&supervisor));
    // its keepers bring it back once it has gone
    kill(&supervisor, Signal::KILL);
    sandbox.wait_until("another", |all| all.supervisor.pid != supervisor.pid);
    assert_eq!(sandbox.run_of("a").len(), 1);
}
