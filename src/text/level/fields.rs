//! Levels as fields: of JSON objects and logfmt lines.

use super::{Level, head, of_word};

/// How much of a line is looked at, in bytes: an encoder may put the level behind the message.
const FAR: usize = 16 << 10;

/// Keys of a level.
const KEYS: [&str; 12] = [
    "level",
    "lvl",
    "severity",
    "log.level",
    "levelname",
    "loglevel",
    "log_level",
    "severity_text",
    "severitytext",
    "level_name",
    "@l",
    "priority",
];

fn is_key(name: &str) -> bool {
    KEYS.iter().any(|key| key.eq_ignore_ascii_case(name))
}

/// The value of a level's key: a word, or a number with a meaning that the key has.
fn of_value(key: &str, value: &str) -> Option<Level> {
    let value = value.trim_matches(|c: char| c == '"' || c.is_whitespace());
    let end = value.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(value.len());
    let word = &value[..end];
    match word.parse::<u32>() {
        Ok(number) if is_syslog(key) => of_syslog(number),
        Ok(number) => of_number(number),
        Err(_) => of_word(word),
    }
}

fn is_syslog(key: &str) -> bool {
    ["severity", "priority"].iter().any(|known| known.eq_ignore_ascii_case(key))
}

/// The numbers of pino and bunyan: <https://getpino.io/#/docs/api?id=logger-level>
fn of_number(number: u32) -> Option<Level> {
    match number {
        0..=10 => Some(Level::Trace),
        11..=20 => Some(Level::Debug),
        21..=30 => Some(Level::Info),
        31..=40 => Some(Level::Warn),
        41..=50 => Some(Level::Error),
        51..=60 => Some(Level::Fatal),
        _ => None,
    }
}

/// RFC 5424, section 6.2.1
pub(super) fn of_syslog(number: u32) -> Option<Level> {
    match number {
        0..=2 => Some(Level::Fatal),
        3 => Some(Level::Error),
        4 => Some(Level::Warn),
        5 | 6 => Some(Level::Info),
        7 => Some(Level::Debug),
        _ => None,
    }
}

/// Of a JSON object: of a key of its own, or of its `log`, as Elastic's schema has it.
pub(super) fn of_json(line: &str) -> Option<Level> {
    let line = head(line, FAR);
    let (mut depth, mut within_log) = (0_u32, false);
    let mut at = 0;
    while let Some(found) = line[at..].find(['"', '{', '}', '[', ']']) {
        at += found + 1;
        match line.as_bytes()[at - 1] {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                within_log &= depth > 1;
            }
            _ => {
                let name = string(&line[at..])?;
                at += name.len() + 1;
                let Some(value) = line[at..].trim_start().strip_prefix(':') else { continue };
                if depth == 1 {
                    within_log = name == "log" && value.trim_start().starts_with('{');
                }
                if (depth == 1 || within_log && depth == 2)
                    && let Some(level) = of_field(name, value)
                {
                    return Some(level);
                }
            }
        }
    }
    None
}

/// The level that a field of a JSON object tells; `value` begins with the value's JSON.
pub(in crate::text) fn of_field(name: &str, value: &str) -> Option<Level> {
    if is_key(name) {
        return of_value(name, head(value, 64));
    }
    // MongoDB: <https://www.mongodb.com/docs/manual/reference/log-messages/>
    if name != "s" {
        return None;
    }
    match value.trim_start().as_bytes() {
        [b'"', b'F', b'"', ..] => Some(Level::Fatal),
        [b'"', b'E', b'"', ..] => Some(Level::Error),
        [b'"', b'W', b'"', ..] => Some(Level::Warn),
        [b'"', b'I', b'"', ..] => Some(Level::Info),
        [b'"', b'D', b'1'..=b'5', b'"', ..] => Some(Level::Debug),
        _ => None,
    }
}

/// What stands before the quote that ends a string; `None` if none does.
fn string(text: &str) -> Option<&str> {
    let mut at = 0;
    loop {
        at += text[at..].find(['"', '\\'])?;
        if text.as_bytes()[at] == b'"' {
            return Some(&text[..at]);
        }
        // what is escaped has one byte where it matters
        at += 1 + text[at + 1..].chars().next()?.len_utf8();
    }
}

/// Of a line of `key=value`: the level's key is the first, or another pair is there as well.
pub(super) fn of_logfmt(line: &str) -> Option<Level> {
    let line = head(line, FAR);
    let (mut at, mut pairs, mut found) = (0, 0_u32, None);
    while let Some(equals) = line[at..].find(['=', '"']).map(|len| at + len) {
        if line.as_bytes()[equals] == b'"' {
            at = equals + 1;
            at += string(&line[at..])?.len() + 1;
            continue;
        }
        let key = line[at..equals].rsplit([' ', '{', ',', '[', '(']).next()?;
        at = equals + 1;
        if key.is_empty()
            || !key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'@'))
        {
            continue;
        }
        pairs += 1;
        if found.is_none() && is_key(key) {
            found = of_value(key, head(&line[at..], 64));
            if found.is_some() && equals == key.len() {
                return found;
            }
        }
        if found.is_some() && pairs > 1 {
            return found;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::detect;
    use super::*;
    use Level::{Debug, Error, Fatal, Info, Warn};

    #[test]
    fn fields_are_levels_and_what_only_looks_like_one_is_not() {
        for (line, level) in [
            (r#"{"level":30,"time":1,"msg":"x"}"#, Some(Info)),
            (r#"{"msg":"say \"level\":\"error\"","level":"warn"}"#, Some(Warn)),
            (r#"{"msg":"x","ctx":{"level":"error"}}"#, None),
            (r#"{"log":{"level":"error","logger":"x"},"message":"y"}"#, Some(Error)),
            (r#"{"message":"x","log.level":"ERROR"}"#, Some(Error)),
            (r#"{"severity":3,"message":"x"}"#, Some(Error)),
            (r#"{"severity" : "NOTICE"}"#, Some(Info)),
            (r#"{"t":{"$date":"2026"},"s":"W","c":"NETWORK"}"#, Some(Warn)),
            (r#"{"@t":"2026","@mt":"x","@l":"Fatal"}"#, Some(Fatal)),
            (r#"{"s":"Window"}"#, None),
            (r#"{"level":"purple"}"#, None),
            (r#"{"a":["level","error"],"b":"level"}"#, None),
            (r#"{"level"#, None),
            (r#"{"a":"\"#, None),
            ("{}}{\"level\":\"error\"}", None),
            ("time=\"2026-11-20T08:00:00Z\" level=error msg=\"x\"", Some(Error)),
            ("t=2026 lvl=eror msg=x", Some(Error)),
            ("lvl=dbug", Some(Debug)),
            ("2026-11-20 08:00:00 level=warning logger=x", Some(Warn)),
            ("msg=\"set level=error\" x=1", None),
            ("the option level=error is new", None),
            ("a=1 msg=\"never ended level=error", None),
        ] {
            assert_eq!(detect(line), level, "{line}");
        }
    }

    #[test]
    fn a_level_behind_a_long_message_is_found() {
        let line = format!("{{\"message\":\"{}\",\"level\":\"error\"}}", "x".repeat(8000));
        assert_eq!(detect(&line), Some(Error));
    }
}
