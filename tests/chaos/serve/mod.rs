//! What this binary does as a server: `chaos serve KIND [VALUE]…`. Each process keeps its own record of what was true,
//! in the directory `CHAOS_DIR`, before anybody else could know it:
//!
//! * `truth/<name>/<run>`: how it is about to end. A run without one was killed, or is alive.
//! * `ready/<name>/<run>`: from then on it hears signals. One that ended before that may have died of any.
//! * `signals/<name>`: each signal that came, and when.
//! * `sent/<name>/<run>.<stream>`: what the kernel has taken from it, see [`talk`].
//!
//! [`talk`] writes; [`family`] has children that are hard to end; [`single`] is the rest.

pub(crate) mod family;
pub(crate) mod record;
pub(crate) mod single;
pub(crate) mod talk;

use std::process::ExitCode;

/// First word of a server's command line. Its helpers have [`CHILD`].
pub(crate) const WORD: &str = "serve";

/// First word of a process that a server started.
pub(crate) const CHILD: &str = "child";

/// Is that server.
pub(crate) fn run(words: &[String]) -> ExitCode {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let number = |at: usize| words.get(at).and_then(|word| word.parse::<u64>().ok());
    match words[..] {
        ["serve", "writer", ..] => talk::write(number(2).unwrap_or(100), false),
        ["serve", "both", ..] => talk::write_both(number(2).unwrap_or(100)),
        ["serve", "tty", ..] => talk::write(number(2).unwrap_or(50), true),
        ["serve", "clock", ..] => talk::clock(number(2).unwrap_or(100)),
        ["serve", "flood"] => talk::flood(),
        ["serve", "sleep"] => single::sleep(),
        ["serve", "http"] => single::http(),
        ["serve", "exits", ..] => single::exits(number(2).unwrap_or(0), number(3).unwrap_or(2000)),
        ["serve" | "child", "deaf"] => single::deaf(),
        ["serve", "headless"] => family::headless(),
        ["serve", "far"] => family::far(),
        ["child", "middle"] => family::middle(),
        ["child", "own-session"] => family::own_session(),
        ["serve", "groups", ..] => family::groups(number(2).unwrap_or(5)),
        ["child", "own-group"] => family::own_group(),
        _ => {
            eprintln!("chaos serve: no such server: {words:?}");
            ExitCode::from(2)
        }
    }
}
