//! However the dashboard ends: the servers go on, and the terminal is as it was.

use ostler::model::Signal;

use super::terminal::Terminal;
use super::{pids, three_up};
use crate::support::{Process, Sandbox, kill};

/// What is said on the way out.
const SAID: &str = "3 servers still running";

fn opened(sandbox: &Sandbox) -> Terminal {
    let mut terminal = Terminal::open(sandbox, &[], (80, 24));
    terminal.wait_until("idle is there", |screen| screen.says("idle", "running"));
    assert!(terminal.screen().is_alternate() && !terminal.screen().shows_cursor() && terminal.is_raw());
    terminal
}

fn leaves_by(leave: impl FnOnce(&mut Terminal)) {
    let sandbox = three_up();
    let before = pids(&sandbox);
    let mut terminal = opened(&sandbox);
    leave(&mut terminal);
    assert_eq!(terminal.end().code(), Some(0), "{}", terminal.screen().text());
    terminal.assert_given_back(SAID);
    assert_eq!(pids(&sandbox), before);
}

fn leaves_after(signal: &str) {
    leaves_by(|terminal| kill(&terminal.process(), signal.parse::<Signal>().unwrap()));
}

#[test]
fn q_leaves() {
    leaves_by(|terminal| terminal.keys("q"));
}

#[test]
fn ctrl_c_leaves_from_anywhere() {
    leaves_by(|terminal| terminal.keys("X\x03"));
}

#[test]
fn sigterm_leaves() {
    leaves_after("SIGTERM");
}

#[test]
fn sighup_leaves() {
    leaves_after("SIGHUP");
}

#[test]
fn sigint_leaves() {
    leaves_after("SIGINT");
}

#[test]
fn sigquit_leaves() {
    leaves_after("SIGQUIT");
}

#[test]
fn a_panic_gives_the_terminal_back_before_it_is_told() {
    let mut sandbox = three_up();
    let before = pids(&sandbox);
    sandbox.set_env("OSTLER_TEST_PANIC", "1");
    let mut terminal = opened(&sandbox);
    terminal.keys("\x0c");
    assert_eq!(terminal.end().code(), Some(101));
    terminal.assert_given_back("a test wanted it");
    assert_eq!(pids(&sandbox), before);
}

#[test]
fn all_modes_that_were_set_are_taken_back() {
    let sandbox = three_up();
    let mut terminal = opened(&sandbox);
    terminal.keys("q");
    assert!(terminal.end().success());
    let text = String::from_utf8_lossy(terminal.bytes()).into_owned();
    for mode in ["?1049", "?2004", "?1000", "?1006"] {
        let (set, back) = (text.find(&format!("\x1b[{mode}h")), text.rfind(&format!("\x1b[{mode}l")));
        assert!(set.is_some() && set < back, "{mode}: {set:?} {back:?}");
    }
    assert!(text.rfind("\x1b[?25l") < text.rfind("\x1b[?25h"));
}

#[test]
fn a_terminal_that_goes_away_ends_it() {
    let sandbox = three_up();
    let before = pids(&sandbox);
    let terminal = opened(&sandbox);
    let process = terminal.process();
    terminal.hang_up();
    assert!(Process::find(process.pid).is_none());
    assert_eq!(pids(&sandbox), before);
}
