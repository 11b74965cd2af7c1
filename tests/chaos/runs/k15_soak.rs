//! K15: hours under load, and a kill of the supervisor each minute. Nothing leaks.

use std::time::{Duration, Instant};

use super::Context;
use crate::bed::Bed;
use crate::clock::{pause, until};
use crate::load::{self, Size};
use crate::report::Outcome;
use crate::{checks, look};

/// Promised growth of a keeper's own memory.
const GROWTH_PER_HOUR: u64 = 1 << 20;

pub(super) fn act(context: &mut Context) -> Outcome {
    let size = Size::of(context.scale);
    let length = Duration::from_secs(context.times(5, 20, 7200));
    let between = Duration::from_secs(context.times(2, 5, 60));
    let bed = Bed::up(load::servers(size));
    let held = bed.hold();
    let keepers: Vec<u32> =
        bed.protected().iter().filter_map(|name| bed.keeper(name)).map(|keeper| keeper.pid).collect();
    let mut rng = context.rng.fork();
    // what a keeper takes once it has seen everything, and a supervisor when it is young
    let mut keepers_then = None;
    let mut supervisor_files = Vec::new();
    let begun = Instant::now();
    let ((), asked) = load::under(&bed, size, &mut rng, || {
        while begun.elapsed() < length {
            pause(between);
            let _ = keepers_then.get_or_insert_with(|| memory(&keepers));
            if let Some(supervisor) = bed.supervisor() {
                supervisor_files.push(look::files(supervisor.pid));
            }
            bed.kill_supervisor(Duration::from_secs(20));
            context.outcome.rounds += 1;
            context.outcome.faults += 1;
        }
    });
    bed.still(&held);
    let hours = begun.elapsed().as_secs_f64() / 3600.0;
    for ((pid, before), (_, after)) in keepers_then.unwrap_or_default().into_iter().zip(memory(&keepers)) {
        let allowed = 256 * 1024 + (GROWTH_PER_HOUR as f64 * hours) as u64;
        if after > before + allowed {
            bed.broken(format!("I11: keeper {pid} took {before} bytes and takes {after}"));
        }
    }
    // clients and followers come and go: the same number, give or take those
    let (first, last) = (supervisor_files.first().copied(), supervisor_files.last().copied());
    let flat = until(Duration::from_secs(10), Duration::from_millis(200), || {
        bed.supervisor().is_some_and(|now| look::files(now.pid) <= first.unwrap_or(0) + 40)
    });
    if flat.is_none() {
        bed.broken(format!("I11: open files of the supervisor: first {first:?}, then {last:?}"));
    }
    context.outcome.note(format!("{} servers, {asked} requests", bed.specs.len()));
    checks::finish(bed, &mut context.outcome);
    context.done()
}

/// Memory of each that is its own.
fn memory(keepers: &[u32]) -> Vec<(u32, u64)> {
    keepers.iter().map(|pid| (*pid, look::own(*pid))).collect()
}
