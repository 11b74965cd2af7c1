//! From a key to the first byte that is drawn for it.

use super::{SOME, Shown, beside, selected};
use crate::Result;
use crate::bed::Bed;
use crate::part::{SLEEP, Size};
use crate::stats::Times;
use crate::table::{Table, both};

pub(in crate::part) fn run(size: Size, table: &mut Table) -> Result<()> {
    let bed = Bed::new()?;
    bed.set_servers(SOME, SLEEP)?;
    bed.ostler(&["up", "--detach"])?;
    let mut shown = Shown::dashboard(&bed)?;
    shown.until("s000")?;
    // the 99th percentile of few is their greatest
    let count = size.rounds * 10;
    let times = shown.keys(["j", "k"], count, selected)?;
    drop(shown);
    let htop = Shown::other(&["htop", "--delay=10"])?;
    // its selection is a colour alone
    let colours = |screen: &vt100::Screen| -> Vec<_> {
        let rows = screen.size().0.get();
        (0..rows).map(|row| screen.cell(row, 3).map(|cell| (cell.bgcolor(), cell.inverse()))).collect()
    };
    let htop = htop.map(|mut htop| htop.keys(["\x1bOB", "\x1bOA"], count, colours)).transpose()?;
    let baseline = beside("htop", htop.as_ref(), |times: &Times| both(times));
    table.beside(format!("key to the first byte, {SOME} servers at rest"), both(&times), baseline);
    table.goal("0.45 / 0.9 ms");
    Ok(())
}
