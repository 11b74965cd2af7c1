//! A run, from its launch to the end of its last process.

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::ending::{Ending, Members};
use super::pump::{Log, Source};
use crate::model::{Exit, RunId, Signal, StopPolicy};
use crate::os::pidfd::RawExit;
use crate::run_dir::{ChildFile, ExitFile, ServerDir};

/// A run that is alive, or whose processes are not all gone yet.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) id: RunId,
    pub(super) child: ChildFile,
    pub(super) pidfd: OwnedFd,
    pub(super) started: Instant,
    pub(super) sources: Vec<Source>,
    pub(super) stop: StopPolicy,
    pub(super) ending: Option<Ending>,
    /// Its start-up check has passed.
    pub(super) up: bool,
    /// Its end was asked for while its main process lived.
    pub(super) asked: bool,
    /// It was launched by another keeper, which died: it is no child of this one.
    pub(super) taken: bool,
    /// The main process has ended.
    pub(super) exit: Option<ExitFile>,
}

impl Run {
    pub(super) fn members(&self, keeper: u32) -> Members<'_> {
        let main = self.exit.is_none().then_some(&self.pidfd);
        let taken = self.taken.then_some(&self.id);
        Members { keeper, main, group: self.child.identity.pid, taken }
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
    pub(super) fn main_ended(&mut self, exit: Exit, log: &mut Log, dir: &ServerDir) {
        self.sources.iter_mut().for_each(|source| log.drain(source));
        let lasted_s = self.started.elapsed().as_secs_f64();
        let file = ExitFile { exit, at: Timestamp::now(), lasted_s, log_end: log.end(), asked: self.asked };
        if let Err(error) = dir.run(&self.id).write_exit(&file) {
            // it is kept in memory and told; only a death of this keeper now would lose it
            eprintln!("keeper {}: the exit could not be recorded: {error}", std::process::id());
        }
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

/// The kernel's word for how it ended.
pub(super) fn exit_of(raw: RawExit) -> Exit {
    match raw {
        RawExit::Code(code) => Exit::Code(code),
        RawExit::Signal { signal, core } => {
            Signal::from_number(signal).map_or(Exit::Unknown, |signal| Exit::Signal { signal, core })
        }
    }
}
