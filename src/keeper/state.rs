//! The keeper's loop: wait for whatever comes first, handle it, wait again.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::value::RawValue;

use super::control::Connection;
use super::ending::{Ending, Home};
use super::launch::{Launched, launch};
use super::life::{Run, in_words};
use super::peers::Place;
use super::protocol::{Held, LaunchOrder, NotStarted, Order, PROTOCOL, Report, exit_of};
use super::pump::Log;
use super::record::Records;
use super::revival::Revival;
use super::source::Source;
use crate::model::{Exit, RunId, Signal, StopPolicy, Stream};
use crate::os::fd::{Interest, Ready};
use crate::os::identity::Identity;
use crate::os::lock::Lock;
use crate::os::pidfd::{self, Ended};
use crate::os::program::Program;
use crate::os::{failpoint, fd, file, limits, proc, signal, socket, spawn};
use crate::paths::{self, Paths};
use crate::run_dir::{ExitFile, KeeperFile, ServerDir};

pub(super) struct Keeper {
    pub(super) paths: Paths,
    pub(super) program: Program,
    pub(super) dir: ServerDir,
    pub(super) identity: Identity,
    pub(super) children: OwnedFd,
    pub(super) listener: UnixListener,
    pub(super) socket: Place,
    /// When to look after it, while there is no supervisor.
    pub(super) look_at: Option<Instant>,
    pub(super) supervisor: Option<Connection>,
    /// Connections that have not said who they are; `None` only while one is looked at.
    pub(super) strangers: Vec<Option<Connection>>,
    /// The supervisor ended because it wanted to.
    pub(super) farewell: bool,
    pub(super) revival: Revival,
    /// Connections are not accepted before this moment: the last try failed.
    pub(super) accept_after: Option<Instant>,
    pub(super) run: Option<Run>,
    pub(super) last: Option<(RunId, ExitFile)>,
    pub(super) last_seen: bool,
    pub(super) memo: Option<Box<RawValue>>,
    pub(super) log: Log,
    pub(super) records: Records,
    pub(super) released: bool,
    pub(super) ready: Vec<Ready>,
    pub(super) lock: Lock,
}

/// How long it waits where the system has nothing left to give.
pub(super) const PAUSE: Duration = Duration::from_millis(50);

/// Whose turn it is, in the order in which they are waited for.
#[derive(Clone, Copy)]
enum Turn {
    Children,
    Listener,
    Supervisor,
    Stranger(usize),
    Main,
    Source(usize),
}

/// Runs a keeper for the server directory until it is released. `first` is the connection to the supervisor that
/// wants it.
pub(super) fn run(paths: Paths, dir: PathBuf, socket_path: PathBuf, first: UnixStream) -> io::Result<()> {
    proc::set_own_name(c"ostler-keeper");
    failpoint::heed(paths.home());
    spawn::own_session()?;
    let children = signal::block_all_and_watch_children()?;
    spawn::set_subreaper(true)?;
    spawn::exact_timers();
    let dir = ServerDir::new(dir);
    dir.create()?;
    let Some(lock) = dir.take_lock()? else {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "the server has a keeper already"));
    };
    failpoint::reach("keeper.locked");
    let program = Program::this()?;
    let listener = socket::listen(&socket_path)?;
    listener.set_nonblocking(true)?;
    failpoint::reach("keeper.listening");
    let identity = Identity::of(std::process::id())?;
    dir.write_keeper(&KeeperFile {
        protocol: PROTOCOL,
        version: paths::version().to_owned(),
        identity: identity.clone(),
        socket: socket_path.clone(),
    })?;
    let mut keeper = Keeper {
        paths,
        program,
        log: Log::new(dir.clone()),
        records: Records::new(dir.clone()),
        dir,
        identity,
        children,
        listener,
        socket: Place { id: file::id(&socket_path), path: socket_path },
        look_at: None,
        supervisor: None,
        strangers: vec![Some(Connection::new(first)?)],
        farewell: false,
        revival: Revival::new(),
        accept_after: None,
        run: None,
        last: None,
        last_seen: false,
        memo: None,
        released: false,
        ready: Vec::new(),
        lock,
    };
    while !keeper.is_done() {
        keeper.turn();
    }
    failpoint::reach("keeper.leaving");
    // somebody may have deleted it
    let _ = std::fs::remove_file(&keeper.socket.path);
    // before the connection: when the supervisor sees its end, another keeper can take the lock
    drop(keeper.lock);
    drop(keeper.supervisor);
    Ok(())
}

