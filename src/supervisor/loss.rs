//! What follows when a keeper is gone: another one takes its run over, with what this process held of it.
//!
//! Nothing is guessed. Who belongs to a run, and how it ended, is for the new keeper to find out, also where the main
//! process has ended meanwhile: others of the run may live. Where nobody held a run that has ended, there is nothing to
//! take over; what it may have left is for `orphans`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::actor::{Actor, Note};
use super::entry::Run;
use super::reports::duration;
use crate::keeper::protocol::{Name, Order, TakeOrder, exit_of};
use crate::lifecycle::{Effect, Input, LaunchError};
use crate::model::{EventKind, Exit, LogCursor, Phase, RunId, ServerId};
use crate::os::identity::{Found, Identity};
use crate::os::{pidfd, proc};
use crate::run_dir::{ExitFile, Read};

/// When a run without a keeper is looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

impl Actor {
    /// A keeper has ended: because it was let go, or because something ended it.
    pub(super) fn keeper_gone(&mut self, id: &ServerId, generation: u64) {
        let adopting = self.adopting;
        let Some(entry) = self.entries.get_mut(id) else { return };
        let Some(link) = entry.link.take_if(|link| link.generation == generation) else { return };
        entry.keeper = None;
        entry.keeper_version = None;
        if link.released {
            let launch = std::mem::take(&mut entry.launch_when_gone);
            let phase = entry.machine.phase();
            if launch && phase == Phase::Starting {
                self.perform(id, Effect::Launch);
            } else if launch && phase == Phase::Stopping {
                // the stop came before there was anything to end: nobody else reports that
                let message = "it was stopped before it was launched".to_owned();
                self.give(id, Input::NotLaunched(LaunchError { message, transient: true }));
            } else {
                self.forget_if_removed(id);
            }
        } else if entry.unverified && adopting {
            // a start needs the environment that the keepers bring which have not answered yet
        } else if entry.unverified {
            self.adopt_without_keeper(id);
        } else if !link.greeted && entry.run.is_some() && entry.launching.is_none() {
            // another one at once would end as this one did
            self.look_again(id);
        } else {
            self.keeper_died(id);
        }
    }

    /// What became of the run is looked up; nothing is guessed.
    fn keeper_died(&mut self, id: &ServerId) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        if let Some(launching) = entry.launching.take() {
            let Some(child) = entry.dir.run(&launching).child().ok().and_then(Read::there) else {
                let message = "its keeper ended before it could launch it".to_owned();
                self.give(id, Input::NotLaunched(LaunchError { message, transient: true }));
                return;
            };
            entry.launching = Some(launching.clone());
            let held = entry.take_promised(&launching);
            self.started(id, Run::new(launching, child, held));
        }
        let Some(run) = self.entries.get(id).and_then(|entry| entry.run.clone()) else { return };
        self.run_without_keeper(id, &run);
    }

    /// A run has lost its keeper; its main process lives or has ended since.
    pub(super) fn run_without_keeper(&mut self, id: &ServerId, run: &Run) {
        let child = &run.child.identity;
        match child.find() {
            Found::Match(_) | Found::Unverifiable(_) => {
                let age = duration(proc::age(child.start_ticks));
                self.give(id, Input::KeeperLost { alive: Some(child.pid), age });
            }
            Found::Gone if run.held.get(Name::Process).is_some() => {
                self.emit(Some(id), EventKind::KeeperLost { pid: None });
                self.replace_keeper(id);
            }
            Found::Gone => self.ended_unseen(id, run),
        }
    }

    /// A run has ended that nobody held, perhaps before a reboot.
    fn ended_unseen(&mut self, id: &ServerId, run: &Run) {
        let Some(entry) = self.entries.get(id) else { return };
        let dir = entry.dir.run(&run.id);
        let exit = dir.exit().ok().and_then(Read::there).unwrap_or_else(|| {
            let Identity { boot_id, pid, start_ticks } = &run.child.identity;
            let this_boot = proc::boot_id().is_ok_and(|boot| boot == *boot_id);
            // it may be a zombie that its new parent has not asked for
            let exit = this_boot.then(|| pidfd::exit_of(None, *pid, *start_ticks)).flatten();
            let exit = ExitFile {
                exit: exit.map_or(Exit::Unknown, exit_of),
                at: Timestamp::now(),
                // nobody knows when
                lasted_s: entry.dir.last_sign(run.child.started_at).as_secs_f64(),
                log_end: LogCursor::default(),
                asked: false,
            };
            // without a record it is looked for again by the next supervisor
            let _ = dir.write_exit(&exit);
            exit
        });
        self.ended(id, &run.id, &exit);
    }

    /// A replacement has taken over.
    pub(super) fn taken(&mut self, id: &ServerId, run: &RunId) {
        let Some(entry) = self.entries.get(id) else { return };
        let Some(keeper) = entry.keeper.as_ref().filter(|_| entry.owns(run)) else { return };
        let pid = keeper.pid;
        self.emit(Some(id), EventKind::KeeperReplaced { pid });
    }

    /// A replacement can't take over: the main process can't be verified for now.
    pub(super) fn not_taken(&self, id: &ServerId, run: &RunId) {
        if self.entries.get(id).is_some_and(|entry| entry.owns(run)) {
            self.look_again(id);
        }
    }

    /// A run that has no keeper is looked at again in a moment.
    fn look_again(&self, id: &ServerId) {
        let (id, notes) = (id.clone(), self.notes.clone());
        tokio::spawn(async move {
            tokio::time::sleep(LOOK_AGAIN).await;
            let _ = notes.send(Note::LookAgain { id }).await;
        });
    }

    /// Looks at a run that had no keeper.
    pub(super) fn take_look(&mut self, id: &ServerId) {
        let Some(entry) = self.entries.get(id) else { return };
        match (&entry.run, &entry.link) {
            (Some(_), None) => self.replace_keeper(id),
            (Some(_), Some(_)) => self.order_take(id),
            (None, _) => {}
        }
    }

    /// Starts another keeper, which takes over the run.
    pub(super) fn replace_keeper(&mut self, id: &ServerId) {
        if let Err(error) = self.start_keeper(id) {
            tracing::warn!(%id, %error, "a keeper could not be replaced");
            self.look_again(id);
            return;
        }
        self.order_take(id);
    }

    /// A keeper may not know that the run is to end.
    pub(super) fn stop_again(&mut self, id: &ServerId) {
        let Some(entry) = self.entries.get(id) else { return };
        // a grace that is over, or was none, does not begin anew
        let now = entry.machine.grace_left(Instant::now()).is_some_and(|left| left.is_zero());
        self.perform(id, Effect::Stop { now });
    }

    /// Hands the run to its keeper, with copies of what is held of it: the next keeper may be killed too.
    pub(super) fn order_take(&mut self, id: &ServerId) {
        let Some(entry) = self.entries.get(id) else { return };
        let (Some(link), Some(run)) = (&entry.link, &entry.run) else { return };
        let memo = entry.launched.as_ref().and_then(|memo| serde_json::value::to_raw_value(memo).ok());
        let stopping = entry.machine.phase() == Phase::Stopping;
        let order = TakeOrder {
            run: run.id.clone(),
            child: run.child.clone(),
            stop: entry.current_spec().stop.clone(),
            log: entry.current_spec().log,
            up: entry.machine.phase() == Phase::Running,
            memo,
            asked: stopping,
            open_files: self.open_files,
            held: Arc::as_ref(&run.held).copies(),
        };
        if link.order(Order::Take(Box::new(order))) && stopping {
            self.stop_again(id);
        }
    }
}
