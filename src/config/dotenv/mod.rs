//! Env files, in docker compose's grammar (docs.docker.com, "Syntax for environment files in Docker Compose"):
//! comments, `export`, quotes, escapes in double quotes, values over several lines, and variables in unquoted and
//! double-quoted values.
//!
//! One thing differs, as env files stand over the environment here: a variable means what the file has set so far,
//! and only then the environment. No message repeats a value, which may be a secret.

use std::collections::BTreeMap;

use super::expand::{MAX_LENGTH, is_variable};
use super::problem::quote;

/// Longest text of all values of one file together, in bytes; Linux takes at most 6 MiB of arguments and
/// environment, execve(2).
const MAX_TOTAL: usize = 6 * 1024 * 1024;

/// How deep `${A:-${B:-…}}` may go.
const MAX_DEPTH: usize = 16;

/// Why a file could not be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BadLine {
    /// From 1.
    pub(super) line: usize,
    /// What is wrong; safe for a terminal.
    pub(super) message: String,
}

/// Adds the variables of `text` to `env`. A later one wins over an earlier one and over what was there.
pub(super) fn read(text: &str, env: &mut BTreeMap<String, String>) -> Result<(), BadLine> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let mut reader = Reader { text: &text, at: 0 };
    let mut total = 0;
    while reader.next_statement() {
        let start = reader.at;
        let fail = |message: String| BadLine { line: line_of(&text, start), message };
        let key = reader.key().map_err(fail)?;
        let Some(key) = key else { continue };
        let value = reader.value(env).map_err(|message| fail(format!("{}: {message}", quote(&key))))?;
        total += value.len();
        if total > MAX_TOTAL {
            return Err(fail("the values are longer than 6 MiB together".to_owned()));
        }
        if value.contains('\0') {
            return Err(fail(format!("{}: the value has a NUL", quote(&key))));
        }
        env.insert(key, value);
    }
    Ok(())
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(|c: char| c.is_whitespace() && c != '\n').len();
    }

    /// Takes what is left of the line, and its newline.
    fn take_line(&mut self) -> &'a str {
        let rest = self.rest();
        let end = rest.find('\n').unwrap_or(rest.len());
        self.at = (self.at + end + 1).min(self.text.len());
        &rest[..end]
    }

    /// Goes to the next thing that is neither space nor a comment; false at the end.
    fn next_statement(&mut self) -> bool {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start().len();
            if !self.rest().starts_with('#') {
                return !self.rest().is_empty();
            }
            self.take_line();
        }
    }

    /// The key up to its `=` or `:`; `None` for a name alone, which leaves the variable as it is.
    fn key(&mut self) -> Result<Option<String>, String> {
        if let Some(rest) = self.rest().strip_prefix("export")
            && rest.starts_with([' ', '\t'])
        {
            self.at += "export".len();
            self.skip_blanks();
        }
        let rest = self.rest();
        let end = rest.find(['=', ':', '\n']).unwrap_or(rest.len());
        let key = rest[..end].trim_end();
        let named = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
        if key.is_empty() || !key.chars().all(named) {
            return Err(format!("{} is not a variable's name", quote(key)));
        }
        if rest[end..].starts_with(['=', ':']) {
            self.at += end + 1;
            return Ok(Some(key.to_owned()));
        }
        self.take_line();
        Ok(None)
    }

    fn value(&mut self, env: &BTreeMap<String, String>) -> Result<String, String> {
        self.skip_blanks();
        let Some(quote @ ('"' | '\'')) = self.rest().chars().next() else {
            let line = self.take_line();
            let value = line.split_once(" #").map_or(line, |(value, _)| value);
            // A value that is a comment alone is empty: its blank before the `#` was skipped.
            let value = if value.starts_with('#') { "" } else { value.trim_end() };
            return interpolate(value, env, false, 0);
        };
        let rest = &self.rest()[1..];
        let end = closing(rest, quote).ok_or("the closing quote is missing")?;
        self.at += end + 2;
        let after = self.take_line().trim();
        if !(after.is_empty() || after.starts_with('#')) {
            return Err("there is text after the closing quote".to_owned());
        }
        match quote {
            '"' => interpolate(&rest[..end], env, true, 0),
            _ => Ok(rest[..end].replace("\\'", "'")),
        }
    }
}

/// Where the quoted text ends: the first `quote` that has no backslash before it.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return Some(at),
            _ => {}
        }
    }
    None
}

