//! The durable events: what happened, numbered 1, 2, 3 … over the life of the state directory.
//!
//! * An event is in its file before [`EventStore::append`] returns, by one `write(2)`: it survives the end of the
//!   supervisor, though not that of the box (no fsync).
//! * A number is never given twice. What a crash or a full disk left of a line is cut off: nobody was told of it.
//! * When the disk fails, events go on: they are kept in memory and counted, see [`EventStore::unwritten`].
//! * A file that is not one of events is moved aside to `*.corrupt-<time>` and never overwritten; what could be read
//!   of it stays in memory.
//!
//! A file is named after its first event and holds up to 1 MiB, one JSON object on each line; the last four are kept.
//! [`EventStore::open`] and [`EventStore::append`] do all there is to do; [`file`] reads one file, [`exits`]
//! tells of a server's events how its runs ended.

mod exits;
mod file;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::api::PastExit;
use crate::model::{Event, EventKind, ServerId};
use file::Contents;

/// A file that would become longer is followed by a new one.
const FILE_SIZE: u64 = 1024 * 1024;

/// Files that are kept.
const FILES: usize = 4;

/// Events that are kept in memory; older ones are read from their files.
const IN_MEMORY: usize = 10_000;

/// Writes and gives back events.
#[derive(Debug)]
pub struct EventStore {
    dir: PathBuf,
    next: u64,
    recent: VecDeque<Event>,
    /// First numbers of the files there are, in order.
    files: VecDeque<u64>,
    /// The last of them.
    current: Option<Current>,
    unwritten: u64,
}

#[derive(Debug)]
struct Current {
    file: File,
    length: u64,
}

impl EventStore {
    /// Reads what there is. Also returns where files were moved that are none of events. An error means that the
    /// directory can't be made or read.
    pub fn open(dir: &Path) -> io::Result<(Self, Vec<PathBuf>)> {
        make(dir)?;
        let mut store = Self {
            dir: dir.to_owned(),
            next: 1,
            recent: VecDeque::new(),
            files: VecDeque::new(),
            current: None,
            unwritten: 0,
        };
        let mut moved = Vec::new();
        for first in file::list(dir)? {
            store.load(first, &mut moved)?;
        }
        store.continue_last();
        Ok((store, moved))
    }

    fn load(&mut self, first: u64, moved: &mut Vec<PathBuf>) -> io::Result<()> {
        let path = self.path(first);
        let Contents { events, last, is_corrupt } = file::read(&path, first)?;
        for event in events {
            self.remember(event);
        }
        self.next = self.next.max(first).max(last.saturating_add(1));
        if is_corrupt {
            moved.push(file::move_aside(&path)?);
        } else {
            self.files.push_back(first);
        }
        Ok(())
    }

    /// Goes on in the last file, if it can be written; a torn last line is cut off.
    fn continue_last(&mut self) {
        let Some(first) = self.files.back() else { return };
        let open = || {
            let path = self.path(*first);
            let length = file::whole_lines(&path)?;
            let file = OpenOptions::new().append(true).open(path)?;
            file.set_len(length)?;
            io::Result::Ok(Current { file, length })
        };
        self.current = open().ok();
    }

    /// Numbers an event and writes it down.
    pub fn append(&mut self, at: Timestamp, server: Option<ServerId>, kind: EventKind) -> Event {
        let event = Event { seq: self.next, at, server, kind };
        self.next += 1;
        if self.write(&event).is_err() {
            self.unwritten += 1;
        }
        self.remember(event.clone());
        event
    }

    fn remember(&mut self, event: Event) {
        if self.recent.len() == IN_MEMORY {
            self.recent.pop_front();
        }
        self.recent.push_back(event);
    }

    fn write(&mut self, event: &Event) -> io::Result<()> {
        let mut line = serde_json::to_vec(event)?;
        line.push(b'\n');
        let length = line.len() as u64;
        let fits = |current: &Current| current.length == 0 || current.length + length <= FILE_SIZE;
        // whoever removed the file while it was open would not see what is written to it
        let exists = |current: &Current| current.file.metadata().is_ok_and(|file| file.nlink() > 0);
        let mut current = match self.current.take() {
            Some(current) if fits(&current) && exists(&current) => current,
            Some(_) | None => self.begin_file(event.seq)?,
        };
        match current.file.write_all(&line) {
            Ok(()) => {
                current.length += length;
                self.current = Some(current);
                Ok(())
            }
            Err(error) => {
                // without its torn line the file can be used on; else a new one is begun
                self.current = current.file.set_len(current.length).is_ok().then_some(current);
                Err(error)
            }
        }
    }

    fn begin_file(&mut self, first: u64) -> io::Result<Current> {
        make(&self.dir)?;
        let path = self.path(first);
        let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(path)?;
        self.files.push_back(first);
        while self.files.len() > FILES {
            if let Some(oldest) = self.files.pop_front() {
                // one that stays is tried again by nobody, and is in nobody's way
                let _ = std::fs::remove_file(self.path(oldest));
            }
        }
        Ok(Current { file, length: 0 })
    }

    /// The events after this one that are still kept, in order.
    pub fn since(&self, seq: u64) -> Vec<Event> {
        let in_memory = self.recent.front().map_or(self.next, |event| event.seq);
        let mut events = Vec::new();
        if seq.saturating_add(1) < in_memory {
            // a file that can't be read now is left out: the numbers show the hole
            let older = self.files.iter().filter_map(|first| file::read(&self.path(*first), *first).ok());
            let older = older.flat_map(|contents| contents.events);
            events.extend(older.filter(|event| seq < event.seq && event.seq < in_memory));
        }
        events.extend(self.recent.iter().filter(|event| seq < event.seq).cloned());
        events
    }

    /// How this server's last runs ended, newest first, as far as their events are in memory.
    pub fn exits(&self, server: &ServerId, most: usize) -> Vec<PastExit> {
        let own = self.recent.iter().rev().filter(|event| event.server.as_ref() == Some(server));
        exits::of(own, most)
    }

    /// Number of the last event; 0 before the first.
    pub fn last(&self) -> u64 {
        self.next - 1
    }

    /// Events that the disk did not take; they are lost when this supervisor ends.
    pub fn unwritten(&self) -> u64 {
        self.unwritten
    }

    fn path(&self, first: u64) -> PathBuf {
        self.dir.join(format!("{first}.jsonl"))
    }
}

fn make(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)
}
