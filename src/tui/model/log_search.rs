//! A search through all that is stored: where its matches are, as far as that is known.
//!
//! It is made backwards from the end, since what is looked for is mostly near, while what comes is searched as well. So
//! at any time all matches from the first known one to the end are known.

use std::collections::VecDeque;

use regex::{Regex, RegexBuilder};

use crate::text::pattern::has_capital;

use super::log_wanted::Hit;

/// Matches whose places are kept; the search ends there.
pub(crate) const FOUND_MAX: usize = 100_000;

/// What the search has found since the last time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Lines that match, in the order in which they were found.
    pub(crate) hits: Vec<Hit>,
    /// Bytes that were searched, and all of them.
    pub(crate) progress: Option<(u64, u64)>,
    /// All that was stored when it began is searched.
    pub(crate) done: bool,
}

/// What is known of the way to another match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// It is here; whether the way went over the end of the log.
    Here(Hit, bool),
    /// There is none at all.
    None,
    /// The supervisor has to be asked.
    Unknown,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Search {
    /// Comes back with what is found.
    pub(crate) number: u64,
    /// As it was typed.
    pub(crate) pattern: String,
    /// The same, for what is on the screen.
    pub(crate) regex: Regex,
    /// In their order.
    found: VecDeque<Hit>,
    /// Bytes that were searched, and all of them.
    pub(crate) progress: Option<(u64, u64)>,
    /// All is searched.
    pub(crate) done: bool,
    /// The last step went over the end of the log.
    pub(crate) wrapped: bool,
    /// Why it ended early; safe to show.
    pub(crate) error: Option<String>,
}

impl Search {
    /// One that has found nothing yet.
    pub(crate) fn new(number: u64, pattern: String, regex: Regex) -> Self {
        Self {
            number,
            pattern,
            regex,
            found: VecDeque::new(),
            progress: None,
            done: false,
            wrapped: false,
            error: None,
        }
    }

    /// The same, from the beginning.
    pub(crate) fn again(&mut self, number: u64) {
        *self = Self::new(number, std::mem::take(&mut self.pattern), self.regex.clone());
    }

    /// Takes what was found.
    pub(crate) fn take(&mut self, found: Found) {
        for hit in found.hits {
            if self.is_full() {
                break;
            }
            match (self.found.front(), self.found.back()) {
                (Some(front), _) if hit < *front => self.found.push_front(hit),
                (_, Some(back)) if hit <= *back => {
                    if let Err(at) = self.found.binary_search(&hit) {
                        self.found.insert(at, hit);
                    }
                }
                _ => self.found.push_back(hit),
            }
        }
        self.progress = found.progress.or(self.progress);
        self.done |= found.done;
    }

    /// How many matches are known.
    pub(crate) fn count(&self) -> usize {
        self.found.len()
    }

    /// Whether there may be more than are kept.
    pub(crate) fn is_full(&self) -> bool {
        self.found.len() >= FOUND_MAX
    }

    /// Whether all matches are known.
    pub(crate) fn is_complete(&self) -> bool {
        self.done && !self.is_full()
    }

    /// All that are known, in their order.
    pub(crate) fn hits(&self) -> impl ExactSizeIterator<Item = &Hit> + '_ {
        self.found.iter()
    }

    /// The number of a match, from 1 on, once that can be known.
    pub(crate) fn ordinal(&self, hit: Hit) -> Option<usize> {
        let at = self.found.binary_search(&hit).ok()?;
        self.is_complete().then_some(at + 1)
    }

    /// The match nearest to a place, after or before it.
    pub(crate) fn next(&self, from: Hit, forward: bool) -> Next {
        if self.is_complete() && self.found.is_empty() {
            return Next::None;
        }
        let is_known = self.is_complete() || self.found.front().is_some_and(|front| *front <= from);
        let at = self.found.partition_point(|hit| if forward { *hit <= from } else { *hit < from });
        let beside = if forward { Some(at) } else { at.checked_sub(1) };
        match beside.and_then(|at| self.found.get(at)) {
            // what lies between the first known one and the end is known, whatever is searched still
            Some(hit) if is_known || !forward => Next::Here(*hit, false),
            Some(_) => Next::Unknown,
            None if self.is_complete() => {
                let other = if forward { self.found.front() } else { self.found.back() };
                other.map_or(Next::None, |hit| Next::Here(*hit, true))
            }
            None => Next::Unknown,
        }
    }
}

