//! The one task that owns all state: takes what comes, one thing at a time, and tells everyone what changed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::process::Child;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, broadcast, mpsc};

use super::checks::Found;
use super::entry::Entry;
use super::events::EventStore;
use super::handle::{Command, Inbox, ViewerGuard};
use super::links::Link;
use super::memory::MemoryWatch;
use super::monitor::history::History;
use super::monitor::latency::PortBook;
use super::monitor::{self, Monitor};
use super::notify::{Failure, Notifier};
use super::orphans::mark::Home;
use super::orphans::{News, Orphans};
use super::packing::Packing;
use super::registry::{Loaded, Registry};
use super::settle::Waiter;
use crate::api::StreamItem;
use crate::keeper::handle::Nursery;
use crate::keeper::protocol::Report;
use crate::lifecycle::{Effect, Input, Timer, TimerId};
use crate::model::{
    Asker, Environment, EventKind, Holder, NotifyPolicy, RunId, ServerId, Snapshot, SupervisorInfo,
};
use crate::os::proc;
use crate::os::program::Program;
use crate::paths::{self, Paths};

/// Notes that may wait for the actor; whoever brings one waits for a place beyond that.
const NOTES: usize = 1024;

/// So many things are taken before everyone is told what changed.
const BATCH: usize = 256;

/// What the actor's own tasks bring it.
#[derive(Debug)]
pub(super) enum Note {
    /// A keeper said something.
    Report { id: ServerId, generation: u64, report: Report },
    /// A keeper is gone.
    KeeperGone { id: ServerId, generation: u64 },
    /// Who holds a declared port of a server that is to be launched.
    Ports { id: ServerId, held: io::Result<Option<(u16, Option<Holder>)>> },
    /// What a check of this run found.
    Check { id: ServerId, run: RunId, found: Found },
    /// The monitor has made a pass.
    Measured { monitor: Box<Monitor>, report: io::Result<monitor::Report> },
    /// A run without a keeper is to be looked at again.
    LookAgain { id: ServerId },
    /// Something about processes that nobody tracks.
    Orphans(News),
    /// A stranger on a port that this server declares was sent a signal.
    HolderKilled { id: ServerId, port: u16, pids: Vec<u32>, by: Asker },
    /// Somebody who was to be told could not be.
    Untold(Failure),
    /// A declared port was connected to.
    Connected { id: ServerId, port: u16, latency: Option<Duration> },
    /// Which processes of a run that was killed are left.
    Remains { id: ServerId, run: RunId, processes: Vec<String> },
}

/// A project that is registered.
#[derive(Debug)]
pub(super) struct Project {
    pub(super) name: String,
    pub(super) file: std::path::PathBuf,
    /// What is laid over the file.
    pub(super) profile: Option<String>,
    /// What its servers get; `None` until an `up` brings it, or a keeper hands it back.
    pub(super) env: Option<Environment>,
    /// Who is told of what happens.
    pub(super) notify: NotifyPolicy,
    /// In the order of the file.
    pub(super) servers: Vec<ServerId>,
}

/// All state.
#[derive(Debug)]
pub struct Actor {
    pub(super) paths: Paths,
    pub(super) host: String,
    pub(super) began: Instant,
    pub(super) open_files: Option<u64>,
    pub(super) events: EventStore,
    pub(super) registry: Registry,
    pub(super) projects: Vec<Project>,
    pub(super) entries: HashMap<ServerId, Entry>,
    pub(super) notes: mpsc::Sender<Note>,
    received: mpsc::Receiver<Note>,
    commands: mpsc::Receiver<Command>,
    pub(super) stream: broadcast::Sender<Arc<StreamItem>>,
    timers: BTreeMap<(Instant, u64), (ServerId, TimerId)>,
    counter: u64,
    pub(super) dirty: BTreeSet<ServerId>,
    /// Those that wait for others, up or down.
    pub(super) in_order: BTreeSet<ServerId>,
    pub(super) waiters: Vec<Waiter>,
    viewers: Weak<()>,
    pub(super) monitor: Option<Box<Monitor>>,
    pub(super) next_pass: Option<Instant>,
    pub(super) history: History,
    pub(super) latencies: PortBook,
    pub(super) orphans: Orphans,
    /// One place for each of whose request a stranger on a port is being ended.
    pub(super) holder_places: Arc<Semaphore>,
    pub(super) memory: MemoryWatch,
    pub(super) packing: Packing,
    pub(super) notifier: Notifier,
    /// What forks keepers; executed when the first is wanted.
    pub(super) nursery: Option<Nursery>,
    /// Processes that this one started, and that are to be waited for.
    pub(super) leaving: Vec<Child>,
    /// The program, for `OSTLER_BIN`.
    pub(super) bin: std::path::PathBuf,
    pub(super) going: bool,
    /// How this supervisor was started.
    pub(super) options: super::Options,
    /// Servers are still being found.
    pub(super) adopting: bool,
    /// What follows was told by the supervisor before.
    pub(super) quiet: bool,
}

