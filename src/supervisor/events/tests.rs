use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::model::Exit;

fn stopped() -> EventKind {
    EventKind::Stopped { exit: Exit::Code(0) }
}

fn failed(reason: impl Into<String>) -> EventKind {
    EventKind::Failed { reason: reason.into() }
}

fn append(store: &mut EventStore, kind: EventKind) -> Event {
    store.append("2026-11-20T08:00:00.5Z".parse().unwrap(), Some("shop/api".parse().unwrap()), kind)
}

fn open(dir: &Path) -> EventStore {
    let (store, moved) = EventStore::open(dir).unwrap();
    assert_eq!(moved, [] as [PathBuf; 0]);
    store
}

fn numbers(events: &[Event]) -> Vec<u64> {
    events.iter().map(|event| event.seq).collect()
}

/// A directory with one file of three events, and these.
fn three() -> (tempfile::TempDir, Vec<Event>) {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let kinds = [failed("exit 1: \u{1b}[31m\n\u{2028}äöü"), stopped(), stopped()];
    let events = kinds.map(|kind| append(&mut store, kind)).to_vec();
    (dir, events)
}

#[test]
fn events_outlive_the_store_and_the_numbers_go_on() {
    let (dir, events) = three();
    assert_eq!(numbers(&events), [1, 2, 3]);
    let mut store = open(dir.path());
    assert_eq!((store.since(0), store.last()), (events.clone(), 3));
    assert_eq!(store.since(2), events[2..]);
    assert_eq!(store.since(3), []);
    assert_eq!(store.since(u64::MAX), []);
    assert_eq!(append(&mut store, stopped()).seq, 4);
    assert_eq!(numbers(&open(dir.path()).since(0)), [1, 2, 3, 4]);
}

#[test]
fn only_the_owner_may_read() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("state/events");
    append(&mut open(&dir), stopped());
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&dir), mode(&dir.join("1.jsonl"))), (0o700, 0o600));
}

#[test]
fn a_file_torn_at_any_byte_keeps_its_whole_lines_and_goes_on() {
    let (dir, events) = three();
    let bytes = std::fs::read(dir.path().join("1.jsonl")).unwrap();
    for length in 0..=bytes.len() {
        let torn = tempfile::tempdir().unwrap();
        std::fs::write(torn.path().join("1.jsonl"), &bytes[..length]).unwrap();
        let whole = memchr::memchr_iter(b'\n', &bytes[..length]).count();
        let mut store = open(torn.path());
        assert_eq!(store.since(0), events[..whole], "{length}");
        assert_eq!(append(&mut store, stopped()).seq, whole as u64 + 1, "{length}");
        assert_eq!(open(torn.path()).since(0), store.since(0), "{length}");
        assert_eq!(std::fs::read_dir(torn.path()).unwrap().count(), 1, "{length}");
    }
}

#[test]
fn files_are_rotated_and_four_stay() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let long = "x".repeat(100_000);
    let count = 58;
    for _ in 0..count {
        append(&mut store, failed(long.as_str()));
    }
    let names = file::list(dir.path()).unwrap();
    assert_eq!(names, [21, 31, 41, 51]);
    for first in &names {
        assert!(std::fs::metadata(store.path(*first)).unwrap().len() <= FILE_SIZE);
    }
    let store = open(dir.path());
    assert_eq!(numbers(&store.since(0)), (21..=count).collect::<Vec<_>>());
    assert_eq!(store.last(), count);
}

#[test]
fn an_event_that_is_longer_than_a_file_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    append(&mut store, stopped());
    append(&mut store, failed("x".repeat(2 << 20)));
    append(&mut store, stopped());
    assert_eq!(open(dir.path()).since(0), store.since(0));
    assert_eq!(file::list(dir.path()).unwrap(), [1, 2, 3]);
}

