//! How a supervisor finds servers again: at its first start, after a crash, after an upgrade. There is one path.
//!
//! The registry says what was asked for, the config files what servers are, the keepers what is alive, the run
//! directories what has ended. A keeper that holds its lock is connected to; what it says is believed. One that does
//! not answer in time is *unverified*: nothing is done to its server, and it is asked for as long as it lives.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::actor::{Actor, Project};
use super::entry::{Entry, Memo, Run, rules};
use super::links::{Link, Place};
use super::registry::ProjectRecord;
use super::reports::duration;
use super::versions::KeeperVersion;
use crate::config;
use crate::keeper::handle;
use crate::keeper::protocol::{Held, Hello, Order};
use crate::lifecycle::{Input, Memory, Server};
use crate::model::{Desired, EventKind, Phase, ServerId, ServerSpec};
use crate::os::failpoint;
use crate::os::identity::{Found, Identity};
use crate::os::proc;
use crate::run_dir::{Read, ServerDir};

/// How long all keepers together have to answer before the socket opens without them.
const PATIENCE: Duration = Duration::from_secs(2);

/// Finds everything. When this returns, every known server is listed.
pub(super) async fn adopt(actor: &mut Actor, revived: bool) {
    let (pid, version) = (std::process::id(), crate::paths::version().to_owned());
    actor.emit(None, EventKind::SupervisorStarted { pid, version, revived });
    actor.options.revived = revived;
    failpoint::reach("adopt.begun");
    actor.restore_projects();
    failpoint::reach("adopt.restored");
    let mut without = Vec::new();
    for (id, dir) in actor.known_dirs() {
        match actor.living_keeper(&id, &dir) {
            Some(keeper) => actor.connect(&id, dir, keeper),
            None => without.push(id),
        }
    }
    failpoint::reach("adopt.connected");
    let deadline = Instant::now() + PATIENCE;
    // one whose keeper is found to be gone is left for later
    let is_awaited = |entry: &Entry| entry.unverified && !entry.is_foreign() && entry.link.is_some();
    while actor.entries.values().any(is_awaited) {
        let rest = deadline.saturating_duration_since(Instant::now());
        if rest.is_zero() || !actor.take_one_within(rest).await {
            break;
        }
    }
    let gone = actor.entries.iter().filter(|(_, entry)| entry.unverified && entry.link.is_none());
    without.extend(gone.map(|(id, _)| id.clone()).collect::<Vec<_>>());
    failpoint::reach("adopt.answered");
    // after the keepers: one that is to be started needs the environment that only they remember
    for id in without {
        actor.suspect(&id);
        actor.adopt_without_keeper(&id);
    }
    actor.drop_unknown();
    actor.restore_pasts();
    actor.adopting = false;
    failpoint::reach("adopt.found");
    actor.forget_all_removed();
    actor.look_at_order_first();
    actor.save_found();
    // a start must not come before it is known what is left of earlier runs
    actor.look_for_orphans();
    while actor.orphans.is_looking() && actor.take_one_within(PATIENCE).await {}
    actor.next_pass = Some(Instant::now());
}

/// A keeper that seems to live.
pub(super) struct Living {
    pub(super) socket: PathBuf,
    /// `None`: its file is gone, or is of another one.
    identity: Option<Identity>,
    /// What it is, as its file says.
    version: Option<KeeperVersion>,
}

impl Actor {
    /// The keeper of a server, if one lives: its lock is held, or its socket answers although the lock is gone with
    /// the directory. Where it listens follows from the server's name.
    pub(super) fn living_keeper(&self, id: &ServerId, dir: &ServerDir) -> Option<Living> {
        let socket = handle::socket_path(&self.paths, &id.to_string());
        let held = match dir.path().exists().then(|| dir.take_lock()) {
            None | Some(Ok(Some(_))) => false,
            // held, or it can't be told
            Some(Ok(None) | Err(_)) => true,
        };
        if !held && handle::connect(&socket).is_err() {
            return None;
        }
        let file = dir.keeper().ok().and_then(Read::there);
        let file = file.filter(|file| !matches!(file.identity.find(), Found::Gone));
        let version = file.as_ref().map(KeeperVersion::from);
        Some(Living { socket, identity: file.map(|file| file.identity), version })
    }

