//! What keepers say.

use std::time::Duration;

use super::actor::Actor;
use super::entry::Run;
use crate::journal::Reader;
use crate::keeper::protocol::{Hello, NotStarted, Order, Report};
use crate::lifecycle::{Input, LaunchError};
use crate::model::{Phase, RunId, ServerId, Stream};
use crate::os::failpoint;
use crate::run_dir::ExitFile;

/// Longest last line that is quoted in an error, in characters.
const QUOTED: usize = 200;

/// So begins the line that a keeper writes into the log when it has started a run.
const STARTED: &[u8] = b"started, pid ";

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
            Report::Holds { run, held } => entry.promised = Some((run, held)),
            Report::Started { run, child, held } => {
                let held = if held.is_empty() { entry.take_promised(&run) } else { held };
                self.started(id, Run::new(run, child, held));
            }
            Report::Moved { run, child, held } => self.moved(id, Run::new(run, child, held)),
            Report::NotStarted { run, why } => self.not_started(id, &run, &why),
            Report::Ended { run, exit } => self.ended(id, &run, &exit),
            Report::Bell => {
                entry.bell.send_modify(|count| *count += 1);
                if entry.bell.receiver_count() == 0 {
                    self.follow(id);
                }
            }
            Report::Taken { run } => self.taken(id, &run),
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
                self.started(id, Run::new(alive.run, alive.child, alive.held));
            }
            (Some(alive), _) if known.as_ref() == Some(&alive.run) => {
                // what came with a line that the old connection did not bring
                entry.checks.follow(alive.child.identity.pid);
                entry.run = Some(Run::new(alive.run, alive.child, alive.held));
                if !alive.ending && entry.machine.phase() == Phase::Stopping {
                    self.stop_again(id);
                }
            }
            (None, Some((run, exit))) if known.as_ref().or(launching.as_ref()) == Some(&run) => {
                self.ended(id, &run, &exit);
            }
            (None, _) if launching.is_some() => {
                entry.launching = None;
                let message = "the order to launch it was lost with its keeper's connection".to_owned();
                self.give(id, Input::NotLaunched(LaunchError { message, transient: true }));
            }
            // it was to take the run over, and has not heard of it
            (None, _) if known.is_some() => self.order_take(id),
            (Some(_) | None, _) => {}
        }
        self.follow(id);
    }

    pub(super) fn started(&mut self, id: &ServerId, run: Run) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        if entry.launching.take_if(|launching| *launching == run.id).is_none() {
            return;
        }
        failpoint::reach("start.heard");
        let pid = run.child.identity.pid;
        entry.run = Some(run);
        self.latencies.forget(id);
        self.give(id, Input::Launched { pid });
    }

    /// The run went to the background: another process is its main one now.
    fn moved(&mut self, id: &ServerId, run: Run) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        if entry.run.as_ref().is_some_and(|alive| alive.id == run.id) {
            entry.checks.follow(run.child.identity.pid);
            entry.run = Some(run);
            self.dirty.insert(id.clone());
        }
    }

    fn not_started(&mut self, id: &ServerId, run: &RunId, why: &NotStarted) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        if entry.launching.take_if(|launching| launching == run).is_none() {
            return;
        }
        entry.promised = None;
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
        failpoint::reach("end.heard");
        let last_line = (entry.machine.phase() == Phase::Starting).then(|| last_line(entry, id)).flatten();
        entry.set_exit(exit);
        entry.forget_run();
        if let Some(link) = &entry.link {
            // otherwise the next supervisor tells of it once more
            let _ = link.order(Order::Seen { run: run.clone() });
        }
        failpoint::reach("end.told");
        self.latencies.forget(id);
        self.give(id, Input::Exited { exit: exit.exit, lasted: duration(exit.lasted_s), last_line });
    }
}

/// The last line that the server wrote itself in its last run: keepers begin each with a line of their own.
fn last_line(entry: &super::entry::Entry, id: &ServerId) -> Option<String> {
    let page = Reader::new(entry.dir.log(), id.clone()).back(None, 8, None).ok()?;
    let own =
        |line: &&crate::model::LogLine| line.stream != Stream::System && !line.bytes.trim_ascii().is_empty();
    let begins =
        |line: &&crate::model::LogLine| line.stream == Stream::System && line.bytes.starts_with(STARTED);
    let line = page.lines.iter().rev().take_while(|line| !begins(line)).find(own)?;
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
