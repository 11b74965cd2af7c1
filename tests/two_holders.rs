//! A keeper is killed while its server writes: the supervisor holds the streams too, so the server does not notice, and
//! the log goes on behind a marked gap.

use std::fs;

use ostler::demo::talk;
use ostler::model::{EventKind, Phase, Signal};

use crate::support::{Process, Sandbox, is_same, kill, one, wait};

/// The most that a killed keeper takes with it.
const GAP: usize = 65_536;
const GAP_LINE: &str = "gap of at most 65536 bytes (keeper killed)";

/// The longest fill of a line.
const LENGTH: usize = 200;

fn writer(tty: bool) -> String {
    format!(
        "command = [\"${{OSTLER_BIN}}\", \"demo-server\", \"numbered\", \"--rate\", \"4000\", \"--length\", \
         \"{LENGTH}\"]\ntty = {tty}"
    )
}

/// The next number of a sequence that begins with the seed.
fn next(random: &mut u64) -> u64 {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    *random
}

/// What links of this process's descriptors say.
fn descriptors(process: &Process) -> Vec<String> {
    let entries = fs::read_dir(format!("/proc/{}/fd", process.pid)).unwrap().flatten();
    entries.filter_map(|entry| Some(fs::read_link(entry.path()).ok()?.display().to_string())).collect()
}

/// Waits until the log has grown by so many bytes, then kills the keeper; waits until another has taken over.
fn kill_keeper(sandbox: &Sandbox, name: &str, after: u64) {
    let keeper = sandbox.keeper_of(name);
    let size = || sandbox.segments(name).iter().map(|path| fs::metadata(path).unwrap().len()).sum::<u64>();
    let (begin, gaps) = (size(), sandbox.log(name).matches(GAP_LINE).count());
    wait("lines", || size() >= begin + after);
    kill(&keeper, Signal::KILL);
    wait("the line that marks the gap", || sandbox.log(name).matches(GAP_LINE).count() > gaps);
    assert_ne!(sandbox.keeper_of(name), keeper);
}

/// How many lines there are. Each is there once and in order, but for what was lost where a gap is marked.
fn check(log: &str) -> u64 {
    let own = ["started, pid ", "ended by ", "exited with ", "the index of this log was torn; "];
    // gaps since the last whole line, and the first part of a line that a gap has cut
    let (mut expected, mut gaps, mut part) = (1, 0, None);
    for line in log.lines().map(|line| line.trim_end_matches('\r')) {
        if line == GAP_LINE {
            gaps += 1;
            continue;
        }
        assert!(part.is_none() || gaps > 0, "{part:?} is no line");
        let joined = part.as_ref().map(|part| format!("{part}{line}"));
        let Some(number) = talk::check(line).or_else(|| talk::check(&joined?)) else {
            if !own.iter().any(|words| line.starts_with(words)) {
                part = part.or(Some(line.to_owned()));
            }
            continue;
        };
        let missing = (expected..number).map(|number| talk::numbered_line(number, LENGTH).len() + 1);
        let lost: usize = missing.sum();
        assert!(number >= expected && (lost == 0 || gaps > 0), "{number} where {expected} should stand");
        // two lines may be there in part
        assert!(lost <= gaps * GAP + 2 * (LENGTH + 40), "{lost} bytes lost before {number}");
        (expected, gaps, part) = (number + 1, 0, None);
    }
    expected - 1
}

#[test]
fn a_writer_on_a_pipe_and_one_on_a_terminal_do_not_notice() {
    let seed = 0x5eed_0003;
    eprintln!("seed {seed:#x}");
    let mut random = seed;
    let (pipe, terminal) = (writer(false), writer(true));
    let sandbox = Sandbox::with_servers([("pipe", pipe.as_str()), ("tty", terminal.as_str())]);
    sandbox.ostler(&["up", "-d"]).ok();
    let servers = ["pipe", "tty"].map(|name| Process::find(sandbox.server(name).pid.unwrap()).unwrap());
    for round in 0..8 {
        for name in ["pipe", "tty"] {
            kill_keeper(&sandbox, name, next(&mut random) % 100_000);
        }
        assert!(servers.iter().all(is_same), "round {round}");
        if round == 3 {
            // the next one gets them from the keepers that it finds
            sandbox.kill_supervisor();
            let all = sandbox.wait_until("both", |all| all.servers.iter().all(|s| s.phase == Phase::Running));
            assert!(all.servers.iter().all(|server| server.adopted && server.restarts == 0));
        }
    }
    for (name, server) in ["pipe", "tty"].into_iter().zip(&servers) {
        assert_eq!(sandbox.server(name).pid, Some(server.pid));
        let events = sandbox.events(Some(name));
        let count = |is: fn(&EventKind) -> bool| events.iter().filter(|event| is(&event.kind)).count();
        assert_eq!(count(|kind| matches!(kind, EventKind::KeeperLost { pid: Some(_) })), 8);
        assert_eq!(count(|kind| matches!(kind, EventKind::KeeperReplaced { .. })), 8);
        sandbox.ostler(&["stop", name]).ok();
        assert_eq!(sandbox.run_of(name), []);
        let written = check(&sandbox.log(name));
        assert!(written > 1000, "{name} wrote {written} lines only");
    }
}

#[test]
fn streams_are_held_while_the_run_lives_and_no_descriptor_stays() {
    let sandbox = Sandbox::with_servers([("a", writer(false).as_str()), ("t", writer(true).as_str())]);
    sandbox.ostler(&["up", "-d"]).ok();
    let supervisor = sandbox.supervisor();
    let output = |pid: Option<u32>| {
        fs::read_link(format!("/proc/{}/fd/1", pid.unwrap())).unwrap().display().to_string()
    };
    let held = |what: &str| descriptors(&supervisor).iter().filter(|fd| *fd == what).count();
    let first = output(sandbox.server("a").pid);
    assert_eq!((held(&first), held("/dev/ptmx") + held("/dev/pts/ptmx")), (1, 1));
    let keeper = sandbox.keeper_of("a");
    // what clients have open comes and goes
    let least = |process| (0..20).map(|_| descriptors(process).len()).min().unwrap();
    let (of_supervisor, of_keeper) = (least(&supervisor), least(&keeper));
    let none_more =
        || descriptors(&supervisor).len() <= of_supervisor && descriptors(&keeper).len() <= of_keeper;
    for _ in 0..20 {
        let old = sandbox.server("a").pid;
        sandbox.ostler(&["restart", "--no-wait", "a"]).ok();
        sandbox.wait_until("another run", |all| one(all, "a").pid.is_some_and(|pid| Some(pid) != old));
    }
    assert_eq!(held(&first), 0);
    assert_eq!(held(&output(sandbox.server("a").pid)), 1);
    wait("no more descriptors than before", &none_more);
    for _ in 0..20 {
        sandbox.ostler(&["stop", "t"]).ok();
        sandbox.ostler(&["start", "--no-wait", "t"]).ok();
        sandbox.wait_until("a run", |all| one(all, "t").pid.is_some());
    }
    wait("no more descriptors than before", &none_more);
    sandbox.ostler(&["stop", "a", "t"]).ok();
    let is_stream = |fd: &String| fd.starts_with("pipe:") || fd.ends_with("ptmx");
    wait("no stream is held", || !descriptors(&supervisor).iter().any(is_stream));
    assert!(is_same(&supervisor));
}