impl Keeper {
    fn is_done(&self) -> bool {
        let now = Instant::now();
        self.released
            && self.run.is_none()
            && self.supervisor.as_ref().is_none_or(|s| !s.has_more())
            && self.records.is_done(now)
            && self.log.is_done(now)
    }

    /// Waits for the next thing and does it.
    fn turn(&mut self) {
        let now = Instant::now();
        let mut turns = vec![Turn::Children];
        let mut fds = vec![(std::os::fd::AsFd::as_fd(&self.children), Interest::Read)];
        if self.accept_after.is_none_or(|at| at <= now) {
            turns.push(Turn::Listener);
            fds.push((std::os::fd::AsFd::as_fd(&self.listener), Interest::Read));
        }
        if let Some(supervisor) = &self.supervisor {
            turns.push(Turn::Supervisor);
            let interest = if supervisor.has_more() { Interest::ReadWrite } else { Interest::Read };
            fds.push((supervisor.fd(), interest));
        }
        for (index, stranger) in self.strangers.iter().enumerate() {
            if let Some(stranger) = stranger {
                turns.push(Turn::Stranger(index));
                fds.push((stranger.fd(), Interest::Read));
            }
        }
        if let Some(Run { taken: Some(_), exit: None, pidfd: Some(pidfd), .. }) = &self.run {
            turns.push(Turn::Main);
            fds.push((std::os::fd::AsFd::as_fd(pidfd), Interest::Read));
        }
        for (index, source) in self.run.iter().flat_map(|run| &run.sources).enumerate() {
            if source.not_before.is_none_or(|at| at <= now) {
                turns.push(Turn::Source(index));
                fds.push((std::os::fd::AsFd::as_fd(&source.fd), Interest::Read));
            }
        }
        let timeout = self.next_due(now).map(|at| at.saturating_duration_since(now));
        let mut ready = std::mem::take(&mut self.ready);
        if let Err(error) = fd::wait(&fds, timeout, &mut ready) {
            // no memory for the moment: ending would end the server's output too
            eprintln!("keeper {}: {error}", std::process::id());
            std::thread::sleep(PAUSE);
            ready.clear();
        }
        for (turn, ready) in turns.into_iter().zip(&ready) {
            if ready.readable || ready.writable {
                self.take_turn(turn, *ready);
            }
        }
        self.strangers.retain(Option::is_some);
        if let Some(run) = &mut self.run {
            run.sources.retain(|source| !source.ended);
        }
        self.ready = ready;
        self.on_time(Instant::now());
    }

