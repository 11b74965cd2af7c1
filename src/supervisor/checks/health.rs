//! The health check: one question at a time for as long as the server runs, or the wait for its heartbeats.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use super::notify::Ear;
use super::{Found, NotAsked, Poll, Teller};
use crate::model::hash::fnv1a;
use crate::model::{ProbeOutcome, ServerId};
use crate::os::proc;

/// Waking so much later than planned means that nobody could ask for a while: at least this.
const LATE: Duration = Duration::from_secs(5);

/// A suspension shorter than this is none.
const SLEPT: Duration = Duration::from_secs(1);

/// Messages that wait in the socket are read before a heartbeat counts as missed.
const READ_FIRST: Duration = Duration::from_millis(200);

/// A changed STATUS is told so often at most.
const STATUS: Duration = Duration::from_secs(1);

/// How often is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    pub(super) interval: Duration,
    pub(super) timeout: Duration,
    /// The first pause, so that servers that came up together are not asked together for ever.
    pub(super) first: Duration,
}

impl Pace {
    /// One that was just started is asked at once, and then after a part of its interval that its name decides; one that
    /// was found alive together with all others after such a part.
    pub(super) fn new(id: &ServerId, interval: Duration, timeout: Duration, found: bool) -> Self {
        let share = (fnv1a(id.to_string().as_bytes()) % 1000) as u32;
        let first = if found { interval.min(LATE) * share / 1000 } else { Duration::ZERO };
        Self { interval, timeout, first }
    }
}

/// Tells a time in which this process ran from one in which it, or the box, did not.
struct Watch {
    suspended: Duration,
}

impl Watch {
    fn new() -> Self {
        Self { suspended: proc::suspended() }
    }

    /// Whether the box slept since the last call, or a sleep until `planned` took far longer.
    fn was_away(&mut self, planned: Instant, interval: Duration) -> bool {
        let before = std::mem::replace(&mut self.suspended, proc::suspended());
        let late = Instant::now().saturating_duration_since(planned);
        self.suspended > before + SLEPT || late > interval.max(LATE)
    }
}

/// Asks until its task ends.
pub(super) async fn ask_again_and_again(poll: Poll, pace: Pace, teller: Teller) {
    let mut watch = Watch::new();
    let mut pause = pace.first;
    let mut spread = pace.first.is_zero();
    loop {
        let planned = Instant::now() + pause;
        sleep(pause).await;
        if watch.was_away(planned, pace.interval) {
            teller.tell(Found::Anew).await;
        }
        let found = match poll.ask(pace.timeout).await {
            Ok(outcome) => Found::Health(outcome),
            // that is no failure of the server
            Err(NotAsked(why)) => Found::Says(format!("it could not be asked: {why}")),
        };
        if !teller.tell(found).await {
            return;
        }
        pause = pace.interval;
        if std::mem::take(&mut spread) {
            let share = (fnv1a(teller.id.to_string().as_bytes()) % 500) as u32;
            pause = pace.interval * (500 + share) / 1000;
        }
    }
}

/// Waits for a heartbeat within `interval`, again and again.
pub(super) async fn listen(mut ear: Ear, interval: Duration, teller: Teller) {
    let mut watch = Watch::new();
    let (mut beats, mut said) = (ear.heard().beats, None);
    let (mut last, mut told) = (Instant::now(), Told::Nothing);
    let mut status_after = Instant::now();
    loop {
        let deadline = last + interval;
        let silent = timeout_at(deadline, ear.changed()).await;
        if watch.was_away(deadline, interval) {
            last = Instant::now();
            continue;
        }
        match silent {
            Ok(Some(())) => {}
            // nobody listens for it any more
            Ok(None) => return,
            Err(_) => {
                let _ = timeout_at(Instant::now() + READ_FIRST, ear.changed()).await;
            }
        }
        let heard = ear.heard();
        let now = Instant::now();
        let found = if heard.beats != beats {
            (beats, last) = (heard.beats, now);
            let news = told != Told::Well || (heard.status != said && now >= status_after);
            news.then(|| {
                (told, status_after) = (Told::Well, now + STATUS);
                said.clone_from(&heard.status);
                Found::Health(ProbeOutcome { ok: true, answer: in_words(heard.status) })
            })
        } else if heard.stopping || now < last + interval {
            if heard.stopping {
                // it ends by itself, and owes no heartbeat
                last = now;
            }
            None
        } else {
            let after = now.saturating_duration_since(last);
            // told once; the next is due when it has beaten again
            let first = std::mem::replace(&mut told, Told::Hung) != Told::Hung;
            last = now;
            first.then_some(Found::Missed(after))
        };
        if let Some(found) = found
            && !teller.tell(found).await
        {
            return;
        }
    }
}

/// What the actor knows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Nothing,
    Well,
    Hung,
}

fn in_words(status: Option<String>) -> String {
    status.map_or_else(|| "heartbeat".to_owned(), |status| format!("heartbeat; {status}"))
}
