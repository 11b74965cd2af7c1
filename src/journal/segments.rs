//! The files of a journal: their names, which there are, and making and removing them.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::os::failpoint;

use super::format;

/// The link to the newest segment's log.
const CURRENT: &str = "current";
/// What becomes [`CURRENT`] by a rename.
const CURRENT_NEW: &str = ".current.new";

/// The bytes of segment `number`.
pub(super) fn log_path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("{number}.log"))
}

/// The index of segment `number`.
pub(super) fn idx_path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("{number}.idx"))
}

/// The numbers of the files in `dir` that end in `ext`, in order; none where there is no directory.
fn numbers(dir: &Path, ext: &str) -> io::Result<Vec<u64>> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(ext)?.parse::<u64>().ok());
        // only names as they are written here: not `007.log`
        found.extend(number.filter(|n| *n > 0 && name == *format!("{n}{ext}")));
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// The numbers of the segments, in order.
pub(super) fn list(dir: &Path) -> io::Result<Vec<u64>> {
    numbers(dir, ".log")
}

/// How the writer opens a file that is there.
pub(super) fn open_writable(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).custom_flags(OFlags::NOFOLLOW.bits() as i32).open(path)
}

/// How the writer makes a file: new, and for the owner alone.
fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)
}

/// Makes an index with its header, in place of what may have been there.
pub(super) fn create_index(path: &Path, before: u64) -> io::Result<File> {
    remove(path)?;
    let idx = create(path)?;
    idx.write_all_at(&format::header(before), 0)?;
    Ok(idx)
}

/// Makes segment `number`: log and index. The index comes first, so that no reader meets a log without one.
pub(super) fn create_segment(dir: &Path, number: u64, before: u64) -> io::Result<(File, File)> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let idx_path = idx_path(dir, number);
    let made = create_index(&idx_path, before).and_then(|idx| {
        failpoint::reach("rotate.indexed");
        Ok((create(&log_path(dir, number))?, idx))
    });
    if made.is_err() {
        // what is left is swept by the next `prune`
        let _ = remove(&idx_path);
    }
    let pair = made?;
    failpoint::reach("rotate.created");
    point_current(dir, number);
    Ok(pair)
}

/// Lets `current` name segment `number`. Only for people's eyes, so a failure is no reason to stop writing: the next
/// rotation tries again.
fn point_current(dir: &Path, number: u64) {
    let new = dir.join(CURRENT_NEW);
    let _ = remove(&new);
    if symlink(format!("{number}.log"), &new).is_ok() {
        let _ = std::fs::rename(&new, dir.join(CURRENT));
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn size(path: &Path) -> u64 {
    std::fs::symlink_metadata(path).map_or(0, |meta| meta.len())
}

/// Removes the oldest segments until at most `keep` are there which take at most `bytes`, and what is left of earlier
/// removals.
pub(super) fn prune(dir: &Path, keep: usize, bytes: u64) -> io::Result<()> {
    let logs = list(dir)?;
    for stray in numbers(dir, ".idx")?.into_iter().filter(|n| logs.binary_search(n).is_err()) {
        remove(&idx_path(dir, stray))?;
    }
    let mut sizes: Vec<u64> =
        logs.iter().map(|n| size(&log_path(dir, *n)) + size(&idx_path(dir, *n))).collect();
    let mut total: u64 = sizes.iter().sum();
    sizes.reverse();
    for (at, number) in logs.iter().enumerate() {
        if logs.len() - at <= keep && total <= bytes {
            break;
        }
        remove(&log_path(dir, *number))?;
        remove(&idx_path(dir, *number))?;
        total -= sizes.pop().unwrap_or(0);
    }
    Ok(())
}
