//! What the dashboard draws and costs while nobody touches it: with nothing that runs, and with servers whose figures
//! change each second.

use std::time::Duration;

use super::{SOME, Shown, beside};
use crate::Result;
use crate::bed::{Bed, command_line};
use crate::part::{SLEEP, Size};
use crate::table::Table;

pub(in crate::part) fn run(size: Size, table: &mut Table) -> Result<()> {
    let time = Duration::from_secs(size.seconds as u64);
    let bed = Bed::new()?;
    bed.set_servers(SOME, SLEEP)?;
    bed.ostler(&["up", "--detach"])?;
    bed.ostler(&["stop", "--all"])?;
    let mut shown = Shown::dashboard(&bed)?;
    shown.until("s000")?;
    let nothing = shown.cost(time)?;
    drop(shown);
    drop(bed);

    let htop = || Shown::other(&["htop", "--delay=10"])?.map(|mut htop| htop.cost(time)).transpose();
    let bed = Bed::new()?;
    bed.set_servers(SOME, &command_line(&["restless"])?)?;
    bed.ostler(&["up", "--detach"])?;
    let mut shown = Shown::dashboard(&bed)?;
    shown.until("s000")?;
    let some = shown.cost(time)?;
    drop(shown);
    let other = htop()?;
    drop(bed);

    table.figure("drawn at rest, nothing running", nothing.bytes());
    table.goal("0");
    table.figure("CPU at rest, nothing running", nothing.cpu());
    table.goal("0.1 %");
    let baseline = beside("htop", other.as_ref(), |cost: &super::Cost| cost.bytes());
    table.beside(format!("drawn, {SOME} restless servers"), some.bytes(), baseline);
    table.goal("3000 bytes/s");
    let baseline = beside("htop", other.as_ref(), |cost: &super::Cost| cost.cpu());
    table.beside(format!("CPU, {SOME} restless servers"), some.cpu(), baseline);
    table.goal("0.5 %");
    Ok(())
}
