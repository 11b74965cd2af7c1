//! K9: a hundred command lines at once and no supervisor: one comes up, and all of them succeed.

use std::time::{Duration, Instant};

use ostler::model::EventKind;

use super::Context;
use crate::bed::{Bed, Spec};
use crate::checks;
use crate::report::Outcome;
use crate::support::{Background, Process};

/// Promised for all of them.
const ALL: Duration = Duration::from_secs(3);

pub(super) fn act(context: &mut Context) -> Outcome {
    let rounds = context.times(1, 20, 500);
    let commands = context.times(30, 100, 100);
    let bed = Bed::new(vec![Spec::new("a", "sleep", "")]);
    let mut started = 0;
    for round in 0..rounds {
        let begun = Instant::now();
        let running: Vec<Background> = (0..commands)
            .map(|number| match (number + round) % 4 {
                0 => bed.sandbox.background(&["start", "a"]),
                1 => bed.sandbox.background(&["up", "-d"]),
                2 => bed.sandbox.background(&["events", "--json", "--kind", "supervisor_started"]),
                _ => bed.sandbox.background(&["events", "--json"]),
            })
            .collect();
        let codes: Vec<Option<i32>> = running.into_iter().map(Background::end).collect();
        context.outcome.time("all succeeded", begun.elapsed(), Some(ALL));
        let failed = codes.iter().filter(|code| **code != Some(0)).count();
        if failed > 0 {
            bed.broken(format!("round {round}: {failed} of {commands} commands failed"));
        }
        let supervisors: Vec<Process> =
            bed.sandbox.processes().into_iter().filter(Process::is_supervisor).collect();
        let events = bed.sandbox.events(None);
        let now =
            events.iter().filter(|event| matches!(event.kind, EventKind::SupervisorStarted { .. })).count();
        if supervisors.len() != 1 || now != started + 1 {
            bed.broken(format!("I7: round {round}: {} starts, alive: {supervisors:?}", now - started));
        }
        started = now;
        context.outcome.rounds += 1;
        context.outcome.faults += commands;
        bed.note("a", "stop");
        bed.sandbox.ostler(&["down", "--all"]).ok();
        bed.sandbox.ostler(&["supervisor", "stop"]).ok();
    }
    bed.sandbox.ostler(&["up", "-d"]).ok();
    checks::finish(bed, &mut context.outcome);
    context.done()
}
