//! A server that writes as fast as it can, until every byte is in its journal, beside `| cat > file`.
//!
//! Wanted: 0.9 times the rate of `cat` and 0.65 s of CPU per GiB in large writes; 1.5 times and 3 s line by line.

use std::fs::File;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::Size;
use crate::bed::{Bed, command_line};
use crate::roles::{self, Stamps};
use crate::table::Table;
use crate::{Result, look, place};

/// How often each of the two is measured, in turns.
const TURNS: usize = 3;

pub(super) fn run(size: Size, table: &mut Table) -> Result<()> {
    let bytes = size.mebibytes as u64 * 1024 * 1024;
    let place = place::shown()?;
    place::need(bytes * 2)?;
    for (write, what) in [(64 * 1024, "64 KiB writes"), (100, "writes of one line of 100 bytes")] {
        let (mut plain, mut ours) = (through_cat(bytes, write)?, through_ostler(bytes, write)?);
        for _ in 1..TURNS {
            plain = plain.or_better(through_cat(bytes, write)?);
            ours = ours.or_better(through_ostler(bytes, write)?);
        }
        let rate = |flood: &Flood| bytes as f64 / 1e6 / flood.took.as_secs_f64();
        let what = format!("log of {} MiB in {what}, {place}", size.mebibytes);
        table.rate(what, rate(&ours), "cat", rate(&plain));
        let per_gib = |flood: &Flood| {
            let gib = bytes as f64 / f64::from(1 << 30);
            format!("{:.2} s CPU per GiB", flood.cpu.as_secs_f64() / gib)
        };
        table.beside("its reader", per_gib(&ours), per_gib(&plain));
    }
    Ok(())
}

struct Flood {
    /// From the writer's first byte to the last one on disk.
    took: Duration,
    /// Of whoever reads.
    cpu: Duration,
}

impl Flood {
    /// The faster one: what slows one down is the rest of the box, most of all its disk.
    fn or_better(self, other: Self) -> Self {
        if other.took < self.took { other } else { self }
    }
}

fn through_ostler(bytes: u64, write: usize) -> Result<Flood> {
    // what was written before is not written back at the cost of this
    rustix::fs::sync();
    let bed = Bed::new()?;
    let mut stamps = Stamps::new(bed.path())?;
    let fifo = stamps.path.display().to_string();
    let command = command_line(&["flood", &fifo, &bytes.to_string(), &write.to_string()])?;
    bed.set_servers(
        1,
        &format!("{command}\nrestart = \"never\"\nlog = {{ max_size = \"4GiB\", keep = 2 }}"),
    )?;
    let mut up = bed.command(&["up", "--detach"]).spawn()?;
    let (began, pid) = stamps.next()?;
    let keeper = look::parent(pid).ok_or("no keeper")?;
    let cpu_before = look::cpu(keeper)?;
    let mut cpu = cpu_before;
    let mut ended = began;
    // the keeper says a line of its own at the begin, so there are more bytes than that
    bed.wait(Duration::from_millis(2), |bed| {
        if let Ok(now) = look::cpu(keeper) {
            cpu = now;
        }
        ended = look::now();
        bed.logged("s000") >= bytes
    })?;
    up.wait()?;
    Ok(Flood { took: ended.saturating_sub(began), cpu: cpu.saturating_sub(cpu_before) })
}

fn through_cat(bytes: u64, write: usize) -> Result<Flood> {
    rustix::fs::sync();
    let bed = tempfile::tempdir()?;
    let mut stamps = Stamps::new(bed.path())?;
    let mut writer = Command::new(std::env::current_exe()?);
    writer.args([roles::WORD, "flood"]).arg(&stamps.path).args([bytes.to_string(), write.to_string()]);
    let mut writer = writer.stdout(Stdio::piped()).spawn()?;
    let pipe = writer.stdout.take().ok_or("no pipe")?;
    let file = File::create(bed.path().join("log"))?;
    let mut reader = Command::new("cat").stdin(pipe).stdout(file).spawn()?;
    let (began, _) = stamps.next()?;
    let status = rustix::process::WaitIdOptions::EXITED | rustix::process::WaitIdOptions::NOWAIT;
    let pid = rustix::process::Pid::from_child(&reader);
    rustix::process::waitid(rustix::process::WaitId::Pid(pid), status)?;
    let ended = look::now();
    let cpu = look::cpu(reader.id())?;
    reader.wait()?;
    writer.wait()?;
    Ok(Flood { took: ended.saturating_sub(began), cpu })
}
