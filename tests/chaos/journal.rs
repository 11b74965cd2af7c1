//! The check of a log: reads its files as the page of the format describes them, makes the flows of its runs again,
//! and compares byte by byte. What is missing must be covered by a gap line that counts enough.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::flow::Flow;

const HEADER: usize = 24;
const RECORD: usize = 24;

/// Longest part that is looked for behind a gap.
const KEY: usize = 48;

/// How a stream of one run was written.
struct Sent {
    begun: u64,
    bytes: u64,
    run: String,
    stream: String,
}

/// A flow that is being compared.
struct Track {
    name: String,
    flow: Flow,
    /// What is to come, and has been made already.
    ahead: Vec<u8>,
    /// Bytes that were compared or skipped, as they were written.
    done: u64,
    /// Bytes that the kernel took, as they come out.
    owed: u64,
}

impl Track {
    fn new(sent: &Sent, is_terminal: bool) -> Self {
        let flow = Flow::new(&sent.run, &sent.stream, is_terminal);
        // what was written, as it comes out: the terminal adds bytes
        let mut written = Vec::new();
        let mut again = flow.clone();
        while (written.len() as u64) < sent.bytes {
            written.extend(again.next());
        }
        written.truncate(sent.bytes as usize);
        let owed = flow.seen(&written).len() as u64;
        let ahead = Vec::new();
        let name = format!("{} {}", sent.run, sent.stream);
        Self { name, flow, ahead, done: 0, owed }
    }

    fn make(&mut self, length: usize) {
        while self.ahead.len() < length {
            let line = self.flow.next();
            self.ahead.extend(self.flow.seen(&line));
        }
    }

    /// How many of these bytes come next.
    fn fits(&mut self, bytes: &[u8]) -> usize {
        self.make(bytes.len());
        self.ahead.iter().zip(bytes).take_while(|(expected, seen)| expected == seen).count()
    }

    fn take(&mut self, length: usize) {
        self.ahead.drain(..length);
        self.done += length as u64;
    }

    /// Whether everything that the kernel took is here.
    fn is_whole(&self) -> bool {
        self.done >= self.owed
    }
}

/// One stream of the server: its runs, one after the other.
struct Stream {
    tracks: Vec<Track>,
    at: usize,
    /// Too few bytes to be found behind a gap: they wait for those that follow.
    held: Vec<u8>,
}

/// What was found in a log.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) broken: Vec<String>,
    pub(crate) bytes: u64,
    pub(crate) lost: u64,
    pub(crate) gaps: u64,
}

/// Checks the log in `log` against what its writers have on record in `sent`.
pub(crate) fn check(log: &Path, sent: &Path, is_terminal: bool) -> Found {
    let mut sents = read_sent(sent);
    sents.sort_by_key(|sent| sent.begun);
    let stream = |name: &str| Stream {
        tracks: sents
            .iter()
            .filter(|sent| sent.stream == name)
            .map(|sent| Track::new(sent, is_terminal))
            .collect(),
        at: 0,
        held: Vec::new(),
    };
    let mut check =
        Check { streams: [stream("stdout"), stream("stderr")], allowance: 0, found: Found::default() };
    for number in segments(log) {
        check.segment(log, number);
    }
    check.end();
    check.found
}

struct Check {
    streams: [Stream; 2],
    /// Bytes that gap lines cover and that were not missed yet.
    allowance: u64,
    found: Found,
}

