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
use crate::support::{Process, kill};

/// When it counts as never.
const NEVER: Duration = Duration::from_secs(20);

pub(super) fn act(context: &mut Context) -> Outcome {
    let size = Size::of(context.scale);
    let bed = Bed::up(load::servers(size));
    let held = bed.hold();
    let names = bed.protected();
    let mut moments = context.rng.fork();
    let mut rng = context.rng.fork();
    let rounds = context.times(2, 10, 200);
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
            let back = until(NEVER, ms(10), || {
                let honest = |all: &ostler::model::Snapshot| {
                    held.iter().all(|(name, main)| {
                        let is = |server: &&ostler::model::ServerStatus| server.name == *name;
                        let server = all.servers.iter().find(is);
                        server.is_some_and(|server| {
                            server.phase == Phase::Running && server.pid == Some(main.pid)
                        })
                    })
                };
                api::snapshot(&bed.socket()).is_some_and(|all| honest(&all))
                    && killed.iter().all(|(name, old)| bed.keeper(name).is_some_and(|new| new.pid != old.pid))
            });
            match back {
                Some(took) => context.outcome.time("all found again", took, None),
                None => bed.broken(format!("not all of {killed:?} are as they were after {NEVER:?}")),
            }
        }
    });
    bed.still(&held);
    context.outcome.note(format!("{} servers, {asked} requests", bed.specs.len()));
    checks::finish(bed, &mut context.outcome);
    context.done()
}