/// `$VAR`, `${VAR}` with its operators, `$$`, and backslash escapes if `escapes`.
fn interpolate(
    text: &str,
    env: &BTreeMap<String, String>,
    escapes: bool,
    depth: usize,
) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['$', '\\']) {
        out.push_str(&rest[..at]);
        let (special, after) = rest[at..].split_at(1);
        rest = if special == "\\" {
            if escapes {
                escape(after, &mut out)
            } else {
                out.push('\\');
                after
            }
        } else {
            variable(after, env, escapes, depth, &mut out)?
        };
        if out.len() > MAX_LENGTH {
            return Err("the value is longer than 128 KiB".to_owned());
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// What follows a backslash in double quotes; returns what comes after. An unknown escape stays as it is.
fn escape<'a>(after: &'a str, out: &mut String) -> &'a str {
    let Some(c) = after.chars().next() else {
        out.push('\\');
        return after;
    };
    if c == '0' {
        let digits = after[1..].bytes().take(3).take_while(|b| matches!(b, b'0'..=b'7')).count();
        let code = u32::from_str_radix(&after[..=digits], 8).unwrap_or(0);
        out.extend(char::from_u32(code));
        return &after[1 + digits..];
    }
    match c {
        'a' => out.push('\u{7}'),
        'b' => out.push('\u{8}'),
        'f' => out.push('\u{c}'),
        'n' => out.push('\n'),
        'r' => out.push('\r'),
        't' => out.push('\t'),
        'v' => out.push('\u{b}'),
        '$' | '"' | '\\' => out.push(c),
        _ => out.extend(['\\', c]),
    }
    &after[c.len_utf8()..]
}

/// What follows a `$`; returns what comes after.
fn variable<'a>(
    after: &'a str,
    env: &BTreeMap<String, String>,
    escapes: bool,
    depth: usize,
    out: &mut String,
) -> Result<&'a str, String> {
    if let Some(rest) = after.strip_prefix('$') {
        out.push('$');
        return Ok(rest);
    }
    if let Some(inner) = after.strip_prefix('{') {
        let end = matching(inner).ok_or("`${` has no `}`")?;
        out.push_str(&braced(&inner[..end], env, escapes, depth)?);
        return Ok(&inner[end + 1..]);
    }
    let end = after.find(|c: char| !(c == '_' || c.is_ascii_alphanumeric())).unwrap_or(after.len());
    if is_variable(&after[..end]) {
        out.push_str(env.get(&after[..end]).map_or("", String::as_str));
        return Ok(&after[end..]);
    }
    out.push('$');
    Ok(after)
}

/// The `}` that closes what was opened before `text`.
fn matching(text: &str) -> Option<usize> {
    let mut open = 0usize;
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'{' if at > 0 && bytes[at - 1] == b'$' => open += 1,
            b'}' if open == 0 => return Some(at),
            b'}' => open -= 1,
            _ => {}
        }
    }
    None
}

/// What stands in braces: a name, or a name with one of `:-` `-` `:+` `+` `:?` `?` and a word.
fn braced(
    inner: &str,
    env: &BTreeMap<String, String>,
    escapes: bool,
    depth: usize,
) -> Result<String, String> {
    let end = inner.find(|c: char| !(c == '_' || c.is_ascii_alphanumeric())).unwrap_or(inner.len());
    let (name, rest) = inner.split_at(end);
    if !is_variable(name) {
        return Err("`${…}` has no variable's name".to_owned());
    }
    if depth >= MAX_DEPTH {
        return Err("`${…}` is nested too deep".to_owned());
    }
    let (rest, empty_counts) = match rest.strip_prefix(':') {
        Some(rest) => (rest, false),
        None => (rest, true),
    };
    let value = env.get(name).filter(|value| empty_counts || !value.is_empty());
    let mut operator = rest.chars();
    let operator = (operator.next(), operator.as_str());
    let word = |word: &str| interpolate(word, env, escapes, depth + 1);
    match (operator, value) {
        ((None, _), value) if empty_counts => Ok(value.cloned().unwrap_or_default()),
        ((Some('-' | '?'), _), Some(value)) => Ok(value.clone()),
        ((Some('-'), default), None) => word(default),
        ((Some('+'), replacement), Some(_)) => word(replacement),
        ((Some('+'), _), None) => Ok(String::new()),
        ((Some('?'), _), None) => Err(format!("it needs `{name}`, which is not set")),
        _ => Err(format!("`${{{name}…}}` has an unknown operator")),
    }
}

#[cfg(test)]
mod tests;
