//! Processes as `/proc` shows them: [`Scanner::scan`] reads all of them in one pass, [`Scanner::read`] one. Linux only.
//!
//! A pass costs three system calls for each process and no allocation but the result, since it runs every few
//! seconds for as long as the box is up. A process that ends between two of those calls, or that `hidepid` hides,
//! is left out; any other failure (no descriptor left, no memory) is an error, since a pass that misses processes
//! for such a reason must not be read as "they ended".

mod cmdline;
mod environ;
pub mod memory;
mod stat;
#[cfg(test)]
pub(in crate::os) use stat::parse;
#[cfg(test)]
mod tests;

pub use cmdline::command_line;
pub use environ::{environ_has, environ_value, variables};

use std::ffi::CStr;
use std::io;
use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};

use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags, RawDir, SeekFrom};
use rustix::io::Errno;
use rustix::time::{ClockId, clock_gettime};

/// A process at one moment. Fields as in `proc_pid_stat(5)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Process id.
    pub pid: u32,
    /// Its parent's.
    pub ppid: u32,
    /// Its process group.
    pub pgrp: u32,
    /// Its session.
    pub session: u32,
    /// `R`, `S`, `D`, `T`, `Z` …
    pub state: char,
    /// When it started, in ticks since boot: with the pid and the boot id it identifies a process.
    pub start_ticks: u64,
    /// CPU time of its own, in ticks.
    pub own_ticks: u64,
    /// CPU time of those children that it has waited for, and of theirs, in ticks.
    pub reaped_ticks: u64,
    /// Resident pages.
    pub rss_pages: u64,
    /// Command name, cut by the kernel to 15 bytes; not sanitized.
    pub comm: String,
}

impl Process {
    /// Whether it has ended and only waits to be reaped.
    pub fn is_dead(&self) -> bool {
        matches!(self.state, 'Z' | 'X' | 'x')
    }

    /// Whether a signal or a debugger has stopped it.
    pub fn is_stopped(&self) -> bool {
        matches!(self.state, 'T' | 't')
    }
}

/// Longer than any line of `/proc/PID/stat`: 52 numbers and a name.
const LINE: usize = 2048;

/// Room for the names of about 1,000 processes in each call.
const NAMES: usize = 32 * 1024;

/// Reads `/proc`; its buffers are used again in each pass.
#[derive(Debug)]
pub struct Scanner {
    proc: OwnedFd,
    names: Vec<u8>,
    line: Box<[u8; LINE]>,
}

impl Scanner {
    /// Opens `/proc`.
    pub fn open() -> io::Result<Self> {
        Self::at(Path::new("/proc"))
    }

    fn at(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let proc = rustix::fs::open(path, flags, Mode::empty())?;
        Ok(Self { proc, names: Vec::with_capacity(NAMES), line: Box::new([0; LINE]) })
    }

    /// Every process that may be seen.
    pub fn scan(&mut self) -> io::Result<Vec<Process>> {
        rustix::fs::seek(&self.proc, SeekFrom::Start(0))?;
        let mut found = Vec::new();
        let mut names = RawDir::new(&self.proc, self.names.spare_capacity_mut());
        while let Some(entry) = names.next() {
            let entry = entry?;
            let Some(pid) = number(entry.file_name()) else { continue };
            found.extend(read_stat(&self.proc, pid, &mut self.line)?);
        }
        Ok(found)
    }

    /// The numbers of every process that may be seen, in the kernel's order.
    pub fn pids(&mut self) -> io::Result<Vec<u32>> {
        rustix::fs::seek(&self.proc, SeekFrom::Start(0))?;
        let mut found = Vec::new();
        let mut names = RawDir::new(&self.proc, self.names.spare_capacity_mut());
        while let Some(entry) = names.next() {
            found.extend(number(entry?.file_name()));
        }
        Ok(found)
    }

