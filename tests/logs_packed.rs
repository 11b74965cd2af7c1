//! Logs whose closed files are compressed: smaller on disk, and read as before.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use ostler::demo::talk;
use ostler::model::Phase;

use crate::support::{Sandbox, look_until, need};

const LINES: u64 = 15_000;

/// A server that writes numbered lines into files of 128 KiB, and what it does then.
fn writer(then: &str, compress: bool) -> String {
    format!(
        r#"command = "\"$OSTLER_BIN\" demo-server numbered --rate 1000000 --count {LINES} --length 90; {then}"
log = {{ max_size = "128KiB", keep = 40, compress = {compress} }}
restart = "never""#
    )
}

/// The packed logs of a server, oldest first.
fn packed(sandbox: &Sandbox, name: &str) -> Vec<PathBuf> {
    let dir = sandbox.paths().server("shop", name).join("log");
    let number = |path: &PathBuf| path.file_name()?.to_str()?.strip_suffix(".log.zst")?.parse::<u64>().ok();
    let files = fs::read_dir(dir).unwrap().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = files.filter(|path| number(path).is_some()).collect();
    files.sort_by_key(number);
    files
}

/// Waits until only the newest file is not packed.
#[track_caller]
fn wait_until_packed(sandbox: &Sandbox, name: &str) -> Vec<PathBuf> {
    let all =
        || (sandbox.segments(name).len() == 1).then(|| packed(sandbox, name)).filter(|files| files.len() > 5);
    look_until(all).unwrap_or_else(|| panic!("{name} was never packed"))
}

fn numbers(out: &str) -> Vec<u64> {
    out.lines().filter_map(talk::check).collect()
}

#[test]
fn compressed_logs_are_read_searched_and_known_to_the_tools_of_zstd() {
    let (lives, ends) = (writer("echo written; exec sleep 1000", true), writer("echo written", true));
    let plain = writer("echo written", false);
    let servers = [("lives", lives.as_str()), ("ends", ends.as_str()), ("plain", plain.as_str())];
    let sandbox = Sandbox::with_servers(servers);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.wait_for("ends", Phase::Completed);
    sandbox.wait_for("plain", Phase::Completed);
    sandbox.wait_for_log("lives", "written");
    let all: Vec<u64> = (1..=LINES).collect();
    for name in ["lives", "ends"] {
        let files = wait_until_packed(&sandbox, name);
        assert!(numbers(&sandbox.ostler(&["logs", name, "--since", "1h"]).ok().out) == all, "{name}");
        let last = sandbox.ostler(&["logs", name, "-n", "9000"]).ok().out;
        assert!(all.ends_with(&numbers(&last)) && numbers(&last).len() > 8_900);
        let found = sandbox.ostler(&["logs", name, "--grep", "^(17|423|14999) ", "-n", "100"]).ok().out;
        assert_eq!(numbers(&found), [17, 423, 14_999]);
        if need("zstdcat").is_some() {
            let out = Command::new("zstdcat").args(&files).output().unwrap();
            assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
            let newest = fs::read_to_string(&sandbox.segments(name)[0]).unwrap();
            assert!(numbers(&(String::from_utf8(out.stdout).unwrap() + &newest)) == all);
            assert!(Command::new("zstd").arg("-tq").args(&files).status().unwrap().success());
        }
    }
    assert!(packed(&sandbox, "plain").is_empty(), "it was not asked for");
}
