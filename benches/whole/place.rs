//! Where the files of a measurement lie: the temporary directory, `TMPDIR`.

use std::path::PathBuf;

use super::Result;

/// Kinds of file system by their number, as `statfs(2)` lists them.
const KINDS: [(i64, &str); 5] = [
    (0x0102_1994, "tmpfs"),
    (0xef53, "ext4"),
    (0x9123_683e, "btrfs"),
    (0x5846_5342, "xfs"),
    (0x794c_7630, "overlay"),
];

/// The directory and the kind of its file system, for a row's text: a disk decides what is measured.
pub(crate) fn shown() -> Result<String> {
    let dir = dir();
    let number = rustix::fs::statfs(&dir)?.f_type as i64;
    let kind = KINDS.iter().find(|(known, _)| *known == number);
    let kind = kind.map_or_else(|| format!("{number:#x}"), |(_, name)| (*name).to_owned());
    Ok(format!("in {} ({kind})", dir.display()))
}

/// An error if so many bytes have no room there.
pub(crate) fn need(bytes: u64) -> Result<()> {
    let free = rustix::fs::statvfs(dir())?;
    let free = free.f_bavail * free.f_frsize;
    if free > bytes {
        return Ok(());
    }
    let mib = |bytes: u64| bytes >> 20;
    let dir = dir().display().to_string();
    Err(format!("{dir} has {} MiB left of {} needed: set TMPDIR, or --bytes", mib(free), mib(bytes)).into())
}

fn dir() -> PathBuf {
    std::env::temp_dir()
}
