//! From the SIGKILL of the supervisor to the first answer of the next one, and to every server adopted by it.

use std::time::{Duration, Instant};

use super::{SLEEP, Size};
use crate::Result;
use crate::bed::{Bed, kill};
use crate::stats::Times;
use crate::table::{Table, both};

const SERVERS: usize = 50;

/// Longer than keepers take for a sign that the supervisor does not die each time.
const LIVED: Duration = Duration::from_millis(1100);

const LOOK_EVERY: Duration = Duration::from_micros(500);

pub(super) fn run(size: Size, table: &mut Table) -> Result<()> {
    let bed = Bed::new()?;
    bed.set_servers(SERVERS, SLEEP)?;
    bed.ostler(&["up", "--detach"])?;
    let (mut answered, mut adopted) = (Vec::new(), Vec::new());
    for _ in 0..size.rounds.div_ceil(5) {
        // one that dies soon after it came up is brought back a little later
        std::thread::sleep(LIVED);
        let before = bed.mains()?;
        let pid = bed.supervisor()?;
        let began = Instant::now();
        kill(pid);
        bed.wait(LOOK_EVERY, |bed| bed.get("/v1/version").is_ok())?;
        answered.push(began.elapsed());
        bed.wait(LOOK_EVERY, |bed| bed.snapshot().is_ok_and(|snapshot| all_adopted(&snapshot)))?;
        adopted.push(began.elapsed());
        if bed.mains()? != before {
            return Err("a server was lost or started again".into());
        }
    }
    let shown = |times| both(&Times::of(times));
    table.figure("supervisor killed, until the API answers", shown(answered));
    table.figure(format!("the same, until all {SERVERS} servers are adopted"), shown(adopted));
    Ok(())
}

fn all_adopted(snapshot: &serde_json::Value) -> bool {
    let servers = snapshot["servers"].as_array().map(Vec::as_slice).unwrap_or_default();
    servers.len() == SERVERS
        && servers.iter().all(|server| server["adopted"] == true && server["phase"] == "running")
}
