//! How bad a log line is, guessed from its beginning.
//!
//! [`detect`] looks at one line; a line that goes on with the one before is the business of [`super::runs`]. `fields` knows
//! JSON and logfmt, `words` knows levels within a text.

mod fields;
mod words;

pub(super) use fields::of_field;

use crate::model::Level;

/// Finds the level of `line`, which is safe text without colours.
///
/// It knows JSON (`"level":"warn"`, the numbers of pino and bunyan, `MongoDB`'s letters), logfmt (`level=warn`), glog
/// (`W1120 08:00:00`), redis (`7:M 20 Nov 2026 08:00:00.123 # x`), the prefixes of sd-daemon(3) (`<3>`), exceptions that
/// nobody caught, and whole words near the beginning: in capitals, or marked as a level by what is around them
/// (`[info]`, `warning:`, the line's first word). A word in the middle of a sentence is none.
pub fn detect(line: &str) -> Option<Level> {
    let line = line.trim_start();
    if line.starts_with('{') {
        return fields::of_json(line);
    }
    of_prefix(line)
        .or_else(|| of_glog(line))
        .or_else(|| of_redis(line))
        .or_else(|| fields::of_logfmt(line))
        .or_else(|| of_uncaught(line))
        .or_else(|| words::find(line))
}

/// At most the first `max` bytes, whole characters.
pub(super) fn head(line: &str, max: usize) -> &str {
    &line[..line.floor_char_boundary(max)]
}

fn of_word(word: &str) -> Option<Level> {
    const WORDS: [(&str, Level); 37] = [
        ("trace", Level::Trace),
        ("trc", Level::Trace),
        ("trce", Level::Trace),
        ("verbose", Level::Trace),
        ("debug", Level::Debug),
        ("debug1", Level::Debug),
        ("debug2", Level::Debug),
        ("debug3", Level::Debug),
        ("debug4", Level::Debug),
        ("debug5", Level::Debug),
        ("dbg", Level::Debug),
        ("dbug", Level::Debug),
        ("info", Level::Info),
        ("inf", Level::Info),
        ("information", Level::Info),
        ("informational", Level::Info),
        ("notice", Level::Info),
        ("note", Level::Info),
        ("log", Level::Info),
        ("system", Level::Info),
        ("warn", Level::Warn),
        ("wrn", Level::Warn),
        ("warning", Level::Warn),
        ("error", Level::Error),
        ("err", Level::Error),
        ("eror", Level::Error),
        ("severe", Level::Error),
        ("fail", Level::Error),
        ("fatal", Level::Fatal),
        ("ftl", Level::Fatal),
        ("critical", Level::Fatal),
        ("crit", Level::Fatal),
        ("alert", Level::Fatal),
        ("panic", Level::Fatal),
        ("emergency", Level::Fatal),
        ("emerg", Level::Fatal),
        ("crt", Level::Fatal),
    ];
    // most words of most lines are none: their length says so
    if !(3..=13).contains(&word.len()) {
        return None;
    }
    WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, level)| *level)
}

/// sd-daemon(3): `<3>text`
fn of_prefix(line: &str) -> Option<Level> {
    match line.as_bytes() {
        [b'<', digit @ b'0'..=b'7', b'>', ..] => fields::of_syslog(u32::from(digit - b'0')),
        _ => None,
    }
}

/// `W1120 08:00:00.123456   7 main.go:1] text`
fn of_glog(line: &str) -> Option<Level> {
    let (letter, digits) = (line.bytes().next()?, line.as_bytes().get(1..6)?);
    if !(digits[..4].iter().all(u8::is_ascii_digit) && digits[4] == b' ') {
        return None;
    }
    match letter {
        b'D' => Some(Level::Debug),
        b'I' => Some(Level::Info),
        b'W' => Some(Level::Warn),
        b'E' => Some(Level::Error),
        b'F' => Some(Level::Fatal),
        _ => None,
    }
}

/// `7:M 20 Nov 2026 08:00:00.123 * Ready`: the sign after the time.
fn of_redis(line: &str) -> Option<Level> {
    let pid = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = line[pid..].strip_prefix(':').filter(|_| pid > 0)?;
    let mut words = rest.split(' ');
    if !matches!(words.next()?, "M" | "S" | "C" | "X") {
        return None;
    }
    match words.nth(4)? {
        "." => Some(Level::Debug),
        "-" | "*" => Some(Level::Info),
        "#" => Some(Level::Warn),
        _ => None,
    }
}

/// The head of a stack trace that a runtime printed itself.
fn of_uncaught(line: &str) -> Option<Level> {
    if line.starts_with("thread '") && line.contains(" panicked at ") {
        return Some(Level::Fatal);
    }
    let is_trace = line.starts_with("Traceback (most recent call last)")
        || line.starts_with("Exception in thread ")
        || line.starts_with("Unhandled exception")
        || line.starts_with("Uncaught ");
    (is_trace || is_exception(line)).then_some(Level::Error)
}

/// Whether the line begins with the name of an exception: `ValueError: x`, `java.lang.IllegalStateException: x`.
pub(super) fn is_exception(line: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '$');
    let end = line.find(|c| !is_part(c)).unwrap_or(line.len());
    let (name, after) = line.split_at(end);
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_name = last.starts_with(char::is_uppercase)
        && ["Error", "Exception", "Interrupt"]
            .iter()
            .any(|end| last.ends_with(end) && last.len() > end.len());
    is_name && (after.is_empty() || after.starts_with(": ") || after == ":" || after.starts_with(" ["))
}
