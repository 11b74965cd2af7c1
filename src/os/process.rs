//! What a process says about itself in `/proc/PID/stat`.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;

use rustix::fs::{Mode, OFlags, openat};

/// The part of `/proc/PID/stat` that identity and descent need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// PID.
    pub pid: u32,
    /// Parent.
    pub parent: u32,
    /// Process group.
    pub group: u32,
    /// Session.
    pub session: u32,
    /// `R`, `S`, `D`, `Z` …
    pub state: u8,
    /// Clock ticks from boot to its start.
    pub start_ticks: u64,
}

impl Stat {
    /// Ended, and not waited for yet.
    pub const fn is_dead(&self) -> bool {
        matches!(self.state, b'Z' | b'X' | b'x')
    }
}

/// A line of `/proc/PID/stat`, proc(5). The command name may hold anything, `)` and newlines included: the fields
/// are counted from the last `)`.
pub fn parse(line: &[u8]) -> Option<Stat> {
    let open = line.iter().position(|&b| b == b'(')?;
    let close = line.iter().rposition(|&b| b == b')')?;
    let pid = std::str::from_utf8(line.get(..open)?).ok()?.trim().parse().ok()?;
    let rest = std::str::from_utf8(line.get(close + 1..)?).ok()?;
    let mut fields = rest.split_ascii_whitespace();
    let state = *fields.next()?.as_bytes().first()?;
    let parent = fields.next()?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    let session = fields.next()?.parse().ok()?;
    // `session` is field 6 of proc(5), `starttime` field 22
    let start_ticks = fields.nth(15)?.parse().ok()?;
    Some(Stat { pid, parent, group, session, state, start_ticks })
}

/// Longest line that is looked at: 52 numbers and a name of at most 64 bytes fit.
pub const STAT_MAX: usize = 1536;

/// Reads `PID/stat` below a descriptor of `/proc`, or `stat` below one of `/proc/PID`. `None` where it is gone or
/// does not parse.
pub fn read_at(dir: impl AsFd, name: &str) -> io::Result<Option<Stat>> {
    let mut buffer = [0; STAT_MAX];
    let read = openat(dir, name, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
        .map_err(io::Error::from)
        .and_then(|fd| File::from(fd).read(&mut buffer));
    match read {
        Ok(length) => Ok(parse(&buffer[..length])),
        Err(error) if is_gone(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether the error says that the process does not exist (any more).
pub fn is_gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound || error.raw_os_error() == Some(libc::ESRCH)
}

/// The id of this boot, `/proc/sys/kernel/random/boot_id`.
pub fn boot_id() -> io::Result<String> {
    Ok(std::fs::read_to_string("/proc/sys/kernel/random/boot_id")?.trim().to_owned())
}

/// Seconds from boot to now, suspend counted in, by the clock in which `start_ticks` counts.
pub fn since_boot() -> f64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}

/// Seconds that a process lives which started at `start_ticks`.
pub fn age(start_ticks: u64) -> f64 {
    (since_boot() - start_ticks as f64 / rustix::param::clock_ticks_per_second() as f64).max(0.0)
}

/// Sets the name that `ps` and `/proc/self/comm` show, at most 15 bytes.
pub fn set_name(name: &std::ffi::CStr) {
    // a name is for people only: without it nothing else changes
    let _ = rustix::thread::set_name(name);
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAIL: &str = "S 7 8 9 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 12 13";

    #[test]
    fn a_hostile_command_name_moves_no_field() {
        for name in ["sleep", "a) R 1 1 1", "new\nline", "((", ")", ""] {
            let stat = parse(format!("42 ({name}) {TAIL}").as_bytes()).unwrap();
            assert_eq!(
                stat,
                Stat { pid: 42, parent: 7, group: 8, session: 9, state: b'S', start_ticks: 4711 },
                "{name:?}"
            );
        }
    }

    #[test]
    fn a_line_that_is_cut_anywhere_is_none_and_no_panic() {
        let line = format!("42 (a) b) {TAIL}");
        let whole = line.find("4711").unwrap();
        for cut in 0..whole {
            assert_eq!(parse(&line.as_bytes()[..cut]), None, "{cut}");
        }
    }

    #[test]
    fn this_process_is_alive() {
        let proc = File::open("/proc").unwrap();
        let me = read_at(&proc, &format!("{}/stat", std::process::id())).unwrap().unwrap();
        assert_eq!(me.pid, std::process::id());
        assert!(!me.is_dead());
        assert!(age(me.start_ticks) < 3600.0);
    }
}
