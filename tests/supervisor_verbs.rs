//! The supervisor ends and comes again by command: servers do not notice.

use ostler::model::{EventKind, Phase, Signal};

use crate::support::{Sandbox, alive, kill, one, wait};

const SLEEPER: &str = r#"command = ["${OSTLER_BIN}", "demo-server", "sleep"]"#;

fn two() -> Sandbox {
    let sandbox = Sandbox::with_servers([("a", SLEEPER), ("b", SLEEPER)]);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox
}

#[test]
fn servers_live_on_without_a_supervisor_and_up_finds_them_again() {
    let sandbox = two();
    let before = sandbox.status();
    let said = sandbox.ostler(&["supervisor", "stop"]).ok().out;
    assert_eq!(said, "the supervisor has ended; 2 servers live on\n");
    wait("its end", || !alive(before.supervisor.pid));
    sandbox.ostler(&["status"]).fails(3, "supervisor");
    sandbox.ostler(&["supervisor", "status"]).fails(3, "supervisor");
    assert_eq!(sandbox.ostler(&["supervisor", "stop"]).ok().out, "no supervisor is running\n");
    for server in &before.servers {
        assert!(alive(server.pid.unwrap()));
    }
    // a goodbye was said: no keeper brings it back, the next command does
    sandbox.ostler(&["up", "-d"]).ok();
    let after = sandbox.status();
    assert_ne!(after.supervisor.pid, before.supervisor.pid);
    for (was, is) in before.servers.iter().zip(&after.servers) {
        assert_eq!((was.pid, is.phase, is.adopted), (is.pid, Phase::Running, true));
    }
    let adopted = sandbox.events(Some("a"));
    assert!(adopted.iter().any(|event| matches!(event.kind, EventKind::Adopted { .. })));
    let revived = sandbox.events(None);
    assert!(
        !revived.iter().any(|event| matches!(event.kind, EventKind::SupervisorStarted { revived: true, .. }))
    );
}

#[test]
fn a_restart_puts_another_in_its_place() {
    let sandbox = two();
    let before = sandbox.status();
    let said = sandbox.ostler(&["supervisor", "restart"]).ok().out;
    assert!(said.contains("2 of 2 servers up"), "{said}");
    let after = sandbox.status();
    assert_ne!(after.supervisor.pid, before.supervisor.pid);
    assert_eq!(one(&after, "a").pid, one(&before, "a").pid);
    assert!(sandbox.ostler(&["supervisor", "status"]).ok().out.contains(&after.supervisor.pid.to_string()));
}

#[test]
fn sigterm_is_a_goodbye_too() {
    let sandbox = two();
    let before = sandbox.status();
    kill(&sandbox.supervisor(), Signal::TERM);
    wait("its end", || !alive(before.supervisor.pid));
    for server in &before.servers {
        assert!(alive(server.pid.unwrap()));
    }
    let ended = sandbox.events(None);
    let pid = before.supervisor.pid;
    assert!(ended.iter().any(|event| event.kind == EventKind::SupervisorStopped { pid }));
}

#[test]
fn stop_with_servers_leaves_nothing_and_down_works_without_a_supervisor() {
    let sandbox = two();
    sandbox.ostler(&["supervisor", "stop", "--with-servers"]).ok();
    wait("the end of all", || sandbox.processes().is_empty());
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.ostler(&["supervisor", "stop"]).ok();
    sandbox.ostler(&["down"]).ok();
    assert_eq!((sandbox.run_of("a"), sandbox.run_of("b")), (vec![], vec![]));
}

#[test]
fn a_server_that_crashes_while_nobody_looks_is_restarted_by_the_next_one() {
    let keys = format!("{SLEEPER}\nrestart = {{ delay = \"1ms\" }}");
    let sandbox = Sandbox::with_servers([("a", keys.as_str()), ("b", SLEEPER)]);
    sandbox.ostler(&["up", "-d"]).ok();
    let server = crate::support::Process::find(sandbox.server("a").pid.unwrap()).unwrap();
    sandbox.ostler(&["supervisor", "stop"]).ok();
    kill(&server, Signal::KILL);
    wait("its end", || !alive(server.pid));
    sandbox.ostler(&["events"]).ok();
    let again = sandbox.wait_until("the restart", |all| {
        one(all, "a").phase == Phase::Running && one(all, "a").restarts == 1
    });
    assert_ne!(one(&again, "a").pid, Some(server.pid));
    assert_eq!(one(&again, "a").exit.as_ref().unwrap().signal, Some(Signal::KILL));
    assert_eq!(sandbox.run_of("a").len(), 1);
}

#[test]
fn a_changed_file_is_told_and_applied_at_the_next_start() {
    let sandbox = two();
    let before = sandbox.server("a");
    sandbox.write(
        "ostler.toml",
        &format!("[servers.a]\n{SLEEPER}\nenv = {{ NEW = \"1\" }}\n[servers.c]\n{SLEEPER}\n"),
    );
    let said = sandbox.ostler(&["up", "-d"]).ok().out;
    assert!(said.contains("shop/a: config changed: restart to apply"), "{said}");
    assert!(said.contains("shop/b: not in the file any more"), "{said}");
    let a = sandbox.server("a");
    assert_eq!((a.pid, a.config_changed), (before.pid, true));
    assert_eq!(sandbox.server("b").phase, Phase::Running);
    sandbox.ostler(&["restart", "a"]).ok();
    assert!(!sandbox.server("a").config_changed);
    let pid = sandbox.server("a").pid.unwrap();
    let environ = std::fs::read(format!("/proc/{pid}/environ")).unwrap();
    assert!(environ.split(|byte| *byte == 0).any(|pair| pair == b"NEW=1"));
    sandbox.ostler(&["stop", "b"]).ok();
    assert_eq!(sandbox.status().servers.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["a", "c"]);
}
