//! Into the clipboard.

use std::os::unix::fs::PermissionsExt as _;

use super::terminal::Terminal;
use super::three_up;

#[test]
fn without_a_display_the_terminal_is_asked_and_a_file_has_it_too() {
    let sandbox = three_up();
    let mut terminal = Terminal::open(&sandbox, &[], (80, 24));
    terminal.wait_until("idle is there", |screen| screen.says("idle", "running"));
    terminal.keys("y");
    terminal.wait_for("http://127.0.0.1:");
    terminal.keys("n");
    terminal.wait_for("copied the name of api (OSC 52)");
    let written = String::from_utf8_lossy(terminal.bytes()).into_owned();
    assert!(written.contains("\x1b]52;c;YXBp\x07"), "{written:?}");
    let file = sandbox.paths().clipboard();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "api");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    // idle has no port
    terminal.keys("Gy");
    terminal.wait_for("- it has no port");
    terminal.keys("u");
    terminal.wait_for("idle has no url now");
}
