//! Many servers that log steadily: whether every line is in the files, and what that costs.
//!
//! Wanted: no line lost, and 3 % of a core for all keepers and the supervisor.

use std::time::{Duration, Instant};

use super::{Size, of_a_core};
use crate::bed::Bed;
use crate::numbers::{Faults, Tally};
use crate::table::Table;
use crate::{Result, look, place};

const SERVERS: usize = 20;

/// Lines a second of each.
const RATE: usize = 1000;

/// They write so much longer than is looked at: `up` takes its time.
const SLACK: usize = 15;

pub(super) fn run(size: Size, table: &mut Table) -> Result<()> {
    let bed = Bed::new()?;
    let count = RATE * (size.seconds + SLACK);
    bed.set_servers(SERVERS, &numbered(count, RATE))?;
    bed.ostler(&["up", "--detach"])?;
    let (supervisor, keepers, servers) = (bed.supervisor()?, bed.keepers()?, bed.mains()?);
    if keepers.len() < SERVERS {
        return Err("a server is not there".into());
    }
    let used = || -> Result<[Duration; 3]> {
        Ok([look::cpu_of_all(supervisor)?, look::cpu_of_each(&keepers)?, look::cpu_of_each(&servers)?])
    };
    let began = Instant::now();
    let before = used()?;
    std::thread::sleep(Duration::from_secs(size.seconds as u64));
    let after = used().map_err(|error| format!("a server ended too early: {error}"))?;
    let looked = began.elapsed();
    bed.wait(Duration::from_millis(100), Bed::has_completed)?;

    let mut faults = Faults::default();
    for server in 0..SERVERS {
        let mut tally = Tally::new(count);
        tally.files(&bed.segments(&format!("s{server:03}")))?;
        faults.add(&tally);
    }
    let share = |at: usize| of_a_core(after[at].saturating_sub(before[at]), looked);
    let what = format!("{SERVERS} servers of {RATE} lines/s, {} s, {}", size.seconds, place::shown()?);
    table.figure(what, faults.shown());
    table.beside(
        "their keepers and the supervisor, of a core",
        format!("keepers {}, supervisor {}", share(1), share(0)),
        format!("{}, the servers themselves", share(2)),
    );
    Ok(())
}

/// A server that writes so many numbered lines, so many a second, and ends.
pub(super) fn numbered(count: usize, rate: usize) -> String {
    let (count, rate) = (count.to_string(), rate.to_string());
    let words = ["${OSTLER_BIN}", "demo-server", "numbered", "--count", &count, "--rate", &rate];
    format!("command = {words:?}\nrestart = \"never\"\nlog = {{ max_size = \"64MiB\", keep = 20 }}")
}
