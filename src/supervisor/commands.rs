//! What clients ask.

use std::time::Instant;

use super::actor::Actor;
use super::entry::Entry;
use super::handle::{Command, LogSource, Subscription};
use super::settle::Waiter;
use crate::api::{ActRequest, Acted, Problem, ProblemKind, Verb};
use crate::keeper::protocol::Order;
use crate::lifecycle::Input;
use crate::model::{Asker, Desired, EventKind, Phase, ServerHistory, ServerId};

/// Most events of the past that one subscription brings.
const PAST_MAX: usize = 10_000;

fn unknown(id: &ServerId) -> Problem {
    Problem::new(ProblemKind::NotFound, format!("no server `{id}` is registered"))
        .with_hint("`ostler status --all` lists them; `ostler up` registers the project here")
}

impl Actor {
    /// Takes one command and answers it, or sees that it is answered.
    pub(super) fn take_command(&mut self, command: Command) {
        // a client that has gone needs no answer: what it asked for is done all the same
        match command {
            Command::Version(reply) => drop(reply.send(self.version())),
            Command::Snapshot(reply) => drop(reply.send(self.snapshot())),
            Command::Status(id, reply) => drop(reply.send(self.entry(&id).map(Entry::status))),
            Command::Why(id, reply) => drop(reply.send(self.entry(&id).map(Entry::why))),
            Command::Act { request, by, wait, reply } => match self.act(&request, &by) {
                Ok(acted) if !wait => drop(reply.send(Ok(acted))),
                Ok(acted) => self.waiters.push(Waiter {
                    verb: request.verb,
                    servers: request.servers,
                    seq: acted.seq,
                    since: Instant::now(),
                    reply,
                }),
                Err(problem) => drop(reply.send(Err(problem))),
            },
            Command::Register { request, by, reply } => drop(reply.send(self.register(&request, by))),
            Command::Forget { project, by: _, reply } => drop(reply.send(self.forget(&project))),
            Command::History { server, window_s, reply } => {
                drop(reply.send(self.past(server.as_ref(), window_s)));
            }
            Command::Subscribe { viewer, since, reply } => {
                drop(reply.send(self.subscribe(viewer, since)));
            }
            Command::Log(id, reply) => drop(reply.send(self.log_source(&id))),
            Command::Save(reply) => {
                if let Err(error) = self.save() {
                    tracing::warn!(%error, "the registry is gone and can't be written");
                }
                let _ = reply.send(());
            }
            Command::Shutdown(reply) => {
                self.going = true;
                let _ = reply.send(());
            }
        }
    }

    fn entry(&self, id: &ServerId) -> Result<&Entry, Problem> {
        self.entries.get(id).ok_or_else(|| unknown(id))
    }

    /// Accepts a wish for all the servers, or refuses it for all.
    fn act(&mut self, request: &ActRequest, by: &Asker) -> Result<Acted, Problem> {
        for id in &request.servers {
            self.check_wish(id, request.verb)?;
        }
        let desired = match request.verb {
            Verb::Start | Verb::Restart => Some(Desired::Up),
            Verb::Stop { .. } => Some(Desired::Down),
            Verb::Signal { .. } => None,
        };
        if let Some(desired) = desired {
            // on disk before it is done, and before it is answered
            self.save_desired(&request.servers, desired)?;
        }
        for id in &request.servers {
            self.emit(Some(id), EventKind::Asked { what: request.verb.to_string(), by: by.clone() });
            match request.verb {
                Verb::Start => self.give(id, Input::Start),
                Verb::Stop { now } => self.give(id, Input::Stop { now }),
                Verb::Restart => self.give(id, Input::Restart),
                Verb::Signal { signal } => {
                    if let Some(link) = self.entries.get(id).and_then(|entry| entry.link.as_ref()) {
                        // the check above has seen it alive; if it ended since, so has the wish
                        let _ = link.order(Order::Signal { signal });
                    }
                }
            }
        }
        Ok(self.acted(&request.servers, self.events.last()))
    }

    fn check_wish(&self, id: &ServerId, verb: Verb) -> Result<(), Problem> {
        let entry = self.entry(id)?;
        if let Some(why) = entry.unverified_because() {
            let message = format!("nothing is done to {id} for now: {why}");
            return Err(Problem::new(ProblemKind::Conflict, message).with_hint(entry.unverified_hint()));
        }
        match verb {
            Verb::Start | Verb::Restart => {
                let project = self.projects.iter().find(|project| project.name == id.project());
                if project.is_none_or(|project| project.env.is_none()) {
                    let message = format!("no environment is known for project `{}`", id.project());
                    let hint = "run `ostler up` in its directory: it brings the environment of your shell";
                    return Err(Problem::new(ProblemKind::NoEnvironment, message).with_hint(hint));
                }
                Ok(())
            }
            Verb::Stop { .. } => Ok(()),
            Verb::Signal { signal } => match entry.machine.phase() {
                Phase::Starting | Phase::Running | Phase::Stopping if entry.run.is_some() => Ok(()),
                phase => {
                    let message = format!("{id} is {phase}: there is no process to send {signal} to");
                    Err(Problem::new(ProblemKind::Conflict, message))
                }
            },
        }
    }

    fn past(&self, server: Option<&ServerId>, window_s: u32) -> Result<Vec<ServerHistory>, Problem> {
        let now = self.began.elapsed().as_secs();
        match server {
            Some(id) => {
                self.entry(id)?;
                Ok(self.history.window(id, now, window_s).into_iter().collect())
            }
            None => {
                Ok(self.history.servers().filter_map(|id| self.history.window(id, now, window_s)).collect())
            }
        }
    }

    fn subscribe(&mut self, viewer: bool, since: Option<u64>) -> Subscription {
        let items = self.stream.subscribe();
        let mut past = since.map(|since| self.events.since(since)).unwrap_or_default();
        past.drain(..past.len().saturating_sub(PAST_MAX));
        let viewer = viewer.then(|| self.viewer());
        if viewer.is_some() {
            self.next_pass = Some(Instant::now());
        }
        Subscription { snapshot: self.snapshot(), past, items, viewer }
    }

    fn log_source(&mut self, id: &ServerId) -> Result<LogSource, Problem> {
        let entry = self.entry(id)?;
        let source = LogSource { dir: entry.dir.log(), bell: entry.bell.subscribe() };
        self.follow(id);
        Ok(source)
    }
}
