//! One look at all processes: which carry the mark of a run of ours, or are on record as the main process of one.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::io;
use std::path::Path;

use super::mark::{Home, Mark, RUN_VARIABLES};
use crate::api::OrphanReason;
use crate::boot::KEEPER_NAME;
use crate::model::ServerId;
use crate::os::identity::Identity;
use crate::os::proc::{self, Process, Scanner};
use crate::os::tree::Forest;
use crate::paths::HOME_VARIABLE;
use crate::run_dir::{ChildFile, Read};

/// A process without a mark is looked at again until it is this old, in seconds: a launch is a fork that waits at a gate
/// with its keeper's environment.
const SETTLED: f64 = 10.0;

/// What identifies a process of this boot.
pub(in crate::supervisor) type Key = (u32, u64);

/// The living processes of one run, tracked or not.
#[derive(Clone, Debug)]
pub(in crate::supervisor) struct Found {
    /// Which run of which server.
    pub(in crate::supervisor) mark: Mark,
    /// Its main process, if that is on record, its end is not, and it lives.
    pub(in crate::supervisor) main: Option<ChildFile>,
    /// Main process, marked ones, and whatever descends from them: the main one first, else by age.
    pub(in crate::supervisor) processes: Vec<Process>,
    /// The living keeper above them.
    pub(in crate::supervisor) keeper: Option<Key>,
    /// Why nobody tracks it, if nobody does.
    pub(in crate::supervisor) reason: OrphanReason,
}

impl Found {
    /// The process by which it is named.
    pub(in crate::supervisor) fn first(&self) -> Option<&Process> {
        self.processes.first()
    }

    /// Forgets processes that have ended since; `false` if none is left.
    pub(in crate::supervisor) fn still_lives(&mut self) -> bool {
        self.processes.retain(|process| is_alive(key(process)));
        !self.processes.is_empty()
    }
}

/// Its PID and its start.
pub(in crate::supervisor) fn key(process: &Process) -> Key {
    (process.pid, process.start_ticks)
}

/// Whether exactly this process lives. Where that can't be told, it may.
pub(in crate::supervisor) fn is_alive((pid, start_ticks): Key) -> bool {
    match proc::read(pid) {
        Ok(Some(process)) => process.start_ticks == start_ticks && !process.is_dead(),
        Ok(None) => false,
        Err(_) => true,
    }
}

/// Looks. It keeps what it has read of each process's environment, which a process can't change.
#[derive(Debug, Default)]
pub(in crate::supervisor) struct Looker {
    marks: HashMap<Key, Option<Mark>>,
}

impl Looker {
    /// Every run of this state directory of which a process lives. Blocks: some milliseconds the first time, later
    /// about 10 µs for each process of the box.
    pub(in crate::supervisor) fn look(&mut self, home: &Home) -> io::Result<Vec<Found>> {
        let forest = Forest::new(Scanner::open()?.scan()?);
        self.read_marks(&forest, home)?;
        let mut roots: BTreeMap<Mark, Roots> = BTreeMap::new();
        for process in forest.all() {
            if let Some(mark) = self.mark(process) {
                roots.entry(mark.clone()).or_default().marked.push(process);
            }
        }
        let boot_id = proc::boot_id()?;
        for (mark, child) in recorded(home)? {
            let lives = |process: &&Process| identity_is(&child.identity, &boot_id, process);
            if let Some(main) = forest.get(child.identity.pid).filter(lives) {
                let of_run = roots.entry(mark).or_default();
                of_run.marked.push(main);
                of_run.marked.extend(forest.all().iter().filter(|process| process.session == main.pid));
                of_run.main = Some(child);
            }
        }
        let found = roots.into_iter().map(|(mark, roots)| self.gather(&forest, home, mark, roots));
        Ok(found.filter(|found| !found.processes.is_empty()).collect())
    }

    fn mark(&self, process: &Process) -> Option<&Mark> {
        self.marks.get(&key(process))?.as_ref()
    }

    fn read_marks(&mut self, forest: &Forest, home: &Home) -> io::Result<()> {
        let mut marks = HashMap::with_capacity(forest.all().len());
        for process in forest.all().iter().filter(|process| !process.is_dead() && !is_ostler(process)) {
            if let Some(known) = self.marks.remove(&key(process)) {
                marks.insert(key(process), known);
                continue;
            }
            let values = proc::variables(process.pid, RUN_VARIABLES)?;
            let mark = values.and_then(|values| home.recognise(values)).filter(|_| home.is_here(process.pid));
            if mark.is_some() || proc::age(process.start_ticks) > SETTLED {
                marks.insert(key(process), mark);
            }
        }
        self.marks = marks;
        Ok(())
    }

    fn gather(&self, forest: &Forest, home: &Home, mark: Mark, roots: Roots<'_>) -> Found {
        let mut processes = roots.marked;
        let of_another = |pid: u32| {
            let process = forest.get(pid);
            process.is_some_and(|it| is_ostler(it) || self.mark(it).is_some_and(|other| *other != mark))
        };
        for root in processes.clone() {
            forest.descendants(root.pid, of_another, &mut processes);
        }
        let main = roots.main.as_ref().map(|child| child.identity.pid);
        processes.sort_unstable_by_key(|it| (Some(it.pid) != main, it.start_ticks, it.pid));
        processes.dedup_by_key(|process| process.pid);
        processes.retain(|process| !process.is_dead() && !is_ostler(process));
        let keeper = processes.iter().find_map(|process| keeper_above(forest, home.paths().home(), process));
        let run = home.dir(&mark.id).run(&mark.run);
        let reason = match (run.exists(), run.exit()) {
            (false, _) => OrphanReason::StateLost,
            (true, Ok(Read::There(_))) => OrphanReason::EarlierRun,
            (true, Ok(Read::Missing | Read::MovedAside(_)) | Err(_)) => OrphanReason::KeeperGone,
        };
        let processes = processes.into_iter().cloned().collect();
        Found { mark, main: roots.main, processes, keeper, reason }
    }
}

