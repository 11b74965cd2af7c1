//! Many servers started and stopped at once, beside a loop that forks and executes the same program.

use std::process::Child;

use super::Size;
use crate::bed::{Bed, command_line};
use crate::roles::{self, Stamps};
use crate::table::Table;
use crate::{Result, look};

pub(super) fn run(size: Size, table: &mut Table) -> Result<()> {
    let count = size.servers;
    let bed = Bed::new()?;
    let mut stamps = Stamps::new(bed.path())?;
    let fifo = stamps.path.display().to_string();
    bed.set_servers(count, &command_line(&["stamp", &fifo])?)?;

    let began = look::now();
    let mut children: Vec<Child> = (0..count).map(|_| roles::spawn_stamp(&fifo)).collect::<Result<_>>()?;
    let plain_start = stamps.last_of(count)?.0.saturating_sub(began);
    let began = look::now();
    for child in &mut children {
        child.kill()?;
    }
    for child in &mut children {
        child.wait()?;
    }
    let plain_stop = look::now().saturating_sub(began);

    // the supervisor itself is started before, as it is on nearly every day
    bed.ostler(&["supervisor", "restart"])?;
    let began = look::now();
    let mut up = bed.command(&["up", "--detach"]).spawn()?;
    let started = stamps.last_of(count)?.0.saturating_sub(began);
    up.wait()?;
    let up = look::now().saturating_sub(began);
    table.time(format!("start of {count}, until the last main()"), started, "fork and exec", plain_start);
    table.time("the same, until `up -d` returns (each lived for 1 s)", up, "fork and exec", plain_start);

    let began = look::now();
    bed.ostler(&["stop", "--all"])?;
    let stopped = look::now().saturating_sub(began);
    table.time(format!("stop of {count}, until `stop` returns"), stopped, "kill and wait", plain_stop);
    Ok(())
}
