//! Searching one stretch of a segment, without knowing what comes before it.

use std::collections::VecDeque;
use std::io;

use grep_regex::RegexMatcher;

use crate::model::{LogCursor, LogLine, ServerId};

use super::super::filter::Filter;
use super::super::lines::{Forward, Origin, Piece};
use super::super::packed::Damage;
use super::super::reader::Lost;
use super::super::segment::Extent;
use super::super::walk::View;
use super::look::{Ground, Look};
use super::runs::Runs;
use super::shown::Shown;

/// Bytes in a row of one segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) segment: u64,
    pub(super) start: u64,
    pub(super) end: u64,
}

impl Stretch {
    fn span(self) -> Lost {
        let place = |offset| LogCursor { segment: self.segment, offset };
        (place(self.start), place(self.end))
    }
}

/// Which lines are kept of those that are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    /// So many; what comes after them is not looked at.
    First(usize),
    /// So many.
    Last(usize),
}

/// A line that is wanted.
#[derive(Debug)]
pub(super) struct Hit {
    pub(super) line: LogLine,
    /// How many lines have ended up to it, itself counted in.
    pub(super) nth: u64,
}

/// The end of a slot's first line that ended in the stretch: it may have begun before.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) piece: Option<Piece>,
    /// Of its newline.
    pub(super) origin: Origin,
    /// Just past its newline.
    pub(super) end: LogCursor,
    /// How many lines have ended before it in the stretch.
    pub(super) nth: u64,
}

/// What a stretch holds. Lines that ended are counted without heads.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) hits: VecDeque<Hit>,
    pub(super) ended: u64,
    pub(super) heads: [Option<Head>; 3],
    /// What each slot has after its last newline; where it has no head, that is all of it.
    pub(super) tails: [Forward; 3],
    /// Where levels are asked for: the runs up to the end. Then the tails are from before the stretch, and so there are
    /// no heads.
    pub(super) runs: Option<Runs>,
    /// It was left before its end, since it has enough.
    pub(super) stopped: bool,
    /// Where nothing can be read: all of it is damaged, as a stretch lies within one frame of a packed segment.
    pub(super) lost: Option<Lost>,
}

/// Searches stretches, one after the other; its buffers are used again.
pub(super) struct Worker<'a> {
    view: View<'a>,
    server: &'a ServerId,
    filter: &'a Filter,
    matcher: Option<&'a RegexMatcher>,
    bytes: Vec<u8>,
    extents: Vec<Extent>,
    shown: Shown,
}

impl<'a> Worker<'a> {
    /// `matcher` is that of the filter's pattern for this thread, if it works on blocks.
    pub(super) fn new(
        view: View<'a>,
        server: &'a ServerId,
        filter: &'a Filter,
        matcher: Option<&'a RegexMatcher>,
    ) -> Self {
        // levels are those of lines in a row: each has to be looked at
        let matcher = matcher.filter(|_| filter.level().is_none());
        let (bytes, extents) = (Vec::new(), Vec::new());
        Self { view, server, filter, matcher, bytes, extents, shown: Shown::default() }
    }

    /// What `stretch` holds; `before`: after these open lines and runs.
    pub(super) fn search(
        &mut self,
        stretch: Stretch,
        keep: Keep,
        before: Option<([Forward; 3], Runs)>,
    ) -> io::Result<Found> {
        let segment = self.view.segment(stretch.segment)?;
        self.bytes.resize((stretch.end - stretch.start) as usize, 0);
        match segment.read(&mut self.bytes, stretch.start) {
            Err(error) if Damage::of(&error).is_some() => {
                let runs = before.map(|_| Runs::default());
                return Ok(Found { runs, lost: Some(stretch.span()), ..Found::default() });
            }
            other => other?,
        }
        self.extents.clear();
        segment.extents(stretch.start..stretch.end, &mut self.extents)?;
        let (tails, runs) = before.map_or_else(Default::default, |(slots, runs)| (slots, Some(runs)));
        let ground = Ground { server: self.server, stretch, bytes: &self.bytes, extents: &self.extents };
        let mut look = Look {
            ground,
            filter: self.filter,
            matcher: self.matcher,
            shown: &mut self.shown,
            keep,
            found: Found { tails, runs, ..Found::default() },
        };
        look.run();
        Ok(look.found)
    }
}
