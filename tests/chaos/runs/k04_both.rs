//! K4: the supervisor and some keepers are killed at once. There is no second copy, phases are honest, a stop works.

use std::time::Duration;

use ostler::model::{Phase, Signal};

use super::Context;
use crate::api;
use crate::bed::Bed;
use crate::checks;
use crate::clock::{ms, pause, until};
use crate::load::{self, Size};
use crate::report::Outcome;
use crate::support::{Process, alive, kill};

/// When it counts as never.
const NEVER: Duration = Duration::from_secs(20);

pub(super) fn act(context: &mut Context) -> Outcome {
    let size = Size::of(context.scale);
    let mut bed = Bed::up(load::servers(size));
    let held = bed.hold();
    let names = bed.protected();
    let mut moments = context.rng.fork();
    let mut rng = context.rng.fork();
    let rounds = context.times(2, 10, 200);
    let mut robbed = Vec::new();
    let ((), asked) = load::under(&bed, size, &mut rng, || {
        for _ in 0..rounds {
            pause(ms(moments.within(0, 1500)));
            let mut killed: Vec<(String, Process)> = Vec::new();
            for _ in 0..moments.within(1, 5) {
                let name = moments.pick::<String>(&names).clone();
                killed.extend(bed.keeper(&name).map(|keeper| (name, keeper)));
            }
            let supervisor = bed.supervisor();
            for process in supervisor.iter().chain(killed.iter().map(|(_, keeper)| keeper)) {
                kill(process, Signal::KILL);
                context.outcome.faults += 1;
            }
            context.outcome.rounds += 1;
            robbed.extend(killed.iter().map(|(name, _)| name.clone()));
            if let Some(took) = until(NEVER, ms(10), || is_well(&bed, &names, &killed)) {
                context.outcome.time("all well again", took, None);
            } else {
                bed.broken(format!(
                    "not all is well {NEVER:?} after the death of {killed:?} and {supervisor:?}"
                ));
                break;
            }
        }
    });
    // a server whose holders both died may have been hung up on; the others must not have noticed
    let others: Vec<_> = held.into_iter().filter(|(name, _)| !robbed.contains(name)).collect();
    bed.still(&others);
    bed.robbed = robbed;
    context.outcome.note(format!("{} servers, {asked} requests", bed.specs.len()));
    checks::finish(bed, &mut context.outcome);
    context.done()
}

/// What is said of each server is true, and each has a keeper again.
fn is_well(bed: &Bed, names: &[String], killed: &[(String, Process)]) -> bool {
    let Some(all) = api::snapshot(&bed.socket()) else { return false };
    let honest = |name: &String| {
        let server = all.servers.iter().find(|server| server.name == *name);
        server.is_some_and(|server| server.phase == Phase::Running && server.pid.is_some_and(alive))
    };
    names.iter().all(honest)
        && killed.iter().all(|(name, old)| bed.keeper(name).is_some_and(|new| new.pid != old.pid))
}
