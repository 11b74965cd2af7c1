//! What clients ask of orphans.

use std::sync::Arc;

use jiff::Timestamp;

use super::look::Found;
use super::{ListReply, News, id_of};
use crate::api::{OrphanKilled, Problem, ProblemKind};
use crate::keeper::protocol::Held;
use crate::lifecycle::{Memory, Server};
use crate::model::{Asker, Desired, EventKind, Exit, LogCursor, Phase, ServerId};
use crate::os::identity;
use crate::os::proc;
use crate::run_dir::{ExitFile, Read};
use crate::supervisor::actor::{Actor, Note};
use crate::supervisor::commands::Wish;
use crate::supervisor::entry::{Run, rules};
use crate::supervisor::handle::Reply;
use crate::supervisor::strangers;

/// So many are ended at once: each takes one of the few threads for up to ten seconds.
pub(in crate::supervisor) const AT_ONCE: usize = 4;

impl Actor {
    /// Lists them when it was looked again.
    pub(in crate::supervisor) fn list_orphans(&mut self, reply: ListReply) {
        self.orphans.next.lists.push(reply);
        self.look_for_orphans();
    }

    fn orphan(&self, key: &str) -> Result<&Found, Problem> {
        let found = self.orphans.found.iter().find(|found| id_of(found).as_deref() == Some(key));
        let found = found.ok_or_else(|| {
            Problem::new(ProblemKind::NotFound, format!("there is no orphan `{}`", key.escape_debug()))
                .with_hint("`ostler orphans` lists them with their ids")
        })?;
        if self.orphans.ending.contains(&found.mark.run) {
            return Err(Problem::new(ProblemKind::Conflict, format!("orphan {key} is being ended")));
        }
        Ok(found)
    }

    /// Ends every process of one. The answer comes from a thread.
    pub(in crate::supervisor) fn kill_orphan(
        &mut self,
        key: &str,
        by: Asker,
        reply: Reply<Result<OrphanKilled, Problem>>,
    ) {
        let found = match self.orphan(key) {
            Ok(found) => Box::new(found.clone()),
            Err(problem) => return drop(reply.send(Err(problem))),
        };
        if self.orphans.ending.len() >= AT_ONCE {
            let problem = Problem::new(ProblemKind::Conflict, format!("{AT_ONCE} orphans are being ended"))
                .with_hint("ask again in a few seconds");
            return drop(reply.send(Err(problem)));
        }
        self.orphans.ending.insert(found.mark.run.clone());
        let (home, notes) = (Arc::clone(&self.orphans.home), self.notes.clone());
        tokio::task::spawn_blocking(move || {
            let result = strangers::end_run(&home, &found);
            // the actor has gone: what was done is done
            let _ = notes.blocking_send(Note::Orphans(News::Ended { found, result, by, reply }));
        });
    }

    pub(super) fn orphan_ended(
        &mut self,
        found: &Found,
        result: Result<Vec<u32>, Problem>,
        by: Asker,
        reply: Reply<Result<OrphanKilled, Problem>>,
    ) {
        let (id, run) = (&found.mark.id, &found.mark.run);
        self.orphans.ending.remove(run);
        let answer = result.map(|pids| {
            self.orphans.found.retain(|other| other.mark.run != *run);
            self.put_end_on_record(found);
            let pid = found.first().map_or(0, |first| first.pid);
            self.emit(Some(id), EventKind::OrphanKilled { pid, by });
            OrphanKilled { server: id.clone(), pids }
        });
        let _ = reply.send(answer);
    }

    /// Every ended run has a record; without one the next supervisor would take its end for news.
    fn put_end_on_record(&self, found: &Found) {
        let dir = self.server_dir(&found.mark.id).run(&found.mark.run);
        let (Ok(Read::There(child)), Ok(Read::Missing)) = (dir.child(), dir.exit()) else { return };
        let exit = ExitFile {
            exit: Exit::Unknown,
            at: Timestamp::now(),
            lasted_s: proc::age(child.identity.start_ticks),
            log_end: LogCursor::default(),
            asked: true,
        };
        if let Err(error) = dir.write_exit(&exit) {
            tracing::warn!(id = %found.mark.id, %error, "the end of an orphan could not be put on record");
        }
    }

    /// Makes one the run of its server again, with a keeper of its own.
    pub(in crate::supervisor) fn adopt_orphan(&mut self, key: &str, by: Asker) -> Result<(), Problem> {
        let found = self.orphan(key)?.clone();
        let id = &found.mark.id;
        let conflict = |message: String| Problem::new(ProblemKind::Conflict, message);
        let Some(child) = found.main.clone() else {
            let message = format!("nothing on record says that orphan {key} is the main process of {id}");
            return Err(conflict(message)
                .with_hint(format!("it can be watched here, or ended: `ostler orphans --kill {key}`")));
        };
        if !matches!(identity::open(child.identity.pid, child.identity.start_ticks), Ok(Some(_))) {
            return Err(conflict(format!(
                "the main process of orphan {key} has ended, or can't be verified"
            ))
            .with_hint("`ostler orphans` looks again"));
        }
        self.check_adopter(id)?;
        self.save_wishes(&[Wish::start(id)], Desired::Up)?;
        let run = Run::new(found.mark.run.clone(), child, Held::default());
        self.emit(Some(id), EventKind::Asked { what: format!("adopt orphan {key}"), by });
        self.emit(Some(id), EventKind::Adopted { pid: run.child.identity.pid });
        self.orphans.found.retain(|other| other.mark.run != run.id);
        let Some(entry) = self.entries.get_mut(id) else { return Ok(()) };
        let memory = Memory { desired: Desired::Up, ..Memory::default() };
        entry.machine = Server::new(rules(&entry.spec)).remembering(memory);
        entry.machine.resume(false);
        entry.run = Some(run.clone());
        self.run_without_keeper(id, &run);
        self.dirty.insert(id.clone());
        Ok(())
    }

    /// Only a server that is down and has no keeper can take a run.
    fn check_adopter(&self, id: &ServerId) -> Result<(), Problem> {
        let Some(entry) = self.entries.get(id) else {
            let message = format!("no server `{id}` is registered");
            return Err(Problem::new(ProblemKind::NotFound, message)
                .with_hint("`ostler start` or `ostler up` in its project registers it"));
        };
        let down = match entry.machine.phase() {
            Phase::Stopped | Phase::Failed | Phase::Completed => entry.link.is_none(),
            Phase::Waiting | Phase::Starting | Phase::Running | Phase::Stopping | Phase::Backoff => false,
        };
        if down && entry.run.is_none() && entry.launching.is_none() {
            return Ok(());
        }
        let message = format!("{id} is {}: it can't take another run", entry.machine.phase());
        Err(Problem::new(ProblemKind::Conflict, message).with_hint(format!("`ostler stop {id}` first")))
    }
}
