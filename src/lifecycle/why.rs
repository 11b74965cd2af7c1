//! Why is a server in its phase, what does it wait for, and what happens next?

use std::time::{Duration, Instant};

use super::server::Server;
use super::words::used_port;
use crate::model::{Desired, OnTimeout, Phase, RestartWhen};

/// The answer, in sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// How it came to be so, most important first.
    pub because: Vec<String>,
    /// What it waits for.
    pub waiting_for: Vec<String>,
    /// What happens next.
    pub next: String,
    /// In how long, where that is known.
    pub next_in: Option<Duration>,
}

/// Explains. `check` says in words what the start-up check is.
pub fn explain(server: &Server, check: &str, now: Instant) -> Explanation {
    let mut because = Vec::new();
    because.extend(server.last_error().map(sentence));
    let mut waiting_for = Vec::new();
    let mut next_in = None;
    let next = match server.phase() {
        Phase::Stopped => {
            because.push("It is down, as asked.".to_owned());
            "Nothing, until somebody starts it.".to_owned()
        }
        Phase::Waiting => {
            waiting_for.extend(server.held().map(|(port, holder)| used_port(*port, holder.as_ref())));
            "It starts as soon as the port is free.".to_owned()
        }
        Phase::Starting => {
            because.push("Its process is alive; the start-up check has not passed yet.".to_owned());
            because.extend(server.last_check().map(|answer| format!("The last check: {answer}.")));
            waiting_for.push(check.to_owned());
            match server.rules().on_timeout {
                OnTimeout::Fail => {
                    format!("It is running when that passes; it has {} s.", server.rules().startup.as_secs())
                }
                OnTimeout::Wait => "It is running when that passes, however long it takes.".to_owned(),
            }
        }
        Phase::Running => {
            because.extend(server.illness());
            because.push("Its start-up check passed.".to_owned());
            if server.adopted() {
                because.push("This supervisor found it alive.".to_owned());
            }
            on_exit(server)
        }
        Phase::Stopping => {
            waiting_for.push("every process of it to end".to_owned());
            match server.desired() {
                Desired::Up => "It starts again when it has ended.".to_owned(),
                Desired::Down => {
                    "It is stopped when it has ended; after the grace SIGKILL ends it.".to_owned()
                }
            }
        }
        Phase::Backoff => {
            next_in = server.next_start().map(|at| at.saturating_duration_since(now));
            format!("Restart {} of {}.", server.attempt(), server.rules().restart.attempts)
        }
        Phase::Failed => "Nothing, until somebody starts it.".to_owned(),
        Phase::Completed => {
            because.push("It ended with success, and its restart policy leaves it so.".to_owned());
            "Nothing, until somebody starts it.".to_owned()
        }
    };
    Explanation { because, waiting_for, next, next_in }
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

fn on_exit(server: &Server) -> String {
    let restart = &server.rules().restart;
    let left = restart.attempts.saturating_sub(server.attempt());
    match restart.policy {
        RestartWhen::Always => format!("If it ends, it is restarted; {left} restarts are left."),
        RestartWhen::OnFailure => format!("If it fails, it is restarted; {left} restarts are left."),
        RestartWhen::Never => "If it ends, it stays down.".to_owned(),
    }
}
