//! The observer: looks at `/proc` every few milliseconds, whatever ostler says, and remembers what it saw.
//!
//! A process belongs to a run by the `OSTLER_RUN_ID` in its environment, and to the sandbox by its `OSTLER_HOME`. Two
//! runs of one server at the same moment are two copies of it. Exit records are read as they come, since only the last
//! few are kept.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use ostler::model::Exit;
use serde_json::Value;

use crate::clock::{ms, pause};
use crate::serve;
use crate::support::Process;

/// How often it looks.
const EVERY: Duration = Duration::from_millis(10);

/// So many looks a new process is read again, since it may not have executed its program yet.
const YOUNG: u32 = 30;

/// How long two supervisors may be there: one that finds the lock taken ends, one that said goodbye is on its way out.
const TWO_SUPERVISORS: Duration = Duration::from_secs(6);

/// A process of a run.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) pid: u32,
    pub(crate) start: u64,
    pub(crate) server: String,
    pub(crate) run: String,
    /// The one that ostler started.
    pub(crate) main: bool,
}

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// What must not be.
    pub(crate) broken: Vec<String>,
    /// Exit records: by server and run.
    pub(crate) exits: BTreeMap<(String, String), Exit>,
    /// Every main process there ever was, by run.
    pub(crate) mains: BTreeMap<String, Member>,
    /// Looks.
    pub(crate) looks: u64,
    /// The longest time between two looks.
    pub(crate) longest: Duration,
    /// Every supervisor there ever was.
    pub(crate) supervisors: HashSet<u32>,
}

pub(crate) struct Observer {
    seen: Arc<Mutex<Seen>>,
    stop: Arc<AtomicBool>,
    task: Option<JoinHandle<()>>,
}

impl Observer {
    /// Of everything that has this `OSTLER_HOME`.
    pub(crate) fn start(home: &Path) -> Self {
        let (seen, stop) = (Arc::new(Mutex::new(Seen::default())), Arc::new(AtomicBool::new(false)));
        let mut watch = Watch::new(home.to_owned(), seen.clone());
        let end = stop.clone();
        let task = thread::spawn(move || {
            while !end.load(Ordering::Relaxed) {
                watch.look();
                pause(EVERY);
            }
            watch.harvest();
        });
        Self { seen, stop, task: Some(task) }
    }

