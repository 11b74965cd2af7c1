//! The seekable format of zstd: frames that are decoded each for itself, and a table of them in a skippable frame at
//! the end, which tools that do not know it pass over.
//!
//! ```text
//! frame *        as zstd has them, each with its length and a checksum
//! seal           0x184D2A50 u32   8 u32   hash of the table u64
//! table header   0x184D2A5E u32   bytes that follow u32
//! entry *        bytes of the frame u32   bytes that it holds u32
//! table footer   entries u32   0 u8   0x8F92EAB1 u32
//! ```
//!
//! Little endian. The seal is ostler's own, in a skippable frame too: where it does not fit, the frames are found without
//! the table. <https://github.com/facebook/zstd/blob/dev/contrib/seekable_format/zstd_seekable_compression_format.md>

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use zstd_safe::{CCtx, CParameter};

use crate::model::hash::fnv1a;

/// The most bytes that a frame may hold: what a reader takes of memory.
pub(super) const FRAME_MAX: usize = 1024 * 1024;

/// The most bytes that one of that takes in the file: zstd's bound, rounded up.
pub(super) const FRAME_FILE_MAX: usize = FRAME_MAX + FRAME_MAX / 128;

/// zstd's own default: slower ones gain little on logs.
const LEVEL: i32 = 3;

const SEAL: u32 = 0x184D_2A50;
const SEAL_LEN: u64 = 16;
const SKIPPABLE: u32 = 0x184D_2A5E;
const SEEKABLE: u32 = 0x8F92_EAB1;
const HEADER_LEN: u64 = 8;
const FOOTER_LEN: u64 = 9;
/// The bit of the footer's descriptor that says that entries have checksums of their own.
const CHECKSUMS: u8 = 0x80;
/// Those that have to be 0.
const RESERVED: u8 = 0x7c;

/// Where a frame begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Start {
    /// In the file.
    pub(super) packed: u64,
    /// In what the file holds.
    pub(super) plain: u64,
}

/// Writes frames, and at the end their table.
pub(super) struct Encoder<'f> {
    file: &'f File,
    context: CCtx<'static>,
    buffer: Vec<u8>,
    /// Bytes of each frame, and that it holds.
    frames: Vec<(u32, u32)>,
    /// Bytes written.
    len: u64,
}

impl<'f> Encoder<'f> {
    pub(super) fn new(file: &'f File) -> io::Result<Self> {
        let mut context = CCtx::try_create().ok_or(io::ErrorKind::OutOfMemory)?;
        let checksums = CParameter::ChecksumFlag(true);
        for parameter in [CParameter::CompressionLevel(LEVEL), checksums] {
            context.set_parameter(parameter).map_err(failed)?;
        }
        Ok(Self { file, context, buffer: Vec::new(), frames: Vec::new(), len: 0 })
    }

    /// Writes a frame that holds these bytes, at most [`FRAME_MAX`]; false if the file, with its table, would be longer
    /// than `limit`.
    pub(super) fn frame(&mut self, plain: &[u8], limit: u64) -> io::Result<bool> {
        self.buffer.resize(zstd_safe::compress_bound(plain.len()), 0);
        let packed = self.context.compress2(&mut self.buffer[..], plain).map_err(failed)?;
        let table_len = SEAL_LEN + HEADER_LEN + 8 * (self.frames.len() as u64 + 1) + FOOTER_LEN;
        if self.len + packed as u64 + table_len > limit {
            return Ok(false);
        }
        self.file.write_all_at(&self.buffer[..packed], self.len)?;
        self.len += packed as u64;
        self.frames.push((packed as u32, plain.len() as u32));
        Ok(true)
    }

    /// Writes the table. Returns how long the file is.
    pub(super) fn finish(self) -> io::Result<u64> {
        let table = table(&self.frames);
        let end = [&seal(&table)[..], &table].concat();
        self.file.write_all_at(&end, self.len)?;
        Ok(self.len + end.len() as u64)
    }
}

fn failed(code: zstd_safe::ErrorCode) -> io::Error {
    io::Error::other(format!("zstd: {}", zstd_safe::get_error_name(code)))
}