    /// Projects and servers as the registry and the files say.
    fn restore_projects(&mut self) {
        for record in self.registry.projects.clone() {
            let loaded = config::load(&record.file, record.profile.as_deref())
                .map_err(|problems| problems.to_string());
            let problem = loaded.as_ref().err().cloned();
            let notify = loaded.as_ref().map(|loaded| loaded.notify.clone()).unwrap_or_default();
            let mut specs: Vec<ServerSpec> =
                record.servers.values().map(|server| server.spec.clone()).collect();
            if let Ok(loaded) = loaded
                && loaded.name == record.name
            {
                // what the file brings anew waits for the next `up`
                specs.retain(|spec| !loaded.servers.iter().any(|other| other.id == spec.id));
                let known = |spec: &&ServerSpec| record.servers.contains_key(spec.id.name());
                let known: Vec<ServerSpec> = loaded.servers.iter().filter(known).cloned().collect();
                specs.splice(0..0, known);
            }
            let servers: Vec<ServerId> = specs.iter().map(|spec| spec.id.clone()).collect();
            for spec in specs {
                let Some(known) = record.servers.get(spec.id.name()) else { continue };
                let dir = self.server_dir(&spec.id);
                let ports = known.ports_by(&spec);
                let mut entry = Entry::new(spec, dir, ports);
                entry.broken_file.clone_from(&problem);
                entry.removed = known.removed;
                self.entries.insert(entry.spec.id.clone(), entry);
            }
            let ProjectRecord { name, file, profile, servers: _ } = record;
            self.projects.push(Project { name, file, profile, env: None, notify, servers });
        }
    }

    /// Every server that has an entry or a directory.
    fn known_dirs(&self) -> Vec<(ServerId, ServerDir)> {
        let mut known: Vec<ServerId> =
            self.projects.iter().flat_map(|project| project.servers.iter().cloned()).collect();
        for project in names(self.paths.servers()) {
            for name in names(self.paths.servers().join(&project)) {
                if let Ok(id) = ServerId::new(&project, &name)
                    && !known.contains(&id)
                {
                    known.push(id);
                }
            }
        }
        known.into_iter().map(|id| (id.clone(), self.server_dir(&id))).collect()
    }

    pub(super) fn connect(&mut self, id: &ServerId, dir: ServerDir, keeper: Living) {
        let generation = self.count();
        let Living { socket, identity, version } = keeper;
        let place = Place { id: id.clone(), socket, identity: identity.clone(), dir: dir.clone() };
        let link = Link::attach(place, None, generation, self.notes.clone());
        let entry = self.entries.entry(id.clone()).or_insert_with(|| {
            // the registry has lost it; its keeper knows what it is
            let mut entry = Entry::new(placeholder(id), dir, Vec::new());
            entry.removed = true;
            entry
        });
        entry.keeper = identity;
        entry.keeper_version = version;
        entry.link = Some(link);
        entry.unverified = true;
        self.show_unverified(id);
    }

    /// Until its keeper says more, a server is shown by what is on record of it.
    fn show_unverified(&mut self, id: &ServerId) {
        let memory = self.memory(id, None);
        let Some(entry) = self.entries.get_mut(id) else { return };
        entry.machine = Server::new(rules(&entry.spec)).remembering(memory);
        let Some(run) = entry.dir.last_run() else { return };
        let dir = entry.dir.run(&run);
        let ended = dir.exit().ok().and_then(Read::there).is_some();
        let child = dir.child().ok().and_then(Read::there);
        if let Some(child) = child.filter(|child| !ended && matches!(child.identity.find(), Found::Match(_)))
        {
            entry.run = Some(Run::new(run, child, Held::default()));
            entry.machine.resume(false);
        }
    }

    /// What was asked for, as it was saved.
    fn memory(&mut self, id: &ServerId, memo: Option<&Memo>) -> Memory {
        let record = self.registry.server_mut(id).cloned();
        let (attempt, restarts) = memo.map(|memo| (memo.attempt, memo.restarts)).unwrap_or_default();
        match record {
            Some(record) => Memory {
                desired: record.desired,
                attempt,
                restarts: restarts.max(record.restarts),
                ended: record.ended,
                last_error: record.last_error,
            },
            // what runs although nothing is known of it was wanted by somebody
            None => Memory { desired: Desired::Up, attempt, restarts, ..Memory::default() },
        }
    }

