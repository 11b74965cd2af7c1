//! Processes of earlier runs that nobody tracks: found, shown, and on request ended or made a server's run again.
//!
//! A run is tracked while a keeper has it, or while this supervisor is about to give it another one. Everything else that
//! carries the mark of a run of this state directory ([`mark`]), or is on record as the main process of one, is an
//! *orphan*: its keeper was killed with everybody who would have replaced it, or the state directory was lost.
//!
//! Promises:
//! * A server is not launched while an orphan of it lives, so that there is never a second copy beside one.
//! * Nothing is done to an orphan that nobody asked for; never anything to a process of a run that is tracked.
//! * A look that failed proves nothing: what waits for it is tried again.
//!
//! Orphans come to be only by the end of a supervisor or a keeper. So it is looked for them at the start of a
//! supervisor, and before the launch of a server whose keeper was lost; beyond that each minute, to tell of them, and
//! when somebody asks. `looks` has when and what follows, [`look`](mod@look) one look, `wishes` what clients ask.

pub(super) mod look;
mod looks;
pub(super) mod mark;
mod wishes;

pub(super) use wishes::AT_ONCE;

use std::collections::HashSet;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use super::handle::Reply;
use crate::api::{Orphan, OrphanKilled, Problem};
use crate::model::{Asker, RunId, ServerId};
use crate::os::proc;
use crate::os::users::Users;
use look::{Found, Looker};
use mark::{Home, short_id};

/// Where a list is sent to.
type ListReply = Reply<Result<Vec<Orphan>, Problem>>;

/// What the actor knows of them.
#[derive(Debug)]
pub(super) struct Orphans {
    home: Arc<Home>,
    /// `None` while a look is being made.
    looker: Option<Box<Looker>>,
    /// As of the last look that did not fail.
    found: Vec<Found>,
    /// Servers that may have left something behind since the last look.
    suspects: HashSet<ServerId>,
    /// Launches and requests that wait for the look that is being made, and for the next one.
    now: Waiting,
    next: Waiting,
    /// Runs that are being ended.
    ending: HashSet<RunId>,
    due: Option<Instant>,
    users: Users,
}

/// Who waits for a look that begins after they asked.
#[derive(Debug, Default)]
struct Waiting {
    launches: Vec<ServerId>,
    lists: Vec<ListReply>,
}

/// What its threads bring the actor.
#[derive(Debug)]
pub(super) enum News {
    /// A look was made.
    Looked {
        /// Whose turn is over.
        looker: Box<Looker>,
        /// What it found; an error says nothing about anybody.
        found: io::Result<Vec<Found>>,
    },
    /// An orphan was ended, or was not.
    Ended {
        /// Which.
        found: Box<Found>,
        /// Which of its processes have ended.
        result: Result<Vec<u32>, Problem>,
        /// Who had asked.
        by: Asker,
        /// Who waits.
        reply: Reply<Result<OrphanKilled, Problem>>,
    },
}

impl Orphans {
    pub(super) fn new(home: Home) -> Self {
        Self {
            home: Arc::new(home),
            looker: Some(Box::default()),
            found: Vec::new(),
            suspects: HashSet::new(),
            now: Waiting::default(),
            next: Waiting::default(),
            ending: HashSet::new(),
            due: None,
            users: Users::default(),
        }
    }

    /// What the id of a run ends with.
    pub(super) fn mark(&self) -> &str {
        self.home.mark()
    }

    /// Whether a look is being made.
    pub(super) fn is_looking(&self) -> bool {
        self.looker.is_none()
    }

    /// When the next look is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    fn list(&mut self) -> Vec<Orphan> {
        let Self { found, users, .. } = self;
        found.iter().filter_map(|found| describe(found, users)).collect()
    }
}

/// The id by which people name it.
fn id_of(found: &Found) -> Option<String> {
    found.first().map(|first| short_id(first.pid, first.start_ticks))
}

fn describe(found: &Found, users: &mut Users) -> Option<Orphan> {
    let first = found.first()?;
    Some(Orphan {
        id: id_of(found)?,
        server: found.mark.id.clone(),
        run: found.mark.run.clone(),
        pid: first.pid,
        pids: found.processes.iter().map(|process| process.pid).collect(),
        command: first.comm.clone(),
        user: proc::owner(first.pid).ok().flatten().map(|uid| users.name(uid)),
        age_s: proc::age(first.start_ticks),
        reason: found.reason,
        adoptable: found.main.is_some(),
    })
}
