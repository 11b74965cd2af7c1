//! Telling somebody who does not look: a webhook, a command, the terminal's bell.
//!
//! What is told are crashes, failures, recoveries, leaks and servers that are ill, as the project's `[notify]` says;
//! what happens because somebody asked for it is not. Promises:
//!
//! * Nothing waits for it. A webhook that is dead or hangs, and a command that never ends, cost their time limits in
//!   tasks of their own, one for each project and way, with short queues.
//! * Not too much is told: [`limiter`] says how much. What is held back is counted, and the count told with the next.
//! * What could not be told is tried once more, and then an event. That event is never told in turn.
//! * Neither the webhook's address nor the environment gets into an event, a log line or an argument.
//!
//! [`news`] judges events, [`limiter`] how many, [`worker`] tells, by [`webhook`] (with [`tls`]) or by [`command`]. Start at
//! `Actor::notify`.

mod command;
mod limiter;
mod news;
mod tls;
mod webhook;
mod worker;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::sync::mpsc;

use super::actor::Actor;
use crate::api::StreamItem;
use crate::model::{Environment, Event, EventKind, NotifyPolicy, ServerId};
use crate::text;
use limiter::Limiter;
use news::{News, Watch};

/// Notices of one project that may wait for one way.
const QUEUE: usize = 16;

/// Between two events of one project and way that say that it fails.
const FAILURES: Duration = Duration::from_mins(1);

/// Longest text, in characters.
const LONGEST: usize = 500;

/// How somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Way {
    Webhook,
    Command,
}

impl Way {
    const fn word(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Command => "command",
        }
    }
}

/// Something to tell, and all that is needed for it.
#[derive(Debug)]
struct Notice {
    policy: NotifyPolicy,
    /// What the command gets besides what is told.
    env: Environment,
    /// Where the command runs.
    dir: std::path::PathBuf,
    news: News,
    server: ServerId,
    text: String,
    /// What the webhook gets, and the command's standard input.
    json: Vec<u8>,
}

/// The webhook's JSON.
#[derive(Serialize)]
struct Body<'a> {
    host: &'a str,
    project: &'a str,
    server: String,
    kind: &'static str,
    text: &'a str,
    at: jiff::Timestamp,
    event: &'a Event,
}

/// Somebody could not be told.
#[derive(Debug)]
pub(super) struct Failure {
    project: String,
    way: Way,
    why: String,
}

/// What is remembered from one event to the next.
#[derive(Debug, Default)]
pub(super) struct Notifier {
    watch: Watch,
    limiter: Limiter,
    workers: HashMap<(String, Way), mpsc::Sender<Arc<Notice>>>,
    failures: HashMap<(String, Way), Instant>,
}

impl Actor {
    /// Tells of an event, if it is news and somebody wants to know.
    pub(super) fn notify(&mut self, event: &Event) {
        let Some(id) = &event.server else { return };
        let restart = self.entries.get(id).map(|entry| entry.current_spec().restart.clone());
        let failed = |exit: crate::model::Exit| restart.is_none_or(|policy| !exit.is_success(&policy));
        let Some(news) = self.notifier.watch.judge(id, &event.kind, failed) else { return };
        let Some(project) = self.projects.iter().find(|project| project.name == id.project()) else { return };
        let policy = project.notify.clone();
        if policy == NotifyPolicy::default() {
            return;
        }
        let Some(withheld) = self.notifier.limiter.pass(id, news, Instant::now()) else { return };
        if policy.bell {
            self.tell(StreamItem::Bell { server: id.clone() });
        }
        let text = words(id, news, &event.kind, withheld);
        let body = Body {
            host: &self.host,
            project: id.project(),
            server: id.to_string(),
            kind: news.word(),
            text: &text,
            at: event.at,
            event,
        };
        // of these types nothing can fail to become JSON
        let json = serde_json::to_vec(&body).unwrap_or_default();
        let dir = project.file.parent().unwrap_or(std::path::Path::new("/")).to_owned();
        let env = project.env.clone().unwrap_or_default();
        let notice = Arc::new(Notice { policy, env, dir, news, server: id.clone(), text, json });
        for way in [Way::Webhook, Way::Command] {
            self.pass_on(way, &notice);
        }
    }

    fn pass_on(&mut self, way: Way, notice: &Arc<Notice>) {
        let wanted = match way {
            Way::Webhook => notice.policy.webhook.is_some(),
            Way::Command => notice.policy.command.is_some(),
        };
        if !wanted {
            return;
        }
        let project = notice.server.project();
        let key = (project.to_owned(), way);
        // a worker that had nothing to do for long has gone
        let worker =
            self.notifier.workers.entry(key).or_insert_with(|| worker::start(way, self.notes.clone()));
        if worker.is_closed() {
            *worker = worker::start(way, self.notes.clone());
        }
        if worker.try_send(notice.clone()).is_err() {
            self.notifier.limiter.withhold(project);
        }
    }

    /// Puts on record that somebody could not be told; not each time.
    pub(super) fn take_untold(&mut self, failure: Failure) {
        let Failure { project, way, why } = failure;
        let now = Instant::now();
        let last = self.notifier.failures.get(&(project.clone(), way));
        if last.is_some_and(|last| now.duration_since(*last) < FAILURES) {
            return;
        }
        self.notifier.failures.retain(|_, at| now.duration_since(*at) < FAILURES);
        self.notifier.failures.insert((project.clone(), way), now);
        self.emit(None, EventKind::NotifyFailed { how: format!("{} of {project}", way.word()), why });
    }
}

/// The sentence: one line, safe to show.
fn words(id: &ServerId, news: News, kind: &EventKind, withheld: u32) -> String {
    let said = news::said(news, kind);
    let more = if withheld > 0 { format!(" (and {withheld} more)") } else { String::new() };
    let said = text::plain_str(&said);
    let kept: String = said.chars().take(LONGEST).collect();
    format!("{id} {kept}{more}")
}
