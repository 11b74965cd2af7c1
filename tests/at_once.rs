//! Many commands at the same moment.

use std::collections::BTreeSet;

use ostler::model::{EventKind, Phase};

use crate::support::{Process, Sandbox};

const SLEEPER: &str = r#"command = ["${OSTLER_BIN}", "demo-server", "sleep"]"#;

#[test]
fn fifty_commands_without_a_supervisor_start_exactly_one() {
    let sandbox = Sandbox::with_servers([("a", SLEEPER)]);
    let commands: Vec<_> = (0..50)
        .map(|number| match number % 3 {
            0 => sandbox.background(&["start", "a"]),
            1 => sandbox.background(&["events", "--json", "--kind", "supervisor_started"]),
            _ => sandbox.background(&["up", "-d"]),
        })
        .collect();
    let codes: Vec<_> = commands.into_iter().map(crate::support::Background::end).collect();
    assert_eq!(codes, [Some(0); 50]);
    let supervisors: Vec<_> = sandbox.processes().into_iter().filter(Process::is_supervisor).collect();
    assert_eq!(supervisors.len(), 1, "{supervisors:#?}");
    let started: BTreeSet<u32> = sandbox
        .events(None)
        .iter()
        .filter_map(|event| match event.kind {
            EventKind::SupervisorStarted { pid, .. } => Some(pid),
            _ => None,
        })
        .collect();
    assert_eq!(started.into_iter().collect::<Vec<_>>(), [supervisors[0].pid]);
    assert_eq!(sandbox.server("a").phase, Phase::Running);
    assert_eq!(sandbox.run_of("a").len(), 1);
    let starts = sandbox.events(Some("a"));
    let starts = starts.iter().filter(|event| matches!(event.kind, EventKind::Started { .. }));
    assert_eq!(starts.count(), 1);
}

#[test]
fn verbs_from_all_sides_make_no_second_copy_and_the_last_wins() {
    let sandbox = Sandbox::with_servers([("a", SLEEPER), ("b", SLEEPER)]);
    sandbox.ostler(&["up", "-d"]).ok();
    let verbs: [&[&str]; 4] = [
        &["restart", "a", "b"],
        &["stop", "a", "--no-wait"],
        &["start", "b", "a"],
        &["stop", "b", "--no-wait"],
    ];
    let commands: Vec<_> = verbs.iter().cycle().take(24).map(|verb| sandbox.background(verb)).collect();
    let ended: Vec<_> = commands.into_iter().map(crate::support::Background::end).collect();
    assert!(ended.iter().all(Option::is_some));
    sandbox.ostler(&["start", "a", "b"]).ok();
    for name in ["a", "b"] {
        let server = sandbox.server(name);
        assert_eq!((server.phase, server.pending), (Phase::Running, None));
        let run = sandbox.run_of(name);
        assert_eq!(run.iter().map(|process| process.pid).collect::<Vec<_>>(), [server.pid.unwrap()]);
    }
}
