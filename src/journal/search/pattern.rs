//! A pattern: as it judges a line, and as it finds lines in a block of them.

use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

use grep_matcher::{LineMatchKind, Matcher as _};
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use regex::bytes::Regex;

use super::THREADS_MAX;

/// Bytes that the states of a pattern may take in each thread: room for those of large Unicode classes, as searching
/// builds them.
const STATES_MAX: usize = 16 * 1024 * 1024;
/// Bytes that a compiled pattern may take; the limit of [`Regex`], which has been kept already.
const PROGRAM_MAX: usize = 10 * 1024 * 1024;

/// A regular expression over single lines.
#[derive(Clone)]
pub(in crate::journal) struct Pattern {
    regex: Regex,
    insensitive: bool,
    /// For each thread its own, since they share no state then; none where only single lines can be judged. Made when
    /// it is used first.
    blocks: OnceLock<Vec<RegexMatcher>>,
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.regex, f)
    }
}

impl Pattern {
    /// `regex` is what is matched with one line; `insensitive` tells how it was made.
    pub(in crate::journal) const fn new(regex: Regex, insensitive: bool) -> Self {
        Self { regex, insensitive, blocks: OnceLock::new() }
    }

    /// Whether it matches the line `shown`.
    pub(in crate::journal) fn is_match(&self, shown: &[u8]) -> bool {
        self.regex.is_match(shown)
    }

    /// What finds its lines in a block, for thread number `thread`. `None` where it does not work on blocks: an anchor
    /// at the text's own end (`\A`), or a newline that it asks for.
    pub(super) fn blocks(&self, thread: usize) -> Option<&RegexMatcher> {
        self.blocks.get_or_init(|| self.build()).get(thread)
    }

    fn build(&self) -> Vec<RegexMatcher> {
        let built = RegexMatcherBuilder::new()
            .case_insensitive(self.insensitive)
            .multi_line(true)
            .line_terminator(Some(b'\n'))
            .size_limit(PROGRAM_MAX)
            .dfa_size_limit(STATES_MAX)
            .build(self.regex.as_str());
        match built {
            Ok(matcher) if matcher.line_terminator().is_some() => vec![matcher; THREADS_MAX],
            Ok(_) | Err(_) => Vec::new(),
        }
    }
}

/// Calls `found` with those lines of `block`, newlines not counted in, that match; until it says true. `block` is whole
/// lines.
pub(super) fn matching(matcher: &RegexMatcher, block: &[u8], mut found: impl FnMut(Range<usize>) -> bool) {
    let mut at = 0;
    while at < block.len() {
        // its error is of a type without values
        let Ok(Some(kind)) = matcher.find_candidate_line(&block[at..]) else { return };
        let (hit, is_sure) = match kind {
            LineMatchKind::Confirmed(hit) => (at + hit, true),
            LineMatchKind::Candidate(hit) => (at + hit, false),
        };
        if hit >= block.len() {
            return;
        }
        let begin = memchr::memrchr(b'\n', &block[at..hit]).map_or(at, |n| at + n + 1);
        let end = memchr::memchr(b'\n', &block[hit..]).map_or(block.len(), |n| hit + n);
        // by the thread's own matcher: one that threads share makes them wait for each other
        let is_hit = is_sure || matches!(matcher.is_match(&block[begin..end]), Ok(true));
        if is_hit && found(begin..end) {
            return;
        }
        at = end + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, block: &str) -> Option<Vec<String>> {
        let pattern = Pattern::new(Regex::new(pattern).unwrap(), false);
        let mut lines = Vec::new();
        matching(pattern.blocks(0)?, block.as_bytes(), |line| {
            lines.push(block[line].to_owned());
            false
        });
        Some(lines)
    }

    #[test]
    fn a_block_gives_the_lines_that_match_alone() {
        let block = "one two\n\ntwo\nthree\n two one\n";
        for pattern in
            ["two", "^two", "two$", "^$", "", "x*", "o.e", r"\s", "[^a]", r"^\S+$", "one|three", r"\bone"]
        {
            let regex = Regex::new(pattern).unwrap();
            let alone: Vec<_> = block.lines().filter(|line| regex.is_match(line.as_bytes())).collect();
            assert_eq!(found(pattern, block).unwrap(), alone, "{pattern}");
        }
    }

    #[test]
    fn what_needs_the_line_alone_is_told() {
        for pattern in [r"\Atwo", r"two\z", r"a\nb", "(?-m)^two"] {
            assert_eq!(found(pattern, "two\n"), None, "{pattern}");
        }
    }
}
