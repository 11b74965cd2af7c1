//! K3: keepers are killed. The server lives on, whatever it writes to; at most 64 KiB of its log are lost, and that is
//! marked; another keeper has it within a second, and can stop it.

use std::time::{Duration, Instant};

use ostler::model::Signal;

use super::Context;
use crate::bed::Bed;
use crate::checks;
use crate::clock::{ms, pause, until};
use crate::load::{self, Size};
use crate::report::Outcome;
use crate::support::{is_same, kill};

/// Promised until the loss is seen and made up for.
const SEEN: Duration = Duration::from_secs(1);

/// When it counts as never seen.
const NEVER: Duration = Duration::from_secs(20);

pub(super) fn act(context: &mut Context) -> Outcome {
    let size = Size::of(context.scale);
    let bed = Bed::up(load::servers(size));
    let names = bed.protected();
    let held = bed.hold();
    let kills = context.times(6, 50, 500);
    let mut moments = context.rng.fork();
    let mut rng = context.rng.fork();
    let ((), asked) = load::under(&bed, size, &mut rng, || {
        for _ in 0..kills {
            pause(ms(moments.within(0, 400)));
            let name = moments.pick(&names).clone();
            context.outcome.rounds += 1;
            if !one(&bed, &name, &mut context.outcome) {
                // the others would each wait as long in vain
                break;
            }
        }
    });
    bed.still(&held);
    // a stop still ends each of them, tree and all: `checks` looks
    context.outcome.note(format!("{} servers, {asked} requests", bed.specs.len()));
    checks::finish(bed, &mut context.outcome);
    context.done()
}

/// Kills the keeper of a server; whether another one came.
fn one(bed: &Bed, name: &str, outcome: &mut Outcome) -> bool {
    let Some(old) = bed.keeper(name) else {
        bed.broken(format!("{name} has no keeper"));
        return false;
    };
    kill(&old, Signal::KILL);
    outcome.faults += 1;
    let begun = Instant::now();
    let came = until(NEVER, ms(5), || {
        bed.keeper(name).is_some_and(|keeper| keeper.pid != old.pid && is_same(&keeper))
    });
    match came {
        Some(_) => outcome.time("another keeper", begun.elapsed(), Some(SEEN)),
        None => bed.broken(format!("{name} got no other keeper within {NEVER:?}")),
    }
    came.is_some()
}