#[test]
fn memory_is_bounded_and_the_older_come_from_their_files() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let count = IN_MEMORY as u64 + 500;
    for _ in 0..count {
        append(&mut store, stopped());
    }
    assert_eq!(store.recent.len(), IN_MEMORY);
    assert_eq!(numbers(&store.since(0)), (1..=count).collect::<Vec<_>>());
    assert_eq!(numbers(&store.since(499)), (500..=count).collect::<Vec<_>>());
    let reopened = open(dir.path());
    assert_eq!((reopened.recent.len(), reopened.last()), (IN_MEMORY, count));
}

#[test]
fn what_is_no_file_of_events_is_moved_aside_and_no_number_is_given_twice() {
    let (dir, events) = three();
    let path = dir.path().join("1.jsonl");
    let good = std::fs::read(&path).unwrap();
    let line_ends: Vec<usize> = (0..good.len()).filter(|at| good[*at] == b'\n').collect();
    let mut broken = good.clone();
    broken[line_ends[0] + 5] = 0;
    let mut swapped = good[line_ends[0] + 1..].to_vec();
    swapped.extend_from_slice(&good[..=line_ends[0]]);
    for (name, bytes) in [
        ("zeroed", vec![0; good.len()]),
        ("another file", b"{\"version\":1,\n\"projects\":[]}\n".to_vec()),
        ("a broken line", broken),
        ("lines out of order", swapped),
        ("no text", b"\xff\xfe\n".to_vec()),
    ] {
        std::fs::write(&path, &bytes).unwrap();
        let (mut store, moved) = EventStore::open(dir.path()).unwrap();
        let [aside] = moved.as_slice() else { panic!("{name}: {moved:?}") };
        assert!(aside.to_str().unwrap().contains("1.jsonl.corrupt-"), "{name}");
        assert_eq!(std::fs::read(aside).unwrap(), bytes, "{name}: not changed");
        assert!(!path.exists() && store.since(0).iter().all(|event| events.contains(event)), "{name}");
        if bytes.len() == good.len() {
            assert!(append(&mut store, stopped()).seq > 3, "{name}");
        }
        std::fs::remove_file(aside).unwrap();
        for first in file::list(dir.path()).unwrap() {
            std::fs::remove_file(store.path(first)).unwrap();
        }
    }
}

#[test]
fn an_event_of_a_newer_version_is_passed_over_but_keeps_its_number() {
    let (dir, _) = three();
    let path = dir.path().join("1.jsonl");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.extend_from_slice(b"{\"seq\":4,\"at\":\"2026-11-20T08:00:00Z\",\"kind\":\"hologram\"}\n");
    std::fs::write(&path, bytes).unwrap();
    let mut store = open(dir.path());
    assert_eq!(numbers(&store.since(0)), [1, 2, 3]);
    assert_eq!(append(&mut store, stopped()).seq, 5);
}

#[test]
fn a_directory_that_is_removed_while_up_comes_again() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("events");
    let mut store = open(&dir);
    append(&mut store, stopped());
    std::fs::remove_dir_all(&dir).unwrap();
    append(&mut store, stopped());
    assert_eq!((numbers(&store.since(0)), store.unwritten()), (vec![1, 2], 0));
    assert_eq!(numbers(&open(&dir).since(0)), [2]);
    assert_eq!(open(&dir).last(), 2);
}

#[test]
fn a_disk_that_fails_loses_nothing_for_live_readers() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("events");
    let mut store = open(&dir);
    append(&mut store, stopped());
    std::fs::remove_dir_all(&dir).unwrap();
    // a file where the directory should be
    std::fs::write(&dir, b"").unwrap();
    append(&mut store, stopped());
    append(&mut store, stopped());
    assert_eq!((numbers(&store.since(0)), store.unwritten()), (vec![1, 2, 3], 2));
    std::fs::remove_file(&dir).unwrap();
    append(&mut store, stopped());
    assert_eq!((numbers(&store.since(0)), store.unwritten()), (vec![1, 2, 3, 4], 2));
    assert_eq!(numbers(&open(&dir).since(0)), [4]);
}
