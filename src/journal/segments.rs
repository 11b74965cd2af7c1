//! The files of a journal: their names, which there are, and making and removing them.
//!
//! A segment is `<n>.log` and `<n>.idx`, or both with `.zst` behind it once it is packed. Where a plain log stands, it
//! counts, and what is packed beside it is the work of a packer that was killed. The packed files are there before the
//! plain ones go, so whoever looks for the plain one first finds one or the other.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::model::LogPolicy;
use crate::os::failpoint;

use super::format;

/// The link to the newest segment's log.
const CURRENT: &str = "current";
/// What becomes [`CURRENT`] by a rename.
const CURRENT_NEW: &str = ".current.new";

/// What ends the name of a file that is being packed.
const NEW: &str = ".zst.new";

/// So many segments at most where they are packed: what limits them then is their size.
const MANY: usize = 1000;

/// The bytes of segment `number`.
pub(super) fn log_path(dir: &Path, number: u64) -> PathBuf {
    path(dir, number, "log")
}

/// The index of segment `number`.
pub(super) fn idx_path(dir: &Path, number: u64) -> PathBuf {
    path(dir, number, "idx")
}

/// What [`log_path`] becomes when it is packed.
pub(super) fn packed_log_path(dir: &Path, number: u64) -> PathBuf {
    path(dir, number, "log.zst")
}

/// What [`idx_path`] becomes when it is packed.
pub(super) fn packed_idx_path(dir: &Path, number: u64) -> PathBuf {
    path(dir, number, "idx.zst")
}

/// Where a file of segment `number` is packed, until it is renamed to this name.
pub(super) fn new_path(packed: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(packed.file_name().unwrap_or_default());
    name.push(".new");
    packed.with_file_name(name)
}

fn path(dir: &Path, number: u64, ext: &str) -> PathBuf {
    dir.join(format!("{number}.{ext}"))
}

/// The files of segments that are in a directory, by number.
#[derive(Debug, Default)]
struct Found {
    logs: BTreeSet<u64>,
    idxs: BTreeSet<u64>,
    packed_logs: BTreeSet<u64>,
    packed_idxs: BTreeSet<u64>,
    /// Names of files that are being packed, or were when a packer was killed.
    unfinished: Vec<OsString>,
}

impl Found {
    /// Looks through `dir`; nothing where there is no directory.
    ///
    /// One look may miss a segment that is packed meanwhile: its plain log is gone when the look comes there, its packed
    /// one was not there yet. A second look finds that.
    fn look(dir: &Path) -> io::Result<Self> {
        let mut found = Self::default();
        found.look_once(dir)?;
        let mut again = Self::default();
        again.look_once(dir)?;
        found.packed_logs.append(&mut again.packed_logs);
        Ok(found)
    }

    fn look_once(&mut self, dir: &Path) -> io::Result<()> {
        let entries = match std::fs::read_dir(dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let name = entry?.file_name();
            let Some(text) = name.to_str() else { continue };
            if text.starts_with('.') && text.ends_with(NEW) {
                self.unfinished.push(name);
                continue;
            }
            let Some((number, ext)) = text.split_once('.') else { continue };
            let numbers = match ext {
                "log" => &mut self.logs,
                "idx" => &mut self.idxs,
                "log.zst" => &mut self.packed_logs,
                "idx.zst" => &mut self.packed_idxs,
                _ => continue,
            };
            // only names as they are written here: not `007.log`
            let number = number.parse::<u64>().ok().filter(|n| *n > 0 && n.to_string() == number);
            numbers.extend(number);
        }
        Ok(())
    }

    /// The numbers of the segments, in order.
    fn segments(&self) -> Vec<u64> {
        self.logs.union(&self.packed_logs).copied().collect()
    }

    /// Bytes of each file that is there, summed up for each segment.
    fn sizes(&self, dir: &Path) -> BTreeMap<u64, u64> {
        let mut sizes = BTreeMap::new();
        let kinds = [
            (&self.logs, "log"),
            (&self.idxs, "idx"),
            (&self.packed_logs, "log.zst"),
            (&self.packed_idxs, "idx.zst"),
        ];
        for (numbers, ext) in kinds {
            for number in numbers {
                *sizes.entry(*number).or_default() += size(&path(dir, *number, ext));
            }
        }
        sizes
    }
}

/// The numbers of the segments, in order; none where there is no directory.
pub(super) fn list(dir: &Path) -> io::Result<Vec<u64>> {
    Ok(Found::look(dir)?.segments())
}