    /// A keeper that was found says how its server is.
    pub(super) fn adopt_from(&mut self, id: &ServerId, hello: Hello) {
        let memo: Option<Memo> = hello.memo.and_then(|memo| serde_json::from_str(memo.get()).ok());
        if let Some(memo) = &memo {
            self.take_memo(id, memo);
        }
        let memory = self.memory(id, memo.as_ref());
        let restarted = self.registry.server_mut(id).and_then(|record| record.restart.clone());
        let desired = memory.desired;
        let done = memory.ended.is_some();
        let Some(entry) = self.entries.get_mut(id) else { return };
        entry.unverified = false;
        entry.followed = false;
        entry.keeper = Some(hello.identity);
        if let Some(link) = &mut entry.link {
            link.greeted = true;
        }
        let spec = memo.as_ref().map_or(&entry.spec, |memo| &memo.spec);
        entry.machine = Server::new(rules(spec)).remembering(memory);
        if let Some(memo) = memo {
            entry.take_ports_of_run(&memo.ports);
            entry.launched = Some(memo);
        }
        if let Some((_, exit)) = &hello.last {
            entry.set_exit(exit);
        }
        entry.run = None;
        match (hello.run, hello.last) {
            (Some(alive), _) => {
                let pid = alive.child.identity.pid;
                let age = duration(proc::age(alive.child.identity.start_ticks));
                let restart = restarted.as_ref() == Some(&alive.run) && !alive.ending;
                entry.run = Some(Run::new(alive.run, alive.child, alive.held));
                self.give(id, Input::Adopted { pid, age, up: alive.up, ending: alive.ending });
                if restart && desired == Desired::Up {
                    self.give(id, Input::Restart);
                }
            }
            (None, Some((run, exit))) if !done => {
                if let Some(link) = &entry.link {
                    // otherwise it would be told of twice
                    let _ = link.order(Order::Seen { run: run.clone() });
                }
                entry.machine.resume(exit.asked || restarted.as_ref() == Some(&run));
                self.quiet = hello.last_seen;
                self.give(
                    id,
                    Input::Exited { exit: exit.exit, lasted: duration(exit.lasted_s), last_line: None },
                );
                self.quiet = false;
            }
            (None, None) if !done && desired == Desired::Up => self.give(id, Input::Start),
            (None, _) => self.perform(id, crate::lifecycle::Effect::Release),
        }
    }

    /// Makes an entry and its project what a keeper remembers of them, where nobody else does.
    fn take_memo(&mut self, id: &ServerId, memo: &Memo) {
        let index =
            self.projects.iter().position(|project| project.name == id.project()).unwrap_or_else(|| {
                self.projects.push(Project {
                    name: id.project().to_owned(),
                    file: memo.file.clone(),
                    profile: memo.profile.clone(),
                    env: None,
                    notify: config::load(&memo.file, None).map(|loaded| loaded.notify).unwrap_or_default(),
                    servers: Vec::new(),
                });
                self.projects.len() - 1
            });
        let project = &mut self.projects[index];
        if project.env.is_none() {
            project.env = Some(memo.env.clone());
        }
        if project.servers.contains(id) {
            return;
        }
        project.servers.push(id.clone());
        if let Some(entry) = self.entries.get_mut(id) {
            entry.removed = false;
            entry.spec = memo.spec.clone();
        }
        if !self.adopting {
            self.save_found();
        }
    }

