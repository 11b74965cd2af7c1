//! A file of a segment as it is read: plain, or packed and decoded one frame at a time.

use std::fmt;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use zstd_safe::DCtx;

use super::seekable::{self, Start};

/// Bytes of a segment that nobody can read any more: a part of its packed file was damaged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} is damaged: bytes {from} to {to} of what it held are lost", .path.display())]
pub(super) struct Damage {
    path: PathBuf,
    /// The first byte, counted in the segment.
    pub(super) from: u64,
    /// Just past the last one.
    pub(super) to: u64,
}

impl Damage {
    /// What is lost, if that is what the error tells.
    pub(super) fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }
}

impl From<Damage> for io::Error {
    fn from(damage: Damage) -> Self {
        Self::new(io::ErrorKind::InvalidData, damage)
    }
}

/// A file of a segment.
#[derive(Debug)]
pub(super) enum Source {
    /// As it was written.
    Plain(File),
    /// Packed since.
    Packed(Packed),
}

impl Source {
    /// Opens the first that is there: the plain one counts. `NotFound` if neither is.
    pub(super) fn open(plain: &Path, packed: PathBuf) -> io::Result<Self> {
        match File::open(plain) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::Packed(Packed::open(packed)?)),
            other => Ok(Self::Plain(other?)),
        }
    }

    /// Bytes that it holds.
    pub(super) fn len(&self) -> io::Result<u64> {
        match self {
            Self::Plain(file) => Ok(file.metadata()?.len()),
            Self::Packed(packed) => Ok(packed.end().plain),
        }
    }

    /// Of the file itself.
    pub(super) fn metadata(&self) -> io::Result<Metadata> {
        match self {
            Self::Plain(file) => file.metadata(),
            Self::Packed(packed) => packed.file.metadata(),
        }
    }

    /// Fills `out` with the bytes from `offset` on. Of what is [`Damage`]d, the error tells the first piece.
    pub(super) fn read_exact_at(&mut self, out: &mut [u8], offset: u64) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.read_exact_at(out, offset),
            Self::Packed(packed) => packed.read_exact_at(out, offset),
        }
    }
}

/// A packed file. It keeps one frame decoded.
pub(super) struct Packed {
    path: PathBuf,
    file: File,
    /// The frames in order, and the end of the last.
    starts: Vec<Start>,
    /// Its end is lost: there was more.
    is_torn: bool,
    decoder: DCtx<'static>,
    /// The number of the frame that is in `frame`.
    held: Option<usize>,
    frame: Vec<u8>,
    /// A frame that could not be decoded, to be tried no more.
    damaged: Option<usize>,
    buffer: Vec<u8>,
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packed").field("path", &self.path).field("end", &self.end()).finish_non_exhaustive()
    }
}

impl Packed {
    fn open(path: PathBuf) -> io::Result<Self> {
        let file = File::open(&path)?;
        let len = file.metadata()?.len();
        let (starts, is_whole) = match seekable::read_table(&file, len)? {
            Some(starts) => (starts, true),
            None => seekable::find_frames(&file, len)?,
        };
        Ok(Self {
            path,
            file,
            starts,
            is_torn: !is_whole,
            decoder: DCtx::try_create().ok_or(io::ErrorKind::OutOfMemory)?,
            held: None,
            frame: Vec::new(),
            damaged: None,
            buffer: Vec::new(),
        })
    }

    fn end(&self) -> Start {
        self.starts.last().copied().unwrap_or_default()
    }

    /// Whether its end, and with that its length, is lost.
    pub(super) const fn is_torn(&self) -> bool {
        self.is_torn
    }

    /// It held so many bytes before its end was lost: what is missing is damage.
    pub(super) fn held_once(&mut self, len: u64) {
        let end = self.end();
        if end.plain < len {
            self.starts.push(Start { plain: len, ..end });
        }
    }

    fn read_exact_at(&mut self, out: &mut [u8], offset: u64) -> io::Result<()> {
        let mut done = 0;
        while done < out.len() {
            let at = offset + done as u64;
            // of frames that hold nothing and begin at one place, the last
            let number = self.starts.partition_point(|start| start.plain <= at).saturating_sub(1);
            if number + 1 >= self.starts.len() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.load(number)?;
            let from = &self.frame[(at - self.starts[number].plain) as usize..];
            let count = from.len().min(out.len() - done);
            out[done..done + count].copy_from_slice(&from[..count]);
            done += count;
        }
        Ok(())
    }

    /// Decodes frame `number`, unless that was done last.
    fn load(&mut self, number: usize) -> io::Result<()> {
        if self.held == Some(number) {
            return Ok(());
        }
        let (start, end) = (self.starts[number], self.starts[number + 1]);
        if self.damaged != Some(number) && self.decode(start, end)? {
            self.held = Some(number);
            return Ok(());
        }
        self.damaged = Some(number);
        Err(Damage { path: self.path.clone(), from: start.plain, to: end.plain }.into())
    }

    /// Decodes what is between; false if that is not what it should be.
    fn decode(&mut self, start: Start, end: Start) -> io::Result<bool> {
        self.held = None;
        let (packed, plain) = (end.packed - start.packed, (end.plain - start.plain) as usize);
        if packed == 0 || packed as usize > seekable::FRAME_FILE_MAX || plain > seekable::FRAME_MAX {
            return Ok(false);
        }
        self.buffer.resize(packed as usize, 0);
        self.file.read_exact_at(&mut self.buffer, start.packed)?;
        self.frame.resize(plain, 0);
        Ok(self.decoder.decompress(&mut self.frame[..], &self.buffer) == Ok(plain))
    }
}