impl Check {
    fn segment(&mut self, log: &Path, number: u64) {
        let bytes = read(log, &format!("{number}.log"));
        let index = read(log, &format!("{number}.idx"));
        let (mut at, mut slot) = (0, 0);
        for record in index.get(HEADER..).unwrap_or_default().chunks_exact(RECORD) {
            let number = |from: usize, to: usize| {
                record[from..to].iter().rev().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte))
            };
            let (offset, length) = (number(8, 16) as usize, number(16, 20) as usize);
            if record[20] == 0 || offset != at || offset + length > bytes.len() {
                break;
            }
            slot = record[21];
            self.bytes(&bytes[offset..offset + length], record[20], slot);
            at = offset + length;
        }
        if at < bytes.len() {
            self.bytes(&bytes[at..], 4, u8::from(slot == 1));
        }
    }

    fn bytes(&mut self, bytes: &[u8], kind: u8, slot: u8) {
        match kind {
            3 => self.system(&String::from_utf8_lossy(bytes)),
            1 => self.stream(0, bytes),
            2 => self.stream(1, bytes),
            // nobody wrote down which it was: the one that goes on like this
            _ => {
                let guess = usize::from(slot == 1);
                let other = 1 - guess;
                let start = &bytes[..bytes.len().min(KEY)];
                let fits = |stream: &mut Stream| stream.fits(start) == start.len();
                let takes_other = !fits(&mut self.streams[guess]) && fits(&mut self.streams[other]);
                self.stream(if takes_other { other } else { guess }, bytes);
            }
        }
    }

    /// `gap of 17 bytes (…)`, `gap of at most 65536 bytes (…)`.
    fn system(&mut self, line: &str) {
        // behind it another run may go on, or the same one further on
        for which in 0..2 {
            let held = std::mem::take(&mut self.streams[which].held);
            self.compare(which, &held, true);
        }
        let Some((_, rest)) = line.split_once("gap of ") else { return };
        let count =
            rest.trim_start_matches("at most ").split(' ').next().and_then(|word| word.parse::<u64>().ok());
        match count {
            Some(count) => {
                self.allowance += count;
                self.found.gaps += 1;
            }
            None => self.found.broken.push(format!("I4: a gap line without a count: {line:?}")),
        }
    }

    fn stream(&mut self, which: usize, bytes: &[u8]) {
        self.found.bytes += bytes.len() as u64;
        let stream = &mut self.streams[which];
        if stream.tracks.is_empty() {
            let seen = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
            self.found.broken.push(format!("I4: nobody wrote {seen:?}"));
            return;
        }
        let mut held = std::mem::take(&mut stream.held);
        held.extend_from_slice(bytes);
        self.compare(which, &held, false);
    }

    /// Compares what came of a stream. At the end even a few bytes are looked for behind a gap.
    fn compare(&mut self, which: usize, mut bytes: &[u8], at_end: bool) {
        while !bytes.is_empty() {
            let stream = &mut self.streams[which];
            if stream.at >= stream.tracks.len() {
                return;
            }
            let taken = stream.fits_at_once(bytes);
            // a byte or two may only look like more of a run that has ended, where the next one lost its beginning
            let by_chance = stream.tracks[stream.at].is_whole() && taken < bytes.len().min(KEY);
            if by_chance {
                if bytes.len() < KEY && !at_end {
                    stream.held = bytes.to_vec();
                    return;
                }
                if self.skip(which, bytes) {
                    continue;
                }
            }
            let stream = &mut self.streams[which];
            stream.take(taken);
            bytes = &bytes[taken..];
            if bytes.is_empty() {
                return;
            }
            if bytes.len() < KEY && !at_end {
                stream.held = bytes.to_vec();
                return;
            }
            if stream.next_begins(bytes) || self.skip(which, bytes) {
                continue;
            }
            let Stream { tracks, at, .. } = &self.streams[which];
            let place =
                tracks.get(*at).map(|track| format!("{} at {} of {}", track.name, track.done, track.owed));
            let seen = String::from_utf8_lossy(&bytes[..bytes.len().min(80)]).into_owned();
            let left = self.allowance;
            self.found.broken.push(format!(
                "I4: the log goes on with {seen:?} where {place:?} was expected; gap lines cover {left} bytes"
            ));
            // the rest would only say the same again
            self.streams[which].at = self.streams[which].tracks.len();
            return;
        }
    }

    /// Skips what gap lines allow, if the bytes go on behind that.
    fn skip(&mut self, which: usize, bytes: &[u8]) -> bool {
        let allowance = self.allowance;
        let stream = &mut self.streams[which];
        let key = &bytes[..bytes.len().min(KEY)];
        // it may have swallowed the beginnings of runs too
        for at in stream.at..stream.tracks.len() {
            let track = &mut stream.tracks[at];
            track.make(allowance as usize + key.len());
            let window = &track.ahead[..allowance as usize + key.len()];
            let found = (1..=allowance as usize).find(|at| &window[*at..*at + key.len()] == key);
            if let Some(length) = found {
                track.take(length);
                stream.at = at;
                self.allowance -= length as u64;
                self.found.lost += length as u64;
                return true;
            }
        }
        false
    }

    /// What was taken by the kernel and is not here.
    fn end(&mut self) {
        for which in 0..2 {
            let held = std::mem::take(&mut self.streams[which].held);
            self.compare(which, &held, true);
        }
        let mut missing = 0;
        let mut names = Vec::new();
        for track in self.streams.iter().flat_map(|stream| &stream.tracks) {
            let lacks = track.owed.saturating_sub(track.done);
            if lacks > 0 {
                missing += lacks;
                names.push(format!("{}: {} of {}", track.name, track.done, track.owed));
            }
        }
        self.found.lost += missing;
        if missing > self.allowance {
            let (names, left) = (names.join("; "), self.allowance);
            self.found
                .broken
                .push(format!("I4: {missing} bytes are not in the log, gap lines cover {left}: {names}"));
        }
    }
}

