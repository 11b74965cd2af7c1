//! The end of a run: waits until everything has settled, takes it down, and compares what ostler says with what the
//! servers and the observer have on record.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use ostler::model::{Desired, Exit, Phase, ServerStatus, Snapshot};
use ostler::run_dir::KEPT_RUNS;

use crate::api;
use crate::bed::{Answer, Ask, Bed, phase};
use crate::clock::{ms, now_us, until};
use crate::journal;
use crate::observer::names;
use crate::report::Outcome;
use crate::serve::record::HUNG_UP;
use crate::support::Process;

/// How long everything may take to settle on a loaded machine.
const SETTLED: Duration = Duration::from_secs(40);

/// A signal comes at most so long after it was asked for: the grace is 1 s, and a stop waits for what comes before it.
const EXPLAINED_US: u64 = 20_000_000;

/// Ends the run. What was broken is in `outcome` then.
pub(crate) fn finish(mut bed: Bed, outcome: &mut Outcome) {
    accepted_wishes(&bed);
    let down_us = now_us();
    let down = bed.sandbox.ostler(&["down", "--all"]);
    if down.code != Some(0) {
        bed.broken(format!("`down --all` failed: {down:?}"));
    }
    zombies(&bed);
    if let Some(all) = api::snapshot(&bed.socket()) {
        for server in all.servers.iter().filter(|server| server.pid.is_some() || server.phase.is_alive()) {
            bed.broken(format!("{} is {} after `down`", server.name, server.phase));
        }
    }
    let stays = |process: &Process| process.is_supervisor() || process.name == "ostler-nursery";
    let none = || bed.sandbox.processes().iter().all(stays);
    if until(SETTLED, ms(20), none).is_none() {
        bed.broken(format!("I11: left after `down`: {:?}", bed.sandbox.processes()));
    }
    bed.observer.end();
    exits(&bed, outcome);
    signals(&bed, down_us);
    logs(&bed, outcome);
    leftovers(&bed);
    let (broken, looks, longest) =
        bed.observer.seen(|seen| (std::mem::take(&mut seen.broken), seen.looks, seen.longest));
    outcome.broken.extend(broken);
    outcome.broken.extend(bed.take_broken());
    outcome.note(format!("{looks} looks, the longest pause between two {} ms", longest.as_millis()));
}

/// I8: what was last accepted of each server is what is the case.
fn accepted_wishes(bed: &Bed) {
    let mut wishes: BTreeMap<String, Option<Desired>> = BTreeMap::new();
    let mut asks = bed.asks();
    asks.sort_by_key(|ask| match ask.answer {
        Answer::Accepted(seq) => (seq, 0),
        Answer::Refused(..) | Answer::Lost(_) => (0, ask.begun_us),
    });
    for ask in &asks {
        let wanted = if ask.verb == "stop" { Desired::Down } else { Desired::Up };
        if matches!(ask.answer, Answer::Accepted(_)) {
            wishes.insert(ask.server.clone(), Some(wanted));
        }
    }
    let last_accepted = |server: &str| {
        let of = asks.iter().filter(|ask| ask.server == server && matches!(ask.answer, Answer::Accepted(_)));
        of.map(|ask| ask.begun_us).max().unwrap_or(0)
    };
    // one without an answer may have been done, before or after
    for ask in asks.iter().filter(|ask| matches!(ask.answer, Answer::Lost(_))) {
        if ask.ended_us > last_accepted(&ask.server) {
            wishes.insert(ask.server.clone(), None);
        }
    }
    let as_wished = |all: &Snapshot| -> Vec<String> {
        let wrong = wishes.iter().filter_map(|(name, wish)| {
            let server = all.servers.iter().find(|server| server.name == *name)?;
            let is = |wish: Desired| fits(server, wish);
            let fine = wish.map_or_else(|| is(Desired::Up) || is(Desired::Down), is);
            (!fine).then(|| {
                format!("{name}: {wish:?} was accepted, it is {}, {:?}", server.phase, server.desired)
            })
        });
        wrong.collect()
    };
    let mut wrong = vec!["no supervisor answers".to_owned()];
    let settled = until(SETTLED, ms(50), || {
        let Some(all) = api::snapshot(&bed.socket()) else { return false };
        wrong = as_wished(&all);
        let steady = bed.specs.iter().filter(|spec| spec.protected && !spec.is_restless());
        for spec in steady {
            if phase(&all, &spec.name) != Some(Phase::Running) {
                wrong.push(format!("{} is {:?}", spec.name, phase(&all, &spec.name)));
            }
        }
        wrong.is_empty()
    });
    if settled.is_none() {
        let history = |what: &String| {
            let name = what.split(':').next().unwrap_or_default().to_owned();
            let of: Vec<Ask> = asks.iter().filter(|ask| ask.server == name).cloned().collect();
            let last: Vec<String> = of.iter().rev().take(4).map(|ask| format!("{ask:?}")).collect();
            format!("I8: {what}; last asked: {}", last.join(", "))
        };
        for what in &wrong {
            bed.broken(history(what));
        }
    }
}

