//! What clients ask.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use super::actor::Actor;
use super::entry::Entry;
use super::handle::{Command, LogSource, Subscription};
use super::settle::Waiter;
use crate::api::processes::EXITS_MAX;
use crate::api::{ActRequest, Problem, ProblemKind, Verb, Why};
use crate::keeper::protocol::Order;
use crate::lifecycle::Input;
use crate::model::{Asker, Desired, EventKind, Pending, Phase, ServerHistory, ServerId};
use crate::os::failpoint;

/// Most events of the past that one subscription brings.
const PAST_MAX: usize = 10_000;

/// When a new viewer's first pass begins: looking at a thousand processes must not hold back what it is told first.
const FIRST_LOOK: Duration = Duration::from_millis(100);

/// What is asked of one server.
#[derive(Debug)]
pub(super) struct Wish {
    pub(super) id: ServerId,
    pub(super) verb: Verb,
    /// It was not named, but follows from this one.
    along_with: Option<ServerId>,
}

impl Wish {
    /// That it should run.
    pub(super) fn start(id: &ServerId) -> Self {
        Self { id: id.clone(), verb: Verb::Start, along_with: None }
    }
}

/// Wishes that will be done.
pub(super) struct Accepted {
    servers: Vec<ServerId>,
    notes: Vec<String>,
    seq: u64,
}

fn unknown(id: &ServerId) -> Problem {
    Problem::new(ProblemKind::NotFound, format!("no server `{id}` is registered"))
        .with_hint("`ostler status --all` lists them; `ostler up` registers the project here")
}

/// Nothing of a project can be started.
pub(super) fn no_environment(project: &str) -> Problem {
    Problem::new(ProblemKind::NoEnvironment, format!("no environment is known for project `{project}`"))
        .with_hint("run `ostler up` in its directory: it brings the environment of your shell")
}