    /// The next moment at which something is to be done without anything having come.
    fn next_due(&self, now: Instant) -> Option<Instant> {
        let ending = self.run.as_ref().and_then(|run| run.ending.as_ref()).map(Ending::due);
        // nobody tells this keeper when the last process of a run that it took over ends
        let taken = self.run.as_ref().filter(|run| run.taken.is_some() && run.exit.is_some());
        let look = taken.map(|run| run.look_after);
        let pauses = self.run.iter().flat_map(|run| &run.sources).filter_map(|source| source.not_before);
        // one that is over is no reason to wake: its source is waited for
        let sources = pauses.filter(|at| *at > now).min();
        let search = self.look_at.filter(|_| self.supervisor.is_none());
        [
            ending,
            look,
            sources,
            self.revival.due(),
            self.accept_after,
            search,
            self.log.bell_due(),
            self.log.due(),
            self.records.due(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn take_turn(&mut self, turn: Turn, ready: Ready) {
        match turn {
            Turn::Children => self.on_children(),
            Turn::Listener => self.accept(),
            Turn::Supervisor => self.on_supervisor(ready),
            Turn::Stranger(index) => self.on_stranger(index),
            Turn::Main => self.on_main(),
            Turn::Source(index) => {
                if let Some(run) = self.run.as_mut() {
                    self.log.pump_in_order(&mut run.sources, index, Instant::now());
                }
            }
        }
    }

    fn on_time(&mut self, now: Instant) {
        let over = self.run.as_mut().is_some_and(|run| {
            if run.ending.as_ref().is_some_and(|ending| ending.due() <= now) {
                run.end(None, self.identity.pid);
            }
            run.is_found_over(self.identity.pid, now)
        });
        if over {
            self.run_over();
        }
        self.keep_listening(now);
        if self.revival.due().is_some_and(|at| at <= now) {
            let is_up = self.revival.step(&self.paths, &self.program, now);
            // one that has launched nothing has nothing to hand back: the supervisor that wanted it has given it up,
            // and can't start another one while this holds the lock
            self.released |= is_up && self.run.is_none() && self.memo.is_none();
        }
        self.accept_after = self.accept_after.filter(|at| *at > now);
        if self.records.due().is_some_and(|at| at <= now) {
            self.records.retry(now);
        }
        if self.log.due().is_some_and(|at| at <= now) {
            self.log.retry();
        }
        if self.log.bell(now) {
            self.report(Report::Bell);
        }
    }

    pub(super) fn obey(&mut self, orders: Vec<Order>) {
        for order in orders {
            match order {
                Order::Hello { protocol: _ } => {
                    let hello = self.hello();
                    self.report(Report::Hello(Box::new(hello)));
                }
                Order::Launch(order) => {
                    self.launch(*order);
                    // not within: at its end the order, with the whole environment, is still held
                    spawn::trim_memory();
                }
                Order::Take(order) => {
                    self.take(*order);
                    spawn::trim_memory();
                }
                Order::Stop(policy) => self.stop(policy),
                Order::Signal { signal } => self.signal(signal),
                Order::Up => {
                    if let Some(run) = &mut self.run {
                        run.up = Some(Instant::now());
                    }
                }
                Order::Seen { run } => {
                    self.last_seen |= self.last.as_ref().is_some_and(|(last, _)| *last == run);
                }
                Order::Follow { on } => self.log.followed = on,
                Order::Release => self.released = true,
                Order::Goodbye => self.farewell = true,
                Order::Unknown => self.refuse("an order of another version of the protocol"),
            }
        }
    }

    fn launch(&mut self, order: LaunchOrder) {
        if self.run.is_some() {
            let why = NotStarted::Other { what: "a run is alive".to_owned() };
            self.report(Report::NotStarted { run: order.run, why });
            return;
        }
        if let Some(soft) = order.open_files {
            // the supervisor that this keeper may start must not take the raised limit for the user's own
            limits::set_open_files(soft);
        }
        self.released = false;
        self.log.set_policy(order.log);
        // a death between the execution and the report must not hang up on the server
        let (dir, run) = (self.dir.clone(), order.run.clone());
        let result = launch(&dir, &order, |held| self.report(Report::Holds { run, held }));
        let LaunchOrder { run: id, stop, memo, tty, one_shot, .. } = order;
        self.memo = Some(memo);
        match result {
            Ok(Launched { child, pidfd, stdout, stderr }) => {
                self.log.say(&format!("started, pid {}", child.identity.pid));
                // scripts read it; nothing of ours does
                let _ = self.dir.write_pid(Some(child.identity.pid));
                let mut sources = vec![Source::new(stdout, Stream::Stdout, tty)];
                sources.extend(stderr.map(|stderr| Source::new(stderr, Stream::Stderr, false)));
                let started = Instant::now();
                failpoint::reach("launch.opened");
                let run = Run {
                    id,
                    home: Home::led_by(child.identity.pid),
                    child,
                    pidfd: Some(pidfd),
                    started,
                    sources,
                    stop,
                    one_shot,
                    ending: None,
                    up: None,
                    asked: false,
                    taken: None,
                    look_after: started,
                    exit: None,
                };
                let (id, child) = (run.id.clone(), run.child.clone());
                self.run = Some(run);
                self.report(Report::Started { run: id, child, held: Held::default() });
                failpoint::reach("launch.reported");
            }
            Err(why) => self.not_started(id, why),
        }
    }

    fn not_started(&mut self, run: RunId, why: NotStarted) {
        let errno = match &why {
            NotStarted::Directory { errno, .. } | NotStarted::Execute { errno, .. } => *errno,
            NotStarted::NotFound { .. } | NotStarted::Other { .. } => 0,
        };
        let exit = Exit::ExecFailed { errno };
        let log_end = self.log.end();
        let file = ExitFile { exit, at: Timestamp::now(), lasted_s: 0.0, log_end, asked: false };
        self.records.write(&run, &file, Instant::now());
        self.report(Report::NotStarted { run, why });
    }

    fn stop(&mut self, policy: StopPolicy) {
        if let Some(run) = &mut self.run {
            run.asked |= run.exit.is_none();
            run.end(Some(policy), self.identity.pid);
            failpoint::reach("stop.signalled");
        }
    }

    fn signal(&mut self, signal: Signal) {
        match &self.run {
            Some(Run { exit: None, pidfd: Some(pidfd), .. }) => {
                if let Err(error) = pidfd::send(pidfd, signal) {
                    self.refuse(&format!("{signal}: {error}"));
                }
            }
            Some(_) | None => self.refuse(&format!("{signal}: no run is alive")),
        }
    }

    /// A child ended: the main process, or one that lost its parent.
    fn on_children(&mut self) {
        signal::drain(&self.children);
        let none_left = loop {
            match pidfd::next_ended() {
                Ok(Ended::Child(pid, exit)) => {
                    let is_main = |run: &Run| run.child.identity.pid == pid && run.exit.is_none();
                    let exit = exit_of(exit);
                    if self.run.as_ref().is_some_and(is_main)
                        && !self.goes_on_without(pid, exit)
                        && let Some(run) = &mut self.run
                    {
                        failpoint::reach("end.noticed");
                        run.main_ended(exit, &mut self.log, &mut self.records);
                        failpoint::reach("end.recorded");
                    }
                    if pidfd::reap(pid).is_err() {
                        break false;
                    }
                    failpoint::reach("end.reaped");
                }
                Ok(Ended::NoneYet) | Err(_) => break false,
                Ok(Ended::NoChildren) => break true,
            }
        };
        match self.run.as_mut().filter(|run| run.exit.is_some() && run.taken.is_none()) {
            Some(_) if none_left => self.run_over(),
            Some(run) => run.end(None, self.identity.pid),
            None => {}
        }
    }

    /// No process of the run is left: its last bytes are taken, and the end is told.
    fn run_over(&mut self) {
        let Some(mut run) = self.run.take() else { return };
        self.log.hurry();
        for source in &mut run.sources {
            self.log.drain(source);
        }
        let Some(exit) = run.exit else { return };
        self.log.say(&in_words(&exit));
        self.log.rest();
        // see `launch`
        let _ = self.dir.write_pid(None);
        self.last_seen = false;
        self.last = Some((run.id.clone(), exit.clone()));
        self.report(Report::Ended { run: run.id, exit });
        failpoint::reach("end.reported");
        // a directory that can't be removed now is removed after the next run
        let _ = self.dir.prune();
        spawn::trim_memory();
    }
}