/// Makes a regular expression with smart case; says what is wrong with it and where.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    let built = RegexBuilder::new(pattern).case_insensitive(!has_capital(pattern)).build();
    built.map_err(|error| {
        let text = error.to_string();
        let last = text.lines().next_back().unwrap_or_default().trim_start_matches("error: ");
        // The library draws the pattern, indented by four, and points into it.
        let place = text.lines().find_map(|line| {
            let marks = line.strip_prefix("    ")?;
            marks.trim().starts_with('^').then(|| marks.find('^')).flatten()
        });
        match place {
            Some(place) => format!("{last}, at {}", place + 1),
            None if matches!(error, regex::Error::CompiledTooBig(_)) => "it takes too much memory".to_owned(),
            None => last.to_owned(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LogCursor;

    fn hit(offset: u64) -> Hit {
        Hit { cursor: LogCursor { segment: 1, offset }, ..Hit::default() }
    }

    fn search(offsets: &[u64], done: bool) -> Search {
        let mut search = Search::new(1, "x".into(), compile("x").unwrap());
        let hits = offsets.iter().map(|offset| hit(*offset)).collect();
        search.take(Found { hits, progress: None, done });
        search
    }

    #[test]
    fn matches_are_in_order_however_they_come() {
        let search = search(&[50, 40, 60, 45, 50, 10], true);
        assert_eq!(search.hits().map(|hit| hit.cursor.offset).collect::<Vec<_>>(), [10, 40, 45, 50, 60]);
        assert_eq!(search.ordinal(hit(45)), Some(3));
    }

    #[test]
    fn the_way_goes_over_the_ends_once_all_is_known() {
        let all = search(&[30, 20, 10], true);
        assert_eq!(all.next(hit(20), true), Next::Here(hit(30), false));
        assert_eq!(all.next(hit(20), false), Next::Here(hit(10), false));
        assert_eq!(all.next(hit(30), true), Next::Here(hit(10), true));
        assert_eq!(all.next(hit(10), false), Next::Here(hit(30), true));
        assert_eq!(search(&[], true).next(hit(1), true), Next::None);
        let some = search(&[30, 20], false);
        assert_eq!(some.next(hit(20), true), Next::Here(hit(30), false));
        assert_eq!(some.next(hit(30), false), Next::Here(hit(20), false));
        assert_eq!(some.next(hit(30), true), Next::Unknown, "what is before may come first");
        assert_eq!(some.next(hit(20), false), Next::Unknown);
        assert_eq!(some.next(hit(10), true), Next::Unknown, "20 may not be the next one");
        assert_eq!(some.ordinal(hit(20)), None);
    }

    #[test]
    fn places_are_bounded() {
        let mut full = search(&[], false);
        let hits = (0..FOUND_MAX as u64 + 10).rev().map(hit).collect();
        full.take(Found { hits, progress: None, done: true });
        assert_eq!(full.count(), FOUND_MAX);
        assert!(full.is_full() && !full.is_complete());
        assert_eq!(full.next(hit(10), false), Next::Unknown);
    }

    #[test]
    fn what_is_no_pattern_is_said_with_its_place() {
        assert_eq!(compile("ab(c").unwrap_err(), "unclosed group, at 3");
        assert_eq!(compile("a{2,1}").unwrap_err().split(", at").count(), 2);
        assert!(compile("econn").unwrap().is_match("ECONN"), "smart case");
        assert!(!compile("Econn").unwrap().is_match("ECONN"));
    }
}
