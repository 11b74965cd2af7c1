//! K10: one server logs as fast as it can, the others are quiet. Their lines are seen in time, memory and disk stay
//! within their bounds.

use std::io::{BufRead as _, BufReader};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::Context;
use crate::bed::{Bed, Spec};
use crate::clock::{ms, now_us, pause};
use crate::report::Outcome;
use crate::{api, checks, look};

/// Promised from the write of a quiet line to whoever follows.
const SEEN: Duration = Duration::from_millis(250);

/// Promised of a keeper: what is its own.
const KEEPER: u64 = 16 << 20;

/// Promised of the supervisor.
const SUPERVISOR: u64 = 150 << 20;

/// Of the flood's log.
const DISK: u64 = 3 << 20;

pub(super) fn act(context: &mut Context) -> Outcome {
    let quiet = context.times(5, 15, 49);
    let mut specs: Vec<Spec> =
        (0..quiet).map(|number| Spec::new(&format!("q{number}"), "clock 200", "").protected()).collect();
    specs.push(Spec::new("loud", "flood", "log = { max_size = \"1MiB\", keep = 3 }").protected());
    let bed = Bed::up(specs);
    let held = bed.hold();
    let length = Duration::from_secs(context.times(5, 30, 600));
    let (over, times) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    let peaks = thread::scope(|scope| {
        for number in 0..quiet.min(8) {
            let (bed, over, times) = (&bed, &over, &times);
            scope.spawn(move || follow(bed, &format!("q{number}"), over, times));
        }
        let peaks = watch(&bed, length);
        over.store(true, Ordering::Relaxed);
        peaks
    });
    for time in times.into_inner().unwrap() {
        context.outcome.time("a quiet line is seen", time, Some(SEEN));
    }
    let Peaks { keeper, supervisor, disk } = peaks;
    for (what, peak, promised) in
        [("keeper", keeper, KEEPER), ("supervisor", supervisor, SUPERVISOR), ("disk", disk, DISK)]
    {
        if peak > promised {
            bed.broken(format!("{what}: {peak} bytes, promised {promised}"));
        }
        context.outcome.note(format!("{what} {} KiB", peak / 1024));
    }
    bed.still(&held);
    context.outcome.rounds = 1;
    context.outcome.faults = 1;
    checks::finish(bed, &mut context.outcome);
    context.done()
}

#[derive(Default)]
struct Peaks {
    keeper: u64,
    supervisor: u64,
    disk: u64,
}

fn watch(bed: &Bed, length: Duration) -> Peaks {
    let begun = Instant::now();
    let mut peaks = Peaks::default();
    while begun.elapsed() < length {
        let keeper = bed.keeper("loud").map_or(0, |keeper| look::own(keeper.pid));
        let supervisor = bed.supervisor().map_or(0, |supervisor| look::resident(supervisor.pid));
        let log = bed.sandbox.paths().server("shop", "loud").join("log");
        let files = std::fs::read_dir(log).into_iter().flatten().flatten();
        let sizes = files.filter_map(|file| file.metadata().ok()).filter(std::fs::Metadata::is_file);
        peaks.keeper = peaks.keeper.max(keeper);
        peaks.supervisor = peaks.supervisor.max(supervisor);
        peaks.disk = peaks.disk.max(sizes.map(|data| data.len()).sum());
        pause(ms(200));
    }
    peaks
}

/// Reads what a quiet server says, and how late that is.
fn follow(bed: &Bed, server: &str, over: &AtomicBool, times: &Mutex<Vec<Duration>>) {
    let path = format!("/v1/servers/shop/{server}/log?follow=true&lines=0");
    let Ok(stream) = api::follow(&bed.socket(), &path) else {
        return bed.broken(format!("{server} can't be followed"));
    };
    let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
    let mut lines = BufReader::new(stream).lines();
    while !over.load(Ordering::Relaxed) {
        let Some(Ok(line)) = lines.next() else {
            return bed.broken(format!("{server}: nothing came for 10 s"));
        };
        let said = line
            .split_once("now ")
            .map(|(_, rest)| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
        if let Some(at_us) = said.and_then(|said| said.parse::<u64>().ok()) {
            times.lock().unwrap().push(Duration::from_micros(now_us().saturating_sub(at_us)));
        }
    }
}
