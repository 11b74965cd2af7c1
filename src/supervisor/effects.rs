//! What lifecycle wants done, done.

use std::os::unix::net::UnixStream;
use std::path::Path;

use jiff::Timestamp;
use serde_json::value::to_raw_value;

use super::actor::{Actor, Note};
use super::checks::PlaceMemo;
use super::entry::{Memo, rules};
use super::links::{Link, Place};
use super::monitor::conflict;
use crate::config::{self, Context};
use crate::keeper::handle::{self, Nursery};
use crate::keeper::protocol::{LaunchOrder, Order, Typed};
use crate::lifecycle::{Effect, Input, LaunchError};
use crate::model::{
    Environment, Need, NeedState, PortCheck, Probe, RestartWhen, RunId, ServerId, ServerSpec, Signal,
    StopPolicy, StopTarget,
};
use crate::os::failpoint;
use crate::os::identity::Identity;

impl Actor {
    /// Performs one effect of a server.
    pub(super) fn perform(&mut self, id: &ServerId, effect: Effect) {
        match effect {
            Effect::LookAtNeeds => self.look_at_needs(id),
            Effect::LookAtDependents => self.look_at_dependents(id),
            Effect::LookAtRemains => self.look_at_remains(id),
            Effect::LookAtPorts => self.look_at_ports(id),
            Effect::Launch => self.launch(id),
            Effect::Stop { now } => self.order_stop(id, now),
            Effect::CheckStartup => self.check_startup(id),
            Effect::CheckHealth => self.check_health(id),
            Effect::Arm(timer, after) => self.arm(id, timer, after),
            Effect::Release => self.release(id),
            Effect::ReplaceKeeper => self.replace_keeper(id),
            Effect::Emit(kind) => self.emit(Some(id), kind),
        }
    }

    pub(super) fn look_at_ports(&mut self, id: &ServerId) {
        if self.looks_for_orphans_first(id) {
            return;
        }
        let Some(entry) = self.entries.get_mut(id) else { return };
        entry.take_next_ports();
        if entry.ports.is_empty() || entry.spec.port_check == PortCheck::Off {
            self.give(id, Input::PortsFree);
            return;
        }
        let (id, ports, notes) = (id.clone(), entry.ports.clone(), self.notes.clone());
        tokio::task::spawn_blocking(move || {
            let look = |port| {
                conflict::foreign_holder(port, &[]).map(|found| found.map(|holder| (port, Some(holder))))
            };
            let held = ports.into_iter().find_map(|port| look(port).transpose()).transpose();
            // the actor has gone: nobody needs it
            let _ = notes.blocking_send(Note::Ports { id, held });
        });
    }

    /// Takes who holds a declared port. Where that can't be seen, the server itself will find out.
    pub(super) fn take_ports(
        &mut self,
        id: &ServerId,
        held: std::io::Result<Option<(u16, Option<crate::model::Holder>)>>,
    ) {
        match held {
            Ok(None) | Err(_) => self.give(id, Input::PortsFree),
            Ok(Some((port, mut holder))) => {
                if let Some(holder) = &mut holder {
                    holder.ours = holder.pid.and_then(|pid| self.owner_of(pid));
                }
                self.give(id, Input::PortHeld { port, holder });
            }
        }
    }

    fn owner_of(&self, pid: u32) -> Option<ServerId> {
        let owns = |entry: &&super::entry::Entry| {
            entry.pids.contains(&pid) || entry.run.as_ref().is_some_and(|run| run.child.identity.pid == pid)
        };
        self.entries.values().find(owns).map(|entry| entry.spec.id.clone())
    }

    fn launch(&mut self, id: &ServerId) {
        if let Err(error) = self.try_launch(id) {
            if let Some(entry) = self.entries.get_mut(id) {
                entry.launching = None;
            }
            self.give(id, Input::NotLaunched(error));
        }
    }

