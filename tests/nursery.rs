//! The process that forks keepers: whatever becomes of it, servers live on and others can be started.

use ostler::model::Signal;

use crate::support::{Process, Sandbox, freeze, is_same, kill, look_until};

const SLEEPER: &str = r#"command = ["${OSTLER_BIN}", "demo-server", "sleep"]"#;

fn nursery(sandbox: &Sandbox) -> Process {
    let mut found = sandbox.processes();
    found.retain(|process| process.name == "ostler-nursery");
    assert_eq!(found.len(), 1, "{found:#?}");
    found.remove(0)
}

#[test]
fn one_that_was_killed_is_replaced_at_the_next_start() {
    let sandbox = Sandbox::with_servers([("a", SLEEPER), ("b", SLEEPER)]);
    sandbox.ostler(&["start", "a"]).ok();
    let (first, server, keeper) = (nursery(&sandbox), sandbox.run_of("a"), sandbox.keeper_of("a"));
    kill(&first, Signal::KILL);
    look_until(|| (!is_same(&first)).then_some(())).expect("its end");
    sandbox.ostler(&["start", "b"]).ok();
    assert!(server.iter().all(is_same) && is_same(&keeper));
    assert_ne!(nursery(&sandbox).pid, first.pid);
    // the keeper's parent was the first one
    sandbox.ostler(&["restart", "a"]).ok();
    assert_eq!((sandbox.run_of("a").len(), sandbox.run_of("b").len()), (1, 1));
}

#[test]
fn one_that_does_not_answer_is_ended_and_forks_nothing_later() {
    let sandbox = Sandbox::with_servers([("a", SLEEPER), ("b", SLEEPER)]);
    sandbox.ostler(&["start", "a"]).ok();
    let first = nursery(&sandbox);
    freeze(&first);
    sandbox.ostler(&["start", "b"]).ok();
    look_until(|| (!is_same(&first)).then_some(())).expect("its end");
    let keepers = sandbox.processes().into_iter().filter(Process::is_keeper).count();
    assert_eq!((keepers, sandbox.run_of("b").len()), (2, 1));
}
