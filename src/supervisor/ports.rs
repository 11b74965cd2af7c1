//! What clients ask of ports: whose they are now, and to end a stranger that holds one.

use std::sync::Arc;

use super::actor::{Actor, Note};
use super::handle::Reply;
use super::monitor::ports::look_once;
use super::orphans::mark::Home;
use super::strangers;
use super::watching::target;
use crate::api::{HolderKilled, KillHolder, PortRow, Problem, ProblemKind};
use crate::model::{Asker, EventKind, Phase, ServerId};

/// So many have strangers ended at once: each takes one of the few threads for up to two seconds.
pub(super) const AT_ONCE: usize = 4;

impl Actor {
    /// Looks at the ports of all servers on a thread, which answers. What the last pass found may be old: none is made
    /// while no server is alive.
    pub(super) fn list_ports(&mut self, reply: Reply<Result<Vec<PortRow>, Problem>>) {
        let order: Vec<ServerId> =
            self.projects.iter().flat_map(|project| project.servers.iter().cloned()).collect();
        let entries: Vec<_> = order.iter().filter_map(|id| self.entries.get(id)).collect();
        let targets: Vec<_> = entries.iter().map(|entry| target(entry)).collect();
        let phases: Vec<Phase> = entries.iter().map(|entry| entry.machine.phase()).collect();
        let latencies = self.latencies.clone();
        tokio::task::spawn_blocking(move || {
            let rows = look_once(&targets).map(|looked| {
                let rows = targets.iter().zip(phases).zip(looked).flat_map(|((target, phase), mut ports)| {
                    latencies.fill_in(&target.id, &mut ports);
                    ports.into_iter().map(move |status| PortRow { server: target.id.clone(), phase, status })
                });
                rows.collect()
            });
            // the client has gone: nobody needs it
            let _ = reply.send(rows.map_err(|error| {
                Problem::new(
                    ProblemKind::Internal,
                    format!("the ports of this box can't be looked at: {error}"),
                )
            }));
        });
    }

    /// Ends the stranger that holds a port, on a thread, which answers.
    pub(super) fn kill_holder(
        &mut self,
        port: u16,
        how: KillHolder,
        by: Asker,
        reply: Reply<Result<HolderKilled, Problem>>,
    ) {
        let Ok(place) = Arc::clone(&self.holder_places).try_acquire_owned() else {
            let message = format!("holders of {AT_ONCE} ports are being ended");
            let problem =
                Problem::new(ProblemKind::Conflict, message).with_hint("ask again in a few seconds");
            return drop(reply.send(Err(problem)));
        };
        let targets: Vec<_> = self.entries.values().map(target).collect();
        let (home, notes) = (Home::new(self.paths.clone()), self.notes.clone());
        tokio::task::spawn_blocking(move || {
            let result = strangers::end_holder(&home, &targets, port, how);
            drop(place);
            let answer = result.map(|(id, killed)| {
                let pids = killed.holders.iter().filter_map(|holder| holder.pid).collect();
                // before the answer: whoever has it finds the event
                let _ = notes.blocking_send(Note::HolderKilled { id, port, pids, by });
                killed
            });
            let _ = reply.send(answer);
        });
    }

    /// Puts on record that somebody had strangers ended.
    pub(super) fn holder_killed(&mut self, id: &ServerId, port: u16, pids: &[u32], by: &Asker) {
        for pid in pids {
            self.emit(Some(id), EventKind::HolderKilled { port, pid: *pid, by: by.clone() });
        }
    }
}
