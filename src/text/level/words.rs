//! Levels as words within a line: what around a word makes it a level.

use super::{Level, of_word};

/// Where a level's word may begin, in bytes from the line's beginning.
const NEAR: usize = 64;

/// Words that are levels only where a mark says so: at the beginning of a sentence they mean something else.
const WEAK: [&str; 12] = [
    "inf",
    "fail",
    "note",
    "log",
    "system",
    "notice",
    "information",
    "critical",
    "crit",
    "panic",
    "alert",
    "emergency",
];

/// Of a word near the beginning: in capitals, or marked as a level by what is around it.
pub(super) fn find(line: &str) -> Option<Level> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut at = 0;
    while at < NEAR.min(line.len()) {
        let begin = at + line[at..].find(is_word)?;
        let end = line[begin..].find(|c: char| !is_word(c)).map_or(line.len(), |len| begin + len);
        if begin >= NEAR {
            return None;
        }
        let found = Word { line, begin, end };
        if let Some(level) = of_word(found.text())
            && found.is_level()
        {
            return Some(level);
        }
        at = end;
    }
    None
}

struct Word<'a> {
    line: &'a str,
    begin: usize,
    end: usize,
}

impl Word<'_> {
    fn text(&self) -> &str {
        &self.line[self.begin..self.end]
    }

    fn is_level(&self) -> bool {
        if self.text().bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
            self.is_apart()
        } else {
            self.is_marked()
        }
    }

    /// A word in capitals is a level unless it is part of something: `DEBUG=1`, `NON-ERROR`, `/INFO.txt`.
    fn is_apart(&self) -> bool {
        let (before, after) = (&self.line[..self.begin], &self.line[self.end..]);
        let joined = before.strip_suffix(['-', '.']).is_some_and(|b| b.ends_with(char::is_alphanumeric));
        let mut after = after.chars();
        let goes_on = match after.next() {
            Some('=') => true,
            Some('.' | '-') => after.next().is_some_and(char::is_alphanumeric),
            _ => false,
        };
        // these name other things as well
        let needs_mark = matches!(self.text(), "LOG" | "NOTE" | "SYSTEM" | "FAIL" | "ALERT");
        !joined && !goes_on && (!needs_mark || self.is_marked() || self.is_column())
    }

    /// What is around says that it is a level: brackets, a colon, its place.
    fn is_marked(&self) -> bool {
        let (before, after) = (&self.line[..self.begin], &self.line[self.end..]);
        let is_lower = self.text().bytes().all(|byte| byte.is_ascii_lowercase());
        let is_weak = WEAK.iter().any(|weak| weak.eq_ignore_ascii_case(self.text()));
        match (before.chars().next_back(), after.chars().next()) {
            (None, None | Some(':' | '|' | ']' | '!' | '[')) => true,
            // `error Command failed`, but not `Error handling is on`
            (None, Some(' ')) => (is_lower && !is_weak) || after.starts_with("  "),
            (Some('[' | '(' | '<' | '|' | '"'), Some(']' | ')' | '>' | '|' | '"' | ':' | ' ')) => true,
            (Some(':' | '.'), Some(']')) => true,
            (Some(' '), Some(':' | '|')) => !is_in_a_sentence(before.trim_end()),
            (Some(' '), _) if before == "npm " => true,
            _ => self.is_column(),
        }
    }

    /// Two spaces or more stand on both sides, as where a tab kept columns apart.
    fn is_column(&self) -> bool {
        self.line[..self.begin].ends_with("  ") && self.line[self.end..].starts_with("  ")
    }
}

/// Whether a text ends in a word as sentences have them: `returned` of `returned error: …`, but not `main.c:1:` of
/// `main.c:1: error: …`.
fn is_in_a_sentence(before: &str) -> bool {
    let word = before.rsplit(' ').next().unwrap_or_default();
    word.ends_with(|c: char| c.is_lowercase() || c == ',') && !word.contains(['/', ':', '=', '['])
}

#[cfg(test)]
mod tests {
    use super::super::detect;
    use super::*;
    use Level::{Debug, Error, Fatal, Info, Warn};

    #[test]
    fn words_of_loggers_are_levels() {
        for (line, level) in [
            ("2026-11-20 08:00:00,123 - app.db - ERROR - lost", Error),
            ("WARNING:root:disk", Warn),
            ("[2026-11-20 08:00:00 +0000] [7] [INFO] Booting worker", Info),
            ("08:00:00.123 [main] ERROR c.e.shop.Api - x", Error),
            ("2026-11-20T08:00:00.123+01:00  WARN 7 --- [main] c.e.Shop : x", Warn),
            ("SEVERE: cannot bind", Error),
            ("E, [2026-11-20T08:00:00.123456 #7] ERROR -- : x", Error),
            ("2026/11/20 08:00:00 [emerg] 7#7: bind() failed", Fatal),
            ("[Fri Nov 20 08:00:00.1 2026] [core:error] [pid 7] x", Error),
            ("2026-11-20 08:00:00.123 UTC [7] ERROR:  relation \"x\" does not exist", Error),
            ("2026-11-20 08:00:00.123 UTC [7] LOG:  ready", Info),
            ("2026-11-20 08:00:00.123 UTC [7] DEBUG2:  x", Debug),
            ("2026-11-20T08:00:00.123456Z 0 [Note] [MY-1] [Server] x", Info),
            ("2026-11-20T08:00:00.000Z        warn    api/main.go:12  slow", Warn),
            ("8:00AM INF ready", Info),
            ("[08:00:00 ERR] x", Error),
            ("[2026-11-20T08:00:00Z WARN  shop::api] x", Warn),
            ("[08:00:00] [Server thread/WARN]: x", Warn),
            ("src/main.c:7:5: warning: unused variable", Warn),
            ("PHP Warning:  Undefined variable", Warn),
            ("error[E0308]: mismatched types", Error),
            ("npm error code ENOENT", Error),
            ("error Command failed with exit code 1.", Error),
            ("=CRASH=ERROR REPORT====", Error),
            ("fail: Microsoft.Hosting[0]", Error),
            ("<Error> Application: x", Error),
        ] {
            assert_eq!(detect(line), Some(level), "{line}");
        }
    }

    #[test]
    fn words_of_sentences_are_none() {
        for line in [
            "Error handling is on",
            "the request returned error: none",
            "there was no error: fine",
            "Information about the build",
            "notice the gap",
            "panic buttons are installed",
            "DEBUG=1 npm start",
            "NON-ERROR path",
            "wrote ERROR.txt",
            "a LOG of wood, a NOTE on it",
            "critical section entered",
            "fail fast is on",
            "inf loss at step 3",
            "no warnings, no errors",
            "GET /errors/error?level=error HTTP/1.1",
            "listening on http://localhost:3000",
        ] {
            assert_eq!(detect(line), None, "{line}");
        }
    }
}
