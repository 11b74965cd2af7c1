//! The newest segment as a writer finds it, and what was wrong with it.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::format::{self, HEADER_LEN, RECORD_LEN, Record};
use super::segments;

/// A segment's files and how far they count.
pub(super) struct Tail {
    pub(super) log: File,
    pub(super) idx: File,
    pub(super) log_len: u64,
    pub(super) idx_len: u64,
    pub(super) last: Option<Record>,
    /// What was wrong with the index, if anything was.
    pub(super) fault: Option<&'static str>,
    /// Bytes that records tell of and the log does not have.
    pub(super) missing: u64,
}

impl Tail {
    /// Of a new segment.
    pub(super) fn new(dir: &Path, number: u64) -> io::Result<Self> {
        let (log, idx) = segments::create_segment(dir, number, 0)?;
        Ok(Self { log, idx, log_len: 0, idx_len: HEADER_LEN, last: None, fault: None, missing: 0 })
    }

    /// Opens a segment to go on with it, and cuts off what is torn of its index. `None` for a segment of another
    /// version: it is left as it is.
    pub(super) fn open(dir: &Path, number: u64) -> io::Result<Option<Self>> {
        let log = segments::open_writable(&segments::log_path(dir, number))?;
        let log_len = log.metadata()?.len();
        let idx_path = segments::idx_path(dir, number);
        let mut fault = None;
        let idx = match segments::open_writable(&idx_path) {
            Ok(idx) if idx.metadata()?.len() >= HEADER_LEN => idx,
            Ok(_) => {
                fault = Some("torn");
                segments::create_index(&idx_path, 0)?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fault = Some("missing");
                segments::create_index(&idx_path, 0)?
            }
            Err(error) => return Err(error),
        };
        let mut head = [0; HEADER_LEN as usize];
        idx.read_exact_at(&mut head, 0)?;
        if format::parse_header(&head).is_none() {
            return Ok(None);
        }
        let len = idx.metadata()?.len();
        let mut idx_len = len - (len - HEADER_LEN) % RECORD_LEN;
        let mut last = None;
        while idx_len > HEADER_LEN {
            let mut bytes = [0; RECORD_LEN as usize];
            idx.read_exact_at(&mut bytes, idx_len - RECORD_LEN)?;
            last = Record::decode(&bytes, log_len);
            if last.is_some() {
                break;
            }
            idx_len -= RECORD_LEN;
        }
        let end = last.map_or(0, |record| record.end());
        let missing = told(&idx, idx_len, end)?.saturating_sub(log_len);
        if idx_len < len {
            idx.set_len(idx_len)?;
        }
        if end < log_len {
            // a write to the log whose record never came
            fault = fault.or(Some("torn"));
        }
        Ok(Some(Self { log, idx, log_len, idx_len, last, fault, missing }))
    }

    /// What a reader of the log should know of it, last first.
    pub(super) fn notes(&self) -> Vec<String> {
        let unknown = self.log_len - self.last.map_or(0, |record| record.end());
        let gap = (self.missing > 0)
            .then(|| format!("gap of {} bytes (the end of the log was lost)", self.missing));
        let fault = self.fault.filter(|_| unknown > 0);
        let fault =
            fault.map(|fault| of_unknown_stream(&format!("the index of this log was {fault}"), unknown));
        gap.into_iter().chain(fault).collect()
    }

    /// Whether the log ends a line, or is empty.
    pub(super) fn at_line_start(&self) -> io::Result<bool> {
        let Some(last) = self.log_len.checked_sub(1) else { return Ok(true) };
        let mut byte = [0];
        self.log.read_exact_at(&mut byte, last)?;
        Ok(byte == *b"\n")
    }
}

/// The note on segment `number`, which has an index that is none, and so is left as it is; nothing for number 0.
pub(super) fn unreadable(dir: &Path, number: u64) -> Vec<String> {
    let size = std::fs::metadata(segments::log_path(dir, number)).map_or(0, |log| log.len());
    let note = || of_unknown_stream(&format!("the index of segment {number} can't be read"), size);
    (number > 0 && size > 0).then(note).into_iter().collect()
}

fn of_unknown_stream(what: &str, bytes: u64) -> String {
    format!("{what}; {bytes} bytes have no known stream")
}

/// Where the log ended once, as the records from `from` on tell, which go on where it ends now or before that.
fn told(idx: &File, mut from: u64, mut end: u64) -> io::Result<u64> {
    let mut bytes = [0; RECORD_LEN as usize];
    loop {
        match idx.read_exact_at(&mut bytes, from) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(end),
            other => other?,
        }
        match Record::decode(&bytes, u64::MAX).filter(|record| record.offset == end) {
            Some(record) => end = record.end(),
            None => return Ok(end),
        }
        from += RECORD_LEN;
    }
}
