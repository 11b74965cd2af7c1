//! This program's own file, to start it again.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

/// Where this program lies, and a descriptor of it for the case that the file was replaced or removed.
#[derive(Debug)]
pub struct Program {
    path: PathBuf,
    file: File,
}

impl Program {
    /// The running program.
    pub fn this() -> io::Result<Self> {
        Ok(Self { path: std::env::current_exe()?, file: File::open("/proc/self/exe")? })
    }

    /// Where it was when it started.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What to execute now: the path, where the file may be a newer version, else the file that this process was
    /// started from. The descriptor closes on exec, but the kernel opens the program before that.
    pub fn to_execute(&self) -> PathBuf {
        if self.path.is_file() {
            self.path.clone()
        } else {
            PathBuf::from(format!("/proc/self/fd/{}", self.file.as_raw_fd()))
        }
    }
}