impl Actor {
    /// Takes one command and answers it, or sees that it is answered.
    pub(super) fn take_command(&mut self, command: Command) {
        // a client that has gone needs no answer: what it asked for is done all the same
        match command {
            Command::Version(reply) => drop(reply.send(self.version())),
            Command::Snapshot(reply) => drop(reply.send(self.snapshot())),
            Command::Status(id, reply) => drop(reply.send(self.entry(&id).map(Entry::status))),
            Command::Why(id, reply) => drop(reply.send(self.why(&id))),
            Command::Processes(id, reply) => self.list_processes(&id, reply),
            Command::Exits(id, reply) => {
                drop(reply.send(self.entry(&id).map(|_| self.events.exits(&id, EXITS_MAX))));
            }
            Command::Act { request, by, wait, reply } => match self.act(&request, &by) {
                Ok(Accepted { servers, notes, seq }) if !wait => {
                    drop(reply.send(Ok(self.acted(&servers, seq, notes))));
                }
                Ok(Accepted { servers, notes, seq }) => self.waiters.push(Waiter {
                    verb: request.verb,
                    until_healthy: request.until_healthy,
                    servers,
                    notes,
                    seq,
                    since: Instant::now(),
                    reply,
                }),
                Err(problem) => drop(reply.send(Err(problem))),
            },
            Command::Register { request, by, reply } => drop(reply.send(self.register(&request, by))),
            Command::Reload { request, by, wait, reply } => self.take_reload(&request, &by, wait, reply),
            Command::Project(name, reply) => drop(reply.send(self.project_info(&name))),
            Command::Forget { project, by: _, reply } => drop(reply.send(self.forget(&project))),
            Command::History { server, window_s, reply } => {
                drop(reply.send(self.past(server.as_ref(), window_s)));
            }
            Command::Subscribe { viewer, since, reply } => {
                drop(reply.send(self.subscribe(viewer, since)));
            }
            Command::Log(id, reply) => drop(reply.send(self.log_source(&id))),
            Command::Ports(reply) => self.list_ports(reply),
            Command::KillHolder { port, how, by, reply } => self.kill_holder(port, how, by, reply),
            Command::Orphans(reply) => self.list_orphans(reply),
            Command::KillOrphan { id, by, reply } => self.kill_orphan(&id, by, reply),
            Command::AdoptOrphan { id, by, reply } => drop(reply.send(self.adopt_orphan(&id, by))),
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

    pub(super) fn entry(&self, id: &ServerId) -> Result<&Entry, Problem> {
        self.entries.get(id).ok_or_else(|| unknown(id))
    }

    fn why(&self, id: &ServerId) -> Result<Why, Problem> {
        let mut why = self.entry(id)?.why();
        if let Err(problem) = self.refuse_beside_orphan(id) {
            let hint = problem.hint.as_deref().unwrap_or_default();
            let what = problem.message.trim_start_matches(&format!("{id}: ")).to_owned();
            why.because.push(format!("It can't be started: {what}; {hint}."));
        }
        Ok(why)
    }

    /// Accepts a wish for all the servers, or refuses it for all. Only of several that are to start, those beside which
    /// an orphan lives are left out, and noted.
    pub(super) fn act(&mut self, request: &ActRequest, by: &Asker) -> Result<Accepted, Problem> {
        let mut wishes = self.wishes(request);
        let blocked = match request.verb {
            Verb::Start => self.leave_out_beside_orphans(&mut wishes),
            Verb::Stop { .. } | Verb::Restart | Verb::Signal { .. } => Vec::new(),
        };
        for wish in wishes.iter().filter(|wish| wish.along_with.is_none()) {
            self.check_wish(&wish.id, wish.verb)?;
        }
        for wish in wishes.iter().filter(|wish| wish.along_with.is_some()) {
            self.check_wish(&wish.id, wish.verb)?;
        }
        let desired = match request.verb {
            Verb::Start | Verb::Restart => Some(Desired::Up),
            Verb::Stop { .. } => Some(Desired::Down),
            Verb::Signal { .. } => None,
        };
        if let Some(desired) = desired {
            // on disk before it is done, and before it is answered
            self.save_wishes(&wishes, desired)?;
            failpoint::reach(match request.verb {
                Verb::Start => "start.saved",
                Verb::Stop { .. } => "stop.saved",
                Verb::Restart | Verb::Signal { .. } => "restart.saved",
            });
        }
        let notes = blocked.into_iter().chain(self.notes_on(&wishes)).collect();
        for wish in self.in_telling_order(&wishes) {
            let along = wish.along_with.as_ref().map(|id| format!(", along with {}", id.name()));
            let what = format!("{}{}", wish.verb, along.unwrap_or_default());
            self.emit(Some(&wish.id), EventKind::Asked { what, by: by.clone() });
            self.tell_wish(wish);
        }
        let servers = wishes.into_iter().map(|wish| wish.id).collect();
        Ok(Accepted { servers, notes, seq: self.events.last() })
    }

    /// Takes away those that can't be started for an orphan, and says so of each; none, if no other was asked for.
    fn leave_out_beside_orphans(&self, wishes: &mut Vec<Wish>) -> Vec<String> {
        let blocked: HashMap<ServerId, Problem> = wishes
            .iter()
            .filter_map(|wish| Some((wish.id.clone(), self.refuse_beside_orphan(&wish.id).err()?)))
            .collect();
        let is_free = |wish: &Wish| !blocked.contains_key(&wish.id);
        if !wishes.iter().any(|wish| wish.along_with.is_none() && is_free(wish)) {
            return Vec::new();
        }
        let told = wishes.iter().filter_map(|wish| blocked.get(&wish.id)).map(|problem| {
            let hint = problem.hint.as_deref().unwrap_or_default();
            format!("not started: {}; {hint}", problem.message)
        });
        let notes = told.collect();
        wishes.retain(is_free);
        notes
    }

    /// The wish for each server that is meant: those of the request, then those that follow from them.
    fn wishes(&self, request: &ActRequest) -> Vec<Wish> {
        let verb = request.verb;
        let mut named: Vec<ServerId> = Vec::with_capacity(request.servers.len());
        let mut seen = HashSet::new();
        // named twice is not asked twice: a second stop would mean more
        named.extend(request.servers.iter().filter(|id| seen.insert(*id)).cloned());
        let along = match verb {
            Verb::Start | Verb::Restart => self.needed_along(&named),
            Verb::Stop { .. } if request.with_dependents => self.needing(&named),
            Verb::Stop { .. } | Verb::Signal { .. } => Vec::new(),
        };
        let of_along = if verb == Verb::Restart { Verb::Start } else { verb };
        let named = named.into_iter().map(|id| Wish { id, verb, along_with: None });
        let along = along.into_iter().map(|(id, with)| Wish { id, verb: of_along, along_with: Some(with) });
        named.chain(along).collect()
    }

    /// Upwards whoever is needed is told first, downwards whoever needs.
    fn in_telling_order<'a>(&self, wishes: &'a [Wish]) -> Vec<&'a Wish> {
        let ids: Vec<ServerId> = wishes.iter().map(|wish| wish.id.clone()).collect();
        let by_id: HashMap<&ServerId, &Wish> = wishes.iter().map(|wish| (&wish.id, wish)).collect();
        let sorted = self.in_order_of_needs(&ids);
        let mut told: Vec<&Wish> = sorted.iter().filter_map(|id| by_id.get(id).copied()).collect();
        // a restart begins with a stop; what it has to wait for on the way up, it waits for anyway
        if wishes.iter().any(|wish| matches!(wish.verb, Verb::Stop { .. } | Verb::Restart)) {
            told.reverse();
        }
        told
    }

