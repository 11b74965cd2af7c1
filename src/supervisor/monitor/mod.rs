//! What the servers use and whether their ports answer, measured whether or not a dashboard is open.
//!
//! # What it promises
//!
//! * One [`Monitor::pass`] reads `/proc` once and the listen table once, however many servers there are. What it found
//!   stays: descriptors are read only for listening sockets that it has not seen before, and strangers' processes only
//!   every 15 s.
//! * A server's tree is everything below its keeper, which adopts whatever daemonizes, and, in case the keeper is gone
//!   or is a replacement, everything below the main process and in its session. The keeper itself is not of it.
//! * A port counts as listening if a process of the tree has the listening socket, whatever its address. Connections,
//!   their remains (`TIME_WAIT`) and UDP do not count.
//! * A pass that could not look (no descriptor left) is an error: nothing follows from it.
//!
//! # Where to start
//!
//! [`Monitor::pass`] blocks for some milliseconds: run it on a blocking thread. `processes` reads what there is,
//! `trees` finds each server's, [`cpu`] turns ticks into per cent, `memory` counts what processes share once, [`host`]
//! measures the box. [`owners`] says who has a listening socket, [`ports`] what that means for a server. [`conflict`]
//! answers once before a start: who is in the way, which port is free. [`prober`] asks servers questions, [`latency`]
//! remembers how fast they accepted connections, [`history`] keeps the past for the graphs, [`growth`] finds leaks in
//! it, [`limits`] tells who has used too much for too long.

pub mod conflict;
pub mod cpu;
pub mod growth;
pub mod history;
pub mod host;
pub mod latency;
pub mod limits;
mod memory;
pub mod owners;
pub mod ports;
pub mod prober;
mod processes;
#[cfg(test)]
mod tests;
mod trees;

use std::io;
use std::time::Instant;

use crate::model::{MemoryKind, PortCheck, PortStatus, Sample, ServerId};
use crate::os::proc;
use cpu::CpuBook;
use host::{Host, HostMeter};
use memory::MemoryBook;
use ports::PortWatch;
use processes::Processes;
use trees::grow;

/// A server to look at.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name.
    pub id: ServerId,
    /// Its keeper, if there is one.
    pub keeper: Option<u32>,
    /// The main process of its run, if it is alive.
    pub main: Option<u32>,
    /// Declared ports as numbers, in the order of the config file.
    pub ports: Vec<u16>,
    /// How they are watched; with `Off` none of them is reported.
    pub port_check: PortCheck,
    /// Bytes that it may have, if that is limited.
    pub memory_limit: Option<u64>,
    /// Whether a process of its run may be alive. If not, only its declared ports are looked at: for strangers.
    pub alive: bool,
}

/// What one pass found.
#[derive(Clone, Debug)]
pub struct Report {
    /// One for each target, in their order.
    pub servers: Vec<ServerReport>,
    /// The box; `None` where it can't be measured.
    pub host: Option<Host>,
}

/// What one pass found of one server.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerReport {
    /// Its name.
    pub id: ServerId,
    /// The living processes of its run: the main one first, then by number.
    pub pids: Vec<u32>,
    /// What they use; `None` if there are none.
    pub sample: Option<Sample>,
    /// How their memory was counted.
    pub memory_kind: MemoryKind,
    /// Declared ports in their order, then those that were found, by number. Latency is not known here: see
    /// [`latency::PortBook`].
    pub ports: Vec<PortStatus>,
}

/// Measures. Keeps what it needs to tell a change from one pass to the next.
#[derive(Debug)]
pub struct Monitor {
    processes: Processes,
    cpu: CpuBook,
    ports: PortWatch,
    host: HostMeter,
    memory: MemoryBook,
}

impl Monitor {
    /// Fails if there is no `/proc`.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            processes: Processes::new()?,
            cpu: CpuBook::new(proc::clock_ticks(), proc::processors()),
            ports: PortWatch::default(),
            host: HostMeter::new(),
            memory: MemoryBook::new(proc::page_size()),
        })
    }

    /// Looks at everything once. Blocks for about 10 µs for each process that is read.
    pub fn pass(&mut self, targets: &[Target], now: Instant) -> io::Result<Report> {
        // sockets first: whoever had one of them is then among the processes, unless it has ended
        let listeners = crate::os::ports::listeners()?;
        let forest = self.processes.look(targets, now)?;
        let now_ticks = proc::boot_ticks();
        let trees = grow(&forest, targets);
        self.processes.note(&trees);
        let ports = self.ports.look(&listeners, &forest, targets, &trees, now)?;
        self.memory.begin();
        let mut servers = Vec::with_capacity(targets.len());
        for ((target, tree), ports) in targets.iter().zip(&trees).zip(ports) {
            let pids = tree.living(target.main);
            let (mut sample, mut memory_kind) = (None, MemoryKind::Rss);
            if !pids.is_empty() {
                let memory = self.memory.measure(&target.id, &tree.members, target.memory_limit, now)?;
                memory_kind = memory.kind;
                sample = Some(Sample {
                    cpu_percent: self.cpu.measure(&target.id, &tree.members, tree.keeper, now, now_ticks),
                    memory_bytes: memory.bytes,
                });
            }
            servers.push(ServerReport { id: target.id.clone(), pids, sample, memory_kind, ports });
        }
        self.memory.forget_all_but(now);
        self.cpu.forget_all_but(now);
        Ok(Report { servers, host: self.host.measure() })
    }
}
