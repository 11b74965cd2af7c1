//! The layout of an index file: a header, then one record for each write. Little endian.
//!
//! ```text
//! header  0  magic `ostlrIDX`   8  version, u32   12  record size, u32   16  where the segment before ended, u64
//! record  0  time, i64 µs since 1970   8  offset, u64   16  length, u32   20  stream   21  slot   22  open slots   23  0
//! ```
//!
//! A record of zeros, as a power cut may leave it, is not valid: stream codes begin at 1.

use crate::model::Stream;

/// Bytes of the header of an index file.
pub(super) const HEADER_LEN: u64 = 24;
/// Bytes of a record.
pub(super) const RECORD_LEN: u64 = 24;

const MAGIC: [u8; 8] = *b"ostlrIDX";
const VERSION: u32 = 1;

/// Where the bytes of a line are put together. A stream has one slot; a lost index leaves bytes of an unknown stream
/// in the slot whose line they most likely go on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Stdout,
    Stderr,
    System,
}

impl Slot {
    /// All of them, in the order of [`Slot::index`].
    pub(super) const ALL: [Self; 3] = [Self::Stdout, Self::Stderr, Self::System];

    /// The slot of bytes without a record that follow on `last`: they most likely are of the same stream.
    pub(super) const fn after(last: Option<Self>) -> Self {
        match last {
            Some(Self::Stderr) => Self::Stderr,
            Some(Self::Stdout | Self::System) | None => Self::Stdout,
        }
    }

    /// The slot of a stream; unknown bytes go with the standard output.
    pub(super) const fn of(stream: Stream) -> Self {
        match stream {
            Stream::Stdout | Stream::Unknown => Self::Stdout,
            Stream::Stderr => Self::Stderr,
            Stream::System => Self::System,
        }
    }

    /// Its place in an array of slots.
    pub(super) const fn index(self) -> usize {
        self as usize
    }
}

/// The slots whose line has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OpenSlots(u8);

impl OpenSlots {
    /// Every line has ended.
    pub(super) const NONE: Self = Self(0);
    /// It is not known which: any may be.
    pub(super) const ANY: Self = Self(0b111);

    /// Whether this one is open.
    pub(super) const fn has(self, slot: Slot) -> bool {
        self.0 & (1 << slot.index()) != 0
    }

    /// The same, but for this slot.
    #[must_use]
    pub(super) const fn with(self, slot: Slot, open: bool) -> Self {
        let bit = 1 << slot.index();
        Self(if open { self.0 | bit } else { self.0 & !bit })
    }
}

/// One write to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// When, in microseconds since 1970.
    pub(super) at_us: i64,
    /// Its first byte's place in the segment.
    pub(super) offset: u64,
    /// How many bytes; never 0.
    pub(super) len: u32,
    /// Where they came from.
    pub(super) stream: Stream,
    /// Where their lines are put together.
    pub(super) slot: Slot,
    /// As it is after them.
    pub(super) open: OpenSlots,
}

impl Record {
    /// Just past its last byte.
    pub(super) const fn end(&self) -> u64 {
        self.offset.saturating_add(self.len as u64)
    }

    /// As it stands in the file.
    pub(super) fn encode(&self) -> [u8; RECORD_LEN as usize] {
        let mut out = [0; RECORD_LEN as usize];
        out[..8].copy_from_slice(&self.at_us.to_le_bytes());
        out[8..16].copy_from_slice(&self.offset.to_le_bytes());
        out[16..20].copy_from_slice(&self.len.to_le_bytes());
        out[20] = match self.stream {
            Stream::Stdout => 1,
            Stream::Stderr => 2,
            Stream::System => 3,
            Stream::Unknown => 4,
        };
        out[21] = self.slot as u8;
        out[22] = self.open.0;
        out
    }

    /// Back from the file; `None` where that is no record, or one of bytes that a log of `log_len` does not have.
    pub(super) fn decode(bytes: &[u8], log_len: u64) -> Option<Self> {
        let bytes: &[u8; RECORD_LEN as usize] = bytes.try_into().ok()?;
        let stream = match bytes[20] {
            1 => Stream::Stdout,
            2 => Stream::Stderr,
            3 => Stream::System,
            4 => Stream::Unknown,
            _ => return None,
        };
        let record = Self {
            at_us: i64::from_le_bytes(bytes[..8].try_into().ok()?),
            offset: u64::from_le_bytes(bytes[8..16].try_into().ok()?),
            len: u32::from_le_bytes(bytes[16..20].try_into().ok()?),
            stream,
            slot: *Slot::ALL.get(usize::from(bytes[21]))?,
            open: OpenSlots(bytes[22]),
        };
        (record.len > 0 && record.end() <= log_len).then_some(record)
    }
}

/// The header of a segment's index; `before` is where the segment before it ended.
pub(super) fn header(before: u64) -> [u8; HEADER_LEN as usize] {
    let mut out = [0; HEADER_LEN as usize];
    out[..8].copy_from_slice(&MAGIC);
    out[8..12].copy_from_slice(&VERSION.to_le_bytes());
    out[12..16].copy_from_slice(&(RECORD_LEN as u32).to_le_bytes());
    out[16..].copy_from_slice(&before.to_le_bytes());
    out
}

/// Where the segment before ended; `None` if this is not the header of an index that this version reads.
pub(super) fn parse_header(bytes: &[u8]) -> Option<u64> {
    let before = u64::from_le_bytes(bytes.get(16..HEADER_LEN as usize)?.try_into().ok()?);
    (bytes[..16] == header(before)[..16]).then_some(before)
}
