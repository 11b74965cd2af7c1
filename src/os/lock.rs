//! Locks: proof that a process is alive, since the kernel drops them when it ends.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

/// An exclusive lock on a file, held until this is dropped or the process ends. The file is never unlinked.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl AsFd for Lock {
    /// A process that inherits it shares the lock: it is held until both have closed it.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl Lock {
    /// Takes it, or `None` if another process holds it.
    pub fn try_take(path: &Path) -> io::Result<Option<Self>> {
        Self::take_with(path, FlockOperation::NonBlockingLockExclusive)
    }

    /// Waits for it.
    pub fn wait(path: &Path) -> io::Result<Self> {
        loop {
            if let Some(lock) = Self::take_with(path, FlockOperation::LockExclusive)? {
                return Ok(lock);
            }
        }
    }

    /// Waits for it, but not longer than this: `None`.
    pub fn wait_within(path: &Path, limit: Duration) -> io::Result<Option<Self>> {
        let (sender, receiver) = mpsc::channel();
        let path = path.to_owned();
        // flock has no time limit; the thread ends with the process if it never gets the lock
        thread::Builder::new().name("lock".to_owned()).spawn(move || sender.send(Self::wait(&path)))?;
        receiver.recv_timeout(limit).ok().transpose()
    }

    /// Whether the file that this holds is the one at `path`: if not, it guards nothing there any more.
    pub fn is_at(&self, path: &Path) -> bool {
        let there = fs::metadata(path).map(|meta| (meta.dev(), meta.ino()));
        let held = self.file.metadata().map(|meta| (meta.dev(), meta.ino()));
        matches!((there, held), (Ok(there), Ok(held)) if there == held)
    }

    fn take_with(path: &Path, operation: FlockOperation) -> io::Result<Option<Self>> {
        loop {
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .open(path)?;
            match flock(&file, operation) {
                Ok(()) => {}
                Err(Errno::WOULDBLOCK) => return Ok(None),
                Err(Errno::INTR) => continue,
                Err(errno) => return Err(errno.into()),
            }
            // somebody may have replaced the file between open and lock: then this lock guards nothing
            let lock = Self { file };
            if lock.is_at(path) {
                return Ok(Some(lock));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_cannot_hold_it_and_the_next_can_when_it_is_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let first = Lock::try_take(&path).unwrap();
        assert!(first.is_some());
        assert!(Lock::try_take(&path).unwrap().is_none());
        drop(first);
        // waits, since a test beside this one may have forked, and its child holds it until it executes something
        let last = Lock::wait_within(&path, Duration::from_mins(1)).unwrap().unwrap();
        assert!(last.is_at(&path));
        fs::remove_file(&path).unwrap();
        assert!(!last.is_at(&path));
        fs::write(&path, "").unwrap();
        assert!(!last.is_at(&path), "another file of that name");
    }
}