fn table(frames: &[(u32, u32)]) -> Vec<u8> {
    let count = frames.len() as u32;
    let mut table = [SKIPPABLE.to_le_bytes(), (8 * count + FOOTER_LEN as u32).to_le_bytes()].concat();
    for (packed, plain) in frames {
        table.extend(packed.to_le_bytes());
        table.extend(plain.to_le_bytes());
    }
    table.extend(count.to_le_bytes());
    table.push(0);
    table.extend(SEEKABLE.to_le_bytes());
    table
}

fn seal(table: &[u8]) -> [u8; SEAL_LEN as usize] {
    let mut seal = [0; SEAL_LEN as usize];
    seal[..4].copy_from_slice(&SEAL.to_le_bytes());
    seal[4..8].copy_from_slice(&8_u32.to_le_bytes());
    seal[8..].copy_from_slice(&fnv1a(table).to_le_bytes());
    seal
}

/// The beginnings of the frames of a file of `len` bytes, and the end of the last; `None` if it has no sound table.
pub(super) fn read_table(file: &File, len: u64) -> io::Result<Option<Vec<Start>>> {
    let mut footer = [0; FOOTER_LEN as usize];
    let Some(at) = len.checked_sub(FOOTER_LEN) else { return Ok(None) };
    file.read_exact_at(&mut footer, at)?;
    let [a, b, c, d, descriptor, magic @ ..] = footer;
    if u32::from_le_bytes(magic) != SEEKABLE || descriptor & RESERVED != 0 {
        return Ok(None);
    }
    let count = u64::from(u32::from_le_bytes([a, b, c, d]));
    let entry_len = if descriptor & CHECKSUMS == 0 { 8 } else { 12 };
    let table_len = HEADER_LEN + count * entry_len + FOOTER_LEN;
    let Some(end) = len.checked_sub(table_len) else { return Ok(None) };
    let mut table = vec![0; table_len as usize];
    file.read_exact_at(&mut table, end)?;
    let number =
        |at: usize| table.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes);
    if number(0) != SKIPPABLE || u64::from(number(4)) != table_len - HEADER_LEN {
        return Ok(None);
    }
    // a file that another tool packed has none
    let mut sealed = [0; SEAL_LEN as usize];
    let end = match end.checked_sub(SEAL_LEN) {
        Some(before)
            if file.read_exact_at(&mut sealed, before).is_ok() && sealed[..4] == SEAL.to_le_bytes() =>
        {
            before
        }
        _ => end,
    };
    if sealed[..4] == SEAL.to_le_bytes() && sealed != seal(&table) {
        return Ok(None);
    }
    let mut starts = Vec::with_capacity(count as usize + 1);
    let mut start = Start::default();
    for entry in 0..count {
        let at = (HEADER_LEN + entry * entry_len) as usize;
        let (packed, plain) = (number(at), number(at + 4));
        if plain as usize > FRAME_MAX {
            return Ok(None);
        }
        starts.push(start);
        start = Start { packed: start.packed + u64::from(packed), plain: start.plain + u64::from(plain) };
    }
    starts.push(start);
    Ok((start.packed == end).then_some(starts))
}

/// The same for a file whose table is lost, as far as its frames are whole; and whether that is to the end.
pub(super) fn find_frames(file: &File, len: u64) -> io::Result<(Vec<Start>, bool)> {
    let mut starts = vec![Start::default()];
    let mut start = Start::default();
    let mut bytes = vec![0; FRAME_FILE_MAX.min(len as usize)];
    while start.packed < len {
        let there = (len - start.packed).min(bytes.len() as u64) as usize;
        let bytes = &mut bytes[..there];
        file.read_exact_at(bytes, start.packed)?;
        if [SEAL, SKIPPABLE].iter().any(|magic| bytes.starts_with(&magic.to_le_bytes())) {
            return Ok((starts, true));
        }
        let plain = zstd_safe::get_frame_content_size(bytes).ok().flatten();
        let Some(plain) = plain.filter(|plain| (1..=FRAME_MAX as u64).contains(plain)) else { break };
        let Ok(packed) = zstd_safe::find_frame_compressed_size(bytes) else { break };
        start = Start { packed: start.packed + packed as u64, plain: start.plain + plain };
        starts.push(start);
    }
    Ok((starts, false))
}