    fn try_launch(&mut self, id: &ServerId) -> Result<(), LaunchError> {
        let for_good = |message| LaunchError { message, transient: false };
        let for_now = |message| LaunchError { message, transient: true };
        if let Some(error) = self.launch_beside_orphan(id) {
            return Err(error);
        }
        let run = self.new_run_id(id);
        let (mut order, memo) = self.launch_order(id, &run).map_err(for_good)?;
        self.release_other_version(id);
        self.listen_for(id, &memo, &mut order).map_err(for_now)?;
        let Some(entry) = self.entries.get_mut(id) else { return Ok(()) };
        entry.machine.set_rules(rules(&entry.spec));
        entry.launched = Some(memo);
        if entry.link.as_ref().is_some_and(|link| link.released) {
            entry.launch_when_gone = true;
            return Ok(());
        }
        entry.launching = Some(run);
        if entry.link.is_none() {
            self.start_keeper(id).map_err(for_now)?;
        }
        let link = self.entries.get(id).and_then(|entry| entry.link.as_ref());
        if link.is_some_and(|link| link.order(Order::Launch(Box::new(order)))) {
            failpoint::reach("start.ordered");
            Ok(())
        } else {
            Err(for_now("its keeper does not take orders".to_owned()))
        }
    }

    /// Everything that the run needs, as of now.
    fn launch_order(&self, id: &ServerId, run: &RunId) -> Result<(LaunchOrder, Memo), String> {
        let entry = self.entries.get(id).ok_or("it is not registered")?;
        let project = self.projects.iter().find(|project| project.name == id.project());
        let project = project.ok_or("its project is not registered")?;
        let base = project.env.as_ref();
        let base = base.ok_or("no environment is known for its project; `ostler up` brings one")?;
        if let Some(problem) = &entry.broken_file {
            return Err(problem.clone());
        }
        let siblings: Vec<_> = project.servers.iter().flat_map(|id| self.names_and_port(id)).collect();
        let context = Context {
            base_env: base,
            ports: &entry.ports,
            siblings: &siblings,
            run_id: &run.0,
            bin: &self.bin,
        };
        let resolved =
            config::resolve(&entry.spec, &context).map_err(|error| format!("{error}; {}", error.hint()))?;
        let memo = Memo {
            spec: entry.spec.clone(),
            file: project.file.clone(),
            profile: project.profile.clone(),
            env: base.clone(),
            ports: entry.ports.clone(),
            place: (resolved.version.is_some()
                || is_exec(resolved.probe.as_ref())
                || is_exec(resolved.health.as_ref()))
            .then(|| PlaceMemo::new(resolved.dir.clone(), base, &resolved.env)),
            probe: resolved.probe,
            health: resolved.health,
            version: resolved.version,
            attempt: entry.machine.attempt(),
            restarts: entry.machine.restarts(),
        };
        let order = LaunchOrder {
            run: run.clone(),
            typed: Typed { command: entry.spec.command.clone(), dir: entry.spec.dir.clone() },
            argv: resolved.argv,
            dir: resolved.dir,
            env: Environment(resolved.env),
            tty: entry.spec.tty,
            stop: entry.spec.stop.clone(),
            log: entry.spec.log,
            open_files: self.open_files,
            one_shot: self.is_one_shot(&entry.spec),
            memo: to_raw_value(&memo).map_err(|error| error.to_string())?,
        };
        Ok((order, memo))
    }

    /// Whether it is to come to an end: it is not started again, or another waits for that.
    fn is_one_shot(&self, spec: &ServerSpec) -> bool {
        let waits = |need: &Need| need.server == spec.id && need.state == NeedState::Completed;
        spec.restart.policy == RestartWhen::Never
            || self.entries.values().any(|entry| entry.spec.needs.iter().any(waits))
    }

    /// The names by which siblings know the first port of a server: the first of several copies stands for them all.
    fn names_and_port(&self, id: &ServerId) -> Vec<(String, u16)> {
        let Some(entry) = self.entries.get(id) else { return Vec::new() };
        let Some(port) = entry.ports.first().copied() else { return Vec::new() };
        let first = entry.spec.replica.as_ref().filter(|replica| replica.number == 1);
        let names = [Some(id.name()), first.map(|replica| replica.of.as_str())];
        names.into_iter().flatten().map(|name| (name.to_owned(), port)).collect()
    }