impl Stream {
    fn fits(&mut self, bytes: &[u8]) -> usize {
        self.tracks.get_mut(self.at).map_or(0, |track| track.fits(bytes))
    }

    /// The same, but of a run that has no more to come, not what only looks like its next byte.
    fn fits_at_once(&mut self, bytes: &[u8]) -> usize {
        if self.tracks.get(self.at).is_some_and(Track::is_whole) && self.next_with(bytes).is_some() {
            return 0;
        }
        self.fits(bytes)
    }

    fn take(&mut self, length: usize) {
        if let Some(track) = self.tracks.get_mut(self.at) {
            track.take(length);
        }
    }

    /// How many runs on from this one is that which these bytes begin.
    fn next_with(&self, bytes: &[u8]) -> Option<usize> {
        self.tracks.get(self.at + 1..)?.iter().position(|track| {
            let begin = track.flow.seen(&track.flow.begin());
            let length = begin.len().min(bytes.len());
            begin[..length] == bytes[..length]
        })
    }

    /// Goes on to the run that these bytes begin. What is missing of those before is counted at the end.
    fn next_begins(&mut self, bytes: &[u8]) -> bool {
        let next = self.next_with(bytes);
        if let Some(next) = next {
            self.at += 1 + next;
        }
        next.is_some()
    }
}

fn read_sent(dir: &Path) -> Vec<Sent> {
    let read = |name: String| {
        let bytes = fs::read(dir.join(&name)).ok()?;
        let number = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
        let (run, stream) = name.rsplit_once('.')?;
        Some(Sent { begun: number(0)?, bytes: number(8)?, run: run.to_owned(), stream: stream.to_owned() })
    };
    crate::observer::names(dir).into_iter().filter_map(read).collect()
}

/// The segments of a log by number, oldest first.
fn segments(log: &Path) -> BTreeSet<u64> {
    let number = |name: String| name.strip_suffix(".zst").unwrap_or(&name).strip_suffix(".log")?.parse().ok();
    crate::observer::names(log).into_iter().filter_map(number).collect()
}

/// A file of a segment: as it was written, or what was made of it since.
fn read(log: &Path, name: &str) -> Vec<u8> {
    fs::read(log.join(name))
        .unwrap_or_else(|_| unpack(&fs::read(log.join(format!("{name}.zst"))).unwrap_or_default()))
}

/// What all frames of zstd hold together.
fn unpack(mut packed: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    while let Ok(length) = zstd_safe::find_frame_compressed_size(packed) {
        let size = zstd_safe::get_frame_content_size(packed).ok().flatten().unwrap_or(0);
        let mut frame = vec![0; size as usize];
        assert_eq!(
            zstd_safe::decompress(&mut frame[..], &packed[..length]),
            Ok(frame.len()),
            "a damaged frame"
        );
        plain.append(&mut frame);
        packed = &packed[length..];
    }
    plain
}
