//! What clients register: a project's file becomes servers.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::path::Path;

use super::actor::{Actor, Project};
use super::commands::Wish;
use super::entry::{Entry, rules};
use super::monitor::conflict;
use super::registry::{ProjectRecord, ServerRecord, without_values};
use crate::api::{Problem, ProblemKind, ProjectInfo, RegisterRequest, Registered, StreamItem, Verb};
use crate::config;
use crate::keeper::protocol::Order;
use crate::model::{Asker, Desired, EventKind, NotifyPolicy, Phase, PortSpec, ServerId, ServerSpec};

/// A file that can't be taken over.
pub(super) fn bad_config(problems: &config::Problems) -> Problem {
    Problem::new(ProblemKind::BadConfig, problems.to_string())
}

pub(super) fn not_saved(error: &io::Error) -> Problem {
    Problem::new(ProblemKind::Internal, format!("it could not be saved, so it is not done: {error}"))
        .with_hint("is the disk full?")
}

impl Actor {
    /// Takes over a project's file, or only its environment where the file is known and is not to be read again.
    pub(super) fn register(&mut self, request: &RegisterRequest, by: Asker) -> Result<Registered, Problem> {
        let known = self.projects.iter().position(|project| Self::same_file(&project.file, &request.file));
        let profile = self.wanted_profile(known, request);
        if let Some(index) = known
            && !request.reread
            && self.projects[index].profile == profile
            && !self.is_broken(index)
        {
            if let Some(env) = &request.env {
                self.projects[index].env = Some(env.clone());
            }
            return Ok(self.registered(index, &Changes::default()));
        }
        let loaded =
            config::load(&request.file, profile.as_deref()).map_err(|problems| bad_config(&problems))?;
        self.check_name(&loaded.name, &request.file)?;
        let count = loaded.servers.len();
        let (index, changes) = self.take_over(&loaded)?;
        if let Some(env) = &request.env {
            self.projects[index].env = Some(env.clone());
        }
        self.emit(None, EventKind::Registered { project: loaded.name, servers: count, by });
        Ok(self.registered(index, &changes))
    }

    /// The profile that a request means.
    fn wanted_profile(&self, known: Option<usize>, request: &RegisterRequest) -> Option<String> {
        let keep = !request.reread || request.keep_profile;
        let before = known.filter(|_| keep).and_then(|index| self.projects[index].profile.clone());
        request.profile.clone().or(before)
    }

    fn is_broken(&self, index: usize) -> bool {
        let servers = &self.projects[index].servers;
        servers.is_empty()
            || servers.iter().any(|id| self.entries.get(id).is_some_and(|entry| entry.broken_file.is_some()))
    }

    /// Another file may take over a name only where the one before is gone and nothing of it is alive.
    pub(super) fn check_name(&self, name: &str, file: &Path) -> Result<(), Problem> {
        let Some(other) = self.projects.iter().find(|project| project.name == name) else { return Ok(()) };
        if Self::same_file(&other.file, file) {
            return Ok(());
        }
        let alive = other.servers.iter().any(|id| self.is_alive(id));
        if !other.file.exists() && !alive {
            return Ok(());
        }
        let other = other.file.display();
        let message = format!("project `{name}` is registered from {other}");
        let hint =
            format!("set `project = \"…\"` to another name here, or `ostler -c {other} down --forget`");
        Err(Problem::new(ProblemKind::Conflict, message).with_hint(hint))
    }

    pub(super) fn is_alive(&self, id: &ServerId) -> bool {
        self.entries.get(id).is_some_and(|entry| entry.machine.phase().is_alive() || entry.unverified)
    }

    fn registered(&self, index: usize, brought: &Changes) -> Registered {
        let project = &self.projects[index];
        let named = |id: &&ServerId| self.entries.get(id).is_some_and(|entry| !entry.removed);
        let servers: Vec<ServerId> = project.servers.iter().filter(named).cloned().collect();
        let autostart = |id: &&ServerId| self.entries.get(id).is_some_and(|entry| entry.spec.autostart);
        let is_changed = |id: &&ServerId| self.entries.get(id).is_some_and(Entry::config_changed);
        Registered {
            project: project.name.clone(),
            autostart: servers.iter().filter(autostart).cloned().collect(),
            changed: servers.iter().filter(is_changed).cloned().collect(),
            servers,
            added: brought.added.clone(),
            removed: brought.removed.clone(),
        }
    }

