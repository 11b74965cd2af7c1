//! Clicks and the wheel.

use super::terminal::Terminal;
use super::three_up;

fn count(terminal: &Terminal, text: &str) -> usize {
    String::from_utf8_lossy(terminal.bytes()).matches(text).count()
}

#[test]
fn a_click_selects_focuses_presses_and_two_open_the_detail() {
    let sandbox = three_up();
    let mut terminal = Terminal::open(&sandbox, &[], (80, 24));
    terminal.wait_until("idle is there", |screen| screen.says("idle", "running"));
    assert_eq!((count(&terminal, "?1000h"), count(&terminal, "?1006h")), (1, 1));
    for motion in ["?1002", "?1003"] {
        assert_eq!(count(&terminal, motion), 0);
    }
    terminal.keys("\x1b[<0;6;4M\x1b[<0;6;4m");
    terminal.wait_until("the second row", |screen| screen.selects("worker"));
    terminal.keys("\x1b[<0;6;20M\x1b[<0;6;20m");
    terminal.wait_until("keys of the log", |screen| screen.rows()[23].contains("f follow"));
    terminal.wait_for("picked up (queue=mail)");
    terminal.keys("\x1b[<64;6;20M");
    terminal.wait_for("PAUSED");
    terminal.keys("\x1b[<0;6;5M\x1b[<0;6;5m\x1b[<0;6;5M\x1b[<0;6;5m");
    terminal.wait_until("all of idle", |s| s.row_of("api").is_none() && s.contains("sleep 1000"));
    terminal.keys("M");
    terminal.wait_for("mouse off");
    assert_eq!(count(&terminal, "?1000l"), 1);
}

#[test]
fn over_ssh_it_is_off_until_it_is_wanted() {
    let sandbox = three_up();
    let ssh = [("SSH_CONNECTION", "192.0.2.1 5 192.0.2.2 22"), ("NO_COLOR", "")];
    let mut terminal = Terminal::open_with(&sandbox.command(&[]), &ssh, (80, 24));
    terminal.wait_until("idle is there", |screen| screen.says("idle", "running"));
    assert_eq!(count(&terminal, "?1000h"), 0);
    terminal.keys("M");
    terminal.wait_for("Shift held selects text");
    assert_eq!(count(&terminal, "?1000h"), 1);
}
