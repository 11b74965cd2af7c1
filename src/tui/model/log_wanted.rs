//! What the log pane reads: whose logs, which of their lines, and places in them.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::api::LogQuery;
use crate::model::{Level, LogCursor, ServerId};

/// Lines of history that are asked for at first, and of a page.
pub(crate) const PAGE: usize = 500;

/// Lines on each side of one that a filter wants, where they are shown.
pub(crate) const CONTEXT: usize = 3;

/// Logs in a merged view at most: so many a request can name, and a supervisor can read side by side.
pub(crate) const MERGED_MAX: usize = 200;

/// A place in each of some logs.
pub(crate) type Places = BTreeMap<ServerId, LogCursor>;

/// Which lines are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Narrow {
    /// Only lines that this regular expression matches.
    pub(crate) include: Option<String>,
    /// No lines that this one matches.
    pub(crate) exclude: Option<String>,
    /// Only this level or worse.
    pub(crate) level: Option<Level>,
    /// With [`CONTEXT`] lines around each.
    pub(crate) context: bool,
}

impl Narrow {
    /// Whether lines are left out.
    pub(crate) const fn is_some(&self) -> bool {
        self.include.is_some() || self.exclude.is_some() || self.level.is_some()
    }

    /// The next least level: all, debug, info, warn, error, and all again.
    pub(crate) const fn next_level(&self) -> Option<Level> {
        match self.level {
            None | Some(Level::Trace) => Some(Level::Debug),
            Some(Level::Debug) => Some(Level::Info),
            Some(Level::Info) => Some(Level::Warn),
            Some(Level::Warn) => Some(Level::Error),
            Some(Level::Error | Level::Fatal) => None,
        }
    }
}

/// What is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    /// One log, or several that are merged by time.
    pub(crate) servers: Vec<ServerId>,
    /// Which lines.
    pub(crate) narrow: Narrow,
}

impl Reading {
    /// Whether it is of several logs.
    pub(crate) fn is_merged(&self) -> bool {
        self.servers.len() > 1
    }

    /// Whether the last lines are read backwards and shown as they are found: those of several logs, and those that
    /// must be looked for in what may be gigabytes. With lines around them the supervisor sends them at the end only.
    pub(crate) fn comes_backwards(&self) -> bool {
        self.is_merged() || (self.narrow.is_some() && !self.narrow.context)
    }

    /// As the supervisor is asked, without a place and a number of lines.
    pub(crate) fn query(&self) -> LogQuery {
        let Narrow { include, exclude, level, context } = &self.narrow;
        let context = (*context && self.narrow.is_some() && !self.is_merged()).then_some(CONTEXT);
        LogQuery {
            grep: include.clone(),
            exclude: exclude.clone(),
            level: *level,
            context,
            ..LogQuery::default()
        }
    }

    /// Which of the servers this is.
    pub(crate) fn index(&self, server: &ServerId) -> u16 {
        self.servers.iter().position(|known| known == server).unwrap_or(0) as u16
    }

    /// The place of a line.
    pub(crate) fn hit(&self, server: &ServerId, at: Timestamp, cursor: LogCursor) -> Hit {
        if self.is_merged() {
            Hit { at_us: at.as_microsecond(), server: self.index(server), cursor }
        } else {
            Hit { cursor, ..Hit::default() }
        }
    }
}

/// The place of a line in what is read; sorts as lines are shown. In one log the cursor alone says it, whatever the
/// clock did: the rest is 0 then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hit {
    /// When the line began, in microseconds since 1970.
    pub(crate) at_us: i64,
    /// Index in [`Reading::servers`].
    pub(crate) server: u16,
    /// Just past the line.
    pub(crate) cursor: LogCursor,
}

impl Hit {
    /// A place before the line and after those before it.
    pub(crate) const fn before(self) -> Self {
        let LogCursor { segment, offset } = self.cursor;
        Self { cursor: LogCursor { segment, offset: offset.saturating_sub(1) }, ..self }
    }

    /// A place after the line and before those after it.
    pub(crate) const fn after(self) -> Self {
        let LogCursor { segment, offset } = self.cursor;
        Self { cursor: LogCursor { segment, offset: offset.saturating_add(1) }, ..self }
    }

    /// When the line began.
    pub(crate) fn at(self) -> Timestamp {
        Timestamp::from_microsecond(self.at_us).unwrap_or_default()
    }
}

/// An end of the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    /// Time of the line there.
    pub(crate) at: Timestamp,
    /// Just past the line of each log that is nearest to the end; a log that has none in the window is not in it.
    pub(crate) places: Places,
}

/// Which lines a page has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// Those before the window; it may hold lines that are in the window.
    Before(Edge),
    /// Those after it.
    From(Edge),
    /// Those around a line, which is in it if it is wanted.
    Around(Hit),
}

/// Where the following of logs begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    /// With the last lines.
    Last,
    /// With what comes.
    Now,
    /// After what is there.
    After(Edge),
}

/// What is looked for beyond the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sought {
    /// A line that matches.
    Match(String),
    /// A line of its own level that is an error or worse.
    Error,
}

/// Looks for one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seek {
    /// Which.
    pub(crate) what: Sought,
    /// Towards the end.
    pub(crate) forward: bool,
    /// Beyond this place; `None`: from the other end on.
    pub(crate) from: Option<Hit>,
}
