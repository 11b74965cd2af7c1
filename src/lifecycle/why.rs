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
            waiting_for.extend(server.unmet().iter().map(ToString::to_string));
            waiting_for.extend(server.held().map(|(port, holder)| used_port(*port, holder.as_ref())));
            when_it_starts(server)
        }
        Phase::Starting => {
            because.push("Its process is alive; the start-up check has not passed yet.".to_owned());
            because.extend(server.last_check().map(|answer| format!("The last check: {answer}.")));
            waiting_for.push(check.to_owned());
            waiting_for.extend(before_its_stop(server));
            when_it_ends(server).unwrap_or_else(|| match server.rules().on_timeout {
                OnTimeout::Fail => {
                    format!("It is running when that passes; it has {} s.", server.rules().startup.as_secs())
                }
                OnTimeout::Wait => "It is running when that passes, however long it takes.".to_owned(),
            })
        }
        Phase::Running => {
            because.extend(server.illness());
            because.push("Its start-up check passed.".to_owned());
            if server.adopted() {
                because.push("This supervisor found it alive.".to_owned());
            }
            waiting_for.extend(before_its_stop(server));
            when_it_ends(server).unwrap_or_else(|| on_exit(server))
        }
        Phase::Stopping => {
            waiting_for.push(its_end(server, now));
            match server.desired() {
                Desired::Up => "It starts again when it has ended.".to_owned(),
                Desired::Down if server.remains().is_empty() => "It is stopped when it has ended.".to_owned(),
                Desired::Down => {
                    "It is stopped when they have gone; until then no other is started.".to_owned()
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

fn when_it_starts(server: &Server) -> String {
    let failed: Vec<&str> =
        server.unmet().iter().filter(|need| need.failed.is_some()).map(|need| need.server.as_str()).collect();
    if !failed.is_empty() {
        return format!("Nothing, until {} is started again.", failed.join(" and "));
    }
    match (server.unmet().is_empty(), server.held()) {
        (false, _) => "It starts as soon as what it needs is there.".to_owned(),
        (true, Some(_)) => "It starts as soon as the port is free.".to_owned(),
        (true, None) => "It starts.".to_owned(),
    }
}

/// Whom its stop waits for.
fn before_its_stop(server: &Server) -> Vec<String> {
    let names = server.held_back().unwrap_or_default();
    names.iter().map(|name| format!("{name} to end first")).collect()
}

/// What follows, if it is to be ended.
fn when_it_ends(server: &Server) -> Option<String> {
    server.held_back()?;
    Some(match server.desired() {
        Desired::Up => "It is stopped after them, and starts again.".to_owned(),
        Desired::Down => "It is stopped after them; `ostler stop --now` does not wait.".to_owned(),
    })
}

fn its_end(server: &Server, now: Instant) -> String {
    if !server.remains().is_empty() {
        return format!("what SIGKILL does not end: {}", server.remains().join(", "));
    }
    let signal = server.rules().stop_signal;
    match server.grace_left(now) {
        Some(Duration::ZERO) => "its processes to end (SIGKILL sent)".to_owned(),
        Some(left) => {
            let seconds = left.as_secs_f64().ceil();
            format!("its processes to end ({signal} sent, SIGKILL in {seconds} s)")
        }
        None => "its processes to end".to_owned(),
    }
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
