//! K2: whoever reaches a failpoint is dead at once, as if killed at exactly that step. Everything must be as if that
//! step had been done, or not begun.

use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use ostler::os::failpoint::{COMPILED, POINTS};

use super::Context;
use crate::bed::{Bed, Spec};
use crate::checks;
use crate::clock::{ms, until};
use crate::report::Outcome;

/// How one gets to a place.
#[derive(Clone, Copy, Debug)]
enum Way {
    Start,
    Stop,
    Restart,
    /// The server ends by itself.
    End,
    /// Another supervisor comes up.
    Revival,
    /// The log grows into its next segment, and the one before is compressed.
    Write,
}

/// The way to a place, by its name.
fn way(point: &str) -> Way {
    match point {
        "keeper.leaving" | "stop.saved" | "stop.ordered" | "stop.signalled" | "stop.released" => Way::Stop,
        "restart.saved" => Way::Restart,
        _ if point.starts_with("end.") || point.starts_with("save.exit.") => Way::End,
        _ if point.starts_with("adopt.") => Way::Revival,
        _ if point.starts_with("rotate.") || point.starts_with("pack.") || point == "log.written" => {
            Way::Write
        }
        _ => Way::Start,
    }
}

pub(super) fn act(context: &mut Context) -> Outcome {
    if !COMPILED {
        return Outcome::left_out("failpoints are in debug builds only");
    }
    for _ in 0..context.times(1, 1, 20) {
        let points: Vec<_> = POINTS.into_iter().filter(|point| context.wants(point)).collect();
        let left = Mutex::new(points.into_iter());
        let found = Mutex::new(Vec::new());
        // most of it is waiting, so two at a time
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while let Some(point) = { left.lock().unwrap().next() } {
                        let mut outcome = Outcome::default();
                        one(point, &mut outcome);
                        found.lock().unwrap().push((point, outcome.broken));
                    }
                });
            }
        });
        for (point, broken) in found.into_inner().unwrap() {
            context.outcome.rounds += 1;
            context.outcome.faults += 1;
            context.outcome.broken.extend(broken.into_iter().map(|what| format!("{point}: {what}")));
        }
    }
    context.done()
}

fn one(point: &'static str, outcome: &mut Outcome) {
    let bed = Bed::up(vec![
        Spec::new("stays", "writer 50", "").protected(),
        Spec::new(
            "acts",
            "writer 800",
            "log = { max_size = \"64KiB\", keep = 1000, compress = true }\nrestart = { delay = \"20ms\" }",
        ),
    ]);
    let held = bed.hold();
    let way = way(point);
    if let Way::Start = way {
        bed.ask_with("acts", "stop", "?wait=true");
    }
    bed.arm(point);
    match way {
        Way::Start => drop(bed.ask("acts", "start")),
        Way::Stop => drop(bed.ask("acts", "stop")),
        Way::Restart => drop(bed.ask("acts", "restart")),
        Way::End => {
            if let Some(main) = bed.main("acts") {
                crate::support::kill(&main, ostler::model::Signal::KILL);
            }
        }
        Way::Revival => {
            if let Some(supervisor) = bed.supervisor() {
                crate::support::kill(&supervisor, ostler::model::Signal::KILL);
            }
        }
        Way::Write => {}
    }
    if until(Duration::from_secs(15), ms(5), || bed.was_reached()).is_none() {
        bed.broken("it was never reached");
    }
    let socket = bed.socket();
    if until(Duration::from_secs(20), ms(5), || crate::api::is_up(&socket)).is_none() {
        bed.broken("no supervisor came back");
    }
    // what was asked and not answered is asked again, as anybody would
    let verb = match way {
        Way::Stop => "stop",
        Way::Start | Way::Restart | Way::End | Way::Revival | Way::Write => "start",
    };
    let accepted = until(Duration::from_secs(20), ms(50), || {
        matches!(bed.ask("acts", verb), crate::bed::Answer::Accepted(_))
    });
    if accepted.is_none() {
        bed.broken(format!("{verb} is not accepted any more: {:?}", bed.asks().last()));
    }
    bed.still(&held);
    bed.disarm();
    checks::finish(bed, outcome);
}
