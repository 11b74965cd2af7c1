//! Where the output goes: standard output, or a new file.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use crate::cli::Failure;
use crate::cli::output::{clean, note};

/// Standard output, or a file.
#[derive(Debug)]
pub(super) enum Sink {
    Stdout,
    File { path: PathBuf, file: File },
}

impl Sink {
    /// A file is made, and must not be there yet.
    pub(super) fn open(path: Option<PathBuf>) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self::Stdout) };
        match File::create_new(&path) {
            Ok(file) => Ok(Self::File { path, file }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let what = format!("{} is there already, and is left as it is", path.display());
                Err(Failure::new(what).with_hint("name another file, or remove it first"))
            }
            Err(error) => {
                let what = format!("{} can't be made: {error}", path.display());
                Err(Failure::new(what).with_hint("name a file in a directory that you can write to"))
            }
        }
    }

    /// Writes at once, so that a reader on a pipe sees a line when it happens.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match self {
            Self::Stdout => {
                let mut out = io::stdout().lock();
                out.write_all(bytes)?;
                Ok(out.flush()?)
            }
            Self::File { path, file } => file.write_all(bytes).map_err(|error| {
                Failure::new(format!("cannot write {}: {error}", path.display()))
                    .with_hint("what was written until then is there; look for space on the disk")
            }),
        }
    }

    /// Says what was saved, and where: `1,204 lines`.
    pub(super) fn done(&self, count: &str) {
        if let Self::File { path, .. } = self {
            note(&clean(&format!("{count} saved in {}", path.display())));
        }
    }
}