impl Actor {
    /// Reads what is on disk; contacts nobody yet.
    pub fn new(paths: Paths, inbox: Inbox, open_files: Option<u64>) -> io::Result<Self> {
        let boot_id = proc::boot_id()?;
        let (events, mut aside) = EventStore::open(&paths.events())?;
        let Loaded { registry, moved_aside } = Registry::load(&paths.registry(), &boot_id)?;
        aside.extend(moved_aside);
        let (notes, received) = mpsc::channel(NOTES);
        let mut actor = Self {
            host: std::fs::read_to_string("/proc/sys/kernel/hostname")?.trim().to_owned(),
            began: Instant::now(),
            open_files,
            events,
            registry,
            projects: Vec::new(),
            entries: HashMap::new(),
            notes,
            received,
            commands: inbox.commands,
            stream: inbox.stream,
            timers: BTreeMap::new(),
            counter: 0,
            dirty: BTreeSet::new(),
            in_order: BTreeSet::new(),
            waiters: Vec::new(),
            viewers: Weak::new(),
            monitor: Some(Box::new(Monitor::new()?)),
            next_pass: None,
            history: History::default(),
            latencies: PortBook::default(),
            orphans: Orphans::new(Home::new(paths.clone())),
            holder_places: Arc::new(Semaphore::new(super::ports::AT_ONCE)),
            memory: MemoryWatch::default(),
            packing: Packing::default(),
            notifier: Notifier::default(),
            nursery: None,
            leaving: Vec::new(),
            bin: Program::this()?.path().to_owned(),
            going: false,
            options: super::Options::default(),
            adopting: true,
            quiet: false,
            paths,
        };
        for path in aside {
            actor.emit(None, EventKind::StateMovedAside { path: path.display().to_string() });
        }
        Ok(actor)
    }

