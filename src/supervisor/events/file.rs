//! One file of events: what can be read of it, and whether it is one at all.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Deserialize;

use crate::model::{Event, EventKind};

/// Far above what a file of events grows to; a longer one is none.
const LONGEST: u64 = 16 * 1024 * 1024;

/// No event is written in fewer bytes: number, time and the shortest kind.
const SHORTEST: u64 = 64;

/// What a file holds.
#[derive(Debug)]
pub(super) struct Contents {
    /// Those that could be read. Events of a kind that only a newer version knows are not among them.
    pub(super) events: Vec<Event>,
    /// No event of this file has a higher number.
    pub(super) last: u64,
    /// It holds something else than events.
    pub(super) is_corrupt: bool,
}

/// What even a newer version's event has.
#[derive(Deserialize)]
struct Numbered {
    seq: u64,
}

/// Reads a file whose first event has this number. A last line without its end is not looked at.
pub(super) fn read(path: &Path, first: u64) -> io::Result<Contents> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST + 1).read_to_end(&mut bytes)?;
    Ok(parse(&bytes, first))
}

fn parse(bytes: &[u8], first: u64) -> Contents {
    let mut contents = Contents {
        events: Vec::new(),
        last: first.saturating_sub(1),
        is_corrupt: bytes.len() as u64 > LONGEST,
    };
    let (whole, torn) = bytes.split_at(whole(bytes));
    for line in whole.split_inclusive(|byte| *byte == b'\n') {
        match serde_json::from_slice::<Numbered>(line) {
            Ok(Numbered { seq }) if seq > contents.last && seq <= first.saturating_add(LONGEST) => {
                contents.last = seq;
                // one of a newer version would be told without what it says
                let event = serde_json::from_slice::<Event>(line).ok();
                contents.events.extend(event.filter(|event| event.kind != EventKind::Other));
            }
            Ok(_) | Err(_) => contents.is_corrupt = true,
        }
    }
    // the beginning of an event is what a crash leaves; anything else was never ours
    contents.is_corrupt |= !torn.is_empty() && torn[0] != b'{';
    if contents.is_corrupt {
        let most = first.saturating_add(bytes.len() as u64 / SHORTEST);
        contents.last = contents.last.max(most);
    }
    contents
}

/// Length of the lines that have their end.
fn whole(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1)
}

/// The same of a file.
pub(super) fn whole_lines(path: &Path) -> io::Result<u64> {
    Ok(whole(&std::fs::read(path)?) as u64)
}

/// First numbers of the files in a directory, in order.
pub(super) fn list(dir: &Path) -> io::Result<Vec<u64>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let name = entry?.file_name();
        let first = name.to_str().and_then(|name| name.strip_suffix(".jsonl"));
        found.extend(first.and_then(|first| first.parse::<u64>().ok()));
    }
    found.sort_unstable();
    Ok(found)
}

/// Renames to `*.corrupt-<time>` and says where it is now.
pub(super) fn move_aside(path: &Path) -> io::Result<PathBuf> {
    let time = Timestamp::now().strftime("%Y%m%dT%H%M%S%.6f").to_string();
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".corrupt-{time}"));
    let aside = PathBuf::from(name);
    std::fs::rename(path, &aside)?;
    Ok(aside)
}
