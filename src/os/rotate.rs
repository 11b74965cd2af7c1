//! Files for diagnostics: several processes may append to one, and it never grows without end.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A file of more bytes than this is put aside.
pub const MAX: u64 = 1024 * 1024;

/// So many files that were put aside are kept: `<name>.1` is the newest.
pub const KEPT: u32 = 2;

/// Opens the file at `path` with mode 0600 to append to it; one that is full is put aside first.
pub fn append(path: &Path) -> io::Result<File> {
    let file = open(path)?;
    if file.metadata()?.len() < MAX {
        return Ok(file);
    }
    put_aside(path, &file)?;
    open(path)
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

/// Renames `path` and those before it, if it is still this file: another process may have done it.
fn put_aside(path: &Path, file: &File) -> io::Result<()> {
    let ours = file.metadata()?;
    let there = fs::metadata(path).ok();
    if there.is_none_or(|there| (there.dev(), there.ino()) != (ours.dev(), ours.ino())) {
        return Ok(());
    }
    for number in (1..=KEPT).rev() {
        let older = if number == 1 { path.to_owned() } else { numbered(path, number - 1) };
        match fs::rename(older, numbered(path, number)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(format!(".{number}"));
    name.into()
}

/// Such a file that is written to for long.
#[derive(Debug)]
pub struct Rotating {
    path: PathBuf,
    file: File,
    is_stderr: bool,
}

impl Rotating {
    /// Appends to the file at `path`.
    pub fn append(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), file: append(path)?, is_stderr: false })
    }

    /// The same, and whatever goes to standard error goes there too.
    pub fn with_stderr(path: &Path) -> io::Result<Self> {
        let rotating = Self { is_stderr: true, ..Self::append(path)? };
        rustix::stdio::dup2_stderr(&rotating.file)?;
        Ok(rotating)
    }

    fn make_room(&mut self) -> io::Result<()> {
        // asked each time: others append to it as well
        if self.file.metadata()?.len() < MAX {
            return Ok(());
        }
        put_aside(&self.path, &self.file)?;
        self.file = open(&self.path)?;
        if self.is_stderr {
            rustix::stdio::dup2_stderr(&self.file)?;
        }
        Ok(())
    }
}

impl Write for Rotating {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.make_room()?;
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_writers_never_have_more_than_three_files_and_lose_no_line_of_the_newest() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.log");
        let mut writers = [Rotating::append(&path).unwrap(), Rotating::append(&path).unwrap()];
        let line = |number: usize| format!("{number:0>1023}\n");
        for number in 0..5000 {
            writers[number % 2].write_all(line(number).as_bytes()).unwrap();
        }
        let mut names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["x.log", "x.log.1", "x.log.2"]);
        let newest: String =
            [numbered(&path, 1), path].map(|path| fs::read_to_string(path).unwrap()).concat();
        let numbers: Vec<usize> = newest.lines().map(|line| line.parse().unwrap()).collect();
        assert!(numbers.len() > 1000 && numbers.ends_with(&[4999]), "{}", numbers.len());
        assert!(numbers.windows(2).all(|two| two[0] + 1 == two[1]));
        assert!(fs::metadata(numbered(&dir.path().join("x.log"), 1)).unwrap().len() <= MAX + 1024);
    }
}
