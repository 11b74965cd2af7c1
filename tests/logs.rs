//! `ostler logs`: what was written, in its order, and nothing that acts on a terminal.

use std::process::Command;

use ostler::model::{Phase, Signal};

use crate::support::{Process, Sandbox, kill, run};

/// A server that writes this by `printf` and goes on to live.
fn writer(printf: &str) -> String {
    format!("command = \"\"\"{printf}; echo written; exec sleep 1000\"\"\"\nlog = {{ max_size = \"1MiB\" }}")
}

/// What `logs` prints, without the lines of ostler.
fn own_lines(out: &str) -> Vec<&str> {
    out.lines().filter(|line| !line.contains("[ostler]")).collect()
}

#[test]
fn both_streams_in_their_order_and_a_last_line_without_newline() {
    let keys = r#"command = "echo one; sleep 0.2; echo two >&2; sleep 0.2; echo three; printf 'no newline'""#;
    let sandbox = Sandbox::with_servers([("a", keys)]);
    sandbox.ostler(&["up", "-d"]).ok();
    assert_eq!(sandbox.server("a").phase, Phase::Completed);
    let out = sandbox.ostler(&["logs", "a"]).ok().out;
    assert_eq!(own_lines(&out), ["one", "two", "three", "no newline"]);
    assert!(out.contains("[ostler] started, pid ") && out.contains("[ostler] exited with code 0"), "{out}");
    let timed = sandbox.ostler(&["logs", "a", "-t"]).ok().out;
    let line = timed.lines().find(|line| line.ends_with(" one")).unwrap();
    assert!(line.len() > "hh:mm:ss one".len() && line.starts_with(|c: char| c.is_ascii_digit()), "{line}");
}

#[test]
fn what_stderr_says_stands_behind_what_stdout_said_before() {
    let script = "i=0; while [ $i -lt 20 ]; do i=$((i+1)); j=0; \
                  while [ $j -lt 400 ]; do j=$((j+1)); echo o$i.$j; done; echo e$i >&2; sleep 0.03; done; \
                  echo written; exec sleep 1000";
    let keys = format!("command = \"\"\"{script}\"\"\"");
    let sandbox = Sandbox::with_servers([("a", keys.as_str())]);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.wait_for_log("a", "written");
    let out = sandbox.ostler(&["logs", "a", "-n", "100000"]).ok().out;
    let round = |i| (1..=400).map(move |j| format!("o{i}.{j}")).chain([format!("e{i}")]);
    let all: Vec<String> = (1..=20).flat_map(round).chain(["written".to_owned()]).collect();
    assert!(own_lines(&out) == all, "{out}");
}

#[test]
fn so_many_lines_and_those_that_match() {
    let sandbox = Sandbox::with_servers([("a", writer("seq 1 500").as_str())]);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.wait_for_log("a", "written");
    let last = sandbox.ostler(&["logs", "a", "-n", "3"]).ok().out;
    assert_eq!(own_lines(&last), ["499", "500", "written"]);
    assert_eq!(sandbox.ostler(&["logs", "a"]).ok().out.lines().count(), 200);
    let found = sandbox.ostler(&["logs", "a", "--grep", "^4[0-9]$", "-n", "1000"]).ok().out;
    assert_eq!(own_lines(&found), (40..50).map(|n| n.to_string()).collect::<Vec<_>>());
    let all = sandbox.ostler(&["logs", "a", "--since", "1h"]).ok().out;
    assert_eq!(own_lines(&all).len(), 501);
    let none = sandbox.ostler(&["logs", "a", "--since", "2999-01-01T00:00:00Z"]).ok().out;
    assert_eq!(own_lines(&none), Vec::<&str>::new());
}

#[test]
fn several_servers_are_told_apart_and_merged() {
    let a = writer("echo from a");
    let b = writer("echo from b");
    let sandbox = Sandbox::with_servers([("a", a.as_str()), ("longer", b.as_str())]);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.wait_for_log("a", "written");
    sandbox.wait_for_log("longer", "written");
    for args in [&["logs"][..], &["logs", "a", "longer"]] {
        let out = sandbox.ostler(args).ok().out;
        assert!(out.contains("a      | from a\n") && out.contains("longer | from b\n"), "{out}");
    }
}

