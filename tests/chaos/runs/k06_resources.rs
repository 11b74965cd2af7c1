//! K6: the disk is full, files and processes can't be had, reads and writes fail. Nobody dies of it, nobody spins, all
//! is well again 5 s after it ended, and what was lost is counted.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ostler::model::Signal;

use super::Context;
use crate::bed::{Answer, Bed, Spec};
use crate::clock::{ms, pause, until};
use crate::report::Outcome;
use crate::support::{Process, is_same, kill};
use crate::{checks, look, tools};

/// Promised until all is well again.
const WELL: Duration = Duration::from_secs(5);

/// How long a fault lasts.
const LASTS: Duration = Duration::from_secs(2);

/// More than this share of one core is a busy loop.
const SPINS: f64 = 0.6;

/// Who suffers, and what strace makes of their system calls.
const INJECTIONS: [(&str, &str); 11] = [
    ("keeper", "pwrite64:error=EIO"),
    ("keeper", "pwrite64:error=ENOSPC"),
    ("keeper", "read:error=EINTR:when=1+3"),
    ("keeper", "poll,ppoll:error=ENOMEM:when=1+2"),
    ("keeper", "openat:error=EMFILE"),
    ("keeper", "fork,vfork,clone,clone3:error=EAGAIN"),
    ("nursery", "fork,vfork,clone,clone3:error=EAGAIN"),
    ("supervisor", "accept4:error=EMFILE"),
    ("supervisor", "fsync,rename:error=EIO"),
    ("supervisor", "openat:error=ENOSPC"),
    ("supervisor", "epoll_wait,epoll_pwait:error=EINTR:when=1+2"),
];

fn servers() -> Vec<Spec> {
    vec![
        Spec::new("one", "writer 100", "").protected(),
        Spec::new("both", "both 100", "").protected(),
        Spec::new("tty", "tty 50", "tty = true").protected(),
        Spec::new(
            "acts",
            "writer 50",
            "restart = { attempts = 1000, delay = \"100ms\", max_delay = \"500ms\" }",
        ),
    ]
}

pub(super) fn act(context: &mut Context) -> Outcome {
    let strace = match tools::superuser().and_then(|()| tools::tool("strace")) {
        Ok(strace) => strace,
        Err(left_out) => return left_out,
    };
    for _ in 0..context.times(1, 1, 20) {
        if context.wants("disk") {
            full_disk(&mut context.outcome);
        }
        let mut bed = Bed::up(servers());
        // a record that can't be written is told, and lost
        bed.spoiled.push("acts".to_owned());
        for who in ["supervisor", "keeper"]
            .into_iter()
            .filter(|who| context.wants(&format!("files {who}")))
            .collect::<Vec<_>>()
        {
            no_more_files(&bed, who, &mut context.outcome);
        }
        let wanted = |(who, what): &(&str, &str)| context.wants(&format!("{who} {what}"));
        for (who, what) in INJECTIONS.into_iter().filter(wanted).collect::<Vec<_>>() {
            injected(&bed, &strace, who, what, &mut context.outcome);
        }
        checks::finish(bed, &mut context.outcome);
    }
    context.done()
}

fn full_disk(outcome: &mut Outcome) {
    let mut bed = Bed::new(servers());
    bed.spoiled.push("acts".to_owned());
    let home = bed.sandbox.paths().home().to_owned();
    let disk = match tools::Disk::mount(&home, 6) {
        Ok(disk) => disk,
        Err(error) => return outcome.broken.push(error),
    };
    bed.sandbox.ostler(&["up", "-d"]).ok();
    let held = bed.hold();
    pause(ms(500));
    let filler = home.join("filler");
    // as much as there is, down to the last byte
    let fill = || fs::write(home.join("filler.more"), vec![0; 4096]).is_err();
    let _ = fs::write(&filler, vec![0; 8 << 20]);
    fill();
    suffer(&bed, "the disk is full", outcome);
    let _ = fs::remove_file(&filler);
    let _ = fs::remove_file(home.join("filler.more"));
    well_again(&bed, "the disk was full", outcome);
    bed.still(&held);
    checks::finish(bed, outcome);
    drop(disk);
    let _ = fs::remove_dir_all(home.parent().unwrap_or(Path::new("/nowhere")));
}

