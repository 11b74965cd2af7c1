//! When the monitor looks, and what follows from what it found.

use std::io;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::actor::{Actor, Note};
use super::entry::Entry;
use super::monitor::host::Host;
use super::monitor::latency::LIMIT;
use super::monitor::{self, Monitor, Target, prober};
use crate::api::{ServerSample, StreamItem};
use crate::lifecycle::Input;
use crate::model::{PortCheck, PortState, ServerId};

/// Time between two passes while a dashboard looks.
const VIEWED: Duration = Duration::from_secs(1);

/// Time between two passes while none does.
const UNVIEWED: Duration = Duration::from_secs(3);

impl Actor {
    /// Sees that there is a next pass, and that there is none where nothing can change.
    pub(super) fn plan_watch(&mut self) {
        if self.monitor.is_none() {
            // a pass is being made; its end plans the next
            return;
        }
        // a port that a stranger holds may become free without anything of ours happening
        let worth_a_look = |entry: &Entry| entry.machine.phase().is_alive() || entry.has_foreign_port();
        let wanted = self.entries.values().any(worth_a_look);
        let period = if self.is_viewed() { VIEWED } else { UNVIEWED };
        match self.next_pass {
            None if wanted => self.next_pass = Some(Instant::now() + period),
            Some(_) | None => {}
        }
    }

    /// Begins a pass, if one is due.
    pub(super) fn watch(&mut self, now: Instant) {
        if self.next_pass.is_none_or(|at| at > now) {
            return;
        }
        let Some(mut monitor) = self.monitor.take() else {
            self.next_pass = None;
            return;
        };
        self.next_pass = None;
        let targets: Vec<Target> = self.entries.values().map(target).collect();
        let notes = self.notes.clone();
        tokio::task::spawn_blocking(move || {
            let report = monitor.pass(&targets, Instant::now());
            // the actor has gone: nobody needs it
            let _ = notes.blocking_send(Note::Measured { monitor, report });
        });
    }

    /// Takes what a pass found.
    pub(super) fn take_measures(&mut self, monitor: Box<Monitor>, report: io::Result<monitor::Report>) {
        self.monitor = Some(monitor);
        // a pass that could not look says nothing about anybody
        let Ok(report) = report else { return };
        let now = Instant::now();
        let at = self.began.elapsed().as_secs();
        let mut samples = Vec::new();
        for mut found in report.servers {
            self.latencies.fill_in(&found.id, &mut found.ports);
            self.ask_ports(&found.id, &found.ports, now);
            let owners: Vec<Option<ServerId>> = found
                .ports
                .iter()
                .map(|port| port.holder.as_ref()?.pid.and_then(|pid| self.holder_of(pid)))
                .collect();
            for (port, ours) in found.ports.iter_mut().zip(owners) {
                if let Some(holder) = &mut port.holder {
                    holder.ours = ours.or(holder.ours.take());
                }
            }
            let Some(entry) = self.entries.get_mut(&found.id) else { continue };
            let before = (std::mem::take(&mut entry.port_status), std::mem::take(&mut entry.pids));
            let counted = std::mem::replace(&mut entry.memory_kind, found.memory_kind);
            let seen = entry.set_ports(found.ports, now);
            let alive = entry.machine.phase().is_alive();
            entry.pids = if alive { found.pids } else { Vec::new() };
            entry.sample = if alive { found.sample } else { None };
            if before != (entry.port_status.clone(), entry.pids.clone()) || counted != entry.memory_kind {
                self.dirty.insert(found.id.clone());
            }
            if let (Some(sample), Some(up)) = (entry.sample, entry.uptime_s()) {
                self.history.push(&found.id, at, sample);
                let (cpu, mem) = (sample.cpu_percent, sample.memory_bytes);
                samples.push(ServerSample { id: found.id.clone(), cpu, mem, up });
            }
            if let Some(seen) = seen {
                self.give(&found.id, Input::PortsSeen(seen));
            }
        }
        self.watch_memory(now);
        if self.is_viewed() && !samples.is_empty() {
            let host = report.host.unwrap_or(Host { cpu_percent: 0.0, memory_used: 0, memory_total: 0 });
            self.tell(StreamItem::Samples {
                at: Timestamp::now(),
                samples,
                host_cpu_percent: host.cpu_percent,
                host_memory_used: host.memory_used,
                host_memory_total: host.memory_total,
            });
        }
    }

    fn holder_of(&self, pid: u32) -> Option<ServerId> {
        self.entries.values().find(|entry| entry.pids.contains(&pid)).map(|entry| entry.spec.id.clone())
    }

    /// Connects to the declared ports whose turn it is.
    fn ask_ports(&mut self, id: &ServerId, ports: &[crate::model::PortStatus], now: Instant) {
        let Some(entry) = self.entries.get(id) else { return };
        if entry.current_spec().port_check != PortCheck::Connect {
            return;
        }
        for port in ports.iter().filter(|port| port.declared && port.state == PortState::Listening) {
            let port = port.port;
            if self.latencies.due(id, port, now) {
                let (id, notes) = (id.clone(), self.notes.clone());
                tokio::spawn(async move {
                    let latency = prober::connect(port, LIMIT).await.ok();
                    let _ = notes.send(Note::Connected { id, port, latency }).await;
                });
            }
        }
    }

    /// Takes how fast a port accepted a connection.
    pub(super) fn take_latency(&mut self, id: &ServerId, port: u16, latency: Option<Duration>) {
        self.latencies.answered(id, port, latency);
        if let Some(entry) = self.entries.get_mut(id) {
            self.latencies.fill_in(id, &mut entry.port_status);
            self.dirty.insert(id.clone());
        }
    }
}

pub(super) fn target(entry: &Entry) -> Target {
    Target {
        id: entry.spec.id.clone(),
        keeper: entry.keeper.as_ref().map(|keeper| keeper.pid),
        main: entry.run.as_ref().map(|run| run.child.identity.pid),
        ports: entry.ports.clone(),
        port_check: entry.current_spec().port_check,
        memory_limit: entry.current_spec().memory.limit,
        alive: entry.machine.phase().is_alive(),
    }
}
