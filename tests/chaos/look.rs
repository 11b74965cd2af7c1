//! What the kernel says of a process: its open files, its memory, the time it took.

use std::fs;
use std::time::Duration;

/// Open files.
pub(crate) fn files(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count)
}

/// Resident memory in bytes.
pub(crate) fn resident(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().split(' ').next().and_then(|count| count.parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// What is its own of that: a keeper shares its program with all others.
pub(crate) fn own(pid: u32) -> u64 {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let of = |name: &str| {
        let line = rollup.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.trim().split(' ').next().and_then(|count| count.parse::<u64>().ok()).unwrap_or(0)
    };
    (of("Private_Clean:") + of("Private_Dirty:")) * 1024
}

/// CPU time that it took so far.
pub(crate) fn cpu(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let rest = stat.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default();
    let ticks: u64 =
        rest.split_ascii_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    // USER_HZ is 100 wherever Linux runs
    Duration::from_millis(ticks * 10)
}