fn no_more_files(bed: &Bed, who: &str, outcome: &mut Outcome) {
    let Some(victim) = victim(bed, who) else { return bed.broken(format!("no {who}")) };
    let pid = victim.pid.to_string();
    let limit = |count: usize| tools::run("prlimit", &["--pid", &pid, &format!("--nofile={count}:")]);
    if let Err(error) = limit(look::files(victim.pid)) {
        return bed.broken(error);
    }
    suffer(bed, &format!("the {who} can open no file"), outcome);
    if let Err(error) = limit(100_000).or_else(|_| limit(1024)) {
        bed.broken(error);
    }
    if !is_same(&victim) {
        bed.broken(format!("the {who} died of having no files"));
    }
    well_again(bed, &format!("the {who} could open no file"), outcome);
}

fn injected(bed: &Bed, strace: &str, who: &str, what: &str, outcome: &mut Outcome) {
    let Some(victim) = victim(bed, who) else { return bed.broken(format!("no {who}")) };
    let pid = victim.pid.to_string();
    let inject = format!("inject={what}");
    let trace = format!("trace={}", what.split(':').next().unwrap_or_default());
    let mut command = Command::new(strace);
    command.args(["-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject, "-p", &pid]);
    if who == "supervisor" {
        // all of its threads; a keeper has one, and a server that it starts is not meant
        command.arg("-f");
    }
    let Ok(mut tracer) = command.stderr(Stdio::null()).spawn() else {
        return bed.broken("strace does not start");
    };
    suffer(bed, &format!("{who}: {what}"), outcome);
    end(&mut tracer);
    if !is_same(&victim) {
        bed.broken(format!("the {who} died of {what}"));
    }
    well_again(bed, &format!("{who}: {what}"), outcome);
}

fn victim(bed: &Bed, who: &str) -> Option<Process> {
    match who {
        "keeper" => bed.keeper("acts"),
        "nursery" => bed.sandbox.processes().into_iter().find(|process| process.name == "ostler-nursery"),
        _ => bed.supervisor(),
    }
}

/// Lets the tracer let go of its process.
fn end(tracer: &mut Child) {
    if let Some(process) = Process::find(tracer.id()) {
        kill(&process, Signal::TERM);
    }
    let _ = tracer.wait();
}

/// The fault lasts for a while, in which things are asked, whatever becomes of them; and nobody spins.
fn suffer(bed: &Bed, what: &str, outcome: &mut Outcome) {
    outcome.rounds += 1;
    outcome.faults += 1;
    let ours: Vec<Process> = bed
        .sandbox
        .processes()
        .into_iter()
        .filter(|process| process.is_keeper() || process.is_supervisor())
        .collect();
    let before: Vec<Duration> = ours.iter().map(|process| look::cpu(process.pid)).collect();
    // no answer is waited for: it may take until the fault is over
    let _asking = bed.ask_aside("acts", "restart");
    pause(LASTS);
    for (process, before) in ours.iter().zip(before) {
        let share = look::cpu(process.pid).saturating_sub(before).as_secs_f64() / LASTS.as_secs_f64();
        if share > SPINS {
            bed.broken(format!("{what}: {} {} took {share:.1} of a core", process.name, process.pid));
        }
    }
}

/// All is well: a restart is accepted and done, and logs grow.
fn well_again(bed: &Bed, what: &str, outcome: &mut Outcome) {
    let limit = Duration::from_secs(30);
    let took = until(limit, ms(50), || {
        matches!(bed.ask_with("acts", "start", ""), Answer::Accepted(_))
            && bed.main("acts").is_some_and(|main| is_same(&main))
    });
    match took {
        Some(took) => outcome.time("well again", took, Some(WELL)),
        None => {
            bed.broken(format!("{what}: a start is not done {limit:?} after that: {:?}", bed.asks().last()));
        }
    }
    for name in ["one", "acts"] {
        let size = || written(bed, name);
        let before = size();
        if until(limit, ms(50), || size() > before).is_none() {
            bed.broken(format!("{what}: the log of {name} does not grow any more"));
        }
    }
}

/// Bytes in a log.
fn written(bed: &Bed, name: &str) -> u64 {
    let files = bed.sandbox.segments(name).into_iter();
    files.filter_map(|file| fs::metadata(file).ok()).map(|data| data.len()).sum()
}