    /// What was seen so far.
    pub(crate) fn seen<T>(&self, read: impl FnOnce(&mut Seen) -> T) -> T {
        read(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Ends it.
    pub(crate) fn end(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(task) = self.task.take()
            && task.join().is_err()
        {
            self.seen(|seen| seen.broken.push("the observer panicked".to_owned()));
        }
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        self.end();
    }
}

enum Known {
    Young(u32),
    Stranger,
    Supervisor(Instant),
    Member(Member),
}

struct Watch {
    home: PathBuf,
    mark: String,
    seen: Arc<Mutex<Seen>>,
    known: HashMap<u32, Known>,
    last: Instant,
    harvested: Instant,
    reported: HashSet<String>,
}

impl Watch {
    fn new(home: PathBuf, seen: Arc<Mutex<Seen>>) -> Self {
        let mark = format!("OSTLER_HOME={}", home.display());
        let now = Instant::now();
        Self { home, mark, seen, known: HashMap::new(), last: now, harvested: now, reported: HashSet::new() }
    }

    fn look(&mut self) {
        let pids: HashSet<u32> = pids().collect();
        self.known.retain(|pid, _| pids.contains(pid));
        for pid in pids {
            let young = match self.known.get(&pid) {
                None => 0,
                Some(Known::Young(looks)) => *looks,
                Some(_) => continue,
            };
            let known = self.classify(pid).unwrap_or(if young < YOUNG {
                Known::Young(young + 1)
            } else {
                Known::Stranger
            });
            if let Known::Member(member) = &known
                && member.main
            {
                let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.mains.insert(member.run.clone(), member.clone());
            }
            self.known.insert(pid, known);
        }
        self.copies();
        self.supervisors();
        let now = Instant::now();
        let gap = now - std::mem::replace(&mut self.last, now);
        if now - self.harvested > ms(150) {
            self.harvest();
            self.harvested = now;
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.looks += 1;
        seen.longest = seen.longest.max(gap);
    }

    fn classify(&self, pid: u32) -> Option<Known> {
        let environ = fs::read(format!("/proc/{pid}/environ")).ok()?;
        let pairs: Vec<&str> =
            environ.split(|byte| *byte == 0).filter_map(|pair| std::str::from_utf8(pair).ok()).collect();
        if !pairs.contains(&self.mark.as_str()) {
            return None;
        }
        let process = Process::find(pid)?;
        if process.is_supervisor() {
            return Some(Known::Supervisor(Instant::now()));
        }
        // a keeper, or a fork of one that has yet to execute a server
        if !pairs.iter().any(|pair| pair.starts_with("OSTLER_RUN_ID=")) {
            return Some(Known::Young(0));
        }
        let value = |name: &str| pairs.iter().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        let leads = session(pid) == Some(pid);
        let (server, run) = (value("OSTLER_NAME")?.to_owned(), value("OSTLER_RUN_ID")?.to_owned());
        // a child that was just forked still has the command line of its parent
        let main = leads && process.command.split(' ').nth(1) == Some(serve::WORD);
        Some(Known::Member(Member { pid, start: process.start, server, run, main }))
    }

    /// Two runs of one server, or two main processes of one run, both alive at a second look.
    fn copies(&mut self) {
        let mut by_server: BTreeMap<&str, Vec<&Member>> = BTreeMap::new();
        for known in self.known.values() {
            if let Known::Member(member) = known {
                by_server.entry(&member.server).or_default().push(member);
            }
        }
        let mut found = Vec::new();
        for (server, members) in by_server {
            let clash = |a: &Member, b: &Member| a.run != b.run || (a.main && b.main && a.pid != b.pid);
            let mut pairs =
                members.iter().enumerate().flat_map(|(at, a)| members[at + 1..].iter().map(move |b| (a, b)));
            // the younger first: if the older one is still alive after that, they were there together
            if let Some((a, b)) = pairs.find(|(a, b)| {
                let (older, younger) = if a.start <= b.start { (a, b) } else { (b, a) };
                clash(a, b) && is_alive(younger) && is_alive(older)
            }) {
                found.push(format!("I1: two copies of {server}: {a:?} and {b:?}"));
            }
        }
        for what in found {
            self.broken(what);
        }
    }

    fn supervisors(&mut self) {
        let mut alive = Vec::new();
        for (pid, known) in &self.known {
            if let Known::Supervisor(since) = known {
                alive.push((*pid, since.elapsed()));
            }
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.supervisors.extend(alive.iter().map(|(pid, _)| *pid));
        drop(seen);
        if alive.len() > 1
            && alive.iter().all(|(_, since)| *since > TWO_SUPERVISORS)
            && alive.iter().all(|(pid, _)| Process::find(*pid).is_some_and(|process| process.is_supervisor()))
        {
            self.broken(format!("I7: two supervisors: {alive:?}"));
        }
    }

    fn broken(&mut self, what: String) {
        if self.reported.insert(what.clone()) {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.broken.push(what);
        }
    }

    /// Reads the exit records that have come.
    fn harvest(&mut self) {
        for server in names(&self.home.join("servers/shop")) {
            let runs = self.home.join("servers/shop").join(&server).join("runs");
            for run in names(&runs) {
                let Some(exit) = read_exit(&runs.join(&run).join("exit.json")) else { continue };
                let key = (server.clone(), run);
                let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                let before = seen.exits.insert(key.clone(), exit);
                drop(seen);
                if let Some(before) = before
                    && before != exit
                {
                    self.broken(format!("I5: the exit of {key:?} was {before:?} and became {exit:?}"));
                }
            }
        }
    }
}

fn read_exit(path: &Path) -> Option<Exit> {
    let value: Value = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    serde_json::from_value(value.get("exit")?.clone()).ok()
}

fn is_alive(member: &Member) -> bool {
    Process::find(member.pid)
        .is_some_and(|process| process.start == member.start && !process.command.is_empty())
}

fn session(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(3)?.parse().ok()
}

/// Every PID there is.
fn pids() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// What lies in a directory.
pub(crate) fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}
