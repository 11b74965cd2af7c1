//! K1: the supervisor is killed at random moments under load. No server notices, no byte and no accepted request is
//! lost, and another one is there by itself.

use std::time::Duration;

use super::Context;
use crate::bed::Bed;
use crate::checks;
use crate::clock::{ms, pause};
use crate::load::{self, Size};
use crate::report::Outcome;

/// Promised from the kill to the first answer, for 99 of 100.
const ANSWERED: Duration = Duration::from_millis(500);

/// Promised from the kill until all are adopted.
const ADOPTED: Duration = Duration::from_secs(1);

pub(super) fn act(context: &mut Context) -> Outcome {
    let size = Size::of(context.scale);
    let bed = Bed::up(load::servers(size));
    let held = bed.hold();
    let kills = context.times(4, 50, 1000);
    let (mut moments, mut rng) = (context.rng.fork(), context.rng.fork());
    let ((), asked) = load::under(&bed, size, &mut rng, || {
        for _ in 0..kills {
            pause(ms(moments.within(0, 500)));
            context.outcome.rounds += 1;
            context.outcome.faults += 1;
            if let Some((answered, adopted)) = bed.kill_supervisor(Duration::from_secs(20)) {
                context.outcome.time("API up", answered, Some(ANSWERED));
                context.outcome.time("all adopted", adopted, Some(ADOPTED));
            }
        }
    });
    bed.still(&held);
    context.outcome.note(format!("{} servers, {asked} requests", bed.specs.len()));
    checks::finish(bed, &mut context.outcome);
    context.done()
}
