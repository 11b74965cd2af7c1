//! The start-up check: asks until the server is up. It ends with its task, which ends with the phase.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};

use super::actor::Note;
use super::monitor::prober;
use crate::model::{Probe, RunId, ServerId};

/// How long a server without port and check must live.
const LIVED: Duration = Duration::from_secs(1);

/// How long one question may take.
const LIMIT: Duration = Duration::from_secs(5);

/// First pause between two questions; it grows by half each time.
const PAUSE: Duration = Duration::from_millis(10);

/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_millis(500);

/// What shows that a server is up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// This probe passes.
    Probe(Probe),
    /// This port accepts a connection.
    Port(u16),
    /// It lives on for so long.
    Lives(Duration),
}

impl Check {
    /// The user's own one, else its port, else its life.
    pub(super) fn new(probe: Option<Probe>, port: Option<u16>, age_s: f64) -> Self {
        match (probe, port) {
            (Some(probe), _) => Self::Probe(probe),
            (None, Some(port)) => Self::Port(port),
            (None, None) => {
                let age = Duration::try_from_secs_f64(age_s).unwrap_or_default();
                Self::Lives(LIVED.saturating_sub(age))
            }
        }
    }
}

/// Tells the actor when the check has passed, and whenever what it says changes.
pub(super) async fn until_up(check: Check, id: ServerId, run: RunId, notes: mpsc::Sender<Note>) {
    let tell = |answer| {
        let note = Note::Check { id: id.clone(), run: run.clone(), answer };
        async { notes.send(note).await.is_ok() }
    };
    let mut said = None;
    let mut pause = PAUSE;
    loop {
        let answer = match &check {
            Check::Lives(rest) => {
                sleep_until(Instant::now() + *rest).await;
                None
            }
            Check::Probe(probe) => {
                let outcome = prober::probe(probe, LIMIT).await;
                (!outcome.ok).then_some(outcome.answer)
            }
            Check::Port(port) => match prober::connect(*port, LIMIT).await {
                Ok(_) => None,
                Err(error) => Some(format!("port {port}: {}", prober_words(&error))),
            },
        };
        if answer.is_none() {
            tell(None).await;
            return;
        }
        if answer != said {
            said.clone_from(&answer);
            if !tell(answer).await {
                return;
            }
        }
        sleep(pause).await;
        pause = (pause * 3 / 2).min(PAUSE_MAX);
    }
}

fn prober_words(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        std::io::ErrorKind::TimedOut => "timed out".to_owned(),
        _ => error.to_string(),
    }
}
