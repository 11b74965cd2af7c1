//! `history.bin` in a server's directory: the minutes of the last day, for the next supervisor.
//!
//! A head of 16 bytes (`ostlhist`, the version, the number of places), then 1,440 places of 16 bytes: minute of the
//! Unix epoch, CPU in per cent (f32), last and least memory in KiB, all little-endian. A minute's place is its number
//! modulo 1,440, so it is written by one `pwrite(2)` over the one of the day before, and the file never grows beyond
//! 23 KiB. Places that were never written are holes.
//!
//! The wall's clock may jump. Minutes that are out of their place's turn are left out when it is read: what counts is
//! what was written last.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::os::file;

/// Its name.
pub const NAME: &str = "history.bin";

/// Minutes that are kept.
pub const STEPS: usize = 1440;

const MAGIC: &[u8; 8] = b"ostlhist";
const VERSION: u32 = 1;
const HEAD: usize = 16;
const PLACE: usize = 16;
const WHOLE: usize = HEAD + STEPS * PLACE;

/// One minute of a server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Minute {
    /// Minutes since the Unix epoch.
    pub unix_minute: u32,
    /// The greatest, in per cent of one core.
    pub cpu_percent: f32,
    /// The last.
    pub memory_bytes: u64,
    /// The least.
    pub low_bytes: u64,
}

/// What a file held.
#[derive(Clone, Debug, PartialEq)]
pub enum Past {
    /// These minutes, oldest first; none where there is no file.
    Minutes(Vec<Minute>),
    /// It is none of ours, and is now here.
    MovedAside(PathBuf),
}

/// Writes a minute into the file of this directory, which has to be there.
pub fn write(dir: &Path, minute: &Minute) -> io::Result<()> {
    let path = dir.join(NAME);
    let file = match OpenOptions::new().write(true).open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => begin(&path)?,
        Err(error) => return Err(error),
    };
    let place = minute.unix_minute as usize % STEPS;
    file.write_all_at(&encode(minute), (HEAD + place * PLACE) as u64)
}

fn begin(path: &Path) -> io::Result<File> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(&head())?;
    Ok(file)
}

/// Reads the file of this directory. One that is none of ours is moved aside.
pub fn read(dir: &Path) -> io::Result<Past> {
    let path = dir.join(NAME);
    let mut bytes = Vec::new();
    match File::open(&path) {
        Ok(file) => file.take(WHOLE as u64 + 1).read_to_end(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Past::Minutes(Vec::new())),
        Err(error) => return Err(error),
    };
    if let Some(minutes) = parse(&bytes) {
        return Ok(Past::Minutes(minutes));
    }
    let stamp = Timestamp::now().strftime("%Y%m%dT%H%M%S").to_string();
    Ok(Past::MovedAside(file::move_aside(&path, &stamp)?))
}

fn head() -> [u8; HEAD] {
    let mut head = [0; HEAD];
    head[..8].copy_from_slice(MAGIC);
    head[8..12].copy_from_slice(&VERSION.to_le_bytes());
    head[12..].copy_from_slice(&(STEPS as u32).to_le_bytes());
    head
}

/// `None` if it is no such file. A last place without its end is what a crash leaves, and is not looked at.
fn parse(bytes: &[u8]) -> Option<Vec<Minute>> {
    if bytes.len() < HEAD {
        // a supervisor that was killed between making the file and writing to it
        return head().starts_with(bytes).then(Vec::new);
    }
    if bytes.len() > WHOLE || bytes[..HEAD] != head() {
        return None;
    }
    let (places, _) = bytes[HEAD..].as_chunks::<PLACE>();
    let in_place = |(at, place): (usize, &[u8; PLACE])| {
        decode(place).filter(|minute| minute.unix_minute as usize % STEPS == at)
    };
    let mut minutes: Vec<Minute> = places.iter().enumerate().filter_map(in_place).collect();
    minutes.sort_unstable_by_key(|minute| minute.unix_minute);
    Some(minutes)
}

fn encode(minute: &Minute) -> [u8; PLACE] {
    let kib = |bytes: u64| u32::try_from(bytes / 1024).unwrap_or(u32::MAX).to_le_bytes();
    let mut place = [0; PLACE];
    place[..4].copy_from_slice(&minute.unix_minute.to_le_bytes());
    place[4..8].copy_from_slice(&minute.cpu_percent.to_le_bytes());
    place[8..12].copy_from_slice(&kib(minute.memory_bytes));
    place[12..].copy_from_slice(&kib(minute.low_bytes));
    place
}

