//! K0: the observer and the check of logs see what they are there for: a second copy, a byte that is lost or doubled, a
//! gap line that counts too little. What they would not see, no other run could show.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::Context;
use crate::clock::{ms, until};
use crate::flow::Flow;
use crate::journal;
use crate::observer::Observer;
use crate::report::Outcome;

/// A part of a log: stream (3 is ostler itself) and bytes.
type Part = (u8, Vec<u8>);

pub(super) fn act(context: &mut Context) -> Outcome {
    for (name, sound, parts) in logs() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), &parts);
        let found = journal::check(&dir.path().join("log"), &dir.path().join("sent"), false);
        if found.broken.is_empty() != sound {
            context.outcome.broken.push(format!("a log with {name}: {:?}", found.broken));
        }
        context.outcome.rounds += 1;
    }
    copies(&mut context.outcome);
    context.done()
}

/// The first lines of the flow.
fn lines(count: usize) -> Vec<Vec<u8>> {
    let mut flow = Flow::new("run", "stdout", false);
    (0..count).map(|_| flow.next()).collect()
}

fn logs() -> Vec<(&'static str, bool, Vec<Part>)> {
    let all: Vec<Part> = lines(40).into_iter().map(|line| (1, line)).collect();
    let missing = |from: usize, to: usize| all[from..to].iter().map(|(_, line)| line.len()).sum::<usize>();
    let gap = |count: usize| (3, format!("gap of {count} bytes (keeper killed)\n").into_bytes());
    let without = |from: usize, to: usize, line: Option<Part>| {
        [&all[..from], &line.into_iter().collect::<Vec<_>>()[..], &all[to..]].concat()
    };
    let mut swapped = all.clone();
    swapped.swap(20, 21);
    let mut doubled = all.clone();
    doubled.insert(20, all[20].clone());
    vec![
        ("everything", true, all.clone()),
        ("a line missing", false, without(20, 21, None)),
        ("its end missing", false, all[..39].to_vec()),
        ("a line twice", false, doubled),
        ("two lines changed for each other", false, swapped),
        ("a gap that is counted", true, without(10, 14, Some(gap(missing(10, 14))))),
        ("a gap that is counted generously", true, without(10, 14, Some(gap(65_536)))),
        ("a gap that counts too little", false, without(10, 14, Some(gap(missing(10, 14) - 1)))),
        ("something nobody wrote", false, without(20, 20, Some((2, b"panicked\n".to_vec())))),
    ]
}

/// Lays a log down as it would be, with all that was sent on record.
fn write(dir: &Path, parts: &[Part]) {
    let (log, sent) = (dir.join("log"), dir.join("sent"));
    fs::create_dir_all(&log).unwrap();
    fs::create_dir_all(&sent).unwrap();
    let (mut bytes, mut index) = (Vec::new(), vec![0; 24]);
    for (stream, part) in parts {
        let mut record = [0; 24];
        record[8..16].copy_from_slice(&(bytes.len() as u64).to_le_bytes());
        record[16..20].copy_from_slice(&(part.len() as u32).to_le_bytes());
        record[20] = *stream;
        record[21] = stream - 1;
        index.extend(record);
        bytes.extend(part);
    }
    fs::write(log.join("1.log"), bytes).unwrap();
    fs::write(log.join("1.idx"), index).unwrap();
    let length: u64 = lines(40).iter().map(|line| line.len() as u64).sum();
    let record = [1_u64.to_le_bytes(), length.to_le_bytes(), 0_u64.to_le_bytes()].concat();
    fs::write(sent.join("run.stdout"), record).unwrap();
}

/// Two processes that say they are runs of one server, and two of different ones.
fn copies(outcome: &mut Outcome) {
    for (second, clash) in [("other", false), ("same", true)] {
        let dir = tempfile::tempdir().unwrap();
        let observer = Observer::start(dir.path());
        let mut both = [copy(dir.path(), "same", "1"), copy(dir.path(), second, "2")];
        let seen = until(Duration::from_secs(if clash { 20 } else { 1 }), ms(20), || {
            observer.seen(|seen| !seen.broken.is_empty())
        });
        if seen.is_some() != clash {
            outcome.broken.push(format!("two copies, clash {clash}: seen {seen:?}"));
        }
        for process in &mut both {
            let _ = process.kill();
            let _ = process.wait();
        }
        outcome.rounds += 1;
    }
}

fn copy(home: &Path, name: &str, run: &str) -> Child {
    let mut command = Command::new("sleep");
    command.arg("100").env("OSTLER_HOME", home).env("OSTLER_NAME", name).env("OSTLER_RUN_ID", run);
    command.stdin(Stdio::null()).spawn().unwrap()
}
