//! Processes that are left although they were killed: they wait in the kernel, and can only be told of.

use std::io;

use super::actor::{Actor, Note};
use crate::lifecycle::Input;
use crate::model::{RunId, ServerId};
use crate::os::identity::{Found, Identity};
use crate::os::proc::{Process, Scanner};
use crate::os::tree::Forest;

/// Most of them that are told.
const TOLD: usize = 8;

impl Actor {
    /// Looks which processes of the run are left.
    pub(super) fn look_at_remains(&mut self, id: &ServerId) {
        let Some(entry) = self.entries.get(id) else { return };
        let Some(run) = entry.run.clone() else {
            // nothing of it was executed yet, or its end is on the way
            self.give(id, Input::Remains { processes: Vec::new() });
            return;
        };
        let (id, keeper, notes) = (id.clone(), entry.keeper.clone(), self.notes.clone());
        tokio::task::spawn_blocking(move || {
            // a look that failed is made again
            let processes = left(keeper.as_ref(), &run.child.identity).unwrap_or_default();
            // the actor has gone: nobody needs it
            let _ = notes.blocking_send(Note::Remains { id, run: run.id, processes });
        });
    }

    /// Takes what is left of a run.
    pub(super) fn take_remains(&mut self, id: &ServerId, run: &RunId, processes: Vec<String>) {
        let is_its = |entry: &super::entry::Entry| entry.run.as_ref().is_some_and(|alive| alive.id == *run);
        if self.entries.get(id).is_some_and(is_its) {
            self.give(id, Input::Remains { processes });
        }
    }
}

fn left(keeper: Option<&Identity>, main: &Identity) -> io::Result<Vec<String>> {
    let forest = Forest::new(Scanner::open()?.scan()?);
    let its = |identity: &Identity| {
        let is_it = |process: &&Process| process.start_ticks == identity.start_ticks;
        forest.get(identity.pid).filter(is_it).filter(|_| !matches!(identity.find(), Found::Gone))
    };
    let keeper = keeper.and_then(its);
    if let Some(keeper) = keeper.filter(|keeper| keeper.state == 'T') {
        return Ok(vec![format!("{}, whose keeper {} is stopped (SIGSTOP)", main.pid, keeper.pid)]);
    }
    let mut found: Vec<&Process> = its(main).into_iter().collect();
    for root in keeper.map(|keeper| keeper.pid).into_iter().chain(found.first().map(|main| main.pid)) {
        forest.descendants(root, |_| false, &mut found);
    }
    found.retain(|process| !process.is_dead());
    found.sort_unstable_by_key(|process| process.pid);
    found.dedup_by_key(|process| process.pid);
    let told = found.iter().take(TOLD);
    Ok(told.map(|process| format!("{} ({})", process.pid, in_words(process.state))).collect())
}

/// The states of `proc_pid_stat(5)`, as `/proc/PID/status` calls them.
fn in_words(state: char) -> String {
    match state {
        'D' => "disk sleep".to_owned(),
        'R' => "running".to_owned(),
        'S' => "sleeping".to_owned(),
        'T' => "stopped".to_owned(),
        't' => "stopped by a debugger".to_owned(),
        other => format!("state {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_with_its_state_and_what_has_gone_is_not() {
        let mut child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        let identity = Identity::of(child.id()).unwrap();
        let told = left(None, &identity).unwrap();
        assert!(told.len() == 1 && told[0].starts_with(&format!("{} (", child.id())), "{told:?}");
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(left(None, &identity).unwrap(), [""; 0]);
    }

    #[test]
    fn a_process_that_waits_in_the_kernel_is_called_as_ps_users_know_it() {
        assert_eq!(in_words('D'), "disk sleep");
        assert_eq!(in_words('P'), "state P");
    }
}
