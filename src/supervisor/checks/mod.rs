//! Checks: what is asked of a server, when, and how the answers come to the actor.
//!
//! * [`startup`]: asks until the server is up. [`health`]: asks again and again while it runs, one question at a time.
//! * [`notify`]: listens to what a server says of itself. `logs`: looks for a line in what it wrote.
//! * `begin`: the actor's end: it begins checks when lifecycle wants them and takes what they found.
//!
//! Each check is one small task that ends with the phase that it is for, so it never outlives its server; it brings the
//! actor a note only where something is to be told. `monitor::prober` asks the single question.

mod begin;
mod health;
mod logs;
pub(super) mod notify;
mod startup;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::actor::Note;
use super::monitor::prober::exec::Place;
use super::monitor::prober::{self, NotAsked, sweep, words};
use crate::model::{Probe, ProbeOutcome, RunId, ServerId};
use notify::Listening;

pub(super) use begin::{NOTIFY_VARIABLES, PlaceMemo};

/// What a check has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The start-up check passed.
    Up {
        /// In words; empty where nothing was asked.
        answer: String,
    },
    /// Something to be shown.
    Says(String),
    /// The health check's answer, or a heartbeat.
    Health(ProbeOutcome),
    /// For a while nobody could ask.
    Anew,
    /// No heartbeat for this long.
    Missed(Duration),
    /// What the version command printed.
    Version(String),
    /// The version command failed, or printed nothing; in words.
    NoVersion(String),
}

/// Brings the actor what the checks of one run found.
#[derive(Clone, Debug)]
pub(super) struct Teller {
    id: ServerId,
    run: RunId,
    notes: mpsc::Sender<Note>,
}

impl Teller {
    /// False where the actor has gone.
    async fn tell(&self, found: Found) -> bool {
        let note = Note::Check { id: self.id.clone(), run: self.run.clone(), found };
        self.notes.send(note).await.is_ok()
    }
}

/// A question that is asked again and again.
#[derive(Debug)]
enum Poll {
    /// This probe.
    Probe(Probe, Option<Arc<Place>>),
    /// Whether this port accepts a connection.
    Port(u16),
}

impl Poll {
    async fn ask(&self, limit: Duration) -> Result<ProbeOutcome, NotAsked> {
        match self {
            Self::Probe(probe, place) => prober::probe(probe, place.as_deref(), limit).await,
            Self::Port(port) => Ok(match prober::connect(*port, limit).await {
                Ok(_) => ProbeOutcome { ok: true, answer: format!("port {port} accepts") },
                Err(error) => ProbeOutcome { ok: false, answer: format!("port {port}: {}", words(&error)) },
            }),
        }
    }
}

/// The checks of one server that are being made.
#[derive(Debug, Default)]
pub(super) struct Checks {
    tasks: Vec<AbortHandle>,
    /// For the whole run, not for one phase.
    notify: Option<Listening>,
    /// Begins the marks of its commands, once there were any.
    owner: Option<String>,
    /// What the version command of the run printed.
    pub(super) version: Option<String>,
    /// Why there is no version although there is a command for it.
    pub(super) no_version: Option<String>,
}

impl Checks {
    /// Ends those of the present phase.
    pub(super) fn end(&mut self) {
        for task in self.tasks.drain(..) {
            task.abort();
        }
    }

    /// Another process is the main one of the run now.
    pub(super) fn follow(&self, main: u32) {
        if let Some(notify) = &self.notify {
            notify.follow(main);
        }
    }

    /// Ends all: no process of the server is alive.
    pub(super) fn end_run(&mut self) {
        self.end();
        self.notify = None;
        self.version = None;
        self.no_version = None;
        if let Some(owner) = self.owner.take() {
            sweep::kill_soon(owner);
        }
    }
}

impl Drop for Checks {
    fn drop(&mut self) {
        self.end();
    }
}