fn fits(server: &ServerStatus, wish: Desired) -> bool {
    let phase = match wish {
        Desired::Down => server.phase == Phase::Stopped,
        Desired::Up => matches!(
            server.phase,
            Phase::Running | Phase::Starting | Phase::Backoff | Phase::Completed | Phase::Failed
        ),
    };
    phase && server.desired == wish && server.pending.is_none()
}

/// I11: no child of ostler stays a zombie.
fn zombies(bed: &Bed) {
    let ours: Vec<u32> = bed.sandbox.processes().iter().map(|process| process.pid).collect();
    let mut found = Vec::new();
    let none = until(Duration::from_secs(10), ms(50), || {
        found = zombies_of(&ours);
        found.is_empty()
    });
    if none.is_none() {
        bed.broken(format!("I11: zombies: {found:?}"));
    }
}

/// Zombies whose parent is one of these.
fn zombies_of(parents: &[u32]) -> Vec<String> {
    let stats = names(Path::new("/proc")).into_iter().filter_map(|pid| {
        let pid: u32 = pid.parse().ok()?;
        fs::read_to_string(format!("/proc/{pid}/stat")).ok()
    });
    stats
        .filter(|stat| {
            let rest: Vec<&str> = stat
                .rsplit_once(')')
                .map(|(_, rest)| rest.split_ascii_whitespace().collect())
                .unwrap_or_default();
            let parent = rest.get(1).and_then(|parent| parent.parse().ok());
            rest.first() == Some(&"Z") && parent.is_some_and(|parent| parents.contains(&parent))
        })
        .collect()
}

/// I5: each run that is over has one exit record, and it is true or unknown.
fn exits(bed: &Bed, outcome: &mut Outcome) {
    let (exits, mains) = bed.observer.seen(|seen| (seen.exits.clone(), seen.mains.clone()));
    let (mut unknown, mut runs) = (0, 0);
    for (run, main) in &mains {
        runs += 1;
        let Some(exit) = exits.get(&(main.server.clone(), run.clone())) else {
            // pruned between two looks: so many runs came after it, and one without a record is never pruned
            let runs = bed.sandbox.paths().server("shop", &main.server).join("runs");
            let last = names(&runs).iter().map(|run| number(run)).max().unwrap_or(0);
            let later = last.saturating_sub(number(run));
            let kept = runs.join(run).exists();
            if (kept || later < KEPT_RUNS as u64) && !bed.spoiled.contains(&main.server) {
                bed.broken(format!(
                    "I5: run {run} of {} has no exit record; its directory is there: {kept}, runs after it: {later}",
                    main.server
                ));
            }
            continue;
        };
        let truth = fs::read_to_string(bed.records().join("truth").join(&main.server).join(run)).ok();
        let said = match exit {
            Exit::Code(code) => format!("code {code}"),
            Exit::Signal { signal, .. } => format!("signal {}", signal.number()),
            Exit::Unknown => {
                unknown += 1;
                continue;
            }
            Exit::ExecFailed { errno } => format!("not executed, {errno}"),
        };
        // who did not write down how he ends was killed, or had not come so far as to hear a SIGTERM
        let hears = bed.records().join("ready").join(&main.server).join(run).exists();
        if truth.is_none() && !hears && said == "signal 15" {
            continue;
        }
        // killed while it was ending: it had heard the SIGTERM, and wrote how it was about to end
        let ending = truth.as_deref().is_some_and(|truth| truth.is_empty() || truth.starts_with("code "));
        if said == "signal 9" && ending && heard_term(bed, &main.server, run) {
            continue;
        }
        let truth = truth.unwrap_or_else(|| "signal 9".to_owned());
        let robbed = bed.robbed.contains(&main.server);
        if robbed && (truth.trim() == format!("code {HUNG_UP}") || said == "signal 1") {
            continue;
        }
        if truth.trim() == format!("code {HUNG_UP}") {
            bed.broken(format!("I10: run {run} of {} was hung up on", main.server));
        } else if truth.trim() != said {
            bed.broken(format!(
                "I5: run {run} of {} ended by {truth:?}, the record says {said}",
                main.server
            ));
        }
    }
    outcome.note(format!("{runs} runs, {unknown} exits unknown"));
}

