//! What is measured: one file for each part, with a function that adds its rows to the table.

mod crash;
mod idle;
mod log;
mod log_load;
mod log_memory;
mod log_merged;
mod log_open;
mod log_search;
mod revival;
mod screen;
mod start;
mod status;
pub(crate) mod tui;

use std::fs::OpenOptions;
use std::io::Write;
use std::time::Duration;

use super::Result;
use super::bed::{Bed, command_line};
use super::pours::Kind;
use super::roles::make_fifo;
use super::table::Table;

/// How large the measurements are made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Servers in `start` and `idle`.
    pub(crate) servers: usize,
    /// How often a thing is done of which percentiles are told; `revival` does it a fifth as often, `log-open` two fifths.
    pub(crate) rounds: usize,
    /// MiB that `log`, `log-memory`, `log-search` and `log-open` write.
    pub(crate) mebibytes: usize,
    /// How long `idle`, `log-load`, `log-merged` and the dashboard's parts look.
    pub(crate) seconds: usize,
}

impl Default for Size {
    fn default() -> Self {
        Self { servers: 100, rounds: 50, mebibytes: 1024, seconds: 30 }
    }
}

type Part = fn(Size, &mut Table) -> Result<()>;

/// Their names and functions, in the order of the table.
pub(crate) const PARTS: [(&str, Part); 19] = [
    ("start", start::run),
    ("status", status::run),
    ("crash", crash::run),
    ("revival", revival::run),
    ("log", log::run),
    ("log-load", log_load::run),
    ("log-memory", log_memory::run),
    ("log-search", log_search::run),
    ("log-open", log_open::run),
    ("log-merged", log_merged::run),
    ("idle", idle::run),
    ("screen", screen::run),
    ("tui-rest", tui::rest::run),
    ("tui-flood", tui::flood::run),
    ("tui-keys", tui::keys::run),
    ("tui-open", tui::open::run),
    ("tui-many", tui::many::run),
    ("tui-view", tui::view::run),
    ("tui-memory", tui::memory::run),
];

/// What most beds use: nothing but to be alive.
const SLEEP: &str = "command = [\"sleep\", \"1000000\"]\nstop = { grace = \"2s\" }";

/// Size of a segment where a log is rotated, in MiB: the default of `max_size`.
const SEGMENT: usize = 20;

/// The `log` of a server that writes so many MiB: rotated, and all of it kept.
fn rotated(mebibytes: usize) -> String {
    // indexes count, and a segment is left before it is quite full
    let keep = (mebibytes / SEGMENT * 8 / 7 + 3).min(1000);
    format!("log = {{ max_size = \"{SEGMENT}MiB\", keep = {keep} }}")
}

/// The one server's route to its log.
const LOG: &str = "/v1/servers/bench/s000/log";

/// A bed whose one server has written so many MiB and has ended.
fn poured(kind: Kind, mebibytes: usize) -> Result<Bed> {
    let bed = about_to_pour(kind, mebibytes)?;
    open_gate(&bed)?;
    bed.wait(Duration::from_millis(20), Bed::has_completed)?;
    Ok(bed)
}

/// A bed whose one server will write so many MiB once its gate is opened.
fn about_to_pour(kind: Kind, mebibytes: usize) -> Result<Bed> {
    let bytes = mebibytes as u64 * 1024 * 1024;
    super::place::need(bytes * 5 / 2)?;
    let bed = Bed::new()?;
    let gate = bed.path().join(GATE);
    make_fifo(&gate)?;
    let command = command_line(&["pour", kind.name(), &bytes.to_string(), &gate.display().to_string()])?;
    bed.set_servers(1, &format!("{command}\nrestart = \"never\"\n{}", rotated(mebibytes)))?;
    bed.ostler(&["up", "--detach"])?;
    Ok(bed)
}

/// A FIFO that the server reads before it writes.
const GATE: &str = "gate";

fn open_gate(bed: &Bed) -> Result<()> {
    // open for reading, too, so that it does not wait for a server that is not there
    let mut gate = OpenOptions::new().read(true).write(true).open(bed.path().join(GATE))?;
    gate.write_all(b".")?;
    bed.wait(Duration::from_millis(1), |_| rustix::io::ioctl_fionread(&gate).is_ok_and(|left| left == 0))
}

/// A share of one core.
fn of_a_core(cpu: Duration, of: Duration) -> String {
    format!("{:.2} %", cpu.as_secs_f64() * 100.0 / of.as_secs_f64())
}

/// For memory.
fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}
