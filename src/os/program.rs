//! This program's own file, to start it again.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
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
        let path = without_mark(std::env::current_exe()?);
        Ok(Self { path, file: File::open("/proc/self/exe")? })
    }

    /// Where it was when it started. Something else, or nothing, may be there now.
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

/// The kernel says ` (deleted)` behind the path of a file that was replaced, proc(5).
fn without_mark(path: PathBuf) -> PathBuf {
    match path.as_os_str().as_bytes().strip_suffix(b" (deleted)") {
        Some(before) if !path.exists() => PathBuf::from(OsStr::from_bytes(before)),
        Some(_) | None => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_replaced_program_is_that_of_its_successor() {
        let dir = tempfile::tempdir().unwrap();
        let marked = dir.path().join("ostler (deleted)");
        assert_eq!(without_mark(marked.clone()), dir.path().join("ostler"));
        std::fs::write(&marked, "a program of that name").unwrap();
        assert_eq!(without_mark(marked.clone()), marked);
        assert_eq!(without_mark(dir.path().join("ostler")), dir.path().join("ostler"));
    }
}