/// The number of a run among those of its server: `r00000007-…`.
fn number(run: &str) -> u64 {
    run.trim_start_matches('r').split('-').next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// Whether this run has put a SIGTERM on record.
fn heard_term(bed: &Bed, server: &str, run: &str) -> bool {
    let heard =
        fs::read_to_string(bed.records().join("signals").join(server).join("heard")).unwrap_or_default();
    heard.lines().any(|line| line.split(' ').skip(1).eq([run, "15"]))
}

/// I2: each signal that came was asked for.
fn signals(bed: &Bed, down_us: u64) {
    let asks = bed.asks();
    for server in names(&bed.records().join("signals")) {
        let text =
            fs::read_to_string(bed.records().join("signals").join(&server).join("heard")).unwrap_or_default();
        for line in text.lines() {
            let mut words = line.split(' ');
            let at_us: u64 = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
            let asked = asks.iter().filter(|ask| ask.server == server);
            let hung_up = bed.robbed.contains(&server) && (line.ends_with(" 13") || line.ends_with(" 1"));
            let explained = at_us >= down_us
                || hung_up
                || line.ends_with(" 18") && bed.robbed.contains(&server)
                || asked.clone().any(|ask| ask.begun_us <= at_us && at_us <= ask.ended_us + EXPLAINED_US);
            if !explained {
                bed.broken(format!("I2: {server} got a signal that nobody asked for: {line}"));
            }
        }
    }
}

/// I4: every byte once and in order, or counted.
fn logs(bed: &Bed, outcome: &mut Outcome) {
    let (mut bytes, mut lost, mut gaps) = (0, 0, 0);
    let whole = |spec: &&crate::bed::Spec| spec.is_writer() && !bed.robbed.contains(&spec.name);
    for spec in bed.specs.iter().filter(whole) {
        let log = bed.sandbox.paths().server("shop", &spec.name).join("log");
        let sent = bed.records().join("sent").join(&spec.name);
        let found = journal::check(&log, &sent, spec.is_terminal());
        (bytes, lost, gaps) = (bytes + found.bytes, lost + found.lost, gaps + found.gaps);
        for what in found.broken {
            bed.broken(format!("{}: {what}", spec.name));
        }
    }
    if bytes > 0 {
        outcome.note(format!("{} KiB of log compared, {gaps} gaps of {lost} bytes", bytes / 1024));
    }
}

/// I11: no temporary file stays, once another supervisor has come up.
fn leftovers(bed: &Bed) {
    let mut found = Vec::new();
    let mut none = || {
        found.clear();
        collect(bed.sandbox.paths().home(), &mut found);
        found.is_empty()
    };
    if none() {
        return;
    }
    bed.sandbox.ostler(&["supervisor", "restart"]);
    if until(Duration::from_secs(10), ms(50), none).is_none() {
        bed.broken(format!("I11: temporary files are left: {}", found.join(", ")));
    }
}

fn collect(dir: &Path, found: &mut Vec<String>) {
    for name in names(dir) {
        let path = dir.join(&name);
        if path.is_dir() && !path.is_symlink() {
            collect(&path, found);
        } else if path.extension().is_some_and(|end| end == "tmp") || name == ".current.new" {
            found.push(path.display().to_string());
        }
    }
}
