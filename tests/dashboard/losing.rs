//! The supervisor goes while the dashboard is open.

use ostler::model::{Phase, Signal};

use super::terminal::Terminal;
use super::{pids, three_up};
use crate::support::kill;

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
