//! What `/proc` says of processes, and the one clock that they all share.

use std::fs;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use super::Result;

/// The monotonic clock, which is the same in every process.
pub(crate) fn now() -> Duration {
    let now = clock_gettime(ClockId::Monotonic);
    Duration::new(now.tv_sec.unsigned_abs(), now.tv_nsec as u32)
}

/// CPU time of a process, all its threads, without its children.
pub(crate) fn cpu(pid: u32) -> Result<Duration> {
    let mut total = 0;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        // a thread that ended meanwhile
        let Ok(line) = fs::read_to_string(task?.path().join("schedstat")) else { continue };
        total += line.split(' ').next().unwrap_or_default().parse::<u64>()?;
    }
    Ok(Duration::from_nanos(total))
}

/// CPU time of a process, those of its threads that have ended counted in; in steps of a tick, 10 ms mostly.
pub(crate) fn cpu_of_all(pid: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let after = stat.rsplit_once(") ").ok_or("no stat")?.1;
    // user and system time are fields 14 and 15 of all, as proc(5) counts them; the state is the third
    let ticks =
        after.split(' ').skip(11).take(2).map(str::parse::<u64>).sum::<std::result::Result<u64, _>>()?;
    Ok(Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64))
}

/// CPU time of several, each without threads that have ended.
pub(crate) fn cpu_of_each(pids: &[u32]) -> Result<Duration> {
    pids.iter().map(|pid| cpu(*pid)).sum()
}

/// A figure of `smaps_rollup` in bytes: `Pss`, `Private_Dirty`.
pub(crate) fn memory(pid: u32, name: &str) -> Result<u64> {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let line = rollup.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let kib: u64 = line.ok_or("no such figure")?.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024)
}

/// The parent of a process, if both are there.
pub(crate) fn parent(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
}

/// Whether a process was started with this state directory, or one below it, in its environment.
pub(crate) fn is_below(pid: u32, dir: &str) -> bool {
    let environ = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    let homes = environ.split(|b| *b == 0).filter_map(|pair| pair.strip_prefix(b"OSTLER_HOME="));
    homes.filter_map(|home| home.strip_prefix(dir.as_bytes())).any(|rest| matches!(rest, [] | [b'/', ..]))
}

/// Every process there is.
pub(crate) fn all() -> Vec<u32> {
    let names = fs::read_dir("/proc").into_iter().flatten().flatten();
    names.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}
