//! K13: stops of trees that resist: SIGTERM ignored, stopped, double-forked, a session of its own, the leader gone, five
//! groups at once. The tree is empty within the grace and a second, and the phase says so only then.

use std::thread;
use std::time::{Duration, Instant};

use ostler::model::Phase;

use super::Context;
use crate::api;
use crate::bed::{Bed, Spec};
use crate::checks;
use crate::clock::{ms, until};
use crate::report::Outcome;
use crate::support::freeze;

/// Of every server here.
const GRACE: Duration = Duration::from_secs(1);

/// Name, words, and processes of the tree.
const TREES: [(&str, &str, usize); 5] = [
    ("deaf", "deaf", 1),
    ("frozen", "sleep", 1),
    ("far", "far", 2),
    ("headless", "headless", 2),
    ("groups", "groups 5", 6),
];

pub(super) fn act(context: &mut Context) -> Outcome {
    let bed = Bed::new(TREES.iter().map(|(name, words, _)| Spec::new(name, words, "")).collect());
    let rounds = context.times(1, 5, 100);
    for _ in 0..rounds {
        bed.sandbox.ostler(&["up", "-d"]).ok();
        for (name, _, processes) in TREES {
            let whole =
                until(Duration::from_secs(20), ms(20), || bed.sandbox.run_of(name).len() >= processes);
            if whole.is_none() {
                bed.broken(format!("{name} never had its {processes} processes"));
            }
        }
        if let Some(main) = bed.main("frozen") {
            freeze(&main);
        }
        let took: Vec<Duration> = thread::scope(|scope| {
            let bed = &bed;
            let stops: Vec<_> =
                TREES.iter().map(|(name, _, _)| scope.spawn(move || stopped(bed, name))).collect();
            stops.into_iter().map(|stop| stop.join().unwrap()).collect()
        });
        for time in took {
            context.outcome.time("from stop to empty", time, Some(GRACE + Duration::from_secs(1)));
            context.outcome.faults += 1;
        }
        context.outcome.rounds += 1;
    }
    checks::finish(bed, &mut context.outcome);
    context.done()
}

/// Stops it; looks whether anything of it is left at the moment when it says that it is stopped.
fn stopped(bed: &Bed, name: &'static str) -> Duration {
    let begun = Instant::now();
    bed.ask(name, "stop");
    let says = until(Duration::from_secs(30), ms(10), || {
        let all = api::snapshot(&bed.socket());
        all.is_some_and(|all| crate::bed::phase(&all, name) == Some(Phase::Stopped))
    });
    let took = begun.elapsed();
    let left = bed.sandbox.run_of(name);
    if says.is_none() {
        bed.broken(format!("{name} is not stopped after {took:?}"));
    } else if !left.is_empty() {
        bed.broken(format!("{name} says that it is stopped, and there are {left:?}"));
    }
    took
}
