//! What this binary does as a server: say when it began, write a lot.
//!
//! A moment is told through a FIFO as 8 bytes of the monotonic clock and 4 of the PID, which is one atomic write.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::part::tui;
use super::{Result, look, pours};

/// First word of the command line.
pub(crate) const WORD: &str = "as-server";

/// Length of a line of the flood, its newline included.
const LINE: usize = 100;

/// `stamp FIFO`, `flood FIFO BYTES WRITE`, `pour KIND BYTES GATE`, `restless`, `hours N`.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let began = look::now();
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["stamp", fifo] => {
            tell(Path::new(fifo), began)?;
            loop {
                std::thread::sleep(Duration::from_hours(1));
            }
        }
        ["flood", fifo, bytes, write] => flood(Path::new(fifo), bytes.parse()?, write.parse()?),
        ["pour", kind, bytes, gate] => pours::pour(kind, bytes.parse()?, gate),
        ["restless"] => {
            restless();
            Ok(())
        }
        ["hours", hours] => tui::memory::live(hours.parse()?),
        _ => Err("stamp FIFO | flood FIFO BYTES WRITE | pour KIND BYTES GATE | restless | hours N".into()),
    }
}

/// A plain child that tells when it began, for a baseline.
pub(crate) fn spawn_stamp(fifo: &str) -> Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([WORD, "stamp", fifo]).env_clear();
    Ok(command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?)
}

fn tell(fifo: &Path, at: Duration) -> Result<()> {
    let mut stamp = [0; 12];
    stamp[..8].copy_from_slice(&(at.as_nanos() as u64).to_ne_bytes());
    stamp[8..].copy_from_slice(&std::process::id().to_ne_bytes());
    Ok(OpenOptions::new().write(true).open(fifo)?.write_all(&stamp)?)
}

/// Writes so many bytes of lines to standard output, `write` bytes in each call, and tells when it began and ended.
fn flood(fifo: &Path, bytes: u64, write: usize) -> Result<()> {
    let line: Vec<u8> = (0..LINE - 1).map(|at| b'a' + (at % 26) as u8).chain([b'\n']).collect();
    let chunk: Vec<u8> = line.iter().copied().cycle().take(write).collect();
    // not std's standard output, which would put lines together or take them apart
    let mut out = File::from(rustix::io::dup(rustix::stdio::stdout())?);
    tell(fifo, look::now())?;
    let mut left = bytes;
    while left > 0 {
        let length = left.min(write as u64) as usize;
        out.write_all(&chunk[..length])?;
        left -= length as u64;
    }
    tell(fifo, look::now())
}

/// Never twice the same CPU and memory in two seconds, and little of both: a server that has something to do.
fn restless() {
    const STEP: Duration = Duration::from_millis(250);
    let mut held: Vec<u8> = Vec::new();
    for turn in u64::from(std::process::id()).. {
        held = vec![1; 1 << 20 << (turn.wrapping_mul(7919) / 4 % 5)];
        std::hint::black_box(&mut held);
        let until = look::now() + Duration::from_millis(1 + turn.wrapping_mul(31) % 5);
        while look::now() < until {}
        std::thread::sleep(STEP);
    }
    drop(held);
}

/// Makes a FIFO.
pub(crate) fn make_fifo(path: &Path) -> Result<()> {
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    Ok(rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0)?)
}

/// The reading end of the FIFO.
pub(crate) struct Stamps {
    pub(crate) path: PathBuf,
    file: File,
}

impl Stamps {
    /// Makes it.
    pub(crate) fn new(dir: &Path) -> Result<Self> {
        let path = dir.join("stamps");
        make_fifo(&path)?;
        // open for writing, too, so that it has no end
        let file = OpenOptions::new().read(true).write(true).open(&path)?;
        Ok(Self { path, file })
    }

    /// The next moment, and whose.
    pub(crate) fn next(&mut self) -> Result<(Duration, u32)> {
        let mut stamp = [0; 12];
        self.file.read_exact(&mut stamp)?;
        let (at, pid) = stamp.split_at(8);
        Ok((Duration::from_nanos(u64::from_ne_bytes(at.try_into()?)), u32::from_ne_bytes(pid.try_into()?)))
    }

    /// The last of the next `count` moments, and all PIDs.
    pub(crate) fn last_of(&mut self, count: usize) -> Result<(Duration, Vec<u32>)> {
        let mut last = Duration::ZERO;
        let mut pids = Vec::with_capacity(count);
        for _ in 0..count {
            let (at, pid) = self.next()?;
            last = last.max(at);
            pids.push(pid);
        }
        Ok((last, pids))
    }
}
