//! What a stop waits for, said on standard error when it lasts.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::Instant;

use super::output::{clean, note};
use super::session::Session;
use crate::api::Verb;
use crate::model::{Pending, ServerId, ServerStatus};

/// So long nothing is said.
const QUIET: Duration = Duration::from_secs(2);

/// Then it is said again and again.
const AGAIN: Duration = Duration::from_secs(5);

/// Most servers that are told of at once.
const TOLD: usize = 5;

/// Of one act.
#[derive(Debug)]
pub(super) struct Patience {
    until: Option<Instant>,
}

impl Patience {
    /// From now on. Only a stop is talked about: a start shows what it waits for when it is settled.
    pub(super) fn new(verb: Verb) -> Self {
        match verb {
            Verb::Stop { .. } => Self { until: Some(Instant::now() + QUIET) },
            Verb::Start | Verb::Restart | Verb::Signal { .. } => Self { until: None },
        }
    }

    /// Returns when it is time to say something.
    pub(super) async fn ends(&self) {
        match self.until {
            Some(until) => tokio::time::sleep_until(until).await,
            None => std::future::pending().await,
        }
    }

    /// Says what these servers wait for.
    pub(super) async fn say(&mut self, session: &Session, meant: &HashSet<ServerId>) {
        self.until = Some(Instant::now() + AGAIN);
        // one that can't be asked is about to answer, or to break the connection
        let Ok(all) = session.client.snapshot().await else { return };
        for line in lines(all.servers.iter().filter(|status| meant.contains(&status.id))) {
            note(&line);
        }
    }
}

fn lines<'a>(servers: impl Iterator<Item = &'a ServerStatus>) -> Vec<String> {
    let waits =
        |status: &&ServerStatus| status.pending == Some(Pending::Stop) && !status.waiting_for.is_empty();
    let waiting: Vec<&ServerStatus> = servers.filter(waits).collect();
    let mut lines: Vec<String> = waiting.iter().take(TOLD).map(|status| line(status)).collect();
    if waiting.len() > TOLD {
        lines.push(format!("and {} more", waiting.len() - TOLD));
    }
    lines
}

fn line(status: &ServerStatus) -> String {
    let pid = status.pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default();
    format!("{}{pid} waits for {}", status.id, clean(&status.waiting_for.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stopping(name: &str) -> ServerStatus {
        let mut status = ServerStatus::blank(ServerId::new("shop", name).unwrap());
        status.pending = Some(Pending::Stop);
        status.pid = Some(811);
        status.waiting_for = vec!["its processes to end (SIGTERM sent, SIGKILL in 6 s)".into()];
        status
    }

    #[test]
    fn it_names_the_server_its_pid_and_what_comes() {
        let expected = "shop/api (pid 811) waits for its processes to end (SIGTERM sent, SIGKILL in 6 s)";
        let idle = ServerStatus::blank(ServerId::new("shop", "idle").unwrap());
        assert_eq!(lines([stopping("api"), idle].iter()), [expected]);
    }

    #[test]
    fn many_are_counted() {
        let many: Vec<ServerStatus> = (0..100).map(|number| stopping(&format!("s{number}"))).collect();
        let told = lines(many.iter());
        assert_eq!((told.len(), told[5].as_str()), (6, "and 95 more"));
    }
}
