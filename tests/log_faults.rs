//! A log that can't be written for a while: its server does not notice, what is lost is counted to the byte, and the
//! log comes back by itself.

use std::fs;
use std::path::Path;

use ostler::demo::talk;
use ostler::model::Phase;
use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::support::{Sandbox, wait};

/// How many lines a server writes, and how long they are at most.
const LINES: u64 = 8000;
const LENGTH: usize = 100;

/// Writes its lines, says so with a file, and lives on.
fn keys() -> String {
    format!("command = \"{}; echo > done; exec sleep 1000\"", lines())
}

/// The same in two halves, of all lines each: the second when there is a file `go`.
fn keys_in_halves() -> String {
    let lines = lines();
    format!(
        "command = \"{lines}; echo > half; until [ -e go ]; do sleep 0.02; done; \
         {lines}; echo > done; exec sleep 1000\""
    )
}

/// Writes the lines; takes two seconds.
fn lines() -> String {
    format!("\\\"$OSTLER_BIN\\\" demo-server numbered --rate 4000 --count {LINES} --length {LENGTH}")
}

/// Bytes that it writes.
fn written() -> u64 {
    (1..=LINES).map(|number| talk::numbered_line(number, LENGTH).len() as u64 + 1).sum()
}

/// Bytes of the server in the log, and those that gap lines count.
fn kept_and_lost(dir: &Path) -> (u64, u64) {
    let (mut kept, mut lost) = (0, 0);
    for entry in fs::read_dir(dir).unwrap().flatten().filter(|entry| {
        let path = entry.path();
        path.extension().is_some_and(|end| end == "idx")
    }) {
        let (index, log) =
            (fs::read(entry.path()).unwrap(), fs::read(entry.path().with_extension("log")).unwrap());
        let mut said = Vec::new();
        for record in index[24..].chunks_exact(24) {
            let offset = u64::from_le_bytes(record[8..16].try_into().unwrap()) as usize;
            let length = u32::from_le_bytes(record[16..20].try_into().unwrap()) as usize;
            match record[20] {
                1 => kept += length as u64,
                3 => said.extend_from_slice(&log[offset..offset + length]),
                other => panic!("bytes of stream {other}"),
            }
        }
        let said = String::from_utf8(said).unwrap();
        let gaps = said.lines().filter_map(|line| line.strip_prefix("gap of ")?.split(' ').next());
        lost += gaps.map(|count| count.parse::<u64>().unwrap()).sum::<u64>();
    }
    (kept, lost)
}

fn log_size(sandbox: &Sandbox) -> u64 {
    sandbox.segments("a").iter().map(|path| fs::metadata(path).map_or(0, |meta| meta.len())).sum()
}

/// It has written all of its lines although the log is at fault, and nothing was done to it.
fn does_not_notice(sandbox: &Sandbox, pid: Option<u32>) {
    wait("the last line of the server", || sandbox.project().join("done").exists());
    let server = sandbox.server("a");
    assert_eq!((server.phase, server.pid, server.restarts), (Phase::Running, pid, 0));
}

#[test]
fn a_disk_without_room_costs_what_the_gap_line_says() {
    let sandbox = Sandbox::with_servers([("a", keys().as_str())]);
    sandbox.ostler(&["up", "-d"]).ok();
    wait("some lines", || log_size(&sandbox) > 50_000);
    let pid = sandbox.server("a").pid;
    let keeper = Pid::from_raw(sandbox.keeper_of("a").pid.cast_signed());
    // no file of its may grow beyond this: to the keeper that is what a full disk is, down to the odd byte
    let limit = |current| {
        prlimit(keeper, Resource::Fsize, Rlimit { current, maximum: None }).unwrap();
    };
    limit(Some(log_size(&sandbox) + 4321));
    does_not_notice(&sandbox, pid);
    assert!(!sandbox.log("a").contains("gap of"));
    limit(None);
    // nothing more comes of the server, so the keeper does that by itself
    wait("the line that marks the gap", || sandbox.log("a").contains("gap of "));
    sandbox.ostler(&["stop", "a"]).ok();
    let (kept, lost) = kept_and_lost(&sandbox.paths().server("shop", "a").join("log"));
    assert!(lost > 0);
    assert_eq!(kept + lost, written());
}

#[test]
fn a_deleted_log_comes_back_and_has_every_line_from_then_on() {
    let sandbox = Sandbox::with_servers([("a", keys().as_str())]);
    sandbox.ostler(&["up", "-d"]).ok();
    let dir = sandbox.paths().server("shop", "a").join("log");
    let pid = sandbox.wait_for("a", Phase::Running).pid;
    for _ in 0..3 {
        wait("some lines", || log_size(&sandbox) > 20_000);
        // the keeper may make it again while this goes through it
        wait("the log is deleted", || fs::remove_dir_all(&dir).is_ok());
    }
    does_not_notice(&sandbox, pid);
    let last = talk::numbered_line(LINES, LENGTH);
    sandbox.wait_for_log("a", &last);
    let log = sandbox.log("a");
    let (note, lines) = log.split_once('\n').unwrap();
    assert_eq!(note, "files of this log were deleted or moved away: it goes on here");
    let numbers: Vec<u64> = lines.lines().filter_map(talk::check).collect();
    assert!(numbers.iter().copied().eq(numbers[0]..=LINES), "a line is missing behind {}", numbers[0]);
    assert!(!log.contains("gap of"));
}

#[test]
fn a_file_where_the_log_should_be_costs_what_the_gap_line_says() {
    let sandbox = Sandbox::with_servers([("a", keys_in_halves().as_str())]);
    sandbox.ostler(&["up", "-d"]).ok();
    let dir = sandbox.paths().server("shop", "a").join("log");
    wait("half of the lines", || sandbox.project().join("half").exists());
    let pid = sandbox.server("a").pid;
    let away = dir.with_file_name("away");
    fs::rename(&dir, &away).unwrap();
    fs::write(&dir, "in the way").unwrap();
    // it is noticed within a second of writing, and the other half takes two
    sandbox.write("go", "");
    does_not_notice(&sandbox, pid);
    assert_eq!(fs::read(&dir).unwrap(), b"in the way");
    fs::remove_file(&dir).unwrap();
    wait("the line that marks the gap", || sandbox.log("a").contains("gap of "));
    sandbox.ostler(&["stop", "a"]).ok();
    let ((before, none), (after, lost)) = (kept_and_lost(&away), kept_and_lost(&dir));
    assert!(none == 0 && lost > 0);
    assert_eq!(before + after + lost, 2 * written());
}