#[derive(Default)]
struct Roots<'a> {
    marked: Vec<&'a Process>,
    main: Option<ChildFile>,
}

fn identity_is(identity: &Identity, boot_id: &str, process: &Process) -> bool {
    identity.boot_id == boot_id && identity.start_ticks == process.start_ticks && !process.is_dead()
}

/// This supervisor, and keepers: they have no mark, and what they start inherits none of them.
fn is_ostler(process: &Process) -> bool {
    process.comm == KEEPER_NAME || process.pid == std::process::id()
}

/// The keeper of this state directory below which a process is.
fn keeper_above(forest: &Forest, home: &Path, process: &Process) -> Option<Key> {
    let mut seen = HashSet::new();
    let mut next = process.ppid;
    while seen.insert(next) {
        let above = forest.get(next)?;
        if above.comm == KEEPER_NAME {
            let [said] = proc::variables(above.pid, [HOME_VARIABLE]).ok()??;
            let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
            return (real(Path::new(&said?)) == real(home)).then(|| key(above));
        }
        next = above.ppid;
    }
    None
}

/// Runs whose main process is on record and whose end is not.
fn recorded(home: &Home) -> io::Result<Vec<(Mark, ChildFile)>> {
    let mut found = Vec::new();
    for project in names(&home.paths().servers())? {
        for name in names(&home.paths().servers().join(&project))? {
            let Ok(id) = ServerId::new(&project, &name) else { continue };
            let dir = home.dir(&id);
            for run in dir.open_runs()? {
                if let Ok(Read::There(child)) = dir.run(&run).child() {
                    found.push((Mark { id: id.clone(), run }, child));
                }
            }
        }
    }
    Ok(found)
}

/// The names in a directory, which may be missing, and need not be one.
fn names(dir: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(error),
    };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    Ok(names.collect())
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command, Stdio};

    use super::*;
    use crate::paths::Paths;

    /// A child that is ended with the test.
    struct Guard(Child);

    impl Drop for Guard {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    fn start(run: &str, name: &str) -> Guard {
        let mut command = Command::new("sleep");
        command.arg("60").env("OSTLER_RUN_ID", run).env("OSTLER_PROJECT", "shop").env("OSTLER_NAME", name);
        Guard(command.stdin(Stdio::null()).spawn().unwrap())
    }

    /// Spawn returns before the kernel has noted where the new environment lies: looks until all are there.
    fn look(looker: &mut Looker, home: &Home, expected: usize) -> Vec<Found> {
        loop {
            let found = looker.look(home).unwrap();
            if found.len() >= expected {
                return found;
            }
            std::thread::yield_now();
        }
    }

    #[test]
    fn processes_are_found_by_their_mark_and_only_those_of_this_state_directory() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(Paths::at(dir.path().to_owned()));
        let run = format!("20261120T100501.1-811-3-{}", home.mark());
        let (first, second) = (start(&run, "api"), start(&run, "api"));
        let other = start(&run.replace("-3-", "-4-"), "web");
        let _stranger = start("20261120T100501.1-811-3-00000000", "api");
        let mut looker = Looker::default();
        // both processes of the one run may not have come at the same time
        let found = loop {
            let found = look(&mut looker, &home, 2);
            if found[0].processes.len() == 2 {
                break found;
            }
        };
        let pids = |found: &Found| found.processes.iter().map(|it| it.pid).collect::<Vec<_>>();
        let mut both = pids(&found[0]);
        both.sort_unstable();
        let mut expected = [first.0.id(), second.0.id()];
        expected.sort_unstable();
        assert_eq!(both, expected);
        assert_eq!(pids(&found[1]), [other.0.id()]);
        assert_eq!((found.len(), found[0].reason), (2, OrphanReason::StateLost));
        assert!(found[0].main.is_none() && found[0].keeper.is_none());
        let mut left = found.into_iter().next().unwrap();
        drop(first);
        assert!(left.still_lives());
        assert_eq!(pids(&left), [second.0.id()]);
        drop(second);
        assert!(!left.still_lives());
        assert_eq!(look(&mut looker, &home, 1).len(), 1);
    }

    #[test]
    fn a_main_process_is_found_by_its_record_whatever_it_carries() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(Paths::at(dir.path().to_owned()));
        let child = Guard(Command::new("sleep").arg("60").env_clear().stdin(Stdio::null()).spawn().unwrap());
        let id = ServerId::new("shop", "api").unwrap();
        let run = crate::model::RunId("20261120T100501.1-811-3".to_owned());
        let own = home.dir(&id).run(&run);
        std::fs::create_dir_all(home.dir(&id).path().join("runs").join(&run.0)).unwrap();
        let identity = Identity::of(child.0.id()).unwrap();
        let record = |start_ticks| ChildFile {
            identity: Identity { start_ticks, ..identity.clone() },
            started_at: jiff::Timestamp::UNIX_EPOCH,
        };
        own.write_child(&record(identity.start_ticks + 1)).unwrap();
        assert!(Looker::default().look(&home).unwrap().is_empty(), "another process with its PID");
        own.write_child(&record(identity.start_ticks)).unwrap();
        let found = Looker::default().look(&home).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].main.as_ref().map(|main| main.identity.pid), Some(child.0.id()));
        assert_eq!(found[0].reason, OrphanReason::KeeperGone);
    }
}
