//! K12: the wall clock jumps, and everything is stopped for a while and continued, as in a suspend. No restart comes of
//! it. Only the supervisor's clock is turned (by libfaketime), never that of the box.

use std::path::PathBuf;
use std::time::Duration;

use ostler::model::{Phase, Signal};

use super::Context;
use crate::bed::{Bed, Spec, phase};
use crate::clock::{ms, pause, until};
use crate::report::Outcome;
use crate::support::{Process, free_port, freeze, kill};
use crate::{api, checks};

/// When it counts as never.
const NEVER: Duration = Duration::from_secs(30);

const CLOCKS: [&str; 3] = ["-1y", "+10y", "@1970-01-02 00:00:00"];

pub(super) fn act(context: &mut Context) -> Outcome {
    let health = "interval = \"500ms\", timeout = \"1s\", retries = 2, on_failure = \"restart\"";
    let http = |number: u16| {
        let url = "http://127.0.0.1:${port}/";
        let port = free_port();
        let keys = format!(
            "port = {port}\nstartup = {{ http = \"{url}\" }}\nhealth = {{ http = \"{url}\", {health} }}"
        );
        Spec::new(&format!("h{number}"), "http", &keys).protected()
    };
    let bed = Bed::up(vec![http(0), http(1), Spec::new("w", "writer 100", "").protected()]);
    let held = bed.hold();
    let asleep = Duration::from_secs(context.times(2, 6, 60));
    for _ in 0..context.times(1, 2, 20) {
        suspend(&bed, asleep);
        settled(&bed, "a suspend");
        bed.still(&held);
        context.outcome.rounds += 1;
        context.outcome.faults += 1;
    }
    match library() {
        Some(library) => {
            for _ in 0..context.times(1, 1, 20) {
                for clock in CLOCKS {
                    jump(&bed, &library, clock);
                    bed.still(&held);
                    context.outcome.rounds += 1;
                    context.outcome.faults += 1;
                }
            }
        }
        None => context.outcome.note("clocks were left out: libfaketime is not installed"),
    }
    checks::finish(bed, &mut context.outcome);
    context.done()
}

/// Everything of the sandbox stops, and goes on.
fn suspend(bed: &Bed, length: Duration) {
    let all: Vec<Process> = bed.sandbox.processes();
    for process in &all {
        freeze(process);
    }
    pause(length);
    let go_on = Signal::from_number(rustix::process::Signal::CONT.as_raw()).unwrap();
    for name in bed.protected() {
        bed.note(&name, "SIGCONT");
    }
    for process in &all {
        kill(process, go_on);
    }
    // health checks that were late had their say by then
    pause(ms(2500));
}

/// A supervisor lives by another clock for a while, and is killed: the next one has the right time again.
fn jump(bed: &Bed, library: &std::path::Path, clock: &str) {
    bed.sandbox.ostler(&["supervisor", "stop"]).ok();
    until(NEVER, ms(5), || !bed.sandbox.processes().iter().any(Process::is_supervisor));
    let mut command = bed.sandbox.command(&["supervisor", "run"]);
    command.env("LD_PRELOAD", library).env("FAKETIME", clock).env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    let supervisor = crate::support::Background::start(command);
    let is_it = || bed.supervisor().is_some_and(|process| process.pid == supervisor.pid());
    if until(NEVER, ms(20), is_it).is_none() {
        bed.broken(format!("a supervisor with the clock at {clock} does not come up"));
    }
    pause(ms(1500));
    settled(bed, clock);
    // it is killed here, and brought back by a keeper
    drop(supervisor);
    settled(bed, "the right time again");
}

fn settled(bed: &Bed, after: &str) {
    let names = bed.protected();
    let calm = |all: &ostler::model::Snapshot| {
        names.iter().all(|name| phase(all, name) == Some(Phase::Running))
            && all.servers.iter().all(|server| server.restarts == 0)
    };
    if until(NEVER, ms(50), || api::snapshot(&bed.socket()).is_some_and(|all| calm(&all))).is_none() {
        let all = api::snapshot(&bed.socket());
        let seen: Vec<String> = all
            .iter()
            .flat_map(|all| &all.servers)
            .map(|server| format!("{} {} {} restarts", server.name, server.phase, server.restarts))
            .collect();
        bed.broken(format!("after {after}: {}", seen.join(", ")));
    }
}

/// Where Debian and its kin put it.
fn library() -> Option<PathBuf> {
    let dirs = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let found = dirs.map(|dir| dir.path().join("faketime/libfaketime.so.1")).find(|path| path.exists());
    assert!(
        found.is_some() || std::env::var_os("OSTLER_TEST_ALL").is_none(),
        "libfaketime is not installed, and OSTLER_TEST_ALL is set"
    );
    found
}
