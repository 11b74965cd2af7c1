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
fn a_terminal_that_goes_away_ends_it() {
    let sandbox = three_up();
    let before = pids(&sandbox);
    let terminal = opened(&sandbox);
    let process = terminal.process();
    terminal.hang_up();
    assert!(Process::find(process.pid).is_none());
    assert_eq!(pids(&sandbox), before);
}