    /// The servers of a loaded file become those of the project, on disk too. Fails where no port can be found for
    /// `auto`, or it can't be saved; then nothing has changed, so that the same request may be made again.
    pub(super) fn take_over(&mut self, loaded: &config::Project) -> Result<(usize, Changes), Problem> {
        let ports = self.choose_ports(&loaded.servers)?;
        self.save_ahead(loaded, &ports).map_err(|error| not_saved(&error))?;
        let known = self.projects.iter().position(|project| project.name == loaded.name);
        let index = known.unwrap_or_else(|| {
            self.projects.push(Project {
                name: loaded.name.clone(),
                file: loaded.file.clone(),
                profile: None,
                env: None,
                notify: NotifyPolicy::default(),
                servers: Vec::new(),
            });
            self.projects.len() - 1
        });
        let mut changes = Changes::default();
        let ids: Vec<ServerId> = loaded.servers.iter().map(|spec| spec.id.clone()).collect();
        for (spec, ports) in loaded.servers.iter().zip(ports) {
            self.take_spec(spec, ports, &mut changes);
        }
        let project = &mut self.projects[index];
        project.file.clone_from(&loaded.file);
        project.profile.clone_from(&loaded.profile);
        project.notify.clone_from(&loaded.notify);
        let before = std::mem::replace(&mut project.servers, ids.clone());
        let gone: Vec<ServerId> = before.into_iter().filter(|id| !ids.contains(id)).collect();
        changes.removed.clone_from(&gone);
        for id in gone {
            if self.is_alive(&id) {
                if let Some(entry) = self.entries.get_mut(&id) {
                    entry.removed = true;
                }
                self.projects[index].servers.push(id.clone());
                self.dirty.insert(id);
            } else {
                self.forget_server(&id);
            }
        }
        Ok((index, changes))
    }

    fn take_spec(&mut self, spec: &ServerSpec, ports: Vec<u16>, changes: &mut Changes) {
        let id = &spec.id;
        self.dirty.insert(id.clone());
        if let Some(entry) = self.entries.get_mut(id) {
            entry.removed = false;
            entry.broken_file = None;
            if entry.spec != *spec {
                entry.spec = spec.clone();
            }
            if entry.machine.phase().is_alive() {
                entry.next_ports = Some(ports).filter(|ports| *ports != entry.ports);
            } else {
                entry.machine.set_rules(rules(spec));
                entry.ports = ports;
                entry.next_ports = None;
            }
        } else {
            changes.added.push(id.clone());
            let entry = Entry::new(spec.clone(), self.server_dir(id), ports);
            self.entries.insert(id.clone(), entry);
            self.restore_past(id);
        }
    }

    /// Numbers for all ports. `auto` keeps what was chosen before, where that still fits.
    fn choose_ports(&self, specs: &[ServerSpec]) -> Result<Vec<Vec<u16>>, Problem> {
        let mut taken: HashSet<u16> =
            self.entries.values().flat_map(|entry| entry.ports.iter().copied()).collect();
        let fixed = specs.iter().flat_map(|spec| &spec.ports).filter_map(|port| match port {
            PortSpec::Fixed(number) => Some(*number),
            PortSpec::Auto => None,
        });
        taken.extend(fixed);
        let mut all = Vec::with_capacity(specs.len());
        for spec in specs {
            let before = self.entries.get(&spec.id).filter(|entry| entry.spec.ports == spec.ports);
            if let Some(entry) = before {
                all.push(entry.ports_of_next_run().to_vec());
                continue;
            }
            let mut ports = Vec::with_capacity(spec.ports.len());
            for (number, port) in spec.ports.iter().enumerate() {
                let chosen = match port {
                    PortSpec::Fixed(port) => *port,
                    PortSpec::Auto => self.free_port(&spec.id, number, &taken)?,
                };
                taken.insert(chosen);
                ports.push(chosen);
            }
            all.push(ports);
        }
        Ok(all)
    }

