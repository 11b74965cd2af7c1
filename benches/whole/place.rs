//! Where the files of a measurement lie: in a directory of the run, below the temporary one, `TMPDIR`.
//!
//! It goes with the run, however that ends: by an error, or by Ctrl-C.

use std::path::{Path, PathBuf};
use std::thread;

use tempfile::TempDir;
use tokio::signal::unix::{SignalKind, signal};

use super::bed::kill;
use super::{Result, look};

/// What a run begins the names of its directories with.
const PREFIX: &str = "ostler-bench";

/// What a shell says of who was ended by Ctrl-C.
const INTERRUPTED: i32 = 130;

/// The directory of the run; removed when dropped.
#[derive(Debug)]
pub(crate) struct Place(TempDir);

impl Place {
    /// Makes it, and makes it the temporary directory's one heir: whoever asks to stop is obeyed when all is removed.
    pub(crate) fn new() -> Result<Self> {
        let place = Self(tempfile::Builder::new().prefix(PREFIX).tempdir()?);
        let dir = place.0.path().to_owned();
        tempfile::env::override_temp_dir(&dir).map_err(|_| "a second run in this process")?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let guard = runtime.enter();
        let [mut interrupt, mut terminate] =
            [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?];
        drop(guard);
        thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! { _ = interrupt.recv() => {} _ = terminate.recv() => {} }
            });
            clear(&dir);
            std::process::exit(INTERRUPTED);
        });
        Ok(place)
    }
}

/// Ends every process with a state directory in there, and removes it.
fn clear(dir: &Path) {
    let home = dir.display().to_string();
    // a keeper brings back its supervisor: until none is found
    loop {
        let left: Vec<u32> = look::all().into_iter().filter(|pid| look::is_below(*pid, &home)).collect();
        if left.is_empty() {
            break;
        }
        left.into_iter().for_each(kill);
    }
    if let Err(error) = std::fs::remove_dir_all(dir) {
        eprintln!("{home}: {error}");
    }
}

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
