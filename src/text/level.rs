//! How bad a log line is, guessed from its beginning.

use crate::model::Level;

/// Where a level's word may begin, in bytes from the line's beginning.
const NEAR: usize = 64;
/// How much of a JSON or logfmt line is looked at, in bytes.
const FAR: usize = 2048;
/// Keys of a level in JSON and logfmt lines.
const KEYS: [&str; 6] = ["level", "lvl", "severity", "log.level", "levelname", "loglevel"];

/// Finds the level of `line`, which is safe text without colours.
///
/// It knows JSON (`"level":"warn"`, and the numbers of pino and bunyan), logfmt (`level=warn`), glog
/// (`W1120 08:00:00`), and whole words near the beginning: in capitals, or marked as a level by what is around them
/// (`[info]`, `warning:`, the line's first word). A word in the middle of a sentence is none.
pub fn detect(line: &str) -> Option<Level> {
    let line = line.trim_start();
    if line.starts_with('{') {
        return of_json(head(line, FAR));
    }
    of_glog(line).or_else(|| of_key(head(line, FAR))).or_else(|| of_words(line))
}

/// At most the first `max` bytes, whole characters.
fn head(line: &str, max: usize) -> &str {
    &line[..line.floor_char_boundary(max)]
}

fn of_word(word: &str) -> Option<Level> {
    const WORDS: [(&str, Level); 24] = [
        ("trace", Level::Trace),
        ("trc", Level::Trace),
        ("trce", Level::Trace),
        ("verbose", Level::Trace),
        ("debug", Level::Debug),
        ("dbg", Level::Debug),
        ("dbug", Level::Debug),
        ("info", Level::Info),
        ("inf", Level::Info),
        ("information", Level::Info),
        ("notice", Level::Info),
        ("warn", Level::Warn),
        ("wrn", Level::Warn),
        ("warning", Level::Warn),
        ("error", Level::Error),
        ("err", Level::Error),
        ("severe", Level::Error),
        ("fail", Level::Error),
        ("fatal", Level::Fatal),
        ("ftl", Level::Fatal),
        ("critical", Level::Fatal),
        ("crit", Level::Fatal),
        ("panic", Level::Fatal),
        ("emergency", Level::Fatal),
    ];
    WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, level)| *level)
}

/// The value after a key, quotes and spaces skipped.
fn of_value(value: &str) -> Option<Level> {
    let value = value.trim_start().trim_start_matches('"');
    let end = value.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(value.len());
    let word = &value[..end];
    // https://getpino.io/#/docs/api?id=logger-level
    match word.parse::<u32>() {
        Ok(0..=10) => Some(Level::Trace),
        Ok(11..=20) => Some(Level::Debug),
        Ok(21..=30) => Some(Level::Info),
        Ok(31..=40) => Some(Level::Warn),
        Ok(41..=50) => Some(Level::Error),
        Ok(51..=60) => Some(Level::Fatal),
        Ok(_) => None,
        Err(_) => of_word(word),
    }
}

fn of_json(line: &str) -> Option<Level> {
    let mut rest = line;
    while let Some((_, after)) = rest.split_once('"') {
        let (name, after) = after.split_once('"')?;
        rest = after;
        if let Some(value) = after.trim_start().strip_prefix(':')
            && KEYS.iter().any(|key| key.eq_ignore_ascii_case(name))
        {
            return of_value(value);
        }
    }
    None
}

fn of_key(line: &str) -> Option<Level> {
    line.match_indices('=').find_map(|(at, _)| {
        let key = line[..at].rsplit([' ', '{', ',']).next()?;
        KEYS.iter().any(|known| known.eq_ignore_ascii_case(key)).then(|| of_value(&line[at + 1..]))?
    })
}

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

fn of_words(line: &str) -> Option<Level> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut at = 0;
    while at < NEAR.min(line.len()) {
        let rest = &line[at..];
        let begin = at + rest.find(is_word)?;
        let end = line[begin..].find(|c: char| !is_word(c)).map_or(line.len(), |len| begin + len);
        if begin >= NEAR {
            return None;
        }
        let word = &line[begin..end];
        if let Some(level) = of_word(word)
            && (word.bytes().all(|b| b.is_ascii_uppercase()) || is_marked(line, begin, end))
        {
            return Some(level);
        }
        at = end;
    }
    None
}

/// Whether what is around the word `begin..end` says that it is a level.
fn is_marked(line: &str, begin: usize, end: usize) -> bool {
    let before = line[..begin].chars().next_back();
    let after = line[end..].chars().next();
    matches!(
        (before, after),
        (None, None | Some(' ' | ':' | '|' | ']' | '!' | ','))
            | (Some('[' | '(' | '<' | '|' | '"'), Some(']' | ')' | '>' | '|' | '"' | ':' | ' '))
            | (Some(' '), Some(':' | '|'))
    )
}
