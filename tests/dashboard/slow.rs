//! A terminal that takes bytes slowly, or none at all.

use ostler::model::Phase;

use super::terminal::Terminal;
use super::{pids, three_up};
use crate::support::{Process, Sandbox, look_until};

/// Pages of a frame at this size that no terminal has to take at once, many times over.
const SIZE: (u16, u16) = (200, 60);
const FRAMES: usize = 60;

fn memory_kib(process: &Process) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.pid)).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Asks for far more than the system keeps for a terminal, which is read by nobody.
fn stuff(sandbox: &Sandbox, terminal: &mut Terminal) {
    for _ in 0..FRAMES {
        terminal.keys("\x0c");
        // something that takes longer than a frame
        sandbox.ostler(&["status"]).ok();
    }
}

#[test]
fn a_terminal_that_is_not_read_gets_the_newest_state_later_and_keys_act_meanwhile() {
    let sandbox = three_up();
    let before = pids(&sandbox);
    let mut terminal = Terminal::open(&sandbox, &[], SIZE);
    terminal.wait_until("idle is there", |screen| screen.says("idle", "running"));
    let process = terminal.process();
    let (memory, shown) = (memory_kib(&process), terminal.bytes().len());
    stuff(&sandbox, &mut terminal);
    terminal.keys("Gx");
    sandbox.wait_for("idle", Phase::Stopped);
    assert!(memory_kib(&process) < memory + 16 * 1024, "{memory} became {}", memory_kib(&process));
    terminal.wait_until("how it is now", |s| s.selects("idle") && s.says("idle", "stopped"));
    // it was asked for more frames than were written
    let one = usize::from(SIZE.0) * usize::from(SIZE.1);
    let written = terminal.bytes().len() - shown;
    assert!(written < FRAMES * one / 2, "{written} bytes");
    assert_eq!(pids(&sandbox)[..2], before[..2]);
}

#[test]
fn a_terminal_that_takes_nothing_can_be_left_and_is_given_back() {
    for keys in ["q", "\x03"] {
        let sandbox = three_up();
        let before = pids(&sandbox);
        let mut terminal = Terminal::open(&sandbox, &[], SIZE);
        terminal.wait_until("idle is there", |screen| screen.says("idle", "running"));
        stuff(&sandbox, &mut terminal);
        terminal.keys(keys);
        assert!(terminal.end_unread().success());
        look_until(|| (!terminal.is_raw()).then_some(())).expect("it is still raw");
        assert!(terminal.end().success());
        assert!(!terminal.screen().is_alternate() && terminal.screen().shows_cursor());
        assert_eq!(pids(&sandbox), before);
    }
}

#[test]
fn a_storm_of_sizes_ends_with_a_whole_screen() {
    let sandbox = three_up();
    let mut terminal = Terminal::open(&sandbox, &[], (80, 24));
    terminal.wait_until("idle is there", |screen| screen.says("idle", "running"));
    let sizes = (0..60).map(|n| (40 + n * 7 % 90, 10 + n * 5 % 40)).chain([(1, 1), (1000, 500), (100, 30)]);
    for (width, height) in sizes {
        terminal.resize(width, height);
    }
    terminal.wait_until("all of it", |s| {
        s.says("idle", "running") && s.rows()[0].contains("3 up") && s.rows()[29].contains("q quit")
    });
    terminal.keys("j");
    terminal.wait_until("it goes on", |screen| screen.selects("worker"));
}
