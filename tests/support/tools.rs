//! Programs that may be missing, and ports.

use std::net::TcpListener;
use std::process::Command;

/// The path of this tool. Where it is missing, the test is left out with a line that says so; with
/// `OSTLER_TEST_ALL=1` it fails.
pub(crate) fn need(tool: &str) -> Option<String> {
    let script = match tool {
        // a version manager's stand-in needs the user's own environment; the interpreter behind it does not
        "python3" => "python3 -c 'import sys; print(sys.executable)'".to_owned(),
        _ => format!("PATH=$PATH:/usr/sbin:/sbin command -v {tool}"),
    };
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    let path = String::from_utf8(output.stdout).unwrap().trim().to_owned();
    if output.status.success() && !path.is_empty() {
        return Some(path);
    }
    assert!(
        std::env::var_os("OSTLER_TEST_ALL").is_none(),
        "{tool} is not installed, and OSTLER_TEST_ALL is set"
    );
    eprintln!("left out: {tool} is not installed");
    None
}

/// A port that nobody listens on now. It is below those that ostler takes for `auto`, and those that the kernel gives
/// to whoever asks for any. Tests that run at once get different ones.
pub(crate) fn free_port() -> u16 {
    use std::sync::atomic::{AtomicU16, Ordering};
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // several runs of the tests may be under way on one machine
    let base = 10_000 + (std::process::id() % 100) as u16 * 100;
    loop {
        let port = base + NEXT.fetch_add(1, Ordering::Relaxed) % 100;
        if TcpListener::bind(("0.0.0.0", port)).is_ok() {
            return port;
        }
    }
}