fn decode(place: &[u8; PLACE]) -> Option<Minute> {
    let (words, _) = place.as_chunks::<4>();
    let [unix_minute, cpu, memory, low] = words else { return None };
    let bytes = |word: &[u8; 4]| u64::from(u32::from_le_bytes(*word)) * 1024;
    let minute = Minute {
        unix_minute: u32::from_le_bytes(*unix_minute),
        cpu_percent: f32::from_le_bytes(*cpu),
        memory_bytes: bytes(memory),
        low_bytes: bytes(low),
    };
    let is_one = minute.unix_minute > 0
        && minute.cpu_percent.is_finite()
        && minute.cpu_percent >= 0.0
        && minute.low_bytes <= minute.memory_bytes;
    is_one.then_some(minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u32 = 29_000_000;

    fn minute(unix_minute: u32) -> Minute {
        let mib = u64::from(unix_minute % 97) + 3;
        Minute { unix_minute, cpu_percent: 12.5, memory_bytes: mib << 20, low_bytes: (mib - 2) << 20 }
    }

    fn written(minutes: impl IntoIterator<Item = u32>) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        minutes.into_iter().for_each(|number| write(dir.path(), &minute(number)).unwrap());
        dir
    }

    fn numbers(dir: &Path) -> Vec<u32> {
        match read(dir).unwrap() {
            Past::Minutes(minutes) => minutes.into_iter().map(|minute| minute.unix_minute).collect(),
            Past::MovedAside(path) => panic!("{}", path.display()),
        }
    }

    #[test]
    fn what_was_written_is_read_and_a_day_replaces_the_one_before() {
        let dir = written(NOW..NOW + 3);
        assert_eq!(read(dir.path()).unwrap(), Past::Minutes((NOW..NOW + 3).map(minute).collect()));
        let dir = written(NOW..NOW + 3000);
        assert_eq!(numbers(dir.path()), (NOW + 1560..NOW + 3000).collect::<Vec<_>>());
        assert_eq!(std::fs::metadata(dir.path().join(NAME)).unwrap().len(), WHOLE as u64);
        assert_eq!(numbers(tempfile::tempdir().unwrap().path()), [0; 0]);
    }

    #[test]
    fn a_server_that_is_gone_gets_no_directory_back() {
        let dir = tempfile::tempdir().unwrap();
        let gone = dir.path().join("gone");
        assert_eq!(write(&gone, &minute(NOW)).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(!gone.exists());
    }

    #[test]
    fn a_file_that_is_cut_anywhere_keeps_its_whole_minutes() {
        let first = NOW - NOW % STEPS as u32;
        let dir = written(first..first + 4);
        let path = dir.path().join(NAME);
        let whole = std::fs::read(&path).unwrap();
        for length in 0..=whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let kept = length.saturating_sub(HEAD) / PLACE;
            assert_eq!(numbers(dir.path()).len(), kept, "{length}");
        }
    }

    #[test]
    fn what_is_no_history_is_moved_aside_and_the_next_minute_begins_a_new_one() {
        let dir = written([NOW]);
        let path = dir.path().join(NAME);
        let good = std::fs::read(&path).unwrap();
        let newer = [&good[..8], &2_u32.to_le_bytes(), &good[12..]].concat();
        let long = [&good[..], &vec![0; WHOLE]].concat();
        for bad in [b"{}".to_vec(), b"ostlhisT and more than a head".to_vec(), newer, long] {
            std::fs::write(&path, &bad).unwrap();
            let Past::MovedAside(aside) = read(dir.path()).unwrap() else { panic!("{bad:?}") };
            assert_eq!(std::fs::read(aside).unwrap(), bad);
            write(dir.path(), &minute(NOW + 1)).unwrap();
            assert_eq!(numbers(dir.path()), [NOW + 1]);
        }
    }

    #[test]
    fn a_place_with_something_else_is_left_out() {
        let dir = written(NOW..NOW + 5);
        let path = dir.path().join(NAME);
        let mut bytes = std::fs::read(&path).unwrap();
        let at = HEAD + (NOW as usize + 1) % STEPS * PLACE;
        bytes[at + 4..at + 8].copy_from_slice(&f32::NAN.to_le_bytes());
        bytes[at + PLACE] ^= 1;
        bytes[at + 2 * PLACE + 12..at + 3 * PLACE].copy_from_slice(&u32::MAX.to_le_bytes());
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(numbers(dir.path()), [NOW, NOW + 4]);
    }
}
