//! How much memory the dashboard has after hours of what a supervisor says, told as fast as it takes it in.

use std::process::{Command, Stdio};

use ostler::tui::bench::Bench;

use super::SOME;
use crate::part::{Size, mib};
use crate::roles::WORD;
use crate::table::Table;
use crate::{Result, look};

const HOURS: usize = 8;

/// Lines of the shown log in a second.
const LINES: usize = 100;

pub(in crate::part) fn run(_: Size, table: &mut Table) -> Result<()> {
    // a process of its own: what was measured before has left its traces in this one
    let mut child = Command::new(std::env::current_exe()?);
    let output = child.args([WORD, "hours", &HOURS.to_string()]).stderr(Stdio::inherit()).output()?;
    let said = String::from_utf8(output.stdout)?;
    let all = said.lines().map(str::parse).collect::<std::result::Result<Vec<u64>, _>>()?;
    let [first, .., last] = all.as_slice() else { return Err("it said nothing".into()) };
    table.beside(
        format!("resident after {HOURS} h of {SOME} servers and {LINES} lines/s"),
        mib(*last),
        format!("{} after one", mib(*first)),
    );
    table.goal("30 MiB, flat");
    Ok(())
}

/// The role: lives so many hours and prints after each what it has.
pub(crate) fn live(hours: usize) -> Result<()> {
    let mut bench = Bench::new(SOME, (120, 40)).ok_or("no servers")?;
    for _ in 0..hours {
        for second in 0..3600 {
            bench.samples();
            bench.log(LINES);
            bench.frame();
            match second % 60 {
                7 => bench.status(),
                // another log, and back at the end of the last one
                20 => bench.keys("j"),
                30 => bench.keys("2k1"),
                40 => bench.keys("/s\u{1b}?\u{1b}"),
                50 => bench.keys("2G1g"),
                55 if second > 3500 => bench.connect(),
                _ => {}
            }
        }
        println!("{}", look::memory(std::process::id(), "Rss")?);
    }
    Ok(())
}
