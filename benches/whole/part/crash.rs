//! From the SIGKILL of a server to `main()` of the next one, without a delay between restarts.

use std::time::Duration;

use super::Size;
use crate::bed::{Bed, command_line, kill};
use crate::roles::{self, Stamps};
use crate::stats::Times;
use crate::table::Table;
use crate::{Result, look};

/// A server that crashes again so soon after its start waits for a second or more with most others.
const SOON: Duration = Duration::from_millis(150);

const RESTART: &str =
    "restart = { policy = \"always\", attempts = 1000000, delay = \"0s\", max_delay = \"0s\" }";

pub(super) fn run(size: Size, table: &mut Table) -> Result<()> {
    let bed = Bed::new()?;
    let mut stamps = Stamps::new(bed.path())?;
    let fifo = stamps.path.display().to_string();
    bed.set_servers(1, &format!("{}\n{RESTART}", command_line(&["stamp", &fifo])?))?;
    let plain = by_hand(size.rounds, &fifo, &mut stamps)?;
    bed.ostler(&["up", "--detach"])?;
    let (_, mut pid) = stamps.next()?;
    let mut times = Vec::new();
    for _ in 0..size.rounds {
        let began = look::now();
        kill(pid);
        let (at, next) = stamps.next()?;
        times.push(at.saturating_sub(began));
        pid = next;
    }
    table.times("crash to the next main(), delay 0", &Times::of(times), "kill, wait, fork, exec", &plain);
    let mut again = Vec::new();
    for _ in 0..size.rounds {
        std::thread::sleep(SOON);
        let began = look::now();
        kill(pid);
        let (at, next) = stamps.next()?;
        again.push(at.saturating_sub(began));
        pid = next;
    }
    table.times("the same, 150 ms after its start", &Times::of(again), "kill, wait, fork, exec", &plain);
    Ok(())
}

fn by_hand(rounds: usize, fifo: &str, stamps: &mut Stamps) -> Result<Times> {
    let mut child = roles::spawn_stamp(fifo)?;
    stamps.next()?;
    let mut times = Vec::new();
    for _ in 0..rounds {
        let began = look::now();
        child.kill()?;
        child.wait()?;
        child = roles::spawn_stamp(fifo)?;
        times.push(stamps.next()?.0.saturating_sub(began));
    }
    child.kill()?;
    child.wait()?;
    Ok(Times::of(times))
}