/// The number of the newest segment that is not packed, and whether it is the newest of all.
pub(super) fn newest(dir: &Path) -> io::Result<(u64, bool)> {
    let found = Found::look(dir)?;
    let plain = found.logs.last().copied();
    let newest = plain.max(found.packed_logs.last().copied());
    Ok((newest.unwrap_or(0), plain.is_some() && plain == newest))
}

/// The numbers of the closed segments that are not packed, in order.
pub(super) fn closed(dir: &Path) -> io::Result<Vec<u64>> {
    let found = Found::look(dir)?;
    let newest = found.segments().pop();
    Ok(found.logs.into_iter().filter(|number| Some(*number) != newest).collect())
}

/// How the writer opens a file that is there.
pub(super) fn open_writable(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).custom_flags(OFlags::NOFOLLOW.bits() as i32).open(path)
}

/// How a file is made: new, and for the owner alone.
pub(super) fn create(path: &Path) -> io::Result<File> {
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

/// Removes a file, if it is there.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn size(path: &Path) -> u64 {
    std::fs::symlink_metadata(path).map_or(0, |meta| meta.len())
}

/// Bytes of the plain files of segment `number`.
pub(super) fn plain_size(dir: &Path, number: u64) -> u64 {
    size(&log_path(dir, number)) + size(&idx_path(dir, number))
}

/// For the writer: removes the oldest segments until there are no more than `policy` allows, with a new one if one is
/// to be made, and what is left of earlier removals.
pub(super) fn prune(dir: &Path, policy: &LogPolicy, new: bool) -> io::Result<()> {
    let found = Found::look(dir)?;
    for stray in found.idxs.difference(&found.logs) {
        remove(&idx_path(dir, *stray))?;
    }
    for stray in
        found.packed_idxs.iter().filter(|n| !found.logs.contains(n) && !found.packed_logs.contains(n))
    {
        remove(&packed_idx_path(dir, *stray))?;
    }
    // where segments are packed, the packer sweeps: it may be at work
    if !policy.packs() {
        sweep(dir, &found)?;
    }
    let room = if new { Room::ForNew } else { Room::ToGrow };
    remove_oldest(dir, policy, &found, room)
}

/// For the packer: the same, but it leaves alone what the writer may be about to make, and sweeps what a packer left
/// that was killed.
pub(super) fn tidy(dir: &Path, policy: &LogPolicy) -> io::Result<()> {
    let found = Found::look(dir)?;
    sweep(dir, &found)?;
    for packed in found.packed_logs.iter().filter(|n| found.idxs.contains(n) && !found.logs.contains(n)) {
        remove(&idx_path(dir, *packed))?;
    }
    remove_oldest(dir, policy, &found, Room::BesideWriter)
}

fn sweep(dir: &Path, found: &Found) -> io::Result<()> {
    found.unfinished.iter().try_for_each(|name| remove(&dir.join(name)))
}

/// What room is made for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Room {
    /// A new segment.
    ForNew,
    /// What the newest segment takes yet.
    ToGrow,
    /// The same, but the newest itself is the writer's.
    BesideWriter,
}

fn remove_oldest(dir: &Path, policy: &LogPolicy, found: &Found, room: Room) -> io::Result<()> {
    let segments = found.segments();
    let sizes = found.sizes(dir);
    let newest = segments.last().and_then(|number| sizes.get(number)).copied().unwrap_or(0);
    let (new, growth, left) = match room {
        Room::ForNew => (1, policy.max_size, 0),
        Room::ToGrow => (0, policy.max_size.saturating_sub(newest), 0),
        Room::BesideWriter => (0, policy.max_size.saturating_sub(newest), 1),
    };
    let (keep, packing) = if policy.packs() {
        (MANY.max(policy.keep as usize), policy.max_size)
    } else {
        (policy.keep as usize, 0)
    };
    let bytes = policy.cap().saturating_sub(growth + packing);
    let mut total: u64 = segments.iter().filter_map(|number| sizes.get(number)).sum();
    for (at, number) in segments.iter().enumerate() {
        let count = segments.len() - at;
        if count <= left || (count + new <= keep && total <= bytes) {
            break;
        }
        // The packer makes the packed ones before it removes the plain log, and removes them again where that is gone:
        // so in this order nothing is left of a segment that is being packed.
        for ext in ["log", "idx", "log.zst", "idx.zst"] {
            remove(&path(dir, *number, ext))?;
        }
        total -= sizes.get(number).copied().unwrap_or(0);
    }
    Ok(())
}