    /// A port for `auto`: the same one again where it is free. The state directory is part of what it is chosen by, so
    /// that two users of a box do not try the same one at the same moment.
    fn free_port(&self, id: &ServerId, number: usize, taken: &HashSet<u16>) -> Result<u16, Problem> {
        let seed = format!("{}:{id}#{number}", self.paths.home().display());
        conflict::free_port(&seed, &|port| taken.contains(&port)).map_err(|error| {
            Problem::new(ProblemKind::Internal, format!("no free port was found for {id}: {error}"))
        })
    }

    fn project_index(&self, name: &str) -> Result<usize, Problem> {
        self.projects.iter().position(|project| project.name == name).ok_or_else(|| {
            let message = format!("no project `{}` is registered", name.escape_debug());
            Problem::new(ProblemKind::NotFound, message)
        })
    }

    /// Where a project comes from.
    pub(super) fn project_info(&self, name: &str) -> Result<ProjectInfo, Problem> {
        let project = &self.projects[self.project_index(name)?];
        let (file, profile) = (project.file.clone(), project.profile.clone());
        Ok(ProjectInfo { project: project.name.clone(), file, profile })
    }

    /// Forgets a project of which nothing is alive.
    pub(super) fn forget(&mut self, name: &str) -> Result<(), Problem> {
        let index = self.project_index(name)?;
        let servers = self.projects[index].servers.clone();
        if let Some(alive) = servers.iter().find(|id| self.is_alive(id)) {
            let message = format!("{alive} is alive");
            return Err(Problem::new(ProblemKind::Conflict, message)
                .with_hint("`ostler down --forget` stops it first"));
        }
        let project = self.projects.remove(index);
        if let Err(error) = self.save() {
            self.projects.insert(index, project);
            return Err(not_saved(&error));
        }
        for id in servers {
            self.forget_server(&id);
        }
        Ok(())
    }

    /// The same for all of them, as a supervisor that comes up finds them.
    pub(super) fn forget_all_removed(&mut self) {
        let removed: Vec<ServerId> =
            self.entries.values().filter(|entry| entry.removed).map(|entry| entry.spec.id.clone()).collect();
        for id in removed {
            self.forget_if_removed(&id);
        }
    }

    /// Forgets a server that the file does not name any more, once nothing of it is alive.
    pub(super) fn forget_if_removed(&mut self, id: &ServerId) {
        let removed = self.entries.get(id).is_some_and(|entry| entry.removed);
        if removed && !self.is_alive(id) {
            for project in &mut self.projects {
                project.servers.retain(|other| other != id);
            }
            self.forget_server(id);
            if let Err(error) = self.save() {
                tracing::warn!(%id, %error, "a server that is gone could not be taken off the registry");
            }
        }
    }

    fn forget_server(&mut self, id: &ServerId) {
        if let Some(entry) = self.entries.remove(id)
            && let Some(link) = &entry.link
        {
            // one that waits for the next attempt would stay, and be found by the next supervisor
            let _ = link.order(Order::Release);
        }
        self.history.forget(id);
        self.latencies.forget(id);
        self.dirty.remove(id);
        self.tell(StreamItem::Removed { servers: vec![id.clone()] });
    }

    /// Puts wishes on disk, all at once.
    pub(super) fn save_wishes(&mut self, wishes: &[Wish], desired: Desired) -> Result<(), Problem> {
        let before = self.registry.clone();
        for wish in wishes {
            let run = self.entries.get(&wish.id).and_then(|entry| entry.run.as_ref());
            let run = run.map(|run| run.id.clone()).filter(|_| wish.verb == Verb::Restart);
            if let Some(record) = self.registry.server_mut(&wish.id) {
                record.desired = desired;
                record.ended = None;
                record.last_error = None;
                record.restarts = 0;
                record.restart = run;
            }
        }
        if before == self.registry {
            return Ok(());
        }
        match (self.registry.save(&self.paths.registry()), desired) {
            (Ok(()), _) => Ok(()),
            (Err(error), Desired::Up) => {
                self.registry = before;
                Err(not_saved(&error))
            }
            // a stop may be what frees the disk: it is done, and saved with the next change
            (Err(error), Desired::Down) => {
                tracing::warn!(%error, "a stop could not be saved, but is done");
                Ok(())
            }
        }
    }

