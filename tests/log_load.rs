//! Many servers that log at the same time: every line is in the files once, and comes to who follows them once.

use std::collections::BTreeMap;

use ostler::demo::talk;
use ostler::model::Phase;

use crate::support::{Background, Sandbox};

/// Servers with these keys: `s00`, `s01` ….
fn sandbox_of(count: usize, keys: &str) -> (Sandbox, Vec<String>) {
    let names: Vec<String> = (0..count).map(|number| format!("s{number:02}")).collect();
    let sandbox = Sandbox::with_servers(names.iter().map(|name| (name.as_str(), keys)));
    (sandbox, names)
}

/// The name and the number in a line of the merged log; `None` for a line of ostler.
fn numbered(line: &str) -> Option<(&str, u64)> {
    let (name, text) = line.split_once('|')?;
    let text = text.strip_prefix(' ')?;
    if text.starts_with("[ostler] ") {
        return None;
    }
    let number = talk::check(text);
    assert!(number.is_some(), "torn: {line:?}");
    Some((name.trim_end(), number?))
}

/// How far a reader of the merged log has come with each server.
#[derive(Default)]
struct Places(BTreeMap<String, u64>);

impl Places {
    /// A line came: the next one of its server, and no other.
    fn came(&mut self, line: &str) {
        if let Some((name, number)) = numbered(line) {
            let last = self.0.entry(name.to_owned()).or_default();
            assert_eq!(number, *last + 1, "{name}: a line is lost, doubled or out of order");
            *last = number;
        }
    }

    fn of(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or(0)
    }

    /// Reads on until this many more lines have come of each server.
    fn read_on(&mut self, follow: &mut Background, names: &[String], more: u64) {
        let wanted: Vec<u64> = names.iter().map(|name| self.of(name) + more).collect();
        while names.iter().zip(&wanted).any(|(name, wanted)| self.of(name) < *wanted) {
            self.came(&follow.line(|_| true));
        }
    }
}

#[test]
fn twenty_servers_at_once_lose_no_line() {
    const LINES: u64 = 600;
    let keys = r#"command = ["${OSTLER_BIN}", "demo-server", "numbered", "--count", "600", "--rate", "200"]
restart = "never""#;
    let (sandbox, names) = sandbox_of(20, keys);
    sandbox.ostler(&["start", "--all", "--no-wait"]).ok();
    sandbox.wait_until("all are done", |all| {
        all.servers.len() == names.len() && all.servers.iter().all(|server| server.phase == Phase::Completed)
    });
    for name in &names {
        assert!(sandbox.numbers(name).into_iter().eq(1..=LINES), "{name}: a line is lost or doubled");
    }
    let mut places = Places::default();
    for line in sandbox.ostler(&["logs", "-n", "1000"]).ok().out.lines() {
        places.came(line);
    }
    assert!(names.iter().all(|name| places.of(name) == LINES), "{:?}", places.0);
}

#[test]
fn who_follows_ten_servers_gets_each_line_once_over_rotations_and_kills_of_the_supervisor() {
    // about 300 lines in a segment
    let keys = r#"command = ["${OSTLER_BIN}", "demo-server", "numbered", "--rate", "200", "--length", "400"]
log = { max_size = "64KiB", keep = 1000 }"#;
    let (sandbox, names) = sandbox_of(10, keys);
    sandbox.ostler(&["up", "-d"]).ok();
    let mut follow = sandbox.background(&["logs", "-f", "-n", "1000000"]);
    let mut places = Places::default();
    for _ in 0..2 {
        places.read_on(&mut follow, &names, 300);
        sandbox.kill_supervisor();
    }
    places.read_on(&mut follow, &names, 300);
    sandbox.ostler(&["stop", "--all"]).ok();
    for name in &names {
        let written = sandbox.numbers(name);
        assert!(written.iter().copied().eq(1..=written.len() as u64), "{name}: a line is lost or doubled");
        assert!(sandbox.segments(name).len() > 2, "{name} was never rotated");
        while places.of(name) < written.len() as u64 {
            places.came(&follow.line(|_| true));
        }
    }
    // nothing comes that is in no file
    for name in &names {
        assert_eq!(places.of(name), sandbox.numbers(name).len() as u64, "{name}");
    }
}
