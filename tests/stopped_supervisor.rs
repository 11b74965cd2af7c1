//! A supervisor that is stopped (SIGSTOP) answers nobody: every command says so, and none hangs.

use std::thread;

use ostler::model::Phase;

use crate::support::{Sandbox, freeze, is_same, thaw};

const SLEEPER: &str = r#"command = ["${OSTLER_BIN}", "demo-server", "sleep"]"#;

/// Every command that asks the supervisor.
const COMMANDS: &[&[&str]] = &[
    &["status"],
    &["status", "--json"],
    &["up", "-d"],
    &["start", "a"],
    &["stop", "a"],
    &["stop", "a", "--no-wait"],
    &["restart", "a"],
    &["signal", "a", "SIGHUP"],
    &["logs", "a"],
    &["logs", "a", "-f"],
    &["logs"],
    &["why", "a"],
    &["events"],
    &["events", "-f"],
    &["ports"],
    &["orphans"],
    &["down"],
    &["down", "--all"],
    &["supervisor", "status"],
    &["supervisor", "stop"],
    &["supervisor", "stop", "--with-servers"],
    &["supervisor", "restart"],
];

#[test]
fn every_command_names_it_instead_of_waiting_for_it() {
    let sandbox = Sandbox::with_servers([("a", SLEEPER), ("b", SLEEPER)]);
    sandbox.ostler(&["up", "-d"]).ok();
    let before = sandbox.status();
    let supervisor = sandbox.supervisor();
    let followed = sandbox.background(&["logs", "a", "-f"]);
    freeze(&supervisor);
    let told = format!("the supervisor (pid {}) does not answer: it is stopped", supervisor.pid);
    thread::scope(|scope| {
        for args in COMMANDS {
            scope.spawn(|| {
                let output = sandbox.ostler(args).fails(3, &told);
                assert!(output.err.contains(&format!("kill -CONT {}", supervisor.pid)), "{output:?}");
            });
        }
    });
    // what followed a log before
    assert_eq!(followed.end(), Some(3));
    thaw(&supervisor);
    assert!(is_same(&supervisor));
    let after = sandbox.status();
    for (was, is) in before.servers.iter().zip(&after.servers) {
        assert_eq!((was.pid, is.phase), (is.pid, Phase::Running), "nothing was done by those that gave up");
    }
}
