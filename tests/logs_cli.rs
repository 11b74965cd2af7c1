//! `ostler logs` with its filters and shapes, and its bytes.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::process::Command;

use ostler::api::WireLine;
use ostler::model::{Phase, Stream};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::support::{Sandbox, run};

/// What the server `a` says.
const SAID: &str = r#"INFO one
ERROR two
    at f (x.js:1:2)
    at g (x.js:3:4)
INFO three
{"level":40,"msg":"four","n":4}
INFO five
"#;

fn sandbox() -> Sandbox {
    let keys = r#"command = "cat said; sleep 0.3; echo six >&2""#;
    let sandbox = Sandbox::with_servers([("a", keys)]);
    sandbox.write("said", SAID);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.wait_for("a", Phase::Completed);
    sandbox
}

/// What `logs` prints with these arguments, without the lines of ostler.
fn logs(sandbox: &Sandbox, args: &[&str]) -> Vec<String> {
    let args = [&["logs", "a"], args].concat();
    let out = sandbox.ostler(&args).ok().out;
    out.lines().filter(|line| !line.contains("[ostler]")).map(ToOwned::to_owned).collect()
}

#[test]
fn only_what_is_asked_for_is_printed() {
    let sandbox = sandbox();
    assert_eq!(logs(&sandbox, &["--stream", "err"]), ["six"]);
    assert_eq!(
        logs(&sandbox, &["--stream", "out", "--exclude", "info|error|four| at "]),
        Vec::<String>::new()
    );
    assert_eq!(logs(&sandbox, &["--grep", "INFO", "--exclude", "three"]), ["INFO one", "INFO five"]);
    assert_eq!(logs(&sandbox, &["--until", "1h"]), Vec::<String>::new());
    assert_eq!(logs(&sandbox, &["--since", "1h", "--grep", "t[wh]"]), ["ERROR two", "INFO three"]);
    let bad = logs(&sandbox, &["--level", "warn"]);
    assert_eq!(
        (bad[0].as_str(), bad.last().unwrap().as_str()),
        ("ERROR two", r#"{"level":40,"msg":"four","n":4}"#)
    );
    assert!(!bad.iter().any(|line| line.starts_with("INFO")), "{bad:?}");
    let pretty = logs(&sandbox, &["--pretty", "--grep", "four"]);
    assert_eq!(pretty, ["warn  four n=4"]);
    sandbox.ostler(&["logs", "a", "-C", "1"]).fails(2, "-C");
    sandbox.ostler(&["logs", "a", "--raw", "--level", "warn"]).exits(2);
    sandbox.ostler(&["logs", "a", "--grep", "("]).fails(2, "unclosed group");
    sandbox.ostler(&["logs", "a", "--exclude", "a(?!b)"]).fails(2, "not supported\n");
    sandbox
        .ostler(&["logs", "a", "--grep", "\\1\u{1b}"])
        .fails(2, "`\\1\\u{1b}` is not a regular expression");
    sandbox.ostler(&["logs", "a", "--grep", "a{1000}{1000}"]).fails(2, "repeat less");
    sandbox.ostler(&["logs", "a", "--grep", &"a".repeat(70_000)]).fails(1, "shorter regular expression");
    let marked = sandbox.ostler(&["logs", "a", "--color", "always", "--grep", "tw."]).ok().out;
    assert_eq!(marked, "ERROR \x1b[0;1;31mtwo\x1b[0m\n");
}

#[test]
fn json_is_one_object_a_line_and_nothing_else() {
    let sandbox = sandbox();
    let out = sandbox.ostler(&["logs", "a", "--json"]).ok();
    let lines: Vec<WireLine> = out.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let texts = |stream| {
        let of = lines.iter().filter(|line| line.stream == stream);
        of.map(|line| line.text.clone().unwrap() + "\n").collect::<String>()
    };
    assert_eq!((texts(Stream::Stdout).as_str(), texts(Stream::Stderr).as_str()), (SAID, "six\n"));
    assert!(texts(Stream::System).contains("exited"));
    assert_eq!(out.err, "");
    let around = sandbox.ostler(&["logs", "a", "--json", "--grep", "two", "-C", "1"]).ok().out;
    let is_context =
        |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap().get("context").is_some();
    assert_eq!(around.lines().map(is_context).collect::<Vec<_>>(), [true, false, true]);
}

#[test]
fn what_is_printed_is_saved_in_a_new_file() {
    let sandbox = sandbox();
    let saved =
        sandbox.ostler(&["logs", "a", "--color", "always", "--grep", "tw", "--save", "found.txt"]).ok();
    assert_eq!((saved.out.as_str(), saved.err.as_str()), ("", "ostler: 1 line saved in found.txt\n"));
    assert_eq!(fs::read_to_string(sandbox.project().join("found.txt")).unwrap(), "ERROR two\n");
    sandbox.ostler(&["logs", "a", "--save", "found.txt"]).fails(1, "found.txt is there already");
    sandbox.ostler(&["logs", "a", "--save", "no/such/dir"]).fails(1, "no/such/dir");
    assert_eq!(fs::read_to_string(sandbox.project().join("found.txt")).unwrap(), "ERROR two\n");
    sandbox.ostler(&["logs", "a", "--raw", "--stream", "out", "--save", "raw"]).ok();
    assert_eq!(fs::read_to_string(sandbox.project().join("raw")).unwrap(), SAID);
    assert_eq!(
        sandbox.ostler(&["logs", "a", "--raw", "-n", "2", "--stream", "out"]).ok().out.lines().count(),
        2
    );
}

#[test]
fn several_servers_are_followed_as_one_over_the_death_of_the_supervisor() {
    let keys = |pipe: &str| {
        format!(r#"command = "while read word; do echo ERROR $word; echo INFO $word; done < {pipe}""#)
    };
    let (a, b) = (keys("pipe-a"), keys("pipe-b"));
    let sandbox = Sandbox::with_servers([("a", a.as_str()), ("longer", b.as_str())]);
    let pipes = ["pipe-a", "pipe-b"].map(|name| {
        let pipe = sandbox.project().join(name);
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        pipe
    });
    sandbox.ostler(&["start", "--all", "--no-wait"]).ok();
    let mut pipes = pipes.map(|pipe| File::options().write(true).open(pipe).unwrap());
    sandbox.wait_for("a", Phase::Running);
    sandbox.wait_for("longer", Phase::Running);
    let mut follow = sandbox.background(&["logs", "-f", "--exclude", "INFO|started"]);
    for round in ["one", "two", "three"] {
        for (pipe, name) in pipes.iter_mut().zip(["a     ", "longer"]) {
            writeln!(pipe, "{round}").unwrap();
            assert_eq!(follow.line(|_| true), format!("{name} | ERROR {round}"));
        }
        if round == "two" {
            sandbox.kill_supervisor();
        }
    }
}

/// Bytes without any order, the same in every run.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 88_172_645_463_325_252_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..len.div_ceil(8)).flat_map(|_| next()).take(len).collect()
}

#[test]
fn raw_gives_the_bytes_as_they_were_written() {
    let keys = r#"command = "cat noise"
log = { max_size = "4MiB", keep = 12 }
restart = "never""#;
    let sandbox = Sandbox::with_servers([("a", keys), ("b", "command = \"true\"")]);
    let noise = noise(5_000_001);
    fs::write(sandbox.project().join("noise"), &noise).unwrap();
    sandbox.ostler(&["up", "-d", "a"]).ok();
    sandbox.wait_for("a", Phase::Completed);
    sandbox.ostler(&["start", "a"]).ok();
    sandbox.wait_for("a", Phase::Completed);
    assert!(sandbox.segments("a").len() > 2, "nothing was rotated");
    let path = sandbox.project().join("raw");
    let mut command = sandbox.command(&["logs", "--raw", "a"]);
    assert!(command.stdout(File::create(&path).unwrap()).status().unwrap().success());
    let raw = fs::read(&path).unwrap();
    assert_eq!(raw.len(), 2 * noise.len());
    assert!(raw == [noise.as_slice(), &noise].concat(), "the same length, but other bytes");
    sandbox.ostler(&["logs", "--raw", "a", "b"]).fails(2, "one server");
}

#[test]
fn raw_goes_to_no_terminal_unless_it_must() {
    let sandbox = sandbox();
    let (_master, slave) = terminal();
    let on_terminal =
        |args: &[&str]| sandbox.command(args).stdout(slave.try_clone().unwrap()).output().unwrap();
    let refused = on_terminal(&["logs", "--raw", "a"]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("hint: ") && said.contains("--force"), "{said}");
    assert!(on_terminal(&["logs", "--raw", "--force", "a"]).status.success());
}

#[test]
fn what_a_pager_reads_keeps_the_colours_of_the_server_if_it_is_asked_to() {
    let sandbox = Sandbox::with_servers([("a", r#"command = "printf '\\033[31mred\\033[0m\\n'""#)]);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.wait_for("a", Phase::Completed);
    let printed = |args: &[&str]| run(sandbox.command(args), "logs").ok().out;
    assert!(printed(&["logs", "a", "--color", "always"]).contains("\n\x1b[0;31mred\x1b[0m\n"));
    assert!(printed(&["logs", "a"]).contains("\nred\n"));
}

#[test]
fn a_prompt_is_shown_to_who_follows_on_a_terminal() {
    let sandbox = Sandbox::with_servers([("a", "command = \"printf 'Password: '; exec sleep 1000\"")]);
    sandbox.ostler(&["up", "-d"]).ok();
    let (master, slave) = terminal();
    let mut follower = sandbox.command(&["logs", "a", "-f"]).stdout(slave).spawn().unwrap();
    let mut shown = Vec::new();
    while !shown.ends_with(b"\nPassword: ") {
        let mut bytes = [0; 256];
        let length = rustix::io::read(&master, &mut bytes).unwrap();
        shown.extend_from_slice(&bytes[..length]);
    }
    follower.kill().unwrap();
    follower.wait().unwrap();
}

/// The two ends of a terminal.
fn terminal() -> (OwnedFd, OwnedFd) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let slave = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty());
    (master, slave.unwrap())
}
