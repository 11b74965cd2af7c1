//! What clients ask of the processes of a run.

use std::io;

use super::actor::Actor;
use super::handle::Reply;
use crate::api::processes::PROCESSES_MAX;
use crate::api::{Problem, ProblemKind, ProcessRow, Processes};
use crate::model::ServerId;
use crate::os::proc::{self, Scanner};

/// Bytes of a command line that are told: more than any screen is wide.
const COMMAND_MAX: usize = 512;

impl Actor {
    /// Looks at the processes that the last pass found, on a thread, which answers.
    pub(super) fn list_processes(&mut self, id: &ServerId, reply: Reply<Result<Processes, Problem>>) {
        let pids = match self.entry(id) {
            Ok(entry) => entry.status().pids,
            Err(problem) => return drop(reply.send(Err(problem))),
        };
        if pids.is_empty() {
            return drop(reply.send(Ok(Processes::default())));
        }
        tokio::task::spawn_blocking(move || {
            let found = look(&pids).map_err(|error| {
                let message = format!("the processes of this box can't be looked at: {error}");
                Problem::new(ProblemKind::Internal, message)
            });
            // the client has gone: nobody needs it
            let _ = reply.send(found);
        });
    }
}

/// Reads these, but for those that have ended since.
fn look(pids: &[u32]) -> io::Result<Processes> {
    let mut scanner = Scanner::open()?;
    let (tick, page) = (proc::clock_ticks() as f64, proc::page_size());
    let mut processes = Vec::new();
    for pid in pids.iter().take(PROCESSES_MAX) {
        let Some(process) = scanner.read(*pid)?.filter(|process| !process.is_dead()) else { continue };
        let line = proc::command_line(*pid, COMMAND_MAX)?.filter(|line| !line.is_empty());
        processes.push(ProcessRow {
            pid: *pid,
            parent: process.ppid,
            command: line.unwrap_or(process.comm),
            cpu_s: process.own_ticks as f64 / tick,
            memory_bytes: process.rss_pages * page,
            uptime_s: proc::age(process.start_ticks),
        });
    }
    let left_out = pids.len().saturating_sub(PROCESSES_MAX);
    Ok(Processes { total: processes.len() + left_out, processes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_live_are_told_and_those_that_have_ended_are_not() {
        let me = std::process::id();
        let found = look(&[me, u32::MAX]).unwrap();
        assert_eq!(found.total, 1);
        let [row] = found.processes.as_slice() else { panic!("{found:?}") };
        assert_eq!(row.pid, me);
        assert!(row.memory_bytes > 1 << 18 && row.uptime_s >= 0.0 && !row.command.is_empty(), "{row:?}");
    }

    #[test]
    fn of_very_many_all_are_counted() {
        let pids = vec![std::process::id(); PROCESSES_MAX + 7];
        let found = look(&pids).unwrap();
        assert_eq!((found.total, found.processes.len()), (PROCESSES_MAX + 7, PROCESSES_MAX));
    }
}
