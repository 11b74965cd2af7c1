//! How much memory servers have, and what follows.

use std::fs;

use ostler::model::{EventKind, Phase};

use crate::support::{Sandbox, ask, need, one};

/// Fills 64 MiB and forks three that share them.
const FORKED: &str = "import os, signal
held = bytearray(os.urandom(1 << 20)) * 64
for _ in range(3):
    if os.fork() == 0:
        break
signal.pause()
";

const MIB: u64 = 1 << 20;

#[test]
fn what_forked_processes_share_counts_once() {
    let Some(python) = need("python3") else { return };
    let keys = format!("command = [\"{python}\", \"forked.py\"]");
    let sandbox = Sandbox::with_servers([("a", keys.as_str()), ("b", "command = \"exec sleep 1000\"")]);
    sandbox.write("forked.py", FORKED);
    sandbox.ostler(&["up", "-d"]).ok();
    let all = sandbox.wait_until("the memory of four processes", |all| {
        let forked = one(all, "a");
        forked.pids.len() == 4 && forked.memory_kind == "pss" && forked.memory_bytes > Some(64 * MIB)
    });
    let of = |name| {
        let server = one(&all, name);
        (server.memory_kind.clone(), server.memory_bytes.unwrap_or_default() / MIB)
    };
    // resident they have four times 64 MiB
    assert!((64..140).contains(&of("a").1), "{:?}", of("a"));
    assert_eq!(of("b").0, "rss");
    let json = sandbox.ostler(&["status", "a", "--json"]).ok().out;
    assert!(json.contains("\"memory_kind\":\"pss\"") || json.contains("\"memory_kind\": \"pss\""), "{json}");
}

#[test]
fn one_that_stays_above_its_limit_is_restarted_and_one_below_is_not() {
    let Some(python) = need("python3") else { return };
    let keys = |mib: u32| {
        format!(
            "command = [\"{python}\", \"-c\", \"import signal; x = bytearray({mib} << 20); signal.pause()\"]
memory = {{ limit = \"60MiB\" }}
restart = {{ delay = \"10ms\" }}"
        )
    };
    let (large, small) = (keys(90), keys(1));
    let sandbox = Sandbox::with_servers([("large", large.as_str()), ("small", &small)]);
    sandbox.ostler(&["up", "-d"]).ok();
    let before = sandbox.server("large").pid;
    sandbox.wait_until("the restart", |all| {
        let server = one(all, "large");
        server.phase == Phase::Running && server.pid != before
    });
    let over = sandbox.events(Some("large")).into_iter().find_map(|event| match event.kind {
        EventKind::OverMemory { used, limit } => Some((used, limit)),
        _ => None,
    });
    let (used, limit) = over.unwrap();
    assert!(used > 90 * MIB && limit == 60 * MIB, "{used} {limit}");
    let told = sandbox.ostler(&["events", "--kind", "over_memory"]).ok().out;
    assert!(told.contains("shop/large") && told.contains("over its memory limit"), "{told}");
    assert!(sandbox.events(Some("small")).iter().all(|event| event.kind.word() != "over_memory"));
}

#[test]
fn the_minutes_of_the_day_come_back_with_the_next_supervisor() {
    let sandbox = Sandbox::with_servers([("a", "command = \"exec sleep 1000\"")]);
    sandbox.ostler(&["up", "-d"]).ok();
    let dir = sandbox.paths().server("shop", "a");
    // as a supervisor writes it: see `supervisor::monitor::history::saved`
    let now = jiff::Timestamp::now().as_second() / 60;
    let mut file = [b"ostlhist".as_slice(), &1_u32.to_le_bytes(), &1440_u32.to_le_bytes()].concat();
    file.resize(16 + 1440 * 16, 0);
    for age in 10..40 {
        let minute = u32::try_from(now - age).unwrap();
        let at = 16 + minute as usize % 1440 * 16;
        let words = [minute, 25_f32.to_bits(), 70 << 10, 60 << 10].map(u32::to_le_bytes);
        file[at..at + 16].copy_from_slice(&words.concat());
    }
    fs::write(dir.join("history.bin"), &file).unwrap();
    sandbox.kill_supervisor();
    let (status, body) =
        ask(&sandbox.paths().watch_socket(), "GET", "/v1/servers/shop/a/history?window=24h", "", "");
    assert_eq!(status, 200, "{body}");
    let history: ostler::model::ServerHistory = serde_json::from_str(&body).unwrap();
    let shown = history.memory_bytes.iter().filter(|bytes| **bytes == Some(70 * MIB)).count();
    assert_eq!((history.step_s, history.memory_bytes.len(), shown), (60, 1440, 30));
    // at their age, with the time between as a gap
    let last = history.memory_bytes.iter().rposition(|bytes| *bytes == Some(70 * MIB)).unwrap();
    assert!((1439 - 12..=1439 - 9).contains(&last), "{last}");
    // one that is none is put aside and told of
    fs::write(dir.join("history.bin"), "no history").unwrap();
    sandbox.kill_supervisor();
    let aside = sandbox.events(Some("a")).into_iter().find_map(|event| match event.kind {
        EventKind::StateMovedAside { path } => Some(path),
        _ => None,
    });
    assert_eq!(fs::read(aside.unwrap()).unwrap(), b"no history");
}