    fn tell_wish(&mut self, wish: &Wish) {
        let id = &wish.id;
        match wish.verb {
            Verb::Start => self.give(id, Input::Start),
            Verb::Stop { now } => self.give(id, Input::Stop { now }),
            Verb::Restart => self.give(id, Input::Restart),
            Verb::Signal { signal } => {
                if let Some(link) = self.entries.get(id).and_then(|entry| entry.link.as_ref()) {
                    // the check has seen it alive; if it ended since, so has the wish
                    let _ = link.order(Order::Signal { signal });
                }
            }
        }
    }

    /// What whoever asks for a stop should know.
    fn notes_on(&self, wishes: &[Wish]) -> Vec<String> {
        let now = Instant::now();
        let goes: HashSet<&ServerId> = wishes.iter().map(|wish| &wish.id).collect();
        let by_need = self.by_need();
        let mut notes = Vec::new();
        for wish in wishes {
            let Verb::Stop { now: at_once } = wish.verb else { continue };
            let (name, id) = (wish.id.name(), &wish.id);
            let others = by_need.get(id).into_iter().flatten();
            let staying = others.filter(|entry| entry.stays() && !goes.contains(&entry.spec.id));
            let mut staying: Vec<&str> = staying.map(|entry| entry.spec.id.name()).collect();
            staying.sort_unstable();
            match staying.as_slice() {
                [] => {}
                [one] => notes.push(format!(
                    "{one} needs {name} and still runs; `ostler stop --with-dependents {name}` stops it too"
                )),
                some => notes.push(format!(
                    "{} need {name} and still run; `ostler stop --with-dependents {name}` stops them too",
                    some.join(" and ")
                )),
            }
            let machine = self.entries.get(id).map(|entry| &entry.machine);
            let asked_before = machine.filter(|machine| machine.pending() == Some(Pending::Stop) && !at_once);
            let left = asked_before.and_then(|machine| machine.grace_left(now)).unwrap_or_default();
            if !left.is_zero() {
                let seconds = left.as_secs_f64().ceil();
                notes.push(format!(
                    "{name} was being stopped already: it is killed now, {seconds} s before its grace is over"
                ));
            } else if let Some(before) = asked_before.and_then(|machine| machine.held_back()) {
                let before = before.join(" and ");
                notes.push(format!("{name} waits for {before} to end first; `--now` does not wait"));
            }
        }
        notes
    }

    pub(super) fn check_wish(&self, id: &ServerId, verb: Verb) -> Result<(), Problem> {
        let entry = self.entry(id)?;
        if let Some(why) = entry.unverified_because() {
            let message = format!("nothing is done to {id} for now: {why}");
            return Err(Problem::new(ProblemKind::Conflict, message).with_hint(entry.unverified_hint()));
        }
        match verb {
            Verb::Start | Verb::Restart => {
                self.refuse_beside_orphan(id)?;
                let project = self.projects.iter().find(|project| project.name == id.project());
                if project.is_none_or(|project| project.env.is_none()) {
                    return Err(no_environment(id.project()));
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
            let soon = Instant::now() + FIRST_LOOK;
            self.next_pass = Some(self.next_pass.map_or(soon, |at| at.min(soon)));
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
