//! When it is looked for orphans, and what follows from a look.

use std::collections::HashSet;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::look::{Found, Looker};
use super::{News, Waiting, id_of};
use crate::api::{Problem, ProblemKind};
use crate::keeper::handle;
use crate::lifecycle::{Input, LaunchError};
use crate::model::{Desired, EventKind, RunId, ServerId};
use crate::supervisor::actor::{Actor, Note};
use crate::supervisor::commands::Wish;

/// Time between two looks that nobody asked for.
const EVERY: Duration = Duration::from_mins(1);

impl Actor {
    /// A server that may have left something behind: it is looked for that before its next launch.
    pub(in crate::supervisor) fn suspect(&mut self, id: &ServerId) {
        self.orphans.suspects.insert(id.clone());
    }

    /// Makes one of a server whose keeper is gone without having been let go.
    pub(in crate::supervisor) fn suspect_if_lost(&mut self, id: &ServerId, generation: u64) {
        let link = self.entries.get(id).and_then(|entry| entry.link.as_ref());
        if link.is_some_and(|link| link.generation == generation && !link.released) {
            self.suspect(id);
        }
    }

    /// On the way to a launch: `true` if it has to wait for a look.
    pub(in crate::supervisor) fn looks_for_orphans_first(&mut self, id: &ServerId) -> bool {
        let known = self.orphans.found.iter().any(|found| found.mark.id == *id);
        if !known && !self.orphans.suspects.contains(id) {
            return false;
        }
        if !self.orphans.next.launches.contains(id) {
            self.orphans.next.launches.push(id.clone());
        }
        self.look_for_orphans();
        true
    }

    /// Why a launch would be one beside an orphan, or could be.
    pub(in crate::supervisor) fn launch_beside_orphan(&self, id: &ServerId) -> Option<LaunchError> {
        let message = match self.orphan_of(id) {
            Some(words) => words,
            None if self.orphans.suspects.contains(id) => {
                "it can't be seen whether a process of an earlier run of it lives".to_owned()
            }
            None => return None,
        };
        // it may end by itself
        Some(LaunchError { message, transient: true })
    }

    /// Refuses a start that would be one beside an orphan.
    pub(in crate::supervisor) fn refuse_beside_orphan(&self, id: &ServerId) -> Result<(), Problem> {
        let alive = self.is_alive(id);
        let orphan = self.orphans.found.iter().find(|found| found.mark.id == *id);
        let (Some(message), Some(key)) = (self.orphan_of(id), orphan.and_then(id_of)) else { return Ok(()) };
        if alive {
            return Ok(());
        }
        let adopt =
            if orphan.is_some_and(|found| found.main.is_some()) { ", `--adopt` keeps it" } else { "" };
        let hint = format!("`ostler orphans` shows it, `ostler orphans --kill {key}` ends it{adopt}");
        Err(Problem::new(ProblemKind::Conflict, format!("{id}: {message}")).with_hint(hint))
    }

    fn orphan_of(&self, id: &ServerId) -> Option<String> {
        let mut own = self.orphans.found.iter().filter(|found| found.mark.id == *id).cloned();
        let found = own.find_map(|mut found| found.still_lives().then_some(found))?;
        let first = found.first()?;
        let (pid, command, key) = (first.pid, &first.comm, id_of(&found)?);
        Some(format!(
            "a process of an earlier run of it lives, pid {pid} ({command}); see `ostler orphans`, {key}"
        ))
    }

    /// Begins a look, or sees that another one follows the one that is being made.
    pub(in crate::supervisor) fn look_for_orphans(&mut self) {
        // what is alive is not known before every keeper was asked
        if self.adopting {
            return;
        }
        let Some(mut looker) = self.orphans.looker.take() else { return };
        self.orphans.due = None;
        self.orphans.now = std::mem::take(&mut self.orphans.next);
        let (home, notes) = (Arc::clone(&self.orphans.home), self.notes.clone());
        tokio::task::spawn_blocking(move || {
            let found = looker.look(&home);
            // the actor has gone: nobody needs it
            let _ = notes.blocking_send(Note::Orphans(News::Looked { looker, found }));
        });
    }

    /// Begins the look that is due.
    pub(in crate::supervisor) fn look_if_due(&mut self, now: Instant) {
        if self.orphans.due.is_some_and(|at| at <= now) {
            self.look_for_orphans();
        }
    }

