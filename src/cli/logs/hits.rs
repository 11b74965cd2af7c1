//! What a search looked for, within a line that it found.

use std::ops::Range;

use regex::{Regex, RegexBuilder};

use crate::text::pattern;

/// Marks in one line at most.
const MOST: usize = 1000;

/// Finds what is to be marked.
#[derive(Clone, Debug)]
pub(super) struct Hits(Regex);

impl Hits {
    /// For a pattern that the supervisor searches with; `None` if it is none: the supervisor tells why.
    pub(super) fn of(pattern: &str) -> Option<Self> {
        RegexBuilder::new(pattern).case_insensitive(!pattern::has_capital(pattern)).build().ok().map(Self)
    }

    /// The byte ranges of what it looks for, in order.
    pub(super) fn find(&self, text: &str) -> Vec<Range<usize>> {
        let found = self.0.find_iter(text).map(|found| found.range());
        found.filter(|range| !range.is_empty()).take(MOST).collect()
    }
}
