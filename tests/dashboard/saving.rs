//! A log is saved in a file from the dashboard.

use std::fs;
use std::path::{Path, PathBuf};

use ostler::model::Phase;

use super::terminal::Terminal;
use crate::support::Sandbox;

/// Bytes that are no text, a colour, and what would be taken for ostler's own.
const SAID: &[u8] = b"INFO one\n\x1b[31mred\x1b[0m \xff\x00 end\n  [ostler] I am not\nno newline";
const CTRL_S: &str = "\x13";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with_servers([("a", "command = 'cat said'\nrestart = 'never'")]);
    fs::write(sandbox.project().join("said"), SAID).unwrap();
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.wait_for("a", Phase::Completed);
    sandbox
}

/// The files of this end, in their order.
fn files(place: &Path, end: &str) -> Vec<PathBuf> {
    let all = fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = all.filter(|path| path.to_string_lossy().ends_with(end)).collect();
    found.sort();
    found
}

#[test]
fn a_log_is_saved_byte_by_byte_or_as_it_is_shown() {
    let sandbox = sandbox();
    let mut terminal = Terminal::open(&sandbox, &["watch"], (120, 40));
    terminal.wait_for("no newline");
    terminal.keys("2");
    terminal.keys(CTRL_S);
    terminal.wait_for("save the log of a");
    terminal.keys("r");
    terminal.wait_for("saved ");
    let [raw] = files(&sandbox.project(), ".log").try_into().unwrap();
    assert_eq!(fs::read(&raw).unwrap(), SAID);
    // off: relative comes before it
    terminal.keys("ttt");
    terminal.wait_for("time off");
    terminal.keys(CTRL_S);
    terminal.wait_for("without times");
    terminal.keys("f");
    terminal.wait_until("two files", |_| files(&sandbox.project(), ".log").len() == 2);
    let shown = files(&sandbox.project(), ".log").into_iter().find(|path| *path != raw).unwrap();
    let text = fs::read_to_string(&shown).unwrap();
    assert_eq!(text, sandbox.ostler(&["logs", "a"]).ok().out);
    assert!(text.contains("\nred \u{fffd} end\n(server)   [ostler] I am not\n"), "{text}");
    assert!(files(&sandbox.project(), ".part").is_empty());
}

#[test]
fn a_place_that_takes_no_file_is_told_or_passed_over() {
    let sandbox = sandbox();
    let (gone, mut command) = (sandbox.project().join("gone"), sandbox.command(&[]));
    fs::create_dir(&gone).unwrap();
    command.current_dir(&gone).env("HOME", &gone);
    let mut terminal = Terminal::open_with(&command, &[("NO_COLOR", "")], (120, 40));
    terminal.wait_for("no newline");
    fs::remove_dir(&gone).unwrap();
    terminal.keys("2");
    terminal.keys(CTRL_S);
    terminal.wait_for("save the log of a");
    terminal.keys("r");
    terminal.wait_for("saved ");
    let mut found = files(sandbox.paths().home(), ".log");
    found.retain(|path| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"shop-a-")));
    let [raw] = found.try_into().unwrap();
    assert_eq!(fs::read(&raw).unwrap(), SAID, "in the state directory");
}
