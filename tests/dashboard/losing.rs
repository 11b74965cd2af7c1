//! The supervisor goes while the dashboard is open.

use ostler::model::{Phase, Signal};

use super::terminal::Terminal;
use super::{pids, three_up};
use crate::support::{freeze, kill, thaw};

#[test]
fn what_was_known_stays_until_another_supervisor_answers() {
    let sandbox = three_up();
    let before = pids(&sandbox);
    let mut terminal = Terminal::open(&sandbox, &[], (120, 30));
    terminal.wait_until("idle is there", |screen| screen.says("idle", "running"));
    let old = sandbox.supervisor();
    kill(&old, Signal::KILL);
    terminal.wait_until("it says so, with the old data", |screen| {
        screen.contains("DISCONNECTED") && screen.says("api", "running") && screen.says("idle", "running")
    });
    terminal.wait_until("it is back", |screen| !screen.contains("DISCONNECTED"));
    assert_ne!(sandbox.supervisor().pid, old.pid);
    assert_eq!(pids(&sandbox), before);
    for (name, pid) in ["api", "worker", "idle"].into_iter().zip(before) {
        let pid = pid.unwrap().to_string();
        terminal.wait_until("the same PID", |screen| screen.says(name, "running") && screen.says(name, &pid));
    }
    terminal.keys("x");
    sandbox.wait_for("api", Phase::Stopped);
}

#[test]
fn a_supervisor_that_is_stopped_is_named_and_found_again() {
    let sandbox = three_up();
    let before = pids(&sandbox);
    let mut terminal = Terminal::open(&sandbox, &[], (140, 30));
    terminal.wait_until("idle is there", |screen| screen.says("idle", "running"));
    let supervisor = sandbox.supervisor();
    freeze(&supervisor);
    terminal.wait_until("it says who, with what was known", |screen| {
        let told = format!("(pid {}) does not answer: it is stopped", supervisor.pid);
        screen.contains("DISCONNECTED") && screen.contains(&told) && screen.says("api", "running")
    });
    thaw(&supervisor);
    terminal.wait_until("it is back", |screen| !screen.contains("DISCONNECTED"));
    assert_eq!((sandbox.supervisor().pid, pids(&sandbox)), (supervisor.pid, before));
}

#[test]
fn a_supervisor_of_another_version_is_told_of() {
    let mut sandbox = three_up();
    sandbox.set_env("OSTLER_TEST_VERSION", "9.9.9");
    let mut terminal = Terminal::open(&sandbox, &[], (120, 30));
    let ours = env!("CARGO_PKG_VERSION");
    terminal
        .wait_for(&format!("the supervisor is version {ours}, this is 9.9.9: `ostler supervisor restart`"));
}
