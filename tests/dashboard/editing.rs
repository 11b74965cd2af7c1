//! `C`: the project's file in the user's editor, while the terminal is given back.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use ostler::model::Phase;

use super::pids;
use super::terminal::Terminal;
use crate::support::Sandbox;

/// An editor that writes down what it was given and changes the file by a line of `sed`.
fn editor(sandbox: &Sandbox, change: &str) -> String {
    let path = sandbox.project().join("nano");
    let script = format!(
        "#!/bin/sh\necho \"$@\" >> '{}'\necho the editor is here\nfor file; do :; done\nsed -i '{change}' \"$file\"\n",
        sandbox.project().join("given").display()
    );
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

fn two_up() -> Sandbox {
    let sandbox = Sandbox::with_servers([
        ("one", "command = ['sleep', '1000']"),
        ("two", "command = ['sleep', '1000']"),
    ]);
    sandbox.ostler(&["up"]).ok();
    sandbox
}

fn open(sandbox: &Sandbox, editor: &str) -> Terminal {
    let env = [("NO_COLOR", ""), ("VISUAL", ""), ("EDITOR", editor)];
    let mut terminal = Terminal::open_with(&sandbox.command(&[]), &env, (100, 24));
    terminal.wait_until("two runs", |screen| screen.says("two", "running"));
    terminal.keys("j");
    terminal.wait_until("two is selected", |screen| screen.selects("two"));
    terminal
}

#[test]
fn what_changed_is_shown_and_applied_and_only_that_restarts() {
    let sandbox = two_up();
    let before = pids(&sandbox);
    let editor = editor(&sandbox, "$ s/1000/2000/");
    let mut terminal = open(&sandbox, &editor);
    terminal.keys("C");
    terminal.wait_for("Restarts two.");
    assert!(terminal.screen().contains("command:"), "{}", terminal.screen().text());
    let given = fs::read_to_string(sandbox.project().join("given")).unwrap();
    let file = fs::read_to_string(sandbox.project().join("ostler.toml")).unwrap();
    let line = 1 + file.lines().position(|line| line == "[servers.two]").unwrap();
    assert!(given.starts_with(&format!("+{line} ")) && given.trim_end().ends_with("ostler.toml"), "{given}");
    // Enter presses Cancel
    terminal.keys("\r");
    terminal.wait_for("not applied");
    assert_eq!(pids(&sandbox), before);
    terminal.keys("C");
    terminal.wait_for("Restarts two.");
    terminal.keys("\t\r");
    sandbox.wait_until("another process", |all| {
        all.servers[1].phase == Phase::Running && all.servers[1].pid.is_some_and(|pid| Some(pid) != before[1])
    });
    assert_eq!(pids(&sandbox)[0], before[0]);
    terminal.wait_for("1 restarted");
    terminal.keys("q");
    terminal.end();
    terminal.assert_given_back("2 servers still running");
}

#[test]
fn a_broken_file_is_told_with_its_line_and_no_editor_is_an_error() {
    let sandbox = two_up();
    let editor = editor(&sandbox, "s/command/comand/");
    let mut terminal = open(&sandbox, &editor);
    terminal.keys("C");
    terminal.wait_for("unknown key `comand`");
    assert!(terminal.screen().contains("Edit again"), "{}", terminal.screen().text());
    terminal.keys("\x1b");
    terminal.wait_until("no question", |screen| !screen.contains("Edit again"));
    let mut bare = open(&sandbox, "");
    bare.keys("C");
    bare.wait_for("no editor is set");
}
