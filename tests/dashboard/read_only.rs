//! `ostler watch`: looks, and cannot act.

use super::terminal::Terminal;
use super::{pids, three_up};

#[test]
fn acting_keys_do_not_exist() {
    let sandbox = three_up();
    let before = pids(&sandbox);
    let mut terminal = Terminal::open(&sandbox, &["watch"], (120, 40));
    terminal.wait_until("idle is there", |screen| screen.says("idle", "running"));
    assert!(terminal.screen().rows()[0].trim_end().ends_with("watch"));
    let footer = terminal.screen().rows().pop().unwrap();
    for word in ["start", "stop", "restart", "kill"] {
        assert!(!footer.contains(word), "{footer}");
    }
    // the help comes after what the keys before it did
    // `y` is no yes here but asks what to copy
    terminal.keys("xsrXyqRyq?");
    terminal.wait_for("the selected server's log");
    for word in ["SIGKILL", "restart it", "stop it", "start the selected"] {
        assert!(!terminal.screen().contains(word), "{}", terminal.screen().text());
    }
    assert_eq!(pids(&sandbox), before);
    terminal.keys("\x1b");
    terminal.wait_until("no help", |screen| screen.says("api", "running"));
    // it is still a dashboard
    terminal.keys("G");
    terminal.wait_until("the last", |screen| screen.selects("idle"));
    assert_eq!(pids(&sandbox), before);
}
