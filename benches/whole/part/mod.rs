//! What is measured: one file for each part, with a function that adds its rows to the table.

mod crash;
mod idle;
mod log;
mod revival;
mod screen;
mod start;
mod status;

use super::Result;
use super::table::Table;

/// How large the measurements are made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Servers in `start` and `idle`.
    pub(crate) servers: usize,
    /// How often a thing is done of which percentiles are told; `revival` does it a fifth as often.
    pub(crate) rounds: usize,
    /// MiB that `log` writes.
    pub(crate) mebibytes: usize,
    /// How long `idle` looks.
    pub(crate) seconds: usize,
}

impl Default for Size {
    fn default() -> Self {
        Self { servers: 100, rounds: 50, mebibytes: 1024, seconds: 30 }
    }
}

type Part = fn(Size, &mut Table) -> Result<()>;

/// Their names and functions, in the order of the table.
pub(crate) const PARTS: [(&str, Part); 7] = [
    ("start", start::run),
    ("status", status::run),
    ("crash", crash::run),
    ("revival", revival::run),
    ("log", log::run),
    ("idle", idle::run),
    ("screen", screen::run),
];

/// What most beds use: nothing but to be alive.
const SLEEP: &str = "command = [\"sleep\", \"1000000\"]\nstop = { grace = \"2s\" }";
