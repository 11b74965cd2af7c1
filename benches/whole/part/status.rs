//! How long a question takes: the command from exec to exit, and the API alone.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{SLEEP, Size};
use crate::Result;
use crate::bed::{Bed, ostler};
use crate::stats::Times;
use crate::table::Table;

const SERVERS: usize = 20;

pub(super) fn run(size: Size, table: &mut Table) -> Result<()> {
    let bed = Bed::new()?;
    bed.set_servers(SERVERS, SLEEP)?;
    bed.ostler(&["up", "--detach"])?;
    let rounds = size.rounds * 2;
    let nothing = times(rounds, || Ok(Command::new("/bin/true").env_clear().status().map(drop)?))?;
    let version = times(rounds, || {
        Ok(Command::new(ostler()).arg("--version").env_clear().stdout(Stdio::null()).status().map(drop)?)
    })?;
    let status = times(rounds, || bed.ostler(&["status"]))?;
    let all = times(rounds, || Ok(bed.get("/v1/servers").map(drop)?))?;
    let one = times(rounds, || Ok(bed.get("/v1/version").map(drop)?))?;
    table.times("`ostler --version`", &version, "`true`", &nothing);
    table.times(format!("`ostler status`, {SERVERS} servers"), &status, "`true`", &nothing);
    table.times(format!("GET /v1/servers, {SERVERS} servers"), &all, "GET /v1/version", &one);
    Ok(())
}

fn times(rounds: usize, act: impl Fn() -> Result<()>) -> Result<Times> {
    let one = || -> Result<Duration> {
        let began = Instant::now();
        act()?;
        Ok(began.elapsed())
    };
    Ok(Times::of((0..rounds).map(|_| one()).collect::<Result<_>>()?))
}
