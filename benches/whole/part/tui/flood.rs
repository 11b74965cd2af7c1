//! What the dashboard draws and costs while the server that it shows logs without end.

use std::time::Duration;

use super::{Shown, beside};
use crate::Result;
use crate::bed::Bed;
use crate::part::Size;
use crate::part::mib;
use crate::table::Table;

/// Lines a second.
const RATE: usize = 10_000;

/// A server that logs so much, as an application does.
pub(super) fn server() -> String {
    format!(r#"command = ["${{OSTLER_BIN}}", "demo-server", "chatty", "--rate", "{RATE}"]"#)
}

pub(in crate::part) fn run(size: Size, table: &mut Table) -> Result<()> {
    let time = Duration::from_secs(size.seconds as u64);
    let bed = Bed::new()?;
    bed.set_servers(1, &server())?;
    bed.ostler(&["up", "--detach"])?;
    let mut shown = Shown::dashboard(&bed)?;
    shown.until("s000")?;
    let cost = shown.cost(time)?;
    let resident = shown.resident()?;
    drop(shown);
    let log = bed.segments("s000").pop().map(|log| log.display().to_string()).unwrap_or_default();
    let tail = Shown::other(&["tail", "-f", &log])?.map(|mut tail| tail.cost(time / 5)).transpose()?;
    let baseline = beside("tail -f", tail.as_ref(), |cost: &super::Cost| cost.bytes());
    table.beside(format!("drawn, {RATE} lines/s of the shown log"), cost.bytes(), baseline);
    table.goal("40000 bytes/s");
    let baseline = beside("tail -f", tail.as_ref(), |cost: &super::Cost| cost.cpu());
    table.beside("CPU under that", cost.cpu(), baseline);
    table.goal("5 %");
    table.figure("resident memory after it", mib(resident));
    table.goal("30 MiB");
    Ok(())
}
