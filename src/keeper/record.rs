//! Exits on record: what can't be written now is written later.

use std::io;
use std::time::{Duration, Instant};

use crate::model::RunId;
use crate::run_dir::{ExitFile, KEPT_RUNS, ServerDir};

/// How often a record that could not be written is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// A keeper that was let go waits for so long with a record that can't be written.
const PATIENCE: Duration = Duration::from_secs(10);

/// The exits of one server.
#[derive(Debug)]
pub(super) struct Records {
    dir: ServerDir,
    /// Those that could not be written, as many as would be kept.
    waiting: Vec<(RunId, ExitFile)>,
    retry_at: Option<Instant>,
    failed_since: Instant,
}

impl Records {
    pub(super) fn new(dir: ServerDir) -> Self {
        Self { dir, waiting: Vec::new(), retry_at: None, failed_since: Instant::now() }
    }

    /// Writes one, or keeps it in memory until it can be written.
    pub(super) fn write(&mut self, run: &RunId, exit: &ExitFile, now: Instant) {
        if let Err(error) = self.try_write(run, exit) {
            eprintln!("keeper {}: the exit could not be recorded yet: {error}", std::process::id());
            if self.waiting.is_empty() {
                self.failed_since = now;
            }
            if self.waiting.len() == KEPT_RUNS {
                self.waiting.remove(0);
            }
            self.waiting.push((run.clone(), exit.clone()));
            self.retry_at = Some(now + RETRY);
        }
    }

    /// When to try again.
    pub(super) fn due(&self) -> Option<Instant> {
        self.retry_at
    }

    /// Tries again.
    pub(super) fn retry(&mut self, now: Instant) {
        let waiting = std::mem::take(&mut self.waiting);
        self.waiting = waiting.into_iter().filter(|(run, exit)| self.try_write(run, exit).is_err()).collect();
        self.retry_at = (!self.waiting.is_empty()).then_some(now + RETRY);
    }

    /// Whether the keeper may go: everything is on record, or will not be.
    pub(super) fn is_done(&self, now: Instant) -> bool {
        self.waiting.is_empty() || now.duration_since(self.failed_since) >= PATIENCE
    }

    /// A run whose directory is gone, or could not even be made, has no place for a record.
    fn try_write(&self, run: &RunId, exit: &ExitFile) -> io::Result<()> {
        match self.dir.run(run).write_exit(exit) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            written => written,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::model::{Exit, LogCursor};
    use crate::run_dir::Read;

    #[test]
    fn an_exit_that_could_not_be_written_is_written_later() {
        let temporary = tempfile::tempdir().unwrap();
        let dir = ServerDir::new(temporary.path().to_owned());
        dir.create().unwrap();
        let (run, gone) = (RunId("r1".into()), RunId("gone".into()));
        let exit = |code| ExitFile {
            exit: Exit::Code(code),
            at: Timestamp::UNIX_EPOCH,
            lasted_s: 1.0,
            log_end: LogCursor::default(),
            asked: false,
        };
        let (mut records, now) = (Records::new(dir.clone()), Instant::now());
        records.write(&gone, &exit(1), now);
        assert!(records.due().is_none() && records.is_done(now), "there is no place for it");
        // a file where the run's directory should be: nothing can be written there
        let place = temporary.path().join("runs/r1");
        std::fs::write(&place, "").unwrap();
        records.write(&run, &exit(7), now);
        assert_eq!(records.due(), Some(now + RETRY));
        assert!(!records.is_done(now) && records.is_done(now + PATIENCE));
        records.retry(now + RETRY);
        assert_eq!(records.due(), Some(now + RETRY * 2));
        std::fs::remove_file(&place).unwrap();
        std::fs::create_dir(&place).unwrap();
        records.retry(now + RETRY * 2);
        assert!(records.due().is_none() && records.is_done(now + RETRY * 2));
        assert_eq!(dir.run(&run).exit().unwrap(), Read::There(exit(7)));
    }
}
