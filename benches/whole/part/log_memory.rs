//! How much memory a keeper takes while its server writes what is hard to take.
//!
//! Wanted: at most 4 MiB (PSS), whatever it is.

use std::time::Duration;

use super::{Size, about_to_pour, mib, open_gate};
use crate::bed::Bed;
use crate::pours::Kind;
use crate::table::Table;
use crate::{Result, look};

/// How often it is looked at; a sample itself takes about as long as a keeper's turn.
const EVERY: Duration = Duration::from_millis(5);

pub(super) fn run(size: Size, table: &mut Table) -> Result<()> {
    let cases = [
        (Kind::Plain, size.mebibytes, "a flood of lines"),
        (Kind::Line, size.mebibytes, "one line"),
        (Kind::Escape, size.mebibytes.div_ceil(10), "an escape sequence without an end"),
    ];
    for (kind, mebibytes, what) in cases {
        let (most, samples) = most(kind, mebibytes)?;
        table.figure(
            format!("memory of a keeper under {what}, {mebibytes} MiB"),
            format!("PSS {} at most, {samples} samples", mib(most)),
        );
    }
    Ok(())
}

/// The most that was seen, and how often it was looked.
fn most(kind: Kind, mebibytes: usize) -> Result<(u64, usize)> {
    let bed = about_to_pour(kind, mebibytes)?;
    let keeper = bed.keepers()?.pop().ok_or("no keeper")?;
    let (mut most, mut samples) = (0, 0);
    open_gate(&bed)?;
    bed.wait(EVERY, |bed| {
        // none once it has gone
        if let Ok(pss) = look::memory(keeper, "Pss") {
            most = most.max(pss);
            samples += 1;
        }
        bed.logged("s000") >= mebibytes as u64 * 1024 * 1024
    })?;
    bed.wait(EVERY, Bed::has_completed)?;
    Ok((most, samples))
}
