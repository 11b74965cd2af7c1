//! What keepers say, and what follows when one is gone.

use std::time::Duration;

use jiff::Timestamp;

use super::actor::{Actor, Note};
use super::entry::Run;
use crate::journal::Reader;
use crate::keeper::protocol::{Hello, NotStarted, Order, Report, TakeOrder};
use crate::lifecycle::{Input, LaunchError};
use crate::model::{Exit, LogCursor, Phase, RunId, ServerId, Stream};
use crate::os::identity::Found;
use crate::os::proc;
use crate::run_dir::{ExitFile, Read};

/// When a run without a keeper is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Longest last line that is quoted in an error, in characters.
const QUOTED: usize = 200;

impl Actor {
    /// Takes what a keeper said, unless it is one of before.
    pub(super) fn take_report(&mut self, id: &ServerId, generation: u64, report: Report) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        if entry.link.as_ref().is_none_or(|link| link.generation != generation) {
            return;
        }
        if !self.understands(id, &report) {
            return;
        }
        let Some(entry) = self.entries.get_mut(id) else { return };
        match report {
            Report::Hello(hello) if entry.unverified => self.adopt_from(id, *hello),
            Report::Hello(hello) => self.compare(id, *hello),
            Report::Started { run, child } => self.started(id, Run { id: run, child }),
            Report::NotStarted { run, why } => self.not_started(id, &run, &why),
            Report::Ended { run, exit } => self.ended(id, &run, &exit),
            Report::Bell => {
                entry.bell.send_modify(|count| *count += 1);
                if entry.bell.receiver_count() == 0 {
                    self.follow(id);
                }
            }
            Report::NotTaken { run } => self.not_taken(id, &run),
            Report::Refused { why } => tracing::warn!(%id, %why, "a keeper refused an order"),
            Report::Unknown => {}
        }
    }

    /// A keeper said hello again after its connection broke: what was missed is made up for.
    fn compare(&mut self, id: &ServerId, hello: Hello) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        entry.followed = false;
        let Some(link) = &mut entry.link else { return };
        if !std::mem::replace(&mut link.greeted, true) {
            // the first word of a keeper that was just started: its orders are still on their way
            self.follow(id);
            return;
        }
        if link.released {
            let _ = link.order(Order::Release);
        }
        let launching = entry.launching.clone();
        let known = entry.run.as_ref().map(|run| run.id.clone());
        match (hello.run, hello.last) {
            (Some(alive), _) if launching.as_ref() == Some(&alive.run) => {
                self.started(id, Run { id: alive.run, child: alive.child });
            }
            (Some(alive), _) if !alive.ending && entry.machine.phase() == Phase::Stopping => {
                self.perform(id, crate::lifecycle::Effect::Stop { now: false });
            }
            (None, Some((run, exit))) if known.as_ref().or(launching.as_ref()) == Some(&run) => {
                self.ended(id, &run, &exit);
            }
            (None, _) if launching.is_some() => {
                entry.launching = None;
                let message = "the order to launch it was lost with its keeper's connection".to_owned();
                self.give(id, Input::NotLaunched(LaunchError { message, transient: true }));
            }
            (Some(_) | None, _) => {}
        }
        self.follow(id);
    }

    fn started(&mut self, id: &ServerId, run: Run) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        if entry.launching.take_if(|launching| *launching == run.id).is_none() {
            return;
        }
        let pid = run.child.identity.pid;
        entry.run = Some(run);
        self.latencies.forget(id);
        self.give(id, Input::Launched { pid });
    }

    fn not_started(&mut self, id: &ServerId, run: &RunId, why: &NotStarted) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        if entry.launching.take_if(|launching| launching == run).is_none() {
            return;
        }
        let transient = matches!(why, NotStarted::Other { .. });
        self.give(id, Input::NotLaunched(LaunchError { message: in_words(why), transient }));
    }

    /// A run has ended, and every process of it has gone.
    pub(super) fn ended(&mut self, id: &ServerId, run: &RunId, exit: &ExitFile) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        let known = entry.run.as_ref().is_some_and(|alive| alive.id == *run);
        let launching = entry.launching.as_ref() == Some(run);
        if !known && !launching {
            return;
        }
        let last_line = (entry.machine.phase() == Phase::Starting).then(|| last_line(entry, id)).flatten();
        entry.set_exit(exit);
        entry.forget_run();
        if let Some(link) = &entry.link {
            // otherwise the next supervisor tells of it once more
            let _ = link.order(Order::Seen { run: run.clone() });
        }
        self.latencies.forget(id);
        self.give(id, Input::Exited { exit: exit.exit, lasted: duration(exit.lasted_s), last_line });
    }

    /// A keeper has ended: because it was let go, or because something ended it.
    pub(super) fn keeper_gone(&mut self, id: &ServerId, generation: u64) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        let Some(link) = entry.link.take_if(|link| link.generation == generation) else { return };
        entry.keeper = None;
        entry.keeper_version = None;
        if link.released {
            let launch = std::mem::take(&mut entry.launch_when_gone);
            let phase = entry.machine.phase();
            if launch && phase == Phase::Starting {
                self.perform(id, crate::lifecycle::Effect::Launch);
            } else if launch && phase == Phase::Stopping {
                // the stop came before there was anything to end: nobody else reports that
                let message = "it was stopped before it was launched".to_owned();
                self.give(id, Input::NotLaunched(LaunchError { message, transient: true }));
            } else {
                self.forget_if_removed(id);
            }
        } else if entry.unverified {
            self.adopt_without_keeper(id);
        } else {
            self.keeper_died(id);
        }
    }

    /// What became of the run is looked up; nothing is guessed.
    fn keeper_died(&mut self, id: &ServerId) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        if let Some(launching) = entry.launching.take() {
            let Some(child) = entry.dir.run(&launching).child().ok().and_then(Read::there) else {
                let message = "its keeper ended before it could launch it".to_owned();
                self.give(id, Input::NotLaunched(LaunchError { message, transient: true }));
                return;
            };
            entry.launching = Some(launching.clone());
            self.started(id, Run { id: launching, child });
        }
        let Some(run) = self.entries.get(id).and_then(|entry| entry.run.clone()) else { return };
        self.run_without_keeper(id, &run);
    }

    /// A run whose keeper is gone: it lives, or it ended with a record, or it ended and nobody knows how.
    pub(super) fn run_without_keeper(&mut self, id: &ServerId, run: &Run) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        let age_s = proc::age(run.child.identity.start_ticks);
        let dir = entry.dir.run(&run.id);
        match run.child.identity.find() {
            Found::Match(_) | Found::Unverifiable(_) => {
                let alive = Some(run.child.identity.pid);
                self.give(id, Input::KeeperLost { alive, age: duration(age_s) });
            }
            Found::Gone => {
                if let Some(exit) = dir.exit().ok().and_then(Read::there) {
                    self.ended(id, &run.id, &exit);
                    return;
                }
                let log_end = LogCursor::default();
                let exit = ExitFile {
                    exit: Exit::Unknown,
                    at: Timestamp::now(),
                    lasted_s: age_s,
                    log_end,
                    asked: false,
                };
                // every ended run has a record; without one it is looked for again by the next supervisor
                let _ = dir.write_exit(&exit);
                self.ended(id, &run.id, &exit);
            }
        }
    }

    /// A replacement says that it can't take over: the main process has ended, or can't be verified for now.
    fn not_taken(&mut self, id: &ServerId, run: &RunId) {
        let Some(entry) = self.entries.get(id) else { return };
        let Some(alive) = entry.run.clone().filter(|alive| alive.id == *run) else { return };
        if matches!(alive.child.identity.find(), Found::Gone) {
            self.run_without_keeper(id, &alive);
        } else {
            self.look_again(id);
        }
    }

    /// A run that has no keeper is looked at again in a moment.
    fn look_again(&self, id: &ServerId) {
        let (id, notes) = (id.clone(), self.notes.clone());
        tokio::spawn(async move {
            tokio::time::sleep(LOOK_AGAIN).await;
            let _ = notes.send(Note::LookAgain { id }).await;
        });
    }

    /// Looks at a run that had no keeper.
    pub(super) fn take_look(&mut self, id: &ServerId) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        if let (Some(run), None) = (entry.run.clone(), &entry.link) {
            self.run_without_keeper(id, &run);
        } else if let (Some(run), Some(_)) = (entry.run.clone(), &entry.link) {
            self.order_take(id, &run);
        }
    }

    /// Starts another keeper, which takes over the run.
    pub(super) fn replace_keeper(&mut self, id: &ServerId) {
        if let Err(error) = self.start_keeper(id) {
            tracing::warn!(%id, %error, "a keeper could not be replaced");
            self.look_again(id);
            return;
        }
        if let Some(run) = self.entries.get(id).and_then(|entry| entry.run.clone()) {
            self.order_take(id, &run);
        }
    }

    fn order_take(&mut self, id: &ServerId, run: &Run) {
        let Some(entry) = self.entries.get(id) else { return };
        let Some(link) = &entry.link else { return };
        let memo = entry.launched.as_ref().and_then(|memo| serde_json::value::to_raw_value(memo).ok());
        let order = TakeOrder {
            run: run.id.clone(),
            child: run.child.clone(),
            stop: entry.current_spec().stop.clone(),
            log: entry.current_spec().log,
            up: entry.machine.phase() == Phase::Running,
            memo,
        };
        let stopping = entry.machine.phase() == Phase::Stopping;
        if link.order(Order::Take(Box::new(order))) && stopping {
            self.perform(id, crate::lifecycle::Effect::Stop { now: false });
        }
    }
}

/// The last line that the server wrote itself.
fn last_line(entry: &super::entry::Entry, id: &ServerId) -> Option<String> {
    let page = Reader::new(entry.dir.log(), id.clone()).back(None, 8, None).ok()?;
    let own =
        |line: &&crate::model::LogLine| line.stream != Stream::System && !line.bytes.trim_ascii().is_empty();
    let line = page.lines.iter().rev().find(own)?;
    Some(String::from_utf8_lossy(line.bytes.trim_ascii()).chars().take(QUOTED).collect())
}

pub(super) fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

fn in_words(why: &NotStarted) -> String {
    let system = |errno: i32| std::io::Error::from_raw_os_error(errno);
    match why {
        NotStarted::NotFound { program } if program.is_empty() => "the command is empty".to_owned(),
        NotStarted::NotFound { program } => format!("command not found: `{program}` is not in PATH"),
        NotStarted::Directory { dir, errno } => {
            format!("directory {} can't be entered: {}", dir.display(), system(*errno))
        }
        NotStarted::Execute { program, errno } => {
            format!("{} can't be executed: {}", program.display(), system(*errno))
        }
        NotStarted::Other { what } => format!("it could not be launched: {what}"),
    }
}
