//! From the dashboard's exec to its first full frame, while the supervisor runs.

use std::time::Duration;

use super::{SOME, Shown, beside};
use crate::Result;
use crate::bed::Bed;
use crate::part::{SLEEP, Size};
use crate::stats::Times;
use crate::table::{Table, both};

pub(in crate::part) fn run(size: Size, table: &mut Table) -> Result<()> {
    let bed = Bed::new()?;
    bed.set_servers(SOME, SLEEP)?;
    bed.ostler(&["up", "--detach"])?;
    let some = times(&bed, size.rounds)?;
    let htop: Option<Vec<Duration>> = (0..size.rounds)
        .filter_map(|_| Shown::other(&["htop"]).transpose())
        .map(|htop| htop?.until("PID"))
        .collect::<Result<Vec<_>>>()
        .map(|times| (!times.is_empty()).then_some(times))?;
    let htop = htop.map(Times::of);
    let baseline = beside("htop", htop.as_ref(), |times: &Times| both(times));
    table.beside(format!("exec to the first full frame, {SOME} servers"), both(&some), baseline);
    table.goal("5 ms");
    Ok(())
}

/// Until the last server that fits stands on the screen.
pub(super) fn times(bed: &Bed, rounds: usize) -> Result<Times> {
    (0..rounds).map(|_| Shown::dashboard(bed)?.until("s009")).collect::<Result<Vec<_>>>().map(Times::of)
}
