//! Writing lines, and the names in them.

use std::io::{self, Write};

/// Writes a line; an error means that nobody reads any more.
pub fn line(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")
}

/// Writes a line on standard error. Where that fails, there is nobody to tell.
pub fn error(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// The server's own name as ostler gives it.
pub fn name() -> String {
    std::env::var("OSTLER_NAME").unwrap_or_else(|_| "demo".to_owned())
}

/// How bad a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// As usual.
    Info,
    /// Worth a look.
    Warn,
    /// Broken.
    Error,
}

/// A log line with a coloured level, as many frameworks write it.
pub fn leveled(level: Level, text: &str) -> String {
    let (color, word) = match level {
        Level::Info => (32, "INFO "),
        Level::Warn => (33, "WARN "),
        Level::Error => (31, "ERROR"),
    };
    format!("\x1b[{color}m{word}\x1b[0m {text}")
}

/// Writes a log line of this level.
pub fn log(level: Level, text: &str) -> io::Result<()> {
    line(&leveled(level, text))
}
