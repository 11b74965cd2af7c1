//! A shell's job control.

use std::process::Command;

use super::terminal::Terminal;
use super::{pids, three_up};
use crate::support::{BIN, Sandbox, freeze, look_until, need, thaw};

/// An interactive shell in the sandbox.
fn bash(sandbox: &Sandbox, path: &str) -> Terminal {
    let outer = sandbox.command(&[]);
    let mut shell = Command::new(path);
    shell.args(["--norc", "--noprofile", "-i"]).current_dir(sandbox.project());
    shell.envs(outer.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut terminal = Terminal::open_with(&shell, &[("PS1", "READY "), ("HISTFILE", "")], (80, 24));
    terminal.wait_for("READY");
    terminal
}

#[test]
fn ctrl_z_gives_the_terminal_to_the_shell_and_fg_takes_it_again() {
    let Some(path) = need("bash") else { return };
    let sandbox = three_up();
    let before = pids(&sandbox);
    let mut terminal = bash(&sandbox, &path);
    terminal.keys(&format!("{BIN}\r"));
    for _ in 0..2 {
        terminal.wait_until("the dashboard", |s| s.is_alternate() && s.says("idle", "running"));
        terminal.keys("\x1a");
        terminal.wait_until("the shell", |s| !s.is_alternate() && s.shows_cursor());
        terminal.wait_until("its word", |s| s.contains("Stopped") && s.text().trim_end().ends_with("READY"));
        // in another size than before
        terminal.resize(100, 30);
        terminal.keys("fg\r");
        terminal.wait_until("all of it", |s| s.is_alternate() && s.rows()[29].contains("q quit"));
    }
    assert!(!terminal.screen().shows_cursor());
    terminal.keys("q");
    terminal.wait_until("the shell", |s| !s.is_alternate() && s.contains("3 servers still running"));
    terminal.keys("echo its code: $?\r");
    terminal.wait_for("its code: 0");
    terminal.keys("exit\r");
    assert!(terminal.end().success());
    terminal.assert_given_back("its code: 0");
    assert_eq!(pids(&sandbox), before);
}

#[test]
fn it_comes_back_as_it_was_from_any_state() {
    let Some(path) = need("bash") else { return };
    let sandbox = three_up();
    let before = pids(&sandbox);
    let mut terminal = bash(&sandbox, &path);
    terminal.keys(&format!("{BIN}\r"));
    for (keys, there) in [("X", "Kill api?"), ("?", "type to search"), ("/wor", "/wor"), ("y", "Copy of")] {
        terminal
            .wait_until("the dashboard", |s| s.says("idle", "running") && s.rows()[23].contains("q quit"));
        terminal.keys(keys);
        terminal.wait_for(there);
        terminal.keys("\x1a");
        terminal.wait_until("the shell", |s| !s.is_alternate() && s.text().trim_end().ends_with("READY"));
        terminal.keys("fg\r");
        terminal.wait_until(there, |s| s.is_alternate() && s.contains(there));
        terminal.keys("\x1b");
    }
    terminal.wait_until("the dashboard", |s| s.rows()[23].contains("q quit"));
    terminal.keys("\x03");
    terminal.wait_until("the shell", |s| !s.is_alternate() && s.contains("3 servers still running"));
    terminal.keys("exit\r");
    assert!(terminal.end().success());
    assert_eq!(pids(&sandbox), before);
}

#[test]
fn a_stop_from_outside_is_no_end_whatever_became_of_the_terminal_meanwhile() {
    let sandbox = three_up();
    let mut terminal = Terminal::open(&sandbox, &[], (80, 24));
    terminal.wait_until("idle is there", |screen| screen.says("idle", "running"));
    let process = terminal.process();
    freeze(&process);
    terminal.cook();
    assert!(!terminal.is_raw());
    terminal.resize(100, 30);
    thaw(&process);
    look_until(|| terminal.is_raw().then_some(())).expect("it is not raw");
    terminal.wait_until("the new size", |s| s.is_alternate() && s.rows()[29].contains("q quit"));
    terminal.keys("j");
    terminal.wait_until("a row down", |screen| screen.selects("worker"));
}
