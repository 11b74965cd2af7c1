//! The dashboard over a thousand servers, two of which log without end.

use std::fmt::Write as _;
use std::time::Duration;

use super::{MANY, Shown, flood, open, selected};
use crate::Result;
use crate::bed::Bed;
use crate::part::{SLEEP, Size, mib};
use crate::table::{Table, both};

pub(in crate::part) fn run(size: Size, table: &mut Table) -> Result<()> {
    let time = Duration::from_secs(size.seconds as u64);
    let bed = Bed::new()?;
    bed.set_servers(MANY, SLEEP)?;
    bed.ostler(&["up", "--detach"])?;
    let opened = open::times(&bed, size.rounds)?;
    table.figure(format!("exec to the first full frame, {MANY} servers"), both(&opened));
    table.goal("20 ms");
    let mut shown = Shown::dashboard(&bed)?;
    shown.until("s000")?;
    let cost = shown.cost(time)?;
    table.figure(format!("drawn, {MANY} servers"), cost.bytes());
    table.figure(format!("CPU, {MANY} servers"), cost.cpu());
    table.goal("5 %");
    table.figure(format!("resident memory, {MANY} servers"), mib(shown.resident()?));
    table.goal("30 MiB");
    drop(shown);
    drop(bed);

    let bed = Bed::new()?;
    // the selection goes from the one to the other
    let mut file = "project = \"bench\"\n".to_owned();
    for number in 0..MANY {
        let server = if number < 2 { flood::server() } else { SLEEP.to_owned() };
        writeln!(file, "[servers.s{number:03}]\n{server}")?;
    }
    std::fs::write(bed.path().join("ostler.toml"), file)?;
    bed.ostler(&["up", "--detach"])?;
    let mut shown = Shown::dashboard(&bed)?;
    shown.until("s000")?;
    let cost = shown.cost(time)?;
    table.figure(format!("CPU, {MANY} servers and the flood"), cost.cpu());
    let times = shown.keys(["j", "k"], size.rounds * 10, selected)?;
    table.figure(format!("key to the first byte, {MANY} servers and the flood"), both(&times));
    table.goal("1 / 4 ms");
    Ok(())
}
