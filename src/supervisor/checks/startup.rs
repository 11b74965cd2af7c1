//! The start-up check: asks until the server is up. It ends with its task, which ends with the phase.

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::logs::Tail;
use super::notify::Ear;
use super::{Found, NotAsked, Poll, Teller};

/// How long a server without port and check must live.
const LIVED: Duration = Duration::from_secs(1);

/// How long one question may take.
const LIMIT: Duration = Duration::from_secs(5);

/// First pause between two questions; it grows by half each time.
const PAUSE: Duration = Duration::from_millis(10);

/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_millis(500);

/// What shows that a server is up.
#[derive(Debug)]
pub(super) enum Check {
    /// It answers this well.
    Poll(Poll),
    /// It lives on for so long.
    Lives(Duration),
    /// It writes a line.
    Log(Tail),
    /// It says so.
    Notify {
        ear: Ear,
        /// By then it counts as up all the same: while no supervisor was there it may have said so to nobody.
        by: Option<Instant>,
    },
    /// It can't be asked, for this reason.
    Impossible(String),
}

impl Check {
    /// For one without port and check that lives so many seconds already.
    pub(super) fn lives(age_s: f64) -> Self {
        let age = Duration::try_from_secs_f64(age_s).unwrap_or_default();
        Self::Lives(LIVED.saturating_sub(age))
    }
}

/// Tells the actor when the check has passed, and whenever what it says changes.
pub(super) async fn until_up(check: Check, teller: Teller) {
    let answer = match check {
        Check::Lives(rest) => {
            sleep_until(Instant::now() + rest).await;
            // nothing was asked
            Some(String::new())
        }
        Check::Poll(poll) => until_good(&poll, &teller).await,
        Check::Log(tail) => tail.until_match(&teller).await,
        Check::Notify { ear, by } => until_ready(ear, by, &teller).await,
        Check::Impossible(why) => {
            teller.tell(Found::Says(why)).await;
            None
        }
    };
    if let Some(answer) = answer {
        teller.tell(Found::Up { answer }).await;
    }
}

async fn until_good(poll: &Poll, teller: &Teller) -> Option<String> {
    let mut said = String::new();
    let mut pause = PAUSE;
    loop {
        let answer = match poll.ask(LIMIT).await {
            Ok(outcome) if outcome.ok => return Some(outcome.answer),
            Ok(outcome) => outcome.answer,
            Err(NotAsked(why)) => format!("it could not be asked: {why}"),
        };
        if answer != said {
            said.clone_from(&answer);
            if !teller.tell(Found::Says(answer)).await {
                return None;
            }
        }
        sleep(pause).await;
        pause = (pause * 3 / 2).min(PAUSE_MAX);
    }
}

async fn until_ready(mut ear: Ear, by: Option<Instant>, teller: &Teller) -> Option<String> {
    let mut said = None;
    loop {
        let heard = ear.heard();
        if heard.ready {
            return Some("READY=1".to_owned());
        }
        if heard.status != said {
            said.clone_from(&heard.status);
            if let Some(status) = heard.status
                && !teller.tell(Found::Says(status)).await
            {
                return None;
            }
        }
        match by {
            None => ear.changed().await?,
            Some(by) => match timeout_at(by, ear.changed()).await {
                Ok(changed) => changed?,
                Err(_) => return Some("its READY=1 may have come while no supervisor ran".to_owned()),
            },
        }
    }
}
