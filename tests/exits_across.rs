//! Servers that end while no supervisor looks: the next one knows the truth.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::Command;

use ostler::model::{EventKind, Exit, Phase, ServerStatus, Signal};

use crate::support::{Process, Sandbox, alive, freeze, kill, one, wait};

/// Names of servers that end by a signal, and how `kill` calls it.
const SIGNALS: [(&str, &str); 5] =
    [("sigkill", "KILL"), ("sigterm", "TERM"), ("sighup", "HUP"), ("sigusr1", "USR1"), ("sigabrt", "ABRT")];

/// One server for every way to end, once it may; and one that stays.
fn config() -> String {
    let mut text = "[defaults]\nrestart = \"never\"\n\
         [servers.stays]\ncommand = [\"${OSTLER_BIN}\", \"demo-server\", \"sleep\"]\n"
        .to_owned();
    for code in 0..=255 {
        let _ = write!(text, "[servers.c{code}]\ncommand = \"read line < gate; exit {code}\"\n");
    }
    for (name, signal) in SIGNALS {
        let _ = write!(
            text,
            "[servers.{name}]\ncommand = \"ulimit -c 0; read line < gate; kill -{signal} $$\"\n"
        );
    }
    text
}

/// Phase, code and signal that this server must have ended with.
fn truth(name: &str) -> (Phase, Option<u8>, Option<String>) {
    match (name, name.strip_prefix('c')) {
        ("stays", _) => (Phase::Running, None, None),
        ("c0", _) => (Phase::Completed, Some(0), None),
        (_, Some(code)) => (Phase::Failed, Some(code.parse().unwrap()), None),
        (name, None) => (Phase::Failed, None, Some(name.to_uppercase())),
    }
}

fn told(server: &ServerStatus) -> (Phase, Option<u8>, Option<String>) {
    let exit = server.exit.as_ref();
    let signal = exit.and_then(|exit| exit.signal).map(|signal| signal.to_string());
    (server.phase, exit.and_then(|exit| exit.code), signal)
}

#[test]
fn every_code_and_signal_is_true_whoever_was_there_when_it_came() {
    let sandbox = Sandbox::new(&config());
    let gate = sandbox.project().join("gate");
    assert!(Command::new("mkfifo").arg(&gate).status().unwrap().success());
    sandbox.ostler(&["up", "-d"]).ok();
    let before = sandbox.status();
    let ending: Vec<u32> =
        before.servers.iter().filter(|server| server.name != "stays").map(|s| s.pid.unwrap()).collect();
    assert_eq!(ending.len(), 256 + SIGNALS.len());

    // it lives and does nothing: no keeper misses it
    let supervisor = sandbox.supervisor();
    freeze(&supervisor);
    wait("their ends", || {
        // an end of file for all who wait; where nobody does it can't be opened
        let nonblocking = rustix::fs::OFlags::NONBLOCK.bits() as i32;
        drop(OpenOptions::new().write(true).custom_flags(nonblocking).open(&gate));
        !ending.iter().any(|pid| Process::find(*pid).is_some())
    });
    kill(&supervisor, Signal::KILL);
    let all = sandbox.wait_until("every end is known", |all| {
        all.supervisor.pid != supervisor.pid
            && all.servers.iter().all(|s| s.pending.is_none() && s.exit.is_some() != s.pid.is_some())
    });
    let wrong: Vec<_> = all.servers.iter().filter(|server| told(server) != truth(&server.name)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(one(&all, "stays").pid, one(&before, "stays").pid);
    for (name, expected) in [("c0", Exit::Code(0)), ("c255", Exit::Code(255))] {
        let events = sandbox.events(Some(name));
        let exits: Vec<Exit> = events
            .iter()
            .filter_map(|event| match event.kind {
                EventKind::Exited { exit, .. } => Some(exit),
                _ => None,
            })
            .collect();
        assert_eq!(exits, [expected], "{name} ended once");
    }
}

#[test]
fn a_restart_that_was_accepted_is_finished_by_the_next_supervisor() {
    let sandbox = Sandbox::with_servers([("a", "command = [\"sh\", \"./run\"]")]);
    sandbox.write(
        "run",
        "trap 'echo asked; while [ ! -e gate ]; do sleep 0.05; done; exit 0' TERM; while :; do sleep 0.05; done",
    );
    sandbox.ostler(&["up", "-d"]).ok();
    let before = sandbox.server("a").pid.unwrap();
    sandbox.ostler(&["restart", "--no-wait", "a"]).ok();
    sandbox.wait_for_log("a", "asked");
    let supervisor = sandbox.supervisor();
    freeze(&supervisor);
    sandbox.write("gate", "");
    wait("the server to end", || !alive(before));
    kill(&supervisor, Signal::KILL);
    let after = sandbox.wait_until("it runs again", |all| {
        one(all, "a").phase == Phase::Running && one(all, "a").pid != Some(before)
    });
    assert_eq!(one(&after, "a").restarts, 0, "it did not fail, it was restarted");
}