    /// Numbered, so that runs are in order whatever the clock does; and like no other, even if the directory is lost.
    fn new_run_id(&mut self, id: &ServerId) -> RunId {
        let at = Timestamp::now().strftime("%Y%m%dT%H%M%S%.6f");
        // its end says whose it is, also when nothing else is left that could: see `orphans::mark`
        let unique = format!("{at}-{}-{}-{}", std::process::id(), self.count(), self.orphans.mark());
        self.server_dir(id).next_run(&unique)
    }

    pub(super) fn start_keeper(&mut self, id: &ServerId) -> Result<(), String> {
        let generation = self.count();
        let Some(entry) = self.entries.get_mut(id) else { return Ok(()) };
        let in_words = |error: std::io::Error| format!("its keeper could not be started: {error}");
        entry.dir.create().map_err(in_words)?;
        let socket = handle::socket_path(&self.paths, &id.to_string());
        let dir = entry.dir.path().to_owned();
        let (pid, stream) = self.fork_keeper(&dir, &socket).map_err(in_words)?;
        let Some(entry) = self.entries.get_mut(id) else { return Ok(()) };
        failpoint::reach("start.keeper");
        let identity = Identity::of(pid).map_err(in_words)?;
        entry.keeper = Some(identity.clone());
        let place = Place { id: id.clone(), socket, identity: Some(identity), dir: entry.dir.clone() };
        entry.link = Some(Link::attach(place, Some(stream), generation, self.notes.clone()));
        entry.followed = false;
        self.follow(id);
        Ok(())
    }

    /// By the nursery, which is executed anew where it has gone.
    fn fork_keeper(&mut self, dir: &Path, socket: &Path) -> std::io::Result<(u32, UnixStream)> {
        if let Some(nursery) = &self.nursery {
            match nursery.keeper(dir, socket) {
                Ok(forked) => return Ok(forked),
                Err(error) => tracing::warn!(%error, "the nursery is replaced"),
            }
        }
        self.leaving.extend(self.nursery.take().map(Nursery::leave));
        let nursery = Nursery::start(&self.paths)?;
        let forked = nursery.keeper(dir, socket);
        match &forked {
            Ok(_) => self.nursery = Some(nursery),
            Err(_) => self.leaving.push(nursery.leave()),
        }
        forked
    }

    /// Tells the keeper whether anybody wants to hear of log lines.
    pub(super) fn follow(&mut self, id: &ServerId) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        let wanted = entry.bell.receiver_count() > 0;
        if wanted != entry.followed
            && !entry.is_foreign()
            && let Some(link) = &entry.link
            && link.order(Order::Follow { on: wanted })
        {
            entry.followed = wanted;
        }
    }

    fn order_stop(&mut self, id: &ServerId, now: bool) {
        let Some(entry) = self.entries.get(id) else { return };
        let policy = if now {
            StopPolicy { signal: Signal::KILL, grace: std::time::Duration::ZERO, to: StopTarget::Tree }
        } else {
            entry.current_spec().stop.clone()
        };
        if let Some(link) = &entry.link {
            // it waits in the queue of a keeper that does not read; `compare` asks again after a new connection
            let _ = link.order(Order::Stop(policy));
            failpoint::reach("stop.ordered");
        }
    }

    fn release(&mut self, id: &ServerId) {
        if let Some(entry) = self.entries.get_mut(id)
            && let Some(link) = &mut entry.link
            && link.order(Order::Release)
        {
            link.released = true;
            failpoint::reach("stop.released");
        }
    }

    /// The directory of a server.
    pub(super) fn server_dir(&self, id: &ServerId) -> crate::run_dir::ServerDir {
        crate::run_dir::ServerDir::new(self.paths.server(id.project(), id.name()))
    }

    /// Whether a file is the one of a project, however it is written.
    pub(super) fn same_file(a: &Path, b: &Path) -> bool {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        a == b || real(a) == real(b)
    }
}

fn is_exec(probe: Option<&Probe>) -> bool {
    matches!(probe, Some(Probe::Exec(_)))
}
