//! The project's Rust files, and their code without comments and strings.

use std::path::{Path, PathBuf};

/// One file.
pub(super) struct Source {
    /// From the project's root: `src/tui/view/mod.rs`.
    pub(super) path: PathBuf,
    /// As it stands on disk.
    pub(super) text: String,
    /// The same with comments and the contents of strings blanked out.
    pub(super) code: String,
}

impl Source {
    /// A file with this text.
    pub(super) fn new(path: PathBuf, text: String) -> Self {
        let code = code(&text);
        Self { path, text, code }
    }

    /// Its module path: `["tui", "view"]`. Empty for `main.rs` and `lib.rs`.
    pub(super) fn module(&self) -> Vec<&str> {
        let mut parts: Vec<_> = self
            .path
            .iter()
            .skip(1)
            .filter_map(|part| part.to_str())
            .map(|part| part.trim_end_matches(".rs"))
            .collect();
        if matches!(parts.last(), Some(&("mod" | "main" | "lib"))) {
            parts.pop();
        }
        parts
    }

    /// The code of its tests: all of a test file, otherwise from the first `#[cfg(test)]` whose item has its body here.
    pub(super) fn tests(&self) -> &str {
        let is_test = self.path.starts_with("tests") || self.module().contains(&"tests");
        let has_body = |at: &usize| {
            let item = &self.code[*at..];
            item.find('{').is_some_and(|body| !item[..body].contains(';'))
        };
        let mut marks = self.code.match_indices("#[cfg(test)]").map(|(at, _)| at);
        let start = if is_test { Some(0) } else { marks.find(has_body) };
        start.map_or("", |start| &self.code[start..])
    }
}

/// The project's root.
pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below this folder of the project.
pub(super) fn below(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    collect(&root().join(folder), &mut found);
    assert!(!found.is_empty(), "no Rust file below {folder}");
    found
}

fn collect(folder: &Path, found: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push(Source::new(path.strip_prefix(root()).unwrap().to_owned(), text));
        }
    }
}

/// Blanks out comments and the contents of strings and characters; newlines stay.
pub(super) fn code(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    let mut after_word = false;
    while let Some(next) = rest.chars().next() {
        let skipped = if after_word { 0 } else { raw_string(rest) };
        let skipped = if skipped > 0 { skipped } else { skip(rest) };
        let taken = skipped.max(next.len_utf8());
        if skipped > 0 {
            code.extend(rest[..taken].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        } else {
            code.push(next);
        }
        after_word = next.is_alphanumeric() || next == '_';
        rest = &rest[taken..];
    }
    code
}

/// Length of the comment, string or character that `rest` begins with, 0 if it begins with none.
fn skip(rest: &str) -> usize {
    let until = |end: usize| if end == 0 { rest.len() } else { end };
    if rest.starts_with("//") {
        until(rest.find('\n').unwrap_or(0))
    } else if rest.starts_with("/*") {
        block_comment(rest)
    } else if rest.starts_with('"') {
        until(quoted(rest, '"'))
    } else if rest.starts_with("'\\") {
        until(quoted(rest, '\''))
    } else if rest.starts_with('\'') {
        // 'x' is a character, 'x without the second quote a lifetime
        let mut chars = rest.char_indices().skip(2);
        chars.next().filter(|(_, c)| *c == '\'').map_or(0, |(at, _)| at + 1)
    } else {
        0
    }
}

/// Length of what stands between two of this quote, with both; 0 if the second is missing.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    0
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        let (open, close) = (rest[at..].starts_with("/*"), rest[at..].starts_with("*/"));
        depth = if open {
            depth + 1
        } else if close {
            depth - 1
        } else {
            depth
        };
        at += if open || close { 2 } else { rest[at..].chars().next().map_or(1, char::len_utf8) };
        if depth == 0 {
            break;
        }
    }
    at
}

/// Length of the raw string that `rest` begins with, 0 if it begins with none.
fn raw_string(rest: &str) -> usize {
    let body = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'));
    let Some(body) = body else { return 0 };
    let hashes = body.len() - body.trim_start_matches('#').len();
    if !body[hashes..].starts_with('"') {
        return 0;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let start = rest.len() - body.len() + hashes + 1;
    rest[start..].find(&end).map_or(rest.len(), |at| start + at + end.len())
}

#[test]
fn comments_and_strings_are_no_code() {
    let text = "a /* b /* c */ d */ e // f\n\"g\\\"h\" i '\\'' 'j' &'k l r#\"m\"n\"# o br\"p\" for\"q\"";
    let kept: String = code(text).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(kept, "a e i &'k l o for");
    assert_eq!(code(text).len(), text.len());
}