    /// One process; `None` if there is none, or it may not be seen.
    pub fn read(&mut self, pid: u32) -> io::Result<Option<Process>> {
        read_stat(&self.proc, pid, &mut self.line)
    }
}

/// One process; `None` if there is none, or it may not be seen. For more than a few, use a [`Scanner`].
pub fn read(pid: u32) -> io::Result<Option<Process>> {
    Scanner::open()?.read(pid)
}

/// The children of this process that are not reaped, dead ones too. The kernel may leave out some while they come and go,
/// but says of none that there is none while there are. An error where the kernel lists no children.
pub fn own_children() -> io::Result<Vec<u32>> {
    let mut found = Vec::new();
    for task in std::fs::read_dir("/proc/self/task")? {
        let list = std::fs::read_to_string(task?.path().join("children"))?;
        found.extend(list.split_ascii_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
    }
    Ok(found)
}

fn number(name: &CStr) -> Option<u32> {
    std::str::from_utf8(name.to_bytes()).ok()?.parse().ok()
}

/// `<pid>/stat` and its NUL, without an allocation.
fn stat_path(pid: u32, room: &mut [u8; 24]) -> &CStr {
    let mut at = room.len();
    let mut put = |byte: u8| {
        at -= 1;
        room[at] = byte;
    };
    b"/stat\0".iter().rev().for_each(|byte| put(*byte));
    let mut rest = pid;
    loop {
        put(b'0' + (rest % 10) as u8);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    CStr::from_bytes_with_nul(&room[at..]).unwrap_or(c"")
}

fn read_stat(proc: &OwnedFd, pid: u32, line: &mut [u8; LINE]) -> io::Result<Option<Process>> {
    let mut room = [0; 24];
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let file = match rustix::fs::openat(proc, stat_path(pid, &mut room), flags, Mode::empty()) {
        Ok(file) => file,
        Err(error) if is_unseen(error) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    match rustix::io::retry_on_intr(|| rustix::io::read(&file, &mut line[..])) {
        Ok(length) => Ok(stat::parse(&line[..length])),
        Err(error) if is_unseen(error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether an error of a call below `/proc/PID` means that it is gone, or not ours to look at.
pub(super) fn is_unseen(error: Errno) -> bool {
    [Errno::NOENT, Errno::SRCH, Errno::ACCESS, Errno::PERM].contains(&error)
}

/// The user that a process is: its effective one, or root where it may not be looked into. `None` if it is gone.
pub fn owner(pid: u32) -> io::Result<Option<u32>> {
    match rustix::fs::stat(format!("/proc/{pid}")) {
        Ok(stat) => Ok(Some(stat.st_uid)),
        Err(error) if is_unseen(error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Which PID namespace a process is in, to be compared only; `None` if that may not be seen.
pub fn pid_namespace(pid: u32) -> Option<PathBuf> {
    std::fs::read_link(format!("/proc/{pid}/ns/pid")).ok()
}

/// How long this box has been suspended since it booted.
pub fn suspended() -> std::time::Duration {
    let time = |clock| {
        let now = clock_gettime(clock);
        std::time::Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
    };
    let awake = time(ClockId::Monotonic);
    time(ClockId::Boottime).saturating_sub(awake)
}

/// The kernel's name for the time since it booted: random, 36 characters.
pub fn boot_id() -> io::Result<String> {
    Ok(std::fs::read_to_string("/proc/sys/kernel/random/boot_id")?.trim().to_owned())
}

/// Seconds that a process lives which started at `start_ticks`.
pub fn age(start_ticks: u64) -> f64 {
    boot_ticks().saturating_sub(start_ticks) as f64 / clock_ticks() as f64
}

/// Sets the name that `ps` and `/proc/self/comm` show, at most 15 bytes.
pub fn set_own_name(name: &CStr) {
    // a name is for people only: without it nothing else changes
    let _ = rustix::thread::set_name(name);
}

/// An argument that makes room for [`set_command_line`].
pub const ROOM_FOR_COMMAND_LINE: &str = match std::str::from_utf8(&[b' '; 1024]) {
    Ok(blanks) => blanks,
    Err(_) => "",
};

/// Sets the command line that `ps` and `/proc/self/cmdline` show, cut to the room that the present one takes. The
/// arguments of this process are lost by it.
pub fn set_command_line(text: &str) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default();
    // fields 48 and 49 of proc_pid_stat(5): where the arguments begin and end; the first after the name is the third
    let mut place = fields.split_ascii_whitespace().skip(45).map(|field| field.parse::<usize>().unwrap_or(0));
    let (Some(begin), Some(end)) = (place.next(), place.next()) else { return };
    if begin == 0 || end <= begin {
        return;
    }
    let room = end - begin;
    let shown = &text.as_bytes()[..text.len().min(room - 1)];
    let area = std::ptr::with_exposed_provenance_mut::<u8>(begin);
    // SAFETY: the kernel put the arguments there when it executed this program: writable memory of this length that
    // lives as long as the process. std alone points to it, and only reads it when arguments are asked for.
    unsafe {
        area.write_bytes(0, room);
        area.copy_from_nonoverlapping(shown.as_ptr(), shown.len());
    }
}

/// Now, in ticks since boot: comparable with [`Process::start_ticks`].
pub fn boot_ticks() -> u64 {
    let now = clock_gettime(ClockId::Boottime);
    let per_second = clock_ticks();
    now.tv_sec as u64 * per_second + now.tv_nsec as u64 * per_second / 1_000_000_000
}

/// Ticks a second, `USER_HZ`.
pub fn clock_ticks() -> u64 {
    sysconf(libc::_SC_CLK_TCK, 100)
}

/// Bytes of a memory page.
pub fn page_size() -> u64 {
    sysconf(libc::_SC_PAGESIZE, 4096)
}

/// Processors that run; a process may be bound to fewer.
pub fn processors() -> u64 {
    sysconf(libc::_SC_NPROCESSORS_ONLN, 1)
}

fn sysconf(name: libc::c_int, otherwise: u64) -> u64 {
    // SAFETY: sysconf(3) takes any number and touches no memory of ours.
    let value = unsafe { libc::sysconf(name) };
    u64::try_from(value).ok().filter(|value| *value > 0).unwrap_or(otherwise)
}

/// The sockets of a process, by inode: empty if it is gone, `None` if it may not be looked at.
pub fn socket_inodes(pid: u32) -> io::Result<Option<Vec<u64>>> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let dir = match rustix::fs::open(format!("/proc/{pid}/fd"), flags, Mode::empty()) {
        Ok(dir) => dir,
        Err(Errno::ACCESS | Errno::PERM) => return Ok(None),
        Err(error) if is_unseen(error) => return Ok(Some(Vec::new())),
        Err(error) => return Err(error.into()),
    };
    let mut inodes = Vec::new();
    let mut room = [MaybeUninit::uninit(); 8192];
    let mut entries = RawDir::new(&dir, &mut room);
    while let Some(entry) = entries.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(Errno::ACCESS | Errno::PERM) => return Ok(None),
            Err(error) if is_unseen(error) => break,
            Err(error) => return Err(error.into()),
        };
        let mut target = [MaybeUninit::uninit(); 64];
        match rustix::fs::readlinkat_raw(&dir, entry.file_name(), &mut target) {
            Ok((target, _)) => inodes.extend(socket_inode(target)),
            Err(Errno::ACCESS | Errno::PERM) => return Ok(None),
            // `.` and `..` are no links; a descriptor may be closed meanwhile
            Err(_) => {}
        }
    }
    Ok(Some(inodes))
}

/// The inode in `socket:[4711]`.
fn socket_inode(link: &[u8]) -> Option<u64> {
    let inode = link.strip_prefix(b"socket:[")?.strip_suffix(b"]")?;
    std::str::from_utf8(inode).ok()?.parse().ok()
}
