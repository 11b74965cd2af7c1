//! `POST /v1/reload`: what the project's file has brought since, and on request only that is done.
//!
//! `diff` compares two specifications field by field; it is pure. [`Plan`] is the difference between a file and what
//! is registered or runs. `next` is what a server will be from its next start on.
//!
//! Promises: without `apply` nothing changes, nor does anything by a file with problems. What the file leaves as it
//! was keeps its process. No value of an environment is answered. What was accepted is on disk before the answer.
//!
//! Start at [`Actor::take_reload`].

mod diff;
mod next;

use std::time::Instant;

use tokio::sync::oneshot;

use super::actor::Actor;
use super::commands::no_environment;
use super::entry::Entry;
use super::handle::Reply;
use super::projects::bad_config;
use super::settle::Waiter;
use crate::api::{
    ActRequest, Acted, FieldChange, Problem, ProblemKind, ReloadRequest, Reloaded, ServerChange, Verb,
};
use crate::config;
use crate::model::{Asker, Desired, EventKind, Phase, ServerId};
use diff::{changes, of_notify};

const STOP: Verb = Verb::Stop { now: false };

/// The difference between a file and what is registered or runs.
#[derive(Debug, Default)]
struct Plan {
    added: Vec<ServerId>,
    removed: Vec<ServerId>,
    changed: Vec<ServerChange>,
    /// Of the project itself.
    settings: Vec<FieldChange>,
    /// Of the added ones, those that start by themselves.
    starts: Vec<ServerId>,
    /// Of the changed ones, those that run.
    restarts: Vec<ServerId>,
    /// Of the removed ones, those that are up.
    stops: Vec<ServerId>,
}

/// What is asked and not done yet, for whoever waits for it.
#[derive(Debug)]
struct Begun {
    answer: Reloaded,
    up: Vec<ServerId>,
    down: Vec<ServerId>,
}

impl Actor {
    /// Compares, and applies if asked to; with `wait`, answers when everything that was started, restarted or stopped
    /// has settled.
    pub(super) fn take_reload(
        &mut self,
        request: &ReloadRequest,
        by: &Asker,
        wait: bool,
        reply: Reply<Result<Reloaded, Problem>>,
    ) {
        let begun = match self.reload(request, by) {
            Ok(begun) if wait && begun.answer.applied => begun,
            // a client that has gone needs no answer
            done => return drop(reply.send(done.map(|begun| begun.answer))),
        };
        let Begun { mut answer, up, down } = begun;
        let (up, down) = (self.settled(Verb::Restart, up), self.settled(STOP, down));
        tokio::spawn(async move {
            let mut reply = reply;
            let settled = async { (down.await, up.await) };
            let settled = tokio::select! {
                settled = settled => settled,
                () = reply.closed() => return,
            };
            if let (_, Ok(Ok(acted))) = settled {
                answer.servers = acted.servers;
            }
            let _ = reply.send(Ok(answer));
        });
    }

    /// Answered when these have settled.
    fn settled(&mut self, verb: Verb, servers: Vec<ServerId>) -> oneshot::Receiver<Result<Acted, Problem>> {
        let (reply, settled) = oneshot::channel();
        let (seq, since) = (self.events.last(), Instant::now());
        let (until_healthy, notes) = (false, Vec::new());
        self.waiters.push(Waiter { verb, until_healthy, servers, notes, seq, since, reply });
        settled
    }

    fn reload(&mut self, request: &ReloadRequest, by: &Asker) -> Result<Begun, Problem> {
        let known = self.projects.iter().find(|project| Self::same_file(&project.file, &request.file));
        let profile = request.profile.clone().or(known.and_then(|project| project.profile.clone()));
        let loaded =
            config::load(&request.file, profile.as_deref()).map_err(|problems| bad_config(&problems))?;
        if let Some(known) = known.filter(|known| known.name != loaded.name) {
            let message =
                format!("the file now calls its project `{}`, before it was `{}`", loaded.name, known.name);
            let hint = format!("`ostler down --forget '{}/*'` ends that; then `ostler up`", known.name);
            return Err(Problem::new(ProblemKind::Conflict, message).with_hint(hint));
        }
        self.check_name(&loaded.name, &request.file)?;
        let plan = self.plan(&loaded);
        if request.apply {
            self.check_plan(&plan, &loaded.name, request)?;
            self.apply(&loaded, &plan, request, by)?;
        }
        let Plan { added, removed, changed, settings, mut starts, restarts, stops } = plan;
        starts.extend(restarts);
        let servers = if request.apply { self.acted(&starts, 0, Vec::new()).servers } else { Vec::new() };
        let (project, profile) = (loaded.name, loaded.profile);
        let answer =
            Reloaded { project, profile, added, removed, changed, settings, applied: request.apply, servers };
        Ok(Begun { answer, up: starts, down: stops })
    }

