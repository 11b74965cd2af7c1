//! K14: many clients ask everything of the same few servers. There is never a second copy, each request has one answer,
//! and what was accepted last is what is the case.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::Context;
use crate::api;
use crate::bed::{Answer, Bed, Spec};
use crate::checks;
use crate::report::Outcome;
use crate::rng::Rng;

const CLIENTS: u64 = 32;
const SERVERS: [(&str, &str); 4] = [("a", "sleep"), ("b", "deaf"), ("c", "headless"), ("d", "writer 50")];

pub(super) fn act(context: &mut Context) -> Outcome {
    let specs = SERVERS.map(|(name, words)| Spec::new(name, words, "stop = { grace = \"200ms\" }"));
    let bed = Bed::up(specs.to_vec());
    let length = Duration::from_secs(context.times(4, 35, 600));
    let (answered, lost) = (AtomicU64::new(0), AtomicU64::new(0));
    let begun = Instant::now();
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            let (rng, bed, answered, lost) = (context.rng.fork(), &bed, &answered, &lost);
            scope.spawn(move || {
                let mut rng = rng;
                while begun.elapsed() < length {
                    let count = if one(bed, &mut rng) { answered } else { lost };
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    let lost = lost.load(Ordering::Relaxed);
    if lost > 0 {
        bed.broken(format!("{lost} requests had no answer"));
    }
    context.outcome.rounds = 1;
    context.outcome.faults = answered.load(Ordering::Relaxed);
    context.outcome.note(format!("{} requests answered", context.outcome.faults));
    checks::finish(bed, &mut context.outcome);
    context.done()
}

/// Asks once; whether there was an answer.
fn one(bed: &Bed, rng: &mut Rng) -> bool {
    let (server, _) = *rng.pick(&SERVERS);
    let wait = if rng.within(0, 4) == 0 { "?wait=true" } else { "" };
    match rng.within(0, 10) {
        0..3 => !matches!(bed.ask_with(server, "start", wait), Answer::Lost(_)),
        3..6 => !matches!(bed.ask_with(server, "stop", wait), Answer::Lost(_)),
        6..9 => !matches!(bed.ask_with(server, "restart", wait), Answer::Lost(_)),
        _ => {
            let file = bed.sandbox.project().join("ostler.toml");
            let body = format!("{{\"file\":\"{}\",\"reread\":true}}", file.display());
            matches!(api::ask(&bed.socket(), "POST", "/v1/projects", &body), Ok((200..300, _)))
        }
    }
}