    /// Puts on disk that a server failed or completed, so that no other supervisor starts it again.
    pub(super) fn remember_end(&mut self, id: &ServerId) {
        let Some(entry) = self.entries.get(id) else { return };
        let ended = match entry.machine.phase() {
            phase @ (Phase::Failed | Phase::Completed) => Some(phase),
            Phase::Stopped
            | Phase::Waiting
            | Phase::Starting
            | Phase::Running
            | Phase::Stopping
            | Phase::Backoff => None,
        };
        let last_error = ended.and_then(|_| entry.machine.last_error().map(str::to_owned));
        let restarts = ended.map(|_| entry.machine.restarts()).unwrap_or_default();
        let Some(record) = self.registry.server_mut(id) else { return };
        if record.ended != ended {
            record.ended = ended;
            record.last_error = last_error;
            record.restarts = restarts;
            if let Err(error) = self.registry.save(&self.paths.registry()) {
                tracing::warn!(%id, %error, "the end of a server could not be saved");
            }
        }
    }

    /// Writes the registry as things are.
    pub(super) fn save(&mut self) -> io::Result<()> {
        let projects = self.projects.iter().map(|project| self.record_of(project)).collect();
        self.save_projects(projects)
    }

    /// Writes the registry as [`Actor::take_over`] is about to make things.
    fn save_ahead(&mut self, loaded: &config::Project, ports: &[Vec<u16>]) -> io::Result<()> {
        let mut projects: Vec<_> = self.projects.iter().map(|project| self.record_of(project)).collect();
        let mut ahead = ProjectRecord {
            name: loaded.name.clone(),
            file: loaded.file.clone(),
            profile: loaded.profile.clone(),
            servers: BTreeMap::new(),
        };
        for (spec, ports) in loaded.servers.iter().zip(ports) {
            let desired = self.entries.get(&spec.id).map_or(Desired::Down, |entry| entry.machine.desired());
            ahead.servers.insert(spec.id.name().to_owned(), self.server_record(spec, desired, ports));
        }
        if let Some(before) = projects.iter_mut().find(|project| project.name == loaded.name) {
            for (name, record) in std::mem::take(&mut before.servers) {
                // one that is alive is forgotten when it has ended
                if self.is_alive(&record.spec.id) {
                    ahead.servers.entry(name).or_insert(ServerRecord { removed: true, ..record });
                }
            }
            *before = ahead;
        } else {
            projects.push(ahead);
        }
        self.save_projects(projects)
    }

    fn save_projects(&mut self, projects: Vec<ProjectRecord>) -> io::Result<()> {
        let before = std::mem::replace(&mut self.registry.projects, projects);
        self.registry.save(&self.paths.registry()).inspect_err(|_| self.registry.projects = before)
    }

    fn record_of(&self, project: &Project) -> ProjectRecord {
        let entries = project.servers.iter().filter_map(|id| self.entries.get(id));
        let record = |entry: &Entry| {
            let ports = entry.ports_of_next_run();
            let record = self.server_record(&entry.spec, entry.machine.desired(), ports);
            (entry.spec.id.name().to_owned(), ServerRecord { removed: entry.removed, ..record })
        };
        ProjectRecord {
            name: project.name.clone(),
            file: project.file.clone(),
            profile: project.profile.clone(),
            servers: entries.map(record).collect(),
        }
    }

    /// Of one that the file names; what else is on record of it stays.
    fn server_record(&self, spec: &ServerSpec, desired: Desired, ports: &[u16]) -> ServerRecord {
        let kept = |record: &ServerRecord| {
            (record.ended, record.last_error.clone(), record.restarts, record.restart.clone())
        };
        let (ended, last_error, restarts, restart) =
            self.registry.server(&spec.id).map(kept).unwrap_or_default();
        ServerRecord {
            desired,
            ended,
            last_error,
            restart,
            restarts,
            removed: false,
            ports: ports.to_vec(),
            spec: without_values(spec),
        }
    }
}

/// What a file brought that was not known.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    added: Vec<ServerId>,
    removed: Vec<ServerId>,
}