    fn plan(&self, loaded: &config::Project) -> Plan {
        let mut plan = Plan::default();
        for spec in &loaded.servers {
            let Some(entry) = self.entries.get(&spec.id).filter(|entry| self.is_listed(entry)) else {
                plan.added.push(spec.id.clone());
                plan.starts.extend(spec.autostart.then(|| spec.id.clone()));
                continue;
            };
            let before = entry.current_spec();
            if before == spec {
                continue;
            }
            let restarts = entry.runs();
            plan.restarts.extend(restarts.then(|| spec.id.clone()));
            let fields = changes(before, spec);
            plan.changed.push(ServerChange { server: spec.id.clone(), fields, restarts });
        }
        let known = self.projects.iter().find(|project| project.name == loaded.name);
        let settings = known.map(|known| of_notify(&known.notify, &loaded.notify));
        plan.settings = settings.unwrap_or_default();
        let servers = known.iter().flat_map(|project| &project.servers);
        let gone = servers.filter(|id| loaded.servers.iter().all(|spec| spec.id != **id));
        plan.removed = gone.cloned().collect();
        plan.stops = plan.removed.iter().filter(|id| self.is_alive(id)).cloned().collect();
        plan
    }

    fn is_listed(&self, entry: &Entry) -> bool {
        self.projects.iter().any(|project| project.servers.contains(&entry.spec.id))
    }

    /// Whether all of it can be done: all of it or nothing is.
    fn check_plan(&self, plan: &Plan, project: &str, request: &ReloadRequest) -> Result<(), Problem> {
        let changed = plan.changed.iter().map(|change| &change.server);
        for id in plan.removed.iter().chain(changed) {
            // for a stop nothing is needed but a keeper that answers
            self.check_wish(id, STOP)?;
        }
        for id in plan.starts.iter().chain(&plan.restarts) {
            self.refuse_beside_orphan(id)?;
        }
        let known = self.projects.iter().find(|known| known.name == project);
        let has_environment = request.env.is_some() || known.is_some_and(|known| known.env.is_some());
        if has_environment || (plan.starts.is_empty() && plan.restarts.is_empty()) {
            Ok(())
        } else {
            Err(no_environment(project))
        }
    }

    fn apply(
        &mut self,
        loaded: &config::Project,
        plan: &Plan,
        request: &ReloadRequest,
        by: &Asker,
    ) -> Result<(), Problem> {
        let (index, _) = self.take_over(loaded)?;
        if let Some(env) = &request.env {
            self.projects[index].env = Some(env.clone());
        }
        self.emit(
            None,
            EventKind::Reloaded {
                project: loaded.name.clone(),
                added: plan.added.len(),
                removed: plan.removed.len(),
                changed: plan.changed.len(),
                by: by.clone(),
            },
        );
        for (verb, servers) in
            [(STOP, &plan.stops), (Verb::Restart, &plan.restarts), (Verb::Start, &plan.starts)]
        {
            if !servers.is_empty() {
                self.act(&ActRequest::new(verb, servers.clone()), by)?;
            }
        }
        Ok(())
    }
}

impl Entry {
    /// Whether it is up, or about to be as soon as its back-off is over: then a change restarts it.
    fn runs(&self) -> bool {
        match self.machine.phase() {
            Phase::Starting | Phase::Running | Phase::Backoff => self.machine.desired() == Desired::Up,
            // the next start takes what the file says
            Phase::Stopped | Phase::Waiting | Phase::Stopping | Phase::Failed | Phase::Completed => false,
        }
    }
}
