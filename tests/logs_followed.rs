//! `ostler logs -f` by many at once: each gets every line, and the servers notice nothing of it.

use std::io::Write as _;
use std::process::Command;

use ostler::model::Phase;

use crate::support::{Process, Sandbox};

const LINES: usize = 300;
const FOLLOWERS: usize = 10;

/// Calls of read and write so far; proc(5) calls them `syscr` and `syscw`.
fn calls(process: &Process) -> u64 {
    let io = std::fs::read_to_string(format!("/proc/{}/io", process.pid)).unwrap();
    let number = |name: &str| -> u64 {
        let line = io.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim_start_matches(':').trim().parse().unwrap()
    };
    number("syscr") + number("syscw")
}

#[test]
fn ten_followers_cost_the_keeper_no_call_each() {
    let keys = format!(
        r#"command = "read go < pipe; i=0; while [ $i -lt {LINES} ]; do i=$((i+1)); echo line $i; sleep 0.005; done; exec sleep 1000""#
    );
    let sandbox = Sandbox::with_servers([("a", keys.as_str())]);
    let pipe = sandbox.project().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    sandbox.ostler(&["start", "a", "--no-wait"]).ok();
    let mut input = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    sandbox.wait_for("a", Phase::Running);
    let mut followers: Vec<_> = (0..FOLLOWERS).map(|_| sandbox.background(&["logs", "-f", "a"])).collect();
    for follower in &mut followers {
        follower.line(|line| line.contains("[ostler] started"));
    }
    let keeper = sandbox.keeper_of("a");
    let before = calls(&keeper);
    input.write_all(b"go\n").unwrap();
    for follower in &mut followers {
        for n in 1..=LINES {
            assert_eq!(follower.line(|line| line.starts_with("line")), format!("line {n}"));
        }
    }
    // for a line: read it, write it, write its record, ring; a call for each follower would be ten more
    let each = (calls(&keeper) - before) / LINES as u64;
    assert!(each <= 8, "{each} calls for a line");
}
