//! How much of a log is kept, and that nothing of it is lost on the way.

use std::fs;

use ostler::demo::talk;
use ostler::model::Phase;

use crate::support::Sandbox;

#[test]
fn a_flood_stays_within_its_cap_and_its_end_is_there() {
    let keys = r#"command = "\"$OSTLER_BIN\" demo-server flood --bytes 20MiB --line 200; echo the end"
log = { max_size = "1MiB", keep = 3 }
restart = "never""#;
    let sandbox = Sandbox::with_servers([("loud", keys)]);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.wait_for("loud", Phase::Completed);
    let dir = sandbox.paths().server("shop", "loud").join("log");
    let files = || fs::read_dir(&dir).unwrap().flatten().map(|entry| entry.metadata().unwrap());
    let bytes: u64 = files().filter(fs::Metadata::is_file).map(|file| file.len()).sum();
    assert!(bytes <= 3 << 20, "{bytes} bytes are kept");
    assert!(bytes > 1 << 20, "{bytes} bytes only are kept");
    assert!(sandbox.segments("loud").len() <= 3);
    let last = sandbox.ostler(&["logs", "loud", "-n", "3"]).ok().out;
    assert!(last.contains("the end\n"), "{last}");
    let current = fs::read_to_string(dir.join("current")).unwrap();
    assert!(current.contains("the end"), "`current` is not the file that is written");
}

#[test]
fn every_line_of_a_fast_writer_is_kept_once_and_in_order() {
    const LINES: u64 = 50_000;
    let keys = format!(
        r#"command = ["${{OSTLER_BIN}}", "demo-server", "numbered", "--rate", "1000000", "--count", "{LINES}", "--length", "400"]
log = {{ max_size = "4MiB", keep = 10 }}"#
    );
    let sandbox = Sandbox::with_servers([("fast", keys.as_str())]);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.wait_for("fast", Phase::Completed);
    assert!(sandbox.segments("fast").len() > 1, "nothing was rotated");
    let numbers: Vec<u64> = sandbox.log("fast").lines().filter_map(talk::check).collect();
    assert_eq!(numbers.len() as u64, LINES);
    assert!(numbers.iter().copied().eq(1..=LINES), "out of order");
    // the same through the API
    let out = sandbox.ostler(&["logs", "fast", "--since", "1h"]).ok().out;
    assert!(out.lines().filter_map(talk::check).eq(1..=LINES));
}

#[test]
fn lines_that_are_long_binary_or_cut_at_the_end() {
    let keys = r#"command = "head -c 300000 /dev/zero | tr '\\0' x; echo; printf '\\000\\377\\376 bytes\\n'; printf tail""#;
    let sandbox = Sandbox::with_servers([("odd", keys)]);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.wait_for("odd", Phase::Completed);
    let files = sandbox.segments("odd");
    let bytes: Vec<u8> = files.iter().flat_map(|file| fs::read(file).unwrap()).collect();
    let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    assert!(has(&vec![b'x'; 300_000]) && has(b"\0\xff\xfe bytes\n") && has(b"tail"));
    let out = sandbox.ostler(&["logs", "odd"]).ok().out;
    assert!(out.lines().any(|line| line.starts_with("xxxx")) && out.contains("tail"), "{}", out.len());
}
