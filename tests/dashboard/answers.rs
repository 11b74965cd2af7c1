//! What the terminal says of itself, and what is pasted: neither is ever a key.

use super::terminal::Terminal;
use super::{pids, three_up};

const BACKGROUND: &str = "\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\";

#[test]
fn answers_that_come_late_or_in_parts_or_without_an_end_are_no_keys() {
    let sandbox = three_up();
    let before = pids(&sandbox);
    let mut terminal = Terminal::open(&sandbox, &[], (80, 24));
    terminal.wait_until("idle is there", |screen| screen.says("idle", "running"));
    let others = ["\x1bP1+r524742=38\x1b\\", "\x1bP1$r0;48:2::1:2:3m\x1b\\", "\x1b[?2026;2$y", "\x1b[?62;4c"];
    for answer in [BACKGROUND].into_iter().chain(others) {
        terminal.keys(answer);
        terminal.keys("j");
        terminal.wait_until("a row down", |s| s.selects("worker") && s.rows()[23].contains("q quit"));
        // in two parts, the second with the next key
        let (head, tail) = answer.split_at(answer.len() / 2);
        terminal.keys(head);
        terminal.keys(&format!("{tail}k"));
        terminal.wait_until("a row up", |s| s.selects("api") && s.rows()[23].contains("q quit"));
    }
    // one that never ends is given up; the keys after it count again
    terminal.keys("\x1b]11;rgb:1e");
    terminal.wait_until("it is over it", |screen| screen.says("api", "running"));
    terminal.keys("\x03");
    assert!(terminal.end().success());
    assert_eq!(pids(&sandbox), before);
}

#[test]
fn a_paste_runs_nothing_and_fills_what_is_typed() {
    let sandbox = three_up();
    let before = pids(&sandbox);
    let mut terminal = Terminal::open(&sandbox, &[], (80, 24));
    terminal.wait_until("idle is there", |screen| screen.says("idle", "running"));
    // it would stop all three and quit
    terminal.keys("\x1b[200~xjxjx\rXy\rq\x1b[201~G");
    terminal.wait_until("the last", |screen| screen.selects("idle"));
    terminal.keys("/\x1b[200~wor\r\nker\x1b[201~");
    terminal.wait_until("worker alone", |s| s.row_of("api").is_none() && s.selects("worker"));
    assert_eq!(pids(&sandbox), before);
}
