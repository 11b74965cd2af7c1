//! A run, from its launch to the end of its last process.

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::ending::{self, Ending, Home, Members, Taken};
use super::protocol::{Held, Name};
use super::pump::Log;
use super::record::Records;
use super::source::Source;
use crate::model::{Exit, LogCursor, RunId, StopPolicy};
use crate::run_dir::{ChildFile, ExitFile};

/// How often the processes of a run that was taken over are looked for once its main process has ended.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A run that is alive, or whose processes are not all gone yet.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) id: RunId,
    pub(super) child: ChildFile,
    pub(super) home: Home,
    /// Of the main process; `None` if that had ended before the run was taken over.
    pub(super) pidfd: Option<OwnedFd>,
    pub(super) started: Instant,
    pub(super) sources: Vec<Source>,
    pub(super) stop: StopPolicy,
    /// As in `LaunchOrder`.
    pub(super) one_shot: bool,
    pub(super) ending: Option<Ending>,
    /// When its start-up check passed, if it did.
    pub(super) up: Option<Instant>,
    /// Its end was asked for while its main process lived.
    pub(super) asked: bool,
    /// Set if it was launched by another keeper, which died: it is no child of this one.
    pub(super) taken: Option<Taken>,
    /// Who is left of a run that was taken over is not looked for before this.
    pub(super) look_after: Instant,
    /// The main process has ended.
    pub(super) exit: Option<ExitFile>,
}

impl Run {
    pub(super) fn members(&self, keeper: u32) -> Members<'_> {
        let main = self.pidfd.as_ref().filter(|_| self.exit.is_none());
        Members { keeper, main, home: self.home, taken: self.taken.as_ref() }
    }

    /// What another holds too, so that nothing ends with this keeper.
    pub(super) fn held(&self) -> Held {
        let mut held = Held::default();
        for source in &self.sources {
            held.put_copy(source.name(), &source.fd);
        }
        if let Some(pidfd) = &self.pidfd {
            held.put_copy(Name::Process, pidfd);
        }
        held
    }

    /// Looks who belongs to it: what is seen while its main process lives is known when that has gone.
    pub(super) fn learn(&self, keeper: u32) {
        ending::is_empty(self.members(keeper));
    }

    /// Whether it was taken over and nobody is left of it, which no signal tells; looks at most every [`LOOK_EVERY`].
    pub(super) fn is_found_over(&mut self, keeper: u32, now: Instant) -> bool {
        if self.taken.is_none() || self.exit.is_none() || now < self.look_after {
            return false;
        }
        self.look_after = now + LOOK_EVERY;
        ending::is_empty(self.members(keeper))
    }

    /// Begins to end it, or goes on with that.
    pub(super) fn end(&mut self, policy: Option<StopPolicy>, keeper: u32) {
        let now = Instant::now();
        let mut ending = self.ending.take();
        let members = self.members(keeper);
        match (&mut ending, policy) {
            (Some(ending), Some(policy)) => ending.again(policy, members, now),
            (Some(ending), None) => ending.step(members, now),
            (None, policy) => {
                let policy = policy.unwrap_or_else(|| self.stop.clone());
                ending = Some(Ending::begin(policy, members, now));
            }
        }
        self.ending = ending;
    }

    /// Takes what the main process wrote, then puts its exit on record. It is reaped after that.
    pub(super) fn main_ended(&mut self, exit: Exit, log: &mut Log, records: &mut Records) {
        let lasted_s = self.started.elapsed().as_secs_f64();
        let at = Timestamp::now();
        self.record(
            ExitFile { exit, at, lasted_s, log_end: LogCursor::default(), asked: self.asked },
            log,
            records,
        );
    }

    /// As [`Run::main_ended`], for an end that somebody else saw. Only the end of the log is filled in.
    pub(super) fn record(&mut self, mut file: ExitFile, log: &mut Log, records: &mut Records) {
        self.sources.iter_mut().for_each(|source| log.drain(source));
        file.log_end = log.end();
        records.write(&self.id, &file, Instant::now());
        self.exit = Some(file);
    }
}

pub(super) fn in_words(exit: &ExitFile) -> String {
    let lasted = Duration::try_from_secs_f64(exit.lasted_s).unwrap_or_default();
    let lasted = match lasted.as_secs() {
        0..10 => format!("{:.1} s", lasted.as_secs_f64()),
        seconds @ 10..120 => format!("{seconds} s"),
        seconds => format!("{} min", seconds / 60),
    };
    match exit.exit {
        Exit::Code(code) => format!("exited with code {code} after {lasted}"),
        Exit::Signal { .. } => format!("ended by {} after {lasted}", exit.exit),
        Exit::ExecFailed { .. } | Exit::Unknown => format!("ended after {lasted}, {}", exit.exit),
    }
}
