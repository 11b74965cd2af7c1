//! K5: supervisor, keepers and clients are stopped for a while and continued. A writer never waits for a stopped
//! supervisor, and nothing is taken for dead because it does not answer.

use std::time::Duration;

use ostler::model::Signal;

use super::Context;
use crate::bed::Bed;
use crate::checks;
use crate::clock::{ms, pause};
use crate::load::{self, Size};
use crate::report::Outcome;
use crate::support::{freeze, kill};

/// Longest that a writer may wait for room while the supervisor is stopped.
const BLOCKED: Duration = Duration::from_millis(50);

pub(super) fn act(context: &mut Context) -> Outcome {
    let size = Size::of(context.scale);
    let bed = Bed::up(load::servers(size));
    let held = bed.hold();
    let restarts = restarts(&bed);
    let rounds = context.times(2, 20, 200);
    let longest = context.times(500, 3000, 30_000);
    let mut moments = context.rng.fork();
    let mut rng = context.rng.fork();
    let ((), asked) = load::under(&bed, size, &mut rng, || {
        let client = bed.sandbox.background(&["status", "--watch"]);
        let client = crate::support::Process::find(client.pid()).map(|process| (process, client));
        for round in 0..rounds {
            // more often short than long
            let length = ms(moments.within(100, longest).min(moments.within(100, longest)));
            let who = match round % 4 {
                0 | 2 => bed.supervisor(),
                1 => bed.keeper(moments.pick::<String>(&bed.protected())),
                _ => client.as_ref().map(|(process, _)| process.clone()),
            };
            let Some(who) = who else {
                bed.broken(format!("round {round}: nobody to stop"));
                continue;
            };
            bed.longest_wait();
            freeze(&who);
            pause(length);
            if round % 2 == 0 {
                let waited = Duration::from_micros(bed.longest_wait());
                context.outcome.time("longest wait of a writer", waited, Some(BLOCKED));
            }
            let go_on = rustix::process::Signal::CONT.as_raw();
            kill(&who, Signal::from_number(go_on).unwrap());
            context.outcome.rounds += 1;
            context.outcome.faults += 1;
            pause(ms(moments.within(50, 300)));
        }
    });
    bed.still(&held);
    if self::restarts(&bed) != restarts {
        bed.broken(format!("restarts became {:?} from {restarts:?}", self::restarts(&bed)));
    }
    context.outcome.note(format!("{} servers, {asked} requests", bed.specs.len()));
    checks::finish(bed, &mut context.outcome);
    context.done()
}

/// Restarts of the servers that nobody touches.
fn restarts(bed: &Bed) -> Vec<(String, u32)> {
    let names = bed.protected();
    let all = crate::api::snapshot(&bed.socket());
    let servers = all.into_iter().flat_map(|all| all.servers);
    servers
        .filter(|server| names.contains(&server.name))
        .map(|server| (server.name, server.restarts))
        .collect()
}