    /// A server that has no keeper: what became of its last run?
    pub(super) fn adopt_without_keeper(&mut self, id: &ServerId) {
        let memory = self.memory(id, None);
        let restarted = self.registry.server_mut(id).and_then(|record| record.restart.clone());
        self.dirty.insert(id.clone());
        let Some(entry) = self.entries.get_mut(id) else { return };
        entry.unverified = false;
        let (desired, done) = (memory.desired, memory.ended.is_some());
        entry.machine = Server::new(rules(&entry.spec)).remembering(memory);
        let last = entry.dir.last_run();
        let last = last.map(|run| (entry.dir.run(&run), run));
        let exit = last.as_ref().and_then(|(dir, _)| dir.exit().ok().and_then(Read::there));
        let child = last.as_ref().and_then(|(dir, _)| dir.child().ok().and_then(Read::there));
        if let Some(exit) = &exit {
            entry.set_exit(exit);
        }
        match (last, exit, child) {
            (Some((_, run)), None, Some(child)) if !done => {
                let run = Run::new(run, child, Held::default());
                entry.run = Some(run.clone());
                entry.machine.resume(restarted.as_ref() == Some(&run.id));
                self.run_without_keeper(id, &run);
            }
            (Some((_, run)), Some(exit), _) if !done && desired == Desired::Up => {
                entry.machine.resume(exit.asked || restarted.as_ref() == Some(&run));
                self.give(
                    id,
                    Input::Exited { exit: exit.exit, lasted: duration(exit.lasted_s), last_line: None },
                );
            }
            (_, _, _) if !done && desired == Desired::Up => self.give(id, Input::Start),
            (_, _, _) => {}
        }
    }

    /// Saves what keepers remembered and the registry did not: a wish for it must find its record. Not before every
    /// server has been found, since it saves what is asked of each.
    fn save_found(&mut self) {
        if let Err(error) = self.save() {
            tracing::warn!(%error, "what was found could not be saved");
        }
    }

    /// Entries of which neither registry nor keeper said what they are.
    fn drop_unknown(&mut self) {
        let projects = &self.projects;
        self.entries.retain(|id, entry| {
            entry.unverified || projects.iter().any(|project| project.servers.contains(id))
        });
        for (id, entry) in &self.entries {
            let listed = self.projects.iter().any(|project| project.servers.contains(id));
            if !listed && entry.unverified {
                tracing::warn!(%id, "a keeper does not answer, and the registry does not know its server");
            }
        }
        let phases =
            |phase: Phase| self.entries.values().filter(|entry| entry.machine.phase() == phase).count();
        tracing::info!(pid = std::process::id(), running = phases(Phase::Running), "the supervisor is up");
    }
}

fn names(dir: PathBuf) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// A specification for a server of which only the name is known, until its keeper says more.
fn placeholder(id: &ServerId) -> ServerSpec {
    ServerSpec {
        id: id.clone(),
        command: crate::model::Command::Exec(Vec::new()),
        dir: "/".to_owned(),
        root: "/".into(),
        ports: Vec::new(),
        port_check: crate::model::PortCheck::default(),
        env: crate::model::Environment::default(),
        env_files: Vec::new(),
        group: None,
        autostart: false,
        tty: false,
        restart: crate::model::RestartPolicy::default(),
        stop: crate::model::StopPolicy::default(),
        log: crate::model::LogPolicy::default(),
        startup: crate::model::Startup::default(),
        color: None,
        health: None,
        needs: Vec::new(),
        replica: None,
        memory: crate::model::MemoryPolicy::default(),
        version: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::file;
    use crate::paths::Paths;
    use crate::supervisor::handle::channel;

    #[tokio::test]
    async fn one_whose_keeper_is_gone_waits_until_all_others_have_been_asked() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::at(home.path().join("h"));
        file::private_dir(paths.home()).unwrap();
        let (_handle, inbox) = channel();
        let mut actor = Actor::new(paths, inbox, None).unwrap();
        let id: ServerId = "shop/api".parse().unwrap();
        let identity = Some(Identity { boot_id: "another boot".into(), pid: 1, start_ticks: 1 });
        let keeper = Living { socket: home.path().join("nobody"), identity, version: None };
        let dir = actor.server_dir(&id);
        actor.connect(&id, dir, keeper);
        assert!(actor.take_one_within(PATIENCE * 10).await);
        let is_left = |actor: &Actor| {
            let entry = &actor.entries[&id];
            (entry.link.is_none(), entry.unverified, entry.machine.phase())
        };
        assert_eq!(is_left(&actor), (true, true, Phase::Stopped));
        // it is wanted up, and nobody holds its port: only now it is on its way
        actor.adopting = false;
        actor.adopt_without_keeper(&id);
        let (_, unverified, phase) = is_left(&actor);
        assert!(!unverified && phase != Phase::Stopped, "{phase}");
    }
}
