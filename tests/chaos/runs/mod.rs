//! The runs, one file for each fault. Each makes a bed, does its faults in it, and lets `checks` have the last word.

mod k00_observer;
mod k01_supervisor;
mod k02_failpoints;
mod k03_keepers;
mod k04_both;
mod k05_stopped;
mod k06_resources;
mod k07_files;
mod k08_pids;
mod k09_at_once;
mod k10_flood;
mod k11_half_open;
mod k12_clocks;
mod k13_trees;
mod k14_clients;
mod k15_soak;
mod k16_upgrade;

use std::process::ExitCode;

use crate::report::Outcome;
use crate::rng::Rng;

/// First word of this binary where it runs in a namespace of its own.
pub(crate) const INSIDE: &str = "inside";

/// How much is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scale {
    /// By `cargo test`: seconds.
    Quick,
    /// By the gate: minutes.
    Ci,
    /// To be shown once: hours.
    Long,
}

impl Scale {
    /// How many times as long as promised things may take.
    pub(crate) const fn slack(self) -> u32 {
        match self {
            Self::Quick | Self::Ci => 10,
            Self::Long => 1,
        }
    }
}

/// What a run is given.
pub(crate) struct Context {
    pub(crate) scale: Scale,
    pub(crate) rng: Rng,
    pub(crate) outcome: Outcome,
    /// Only the parts of the run whose name holds this.
    only: String,
}

impl Context {
    pub(crate) fn new(seed: u64, scale: Scale, only: String) -> Self {
        Self { scale, rng: Rng::new(seed), outcome: Outcome::default(), only }
    }

    /// Whether this part of the run is wanted.
    pub(crate) fn wants(&self, part: &str) -> bool {
        part.contains(&self.only)
    }

    /// One of these, by the scale.
    pub(crate) fn times(&self, quick: u64, ci: u64, long: u64) -> u64 {
        match self.scale {
            Scale::Quick => quick,
            Scale::Ci => ci,
            Scale::Long => long,
        }
    }

    /// What was found, at the end.
    pub(crate) fn done(&mut self) -> Outcome {
        std::mem::take(&mut self.outcome)
    }
}

/// A fault and what must survive it.
pub(crate) struct Run {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) act: fn(&mut Context) -> Outcome,
    /// The smallest scale at which it is done when none is named.
    from: Scale,
    /// It mostly waits: others may go on beside it.
    pub(crate) aside: bool,
}

impl Run {
    /// Whether it is done when none is named.
    pub(crate) fn is_part_of(&self, scale: Scale) -> bool {
        scale >= self.from
    }
}

const fn run(name: &'static str, what: &'static str, act: fn(&mut Context) -> Outcome) -> Run {
    Run { name, what, act, from: Scale::Ci, aside: false }
}

/// One that `cargo test` does too.
const fn quick(name: &'static str, what: &'static str, act: fn(&mut Context) -> Outcome) -> Run {
    Run { name, what, act, from: Scale::Quick, aside: false }
}

const fn aside(name: &'static str, what: &'static str, act: fn(&mut Context) -> Outcome) -> Run {
    Run { aside: true, ..run(name, what, act) }
}

/// All of them.
pub(crate) const RUNS: [Run; 17] = [
    quick("K0", "the observer itself", k00_observer::act),
    quick("K1", "kill -9 the supervisor", k01_supervisor::act),
    run("K2", "kill -9 at every failpoint", k02_failpoints::act),
    quick("K3", "kill -9 a keeper", k03_keepers::act),
    run("K4", "kill -9 supervisor and keepers at once", k04_both::act),
    run("K5", "SIGSTOP supervisor, keeper, client", k05_stopped::act),
    run("K6", "disk full, no files, failing system calls", k06_resources::act),
    run("K7", "state files damaged or gone", k07_files::act),
    aside("K8", "PIDs that are used again", k08_pids::act),
    run("K9", "100 command lines at once", k09_at_once::act),
    run("K10", "one server floods its log", k10_flood::act),
    aside("K11", "500 half-open or stalled clients", k11_half_open::act),
    aside("K12", "clock jumps and suspend", k12_clocks::act),
    aside("K13", "stops of trees that resist", k13_trees::act),
    quick("K14", "32 clients on 4 servers", k14_clients::act),
    Run { from: Scale::Long, ..run("K15", "soak, with K1 each minute", k15_soak::act) },
    aside("K16", "another version takes over, and back", k16_upgrade::act),
];

/// What is done in a namespace of its own.
pub(crate) fn inside(words: &[String]) -> ExitCode {
    k08_pids::inside(words)
}
