//! What a process has of memory that others have too: `smaps_rollup` and `statm`.

use std::fs::File;
use std::io::{self, Read};

use rustix::io::Errno;

use super::is_unseen;

/// Resident pages of a process, and those of them that may be others' too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pages {
    /// All.
    pub resident: u64,
    /// Of files, and of memory that was shared on purpose. What a fork left common is not among them.
    pub shared: u64,
}

/// The proportional set size of a process in bytes: a page that n processes have counts as 1/n. The kernel walks all its
/// page tables for it: some milliseconds for each GiB. Zero if the process is gone, `None` if it may not be looked
/// into.
pub fn pss(pid: u32) -> io::Result<Option<u64>> {
    Ok(read(&format!("/proc/{pid}/smaps_rollup"))?.map(|text| rollup(&text).unwrap_or(0)))
}

/// The same from `statm`, which everybody may read and which costs next to nothing. Nothing if the process is gone.
pub fn pages(pid: u32) -> io::Result<Pages> {
    let text = read(&format!("/proc/{pid}/statm"))?.unwrap_or_default();
    Ok(statm(&text).unwrap_or(Pages { resident: 0, shared: 0 }))
}

/// Its text; empty if the process is gone, `None` if it may not be read.
fn read(path: &str) -> io::Result<Option<Vec<u8>>> {
    let mut text = Vec::with_capacity(1024);
    let read = File::open(path).and_then(|file| file.take(16 * 1024).read_to_end(&mut text));
    let Err(error) = read else { return Ok(Some(text)) };
    match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::ACCESS | Errno::PERM) => Ok(None),
        Some(errno) if is_unseen(errno) => Ok(Some(Vec::new())),
        Some(_) | None => Err(error),
    }
}

/// The line `Pss:   1234 kB`, as `proc_pid_smaps(5)` has it.
fn rollup(text: &[u8]) -> Option<u64> {
    let mut lines = text.split(|byte| *byte == b'\n');
    let value = lines.find_map(|line| line.strip_prefix(b"Pss:"))?;
    let number = str::from_utf8(value).ok()?.trim().strip_suffix("kB")?.trim();
    number.parse::<u64>().ok()?.checked_mul(1024)
}

/// Fields 2 and 3 of `proc_pid_statm(5)`.
fn statm(text: &[u8]) -> Option<Pages> {
    let mut fields = str::from_utf8(text).ok()?.split_ascii_whitespace().skip(1);
    Some(Pages { resident: fields.next()?.parse().ok()?, shared: fields.next()?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proportional_size_is_found_among_its_neighbours() {
        let text = b"5560a000-7ffe0000 ---p 00000000 00:00 0   [rollup]\nRss:   2000 kB\nPss:     812 kB\n\
            Pss_Dirty:  100 kB\nPss_Anon:  7 kB\n";
        assert_eq!(rollup(text), Some(812 * 1024));
        for bad in ["", "Rss: 1 kB\n", "Pss:\n", "Pss: x kB\n", "Pss: 12", "Pss: 99999999999999999999 kB"] {
            assert_eq!(rollup(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn pages_are_the_second_and_third_field() {
        assert_eq!(statm(b"900 300 120 5 0 88 0\n"), Some(Pages { resident: 300, shared: 120 }));
        for bad in [b"".as_slice(), b"900", b"900 300", b"900 x 1", b"\xff \xff \xff"] {
            assert_eq!(statm(bad), None);
        }
    }

    #[test]
    fn this_process_has_some_and_one_that_is_gone_none() {
        let me = std::process::id();
        let pages = pages(me).unwrap();
        assert!(pages.resident > pages.shared && pss(me).unwrap().is_some_and(|bytes| bytes > 1 << 18));
        assert_eq!(pss(u32::MAX).unwrap(), Some(0));
        assert_eq!(super::pages(u32::MAX).unwrap(), Pages { resident: 0, shared: 0 });
    }
}
