//! Taking over a run whose keeper was killed.
//!
//! The supervisor hands over what it held: the streams, so that the log goes on, and a pidfd, by which the kernel tells
//! how the main process ended although it is nobody's child here. Without them the run can still be ended.

use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::ending::{Home, Taken};
use super::life::Run;
use super::protocol::{Held, Name, Report, TakeOrder, exit_of};
use super::source::{READ_MAX, Source};
use super::state::Keeper;
use crate::model::{Exit, LogCursor, RunId, Stream};
use crate::os::identity::Found;
use crate::os::{fd, limits, pidfd, proc};
use crate::run_dir::{ChildFile, ExitFile, Read};

impl Keeper {
    /// Another keeper launched the run, and died. The run may have ended since: then what is left of it is ended, and
    /// its end is told as always.
    pub(super) fn take(&mut self, order: TakeOrder) {
        if let Some(alive) = &self.run {
            let report = if alive.id == order.run {
                Report::Taken { run: order.run }
            } else {
                Report::NotTaken { run: order.run }
            };
            self.report(report);
            return;
        }
        let TakeOrder { run: id, child, stop, log, up, memo, asked, open_files, mut held } = order;
        let pidfd = match child.identity.find() {
            Found::Match(pidfd) => Some(pidfd),
            Found::Gone => None,
            Found::Unverifiable(_) => return self.report(Report::NotTaken { run: id }),
        };
        if let Some(soft) = open_files {
            // as at a launch
            limits::set_open_files(soft);
        }
        self.released = false;
        self.log.set_policy(log);
        self.memo = memo;
        // before a word in the log makes that younger
        let ended = pidfd.is_none().then(|| self.ended_unseen(&id, &child, asked, &held));
        let sources = sources(&mut held);
        self.log.say(&if sources.is_empty() {
            "its keeper was killed: what it writes is lost until it is started again".to_owned()
        } else {
            format!("gap of at most {READ_MAX} bytes (keeper killed)")
        });
        let taken = Some(Taken::new(&id, &child.identity));
        let home = Home::look(&child.identity);
        let age = Duration::try_from_secs_f64(proc::age(child.identity.start_ticks)).unwrap_or_default();
        let started = Instant::now().checked_sub(age).unwrap_or_else(Instant::now);
        self.report(Report::Taken { run: id.clone() });
        let up = up.then(Instant::now);
        // one that was taken over never moves
        let one_shot = true;
        let mut run = Run {
            id,
            child,
            home,
            pidfd,
            started,
            sources,
            stop,
            one_shot,
            ending: None,
            up,
            asked,
            taken,
            look_after: Instant::now(),
            exit: None,
        };
        match ended {
            Some(exit) => {
                run.record(exit, &mut self.log, &mut self.records);
                run.end(None, self.identity.pid);
            }
            None => run.learn(self.identity.pid),
        }
        self.run = Some(run);
    }

    /// How a run ended that had no keeper: what that keeper recorded, else what the kernel knows, else unknown.
    fn ended_unseen(&self, id: &RunId, child: &ChildFile, asked: bool, held: &Held) -> ExitFile {
        if let Some(recorded) = self.dir.run(id).exit().ok().and_then(Read::there) {
            return recorded;
        }
        let process = held.get(Name::Process).filter(|process| pidfd::has_ended(*process));
        let exit = pidfd::exit_of(process, child.identity.pid, child.identity.start_ticks);
        // who holds a pidfd was there all the while; otherwise nobody knows how long ago it ended
        let lasted_s = match process {
            Some(_) => proc::age(child.identity.start_ticks),
            None => self.dir.last_sign(child.started_at).as_secs_f64(),
        };
        let exit = exit.map_or(Exit::Unknown, exit_of);
        ExitFile { exit, at: Timestamp::now(), lasted_s, log_end: LogCursor::default(), asked }
    }

    /// The main process of a run that this keeper took over has ended. Its parent was told how; the kernel keeps it.
    pub(super) fn on_main(&mut self) {
        if let Some(run) = self.run.as_mut().filter(|run| run.exit.is_none()) {
            let pidfd = run.pidfd.as_ref().map(|pidfd| pidfd.as_fd());
            let exit = pidfd::exit_of(pidfd, run.child.identity.pid, run.child.identity.start_ticks);
            run.main_ended(exit.map_or(Exit::Unknown, exit_of), &mut self.log, &mut self.records);
            run.end(None, self.identity.pid);
        }
    }
}

/// The streams among them, to be read from now on.
fn sources(held: &mut Held) -> Vec<Source> {
    let names =
        [(Name::Terminal, Stream::Stdout), (Name::Stdout, Stream::Stdout), (Name::Stderr, Stream::Stderr)];
    let mut sources = Vec::new();
    for (name, stream) in names {
        if let Some(descriptor) = held.take(name)
            && fd::set_nonblocking(&descriptor).is_ok()
        {
            sources.push(Source::new(descriptor, stream, name == Name::Terminal));
        }
    }
    sources
}