#[test]
fn following_shows_what_comes_and_ends_when_told() {
    let keys = r#"command = "echo before; while read word; do echo got $word; done < pipe""#;
    let sandbox = Sandbox::with_servers([("a", keys)]);
    let pipe = sandbox.project().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    sandbox.ostler(&["start", "a", "--no-wait"]).ok();
    let mut input = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    let mut say = |word: &str| std::io::Write::write_all(&mut input, format!("{word}\n").as_bytes()).unwrap();
    sandbox.wait_for("a", Phase::Running);
    let mut follow = sandbox.background(&["logs", "-f", "a"]);
    assert_eq!(follow.line(|line| !line.contains("[ostler]")), "before");
    for word in ["first", "second"] {
        say(word);
        assert_eq!(follow.line(|line| line.starts_with("got")), format!("got {word}"));
    }
    // it stays over the death of the supervisor, without a hole and without a line twice
    sandbox.kill_supervisor();
    say("third");
    assert_eq!(follow.line(|line| line.starts_with("got")), "got third");
    kill(&Process::find(follow.pid()).unwrap(), Signal::from_number(2).unwrap());
    assert_ne!(follow.end(), Some(0));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let sandbox = Sandbox::with_servers([("a", writer("seq 1 20000").as_str())]);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.wait_for_log("a", "written");
    let mut shell = Command::new("bash");
    shell.args(["-c", "\"$0\" logs a -n 20000 | head -1; echo ${PIPESTATUS[0]}", crate::support::BIN]);
    let path = std::env::var_os("PATH").unwrap();
    shell
        .current_dir(sandbox.project())
        .env_clear()
        .env("PATH", path)
        .env("OSTLER_HOME", sandbox.paths().home());
    let said = run(shell, "logs | head").ok();
    assert!(said.out.ends_with("\n0\n") && said.err.is_empty(), "{said:?}");
}

#[test]
fn what_a_server_writes_never_acts_on_the_terminal() {
    let hostile = [
        r"\033]0;title\007",
        r"\033]52;c;aGFoYQ==\007",
        r"\033[2J\033[H\033[?1049h",
        r"\033Ptmux;x\033\\\\",
        r"\0233[6n",
        r"\033]8;;http://x\033\\\\link",
        r"over\rwritten\b\b",
        r"\342\200\256reversed",
        r"\033[31mred\033[0m",
    ];
    let printf: String =
        hostile.iter().map(|text| format!("printf '<{text}>\\n'; ").replace('\\', "\\\\")).collect();
    // TOML's own escapes were doubled: the shell's printf sees them
    let sandbox = Sandbox::with_servers([("evil", writer(printf.trim_end_matches("; ")).as_str())]);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.wait_for_log("evil", "written");
    assert!(sandbox.log("evil").contains("\x1b]0;title\x07"), "the log keeps what was written");
    for args in [&["logs", "evil"][..], &["logs", "evil", "--color", "always"], &["logs", "-t"], &["status"]]
    {
        let out = sandbox.ostler(args).ok().out;
        let rest = without_colours(&out);
        let bad = rest
            .chars()
            .find(|c| (c.is_control() && !"\n\t".contains(*c)) || ('\u{202a}'..='\u{202e}').contains(c));
        assert_eq!(bad, None, "{args:?}: {out:?}");
    }
    let plain = sandbox.ostler(&["logs", "evil"]).ok().out;
    assert!(plain.contains("<red>") && !plain.contains('\x1b'), "{plain:?}");
}

/// The text without SGR sequences, which are all that may be left.
fn without_colours(text: &str) -> String {
    let sgr = regex::Regex::new("\x1b\\[[0-9;:]*m").unwrap();
    sgr.replace_all(text, "").into_owned()
}
