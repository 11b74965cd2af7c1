//! Private directories, atomic saves.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::{failpoint, proc};

/// How far a save must survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// A kill -9 of any process: what was written is in the page cache.
    Kill,
    /// A power cut too: file and directory are synced.
    Power,
}

/// Makes sure that `path` is a directory of this user that nobody else can enter, creating it and its parents with
/// mode 0700 where they are missing. A symlink, another owner or an open mode is refused.
pub fn private_dir(path: &Path) -> io::Result<()> {
    let about =
        |kind, what: &dyn std::fmt::Display| io::Error::new(kind, format!("{}: {what}", path.display()));
    let with_path = |error: io::Error| about(error.kind(), &error);
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(with_path)?;
    let meta = fs::symlink_metadata(path).map_err(with_path)?;
    let refuse = |why: &str| Err(about(io::ErrorKind::PermissionDenied, &why));
    if !meta.is_dir() {
        return refuse("is not a directory of its own (a symlink?)");
    }
    if meta.uid() != rustix::process::geteuid().as_raw() {
        return refuse("belongs to another user");
    }
    if meta.mode() & 0o077 != 0 {
        return refuse("is open to other users; `chmod 700` it");
    }
    Ok(())
}

/// Which file it is, whatever its name: device and inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileId(u64, u64);

/// The file at `path` itself, a link not followed; `None` if nothing is there.
pub fn id(path: &Path) -> Option<FileId> {
    let meta = fs::symlink_metadata(path).ok()?;
    Some(FileId(meta.dev(), meta.ino()))
}

/// Removes what saves have left in this directory whose process was killed in the middle. Others' are left alone.
pub fn sweep(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        if saved_by(&name.to_string_lossy()).is_some_and(has_ended) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The process of a temporary name: `registry.json.811-0.tmp`.
fn saved_by(name: &str) -> Option<u32> {
    let (pid, count) = name.strip_suffix(".tmp")?.rsplit('.').next()?.split_once('-')?;
    count.parse::<u32>().ok()?;
    pid.parse().ok()
}

/// Whether nobody has this PID, or only one who is dead and was not waited for yet.
fn has_ended(pid: u32) -> bool {
    proc::read(pid).is_ok_and(|found| found.is_none_or(|process| process.is_dead()))
}

/// Creates a directory with mode 0700 inside one that is private already.
pub fn make_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

static SAVES: AtomicU32 = AtomicU32::new(0);

/// Replaces the file at `path` by one with these bytes and mode 0600: at any moment the old or the new one is there.
pub fn save(path: &Path, bytes: &[u8], durability: Durability) -> io::Result<()> {
    let mut temporary = temporary_name(path);
    let mut written = write_new(&temporary, bytes, durability);
    while written.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::AlreadyExists) {
        // left by a process that was killed in a save and had the same PID
        temporary = temporary_name(path);
        written = write_new(&temporary, bytes, durability);
    }
    let result = written.and_then(|()| {
        failpoint::saving(path, "written");
        fs::rename(&temporary, path)
    });
    if let Err(error) = result {
        // the error that is told is the first one
        let _ = fs::remove_file(&temporary);
        return Err(error);
    }
    failpoint::saving(path, "renamed");
    match (durability, path.parent()) {
        (Durability::Power, Some(parent)) => File::open(parent)?.sync_all(),
        (Durability::Kill, _) | (Durability::Power, None) => Ok(()),
    }
}

fn write_new(path: &Path, bytes: &[u8], durability: Durability) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    match durability {
        Durability::Power => file.sync_all(),
        Durability::Kill => Ok(()),
    }
}

/// A name beside `path` that no other save uses: process, and a count within it.
fn temporary_name(path: &Path) -> PathBuf {
    let count = SAVES.fetch_add(1, Ordering::Relaxed);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}-{count}.tmp", std::process::id()));
    path.with_file_name(name)
}

/// Moves a file that does not parse aside to `<name>.corrupt-<time>`, never over another. Returns where it is now.
pub fn move_aside(path: &Path, stamp: &str) -> io::Result<PathBuf> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".corrupt-{stamp}"));
    let mut aside = path.with_file_name(&name);
    let mut count = 1;
    while aside.exists() {
        let mut other = name.clone();
        other.push(format!("-{count}"));
        aside = path.with_file_name(other);
        count += 1;
    }
    fs::rename(path, &aside)?;
    Ok(aside)
}

/// Sets the mode of a file that this process just made.
pub fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_save_replaces_and_leaves_no_other_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.json");
        save(&path, b"one", Durability::Kill).unwrap();
        save(&path, b"two", Durability::Power).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_private_directory_is_made_and_an_open_or_linked_one_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b");
        private_dir(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
        set_mode(&path, 0o755).unwrap();
        assert!(private_dir(&path).unwrap_err().to_string().contains("chmod 700"));
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(dir.path(), &link).unwrap();
        assert!(private_dir(&link).is_err());
    }

    #[test]
    fn a_corrupt_file_is_moved_aside_and_never_over_another() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.json");
        let mut seen = Vec::new();
        for text in ["one", "two", "three"] {
            fs::write(&path, text).unwrap();
            let aside = move_aside(&path, "t").unwrap();
            assert_eq!(fs::read_to_string(&aside).unwrap(), text);
            assert!(!seen.contains(&aside));
            seen.push(aside);
        }
    }
}