    /// Takes what a thread brings.
    pub(in crate::supervisor) fn take_orphan_news(&mut self, news: News) {
        match news {
            News::Looked { looker, found } => self.take_look_for_orphans(looker, found),
            News::Ended { found, result, by, reply } => self.orphan_ended(&found, result, by, reply),
        }
    }

    fn take_look_for_orphans(&mut self, looker: Box<Looker>, found: io::Result<Vec<Found>>) {
        self.orphans.looker = Some(looker);
        self.orphans.due = Some(Instant::now() + EVERY);
        let Waiting { launches, lists } = std::mem::take(&mut self.orphans.now);
        let failed = match found {
            Ok(found) => {
                self.keep_untracked(found);
                for id in &launches {
                    self.orphans.suspects.remove(id);
                }
                None
            }
            Err(error) => {
                tracing::warn!(%error, "no look at the processes of earlier runs");
                Some(error)
            }
        };
        for id in launches {
            if self.launch_beside_orphan(&id).is_some() {
                // the launch says why not
                self.give(&id, Input::PortsFree);
            } else {
                self.look_at_ports(&id);
            }
        }
        for reply in lists {
            let list = match &failed {
                None => Ok(self.orphans.list()),
                Some(error) => {
                    let message = format!("the processes of this box can't be looked at: {error}");
                    Err(Problem::new(ProblemKind::Internal, message))
                }
            };
            let _ = reply.send(list);
        }
        let Waiting { launches, lists } = &self.orphans.next;
        if !launches.is_empty() || !lists.is_empty() {
            self.look_for_orphans();
        }
    }

    /// Of what was found, keeps what nobody tracks, and tells of what is new. A process that ended since the look, as
    /// those of a run that was ended meanwhile have, is none.
    fn keep_untracked(&mut self, found: Vec<Found>) {
        let tracked = self.tracked_runs();
        let keepers: HashSet<u32> =
            self.entries.values().filter_map(|entry| Some(entry.keeper.as_ref()?.pid)).collect();
        let is_tracked = |found: &Found| {
            tracked.contains(&found.mark.run)
                || found.keeper.is_some_and(|(pid, _)| keepers.contains(&pid))
                || self.entries.get(&found.mark.id).is_some_and(|entry| entry.unverified)
        };
        let mut kept: Vec<Found> = found.into_iter().filter(|found| !is_tracked(found)).collect();
        kept.retain_mut(|found| found.still_lives() && !self.finds_keeper_again(found));
        let before = std::mem::replace(&mut self.orphans.found, kept);
        let known: HashSet<RunId> = before.into_iter().map(|found| found.mark.run).collect();
        let new = self.orphans.found.iter().filter(|found| !known.contains(&found.mark.run));
        let told: Vec<(ServerId, u32, String)> = new
            .filter_map(|found| {
                let first = found.first()?;
                Some((found.mark.id.clone(), first.pid, first.comm.clone()))
            })
            .collect();
        for (id, pid, command) in told {
            self.emit(Some(&id), EventKind::OrphanFound { pid, command });
        }
    }

    /// A keeper that lost its directory may have put its socket back: then it is connected to, and what it has is no
    /// orphan. Whoever took the state away asked for no end of a server, so it is still wanted.
    fn finds_keeper_again(&mut self, found: &Found) -> bool {
        let id = &found.mark.id;
        let has_another = self.entries.get(id).is_some_and(|entry| entry.link.is_some());
        if found.keeper.is_none() || has_another || self.orphans.ending.contains(&found.mark.run) {
            return false;
        }
        let dir = self.server_dir(id);
        let Some(keeper) = self.living_keeper(id, &dir) else { return false };
        if handle::connect(&keeper.socket).is_err()
            || self.save_wishes(&[Wish::start(id)], Desired::Up).is_err()
        {
            return false;
        }
        self.connect(id, dir, keeper);
        true
    }

    fn tracked_runs(&self) -> HashSet<RunId> {
        let runs = |entry: &crate::supervisor::entry::Entry| {
            let alive = entry.run.as_ref().map(|run| run.id.clone());
            alive.into_iter().chain(entry.launching.clone())
        };
        self.entries.values().flat_map(runs).collect()
    }
}