    /// Runs until it is told to end.
    pub async fn run(&mut self) {
        let (Ok(mut children), Ok(mut term), Ok(mut int)) =
            (signal(SignalKind::child()), signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
        else {
            return;
        };
        // nobody waits for it
        drop(self.sweep_checks(false));
        while !self.going {
            let due = self.next_due();
            tokio::select! {
                Some(note) = self.received.recv() => self.take_note(note),
                command = self.commands.recv() => match command {
                    Some(command) => self.take_command(command),
                    None => self.going = true,
                },
                () = until(due) => self.on_time(),
                _ = children.recv() => self.reap(),
                _ = term.recv() => self.going = true,
                _ = int.recv() => self.going = true,
            }
            self.take_what_waits();
            self.publish();
        }
        self.emit(None, EventKind::SupervisorStopped { pid: std::process::id() });
        self.tell(StreamItem::Goodbye);
    }

    /// Takes one note within the time, for the boot: `false` if none came.
    pub(super) async fn take_one_within(&mut self, limit: Duration) -> bool {
        match tokio::time::timeout(limit, self.received.recv()).await {
            Ok(Some(note)) => {
                self.take_note(note);
                true
            }
            Ok(None) | Err(_) => false,
        }
    }

    /// Says goodbye to every keeper, and ends what is left of checks: both at once, since a keeper that does not read
    /// may take all the time there is.
    pub(super) async fn farewell(&mut self) {
        self.entries.values_mut().for_each(|entry| entry.checks.end());
        let sweep = self.sweep_checks(true);
        let links = self.entries.values_mut().filter_map(|entry| entry.link.take());
        let links: Vec<_> = links.map(Link::farewell).collect();
        for task in sweep.into_iter().chain(links) {
            let _ = task.await;
        }
    }

    fn take_what_waits(&mut self) {
        for _ in 0..BATCH {
            if let Ok(note) = self.received.try_recv() {
                self.take_note(note);
            } else if let Ok(command) = self.commands.try_recv() {
                self.take_command(command);
            } else {
                return;
            }
        }
    }

    fn take_note(&mut self, note: Note) {
        match note {
            Note::Report { id, generation, report } => self.take_report(&id, generation, report),
            Note::KeeperGone { id, generation } => {
                self.suspect_if_lost(&id, generation);
                self.keeper_gone(&id, generation);
            }
            Note::Ports { id, held } => self.take_ports(&id, held),
            Note::Check { id, run, found } => self.take_check(&id, &run, found),
            Note::Measured { monitor, report } => self.take_measures(monitor, report),
            Note::Orphans(news) => self.take_orphan_news(news),
            Note::HolderKilled { id, port, pids, by } => self.holder_killed(&id, port, &pids, &by),
            Note::LookAgain { id } => self.take_look(&id),
            Note::Untold(failure) => self.take_untold(failure),
            Note::Connected { id, port, latency } => self.take_latency(&id, port, latency),
            Note::Remains { id, run, processes } => self.take_remains(&id, &run, processes),
        }
    }

    /// A number that no other caller got.
    pub(super) fn count(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// Lets the machine decide and performs what it wants.
    pub(super) fn give(&mut self, id: &ServerId, input: Input) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        let before = entry.machine.phase();
        let effects = entry.machine.step(Instant::now(), input);
        if entry.machine.phase() != before {
            entry.since = Timestamp::now();
            entry.checks.end();
            if !entry.machine.phase().is_alive() {
                entry.checks.end_run();
            }
        }
        self.dirty.insert(id.clone());
        // before the keeper is let go: without it nobody else knows
        self.remember_end(id);
        for effect in effects {
            if self.quiet && matches!(effect, Effect::Emit(_)) {
                continue;
            }
            self.perform(id, effect);
        }
    }

    /// Puts an event on record and tells everyone.
    pub(super) fn emit(&mut self, server: Option<&ServerId>, kind: EventKind) {
        let event = self.events.append(Timestamp::now(), server.cloned(), kind);
        self.notify(&event);
        self.tell(StreamItem::Event(event));
    }

    /// Tells everyone who listens.
    pub(super) fn tell(&self, item: StreamItem) {
        // nobody listens: nobody to tell
        let _ = self.stream.send(Arc::new(item));
    }

    /// Gives the timer back to the server after this time.
    pub(super) fn arm(&mut self, id: &ServerId, timer: TimerId, after: Duration) {
        let key = (Instant::now() + after, self.count());
        self.timers.insert(key, (id.clone(), timer));
    }

    fn next_due(&self) -> Option<Instant> {
        let timer = self.timers.keys().next().map(|(at, _)| *at);
        let patience = self.patience_ends(Instant::now());
        [timer, self.next_pass, patience, self.orphans.due(), self.packing.due()].into_iter().flatten().min()
    }

    fn on_time(&mut self) {
        let now = Instant::now();
        while let Some(first) = self.timers.first_entry() {
            if first.key().0 > now {
                break;
            }
            let at = first.key().0;
            let (id, timer) = first.remove();
            match Self::grace_for_late(at, now) {
                Some(grace) if timer.timer == Timer::Startup => self.arm(&id, timer, grace),
                Some(_) | None => self.give(&id, Input::Due(timer)),
            }
        }
        self.watch(now);
        self.look_if_due(now);
        self.pack_if_due(now);
    }

    fn reap(&mut self) {
        // one that can't be waited for is no child of this process any more
        self.leaving.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
    }

    /// Tells everyone of what has changed since the last time.
    fn publish(&mut self) {
        self.look_at_order();
        let dirty = std::mem::take(&mut self.dirty);
        if !dirty.is_empty() && self.stream.receiver_count() > 0 {
            let servers: Vec<_> =
                dirty.iter().filter_map(|id| self.entries.get(id)).map(Entry::status).collect();
            if !servers.is_empty() {
                self.tell(StreamItem::Status { seq: self.events.last(), servers });
            }
        }
        self.answer_the_settled();
        self.plan_watch();
        self.plan_packing();
    }

    /// Everything at this moment.
    pub(super) fn snapshot(&self) -> Snapshot {
        let servers = self.projects.iter().flat_map(|project| &project.servers);
        Snapshot {
            seq: self.events.last(),
            host: self.host.clone(),
            supervisor: SupervisorInfo {
                pid: std::process::id(),
                version: paths::version().to_owned(),
                uptime_s: self.began.elapsed().as_secs_f64(),
            },
            servers: servers.filter_map(|id| self.entries.get(id)).map(Entry::status).collect(),
        }
    }

    /// Whether a dashboard looks.
    pub(super) fn is_viewed(&self) -> bool {
        self.viewers.strong_count() > 0
    }

    /// Counts as a dashboard that looks, until dropped.
    pub(super) fn viewer(&mut self) -> ViewerGuard {
        let guard = self.viewers.upgrade().unwrap_or_default();
        self.viewers = Arc::downgrade(&guard);
        ViewerGuard(guard)
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}
