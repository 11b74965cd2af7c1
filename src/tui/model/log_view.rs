//! The log pane: which lines are there, which of them are on the screen, and whether the end is followed.
//!
//! The place on the screen is a line's number, so that lines which come or go elsewhere never move what is read. How
//! the window is filled is in [`super::log_pages`], how the screen moves in [`super::log_scroll`], what is read in
//! [`super::log_wanted`], a search in [`super::log_search`].

use std::time::Duration;

use crate::api::{LogItem, WireLine};
use crate::client::reconnect::Reconnect;
use crate::model::{LogCursor, ServerId};

use super::log_look::LogLook;
use super::log_notes::Notes;
use super::log_pages::TORN;
use super::log_search::Search;
use super::log_store::{Store, Stored};
pub(crate) use super::log_wanted::{Begin, Edge, Hit, Narrow, PAGE, Page, Places, Reading, Seek};

/// The room for lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Room {
    /// Cells of a line's text.
    pub(crate) width: usize,
    /// Rows.
    pub(crate) height: usize,
}

/// A place in the window: a line's number and a row of it.
pub(crate) type Place = (i64, usize);

/// What is on the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Position {
    /// The end, and what comes.
    #[default]
    Follow,
    /// What begins here.
    At(Place),
}

/// Lines that a filter left out, as far as was looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hidden {
    /// Before the stream that is read now, and of pages.
    pub(super) before: u64,
    /// By that stream.
    stream: u64,
    /// By the last lines that are looked for backwards.
    pub(super) older: u64,
    /// What it was with the last line of the stream: reading goes on from there.
    at_line: u64,
}

/// See the module.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own; none excludes another")]
pub(crate) struct LogView {
    /// Whose; where several logs are merged: whose would be shown otherwise.
    pub(crate) server: Option<ServerId>,
    /// Whose logs are merged; empty: one server's is shown.
    pub(crate) merged: Vec<ServerId>,
    /// Which lines are shown.
    pub(crate) narrow: Narrow,
    /// Number of the stream that is read; what comes of an earlier one is dropped.
    pub(crate) generation: u64,
    /// The window.
    pub(crate) store: Store,
    /// What is on the screen.
    pub(crate) position: Position,
    /// Lines that came since following ended.
    pub(crate) missed: u64,
    /// How its lines are shown.
    pub(crate) look: LogLook,
    /// What the user did in it.
    pub(crate) notes: Notes,
    /// Nothing older is stored.
    pub(crate) complete: bool,
    /// The last lines are being looked for backwards.
    pub(super) filling: bool,
    /// What comes is new, no history any more.
    pub(crate) live: bool,
    /// The window ends before the log does: what comes is counted only.
    pub(crate) detached: bool,
    /// A page is being read.
    pub(crate) paging: bool,
    /// A page could not be read: none is asked for before reading begins anew.
    pub(crate) broken: bool,
    /// The page that was asked for last; what comes of an earlier one is dropped.
    pub(crate) asked: Option<Page>,
    /// Why nothing comes.
    pub(crate) error: Option<String>,
    /// When to read on after the stream ended.
    pub(crate) retry_at: Option<Duration>,
    /// Tries since something came.
    pub(crate) retries: Reconnect,
    /// What is searched for.
    pub(crate) search: Option<Search>,
    /// Number of the last search.
    pub(crate) searches: u64,
    /// What is looked for beyond the window.
    pub(crate) seek: Option<Seek>,
    /// The line that was gone to last.
    pub(crate) current: Option<Hit>,
    /// Bytes of history that were looked at for what is shown, and all of them.
    pub(crate) progress: Option<(u64, u64)>,
    pub(super) hidden: Hidden,
    /// So far each log was followed.
    ends: Places,
    /// Lines of history of this stream that are wanted.
    pub(super) history: usize,
    /// That history is all there is if it is short.
    begins_last: bool,
    /// The next line has lines before it that are left out.
    is_torn: bool,
    /// History of this stream came while reading was interrupted, so it is new to who reads.
    was_away: bool,
}

impl LogView {
    /// Turns to another server's log. The level stays: it is a wish for all logs.
    pub(crate) fn turn_to(&mut self, server: ServerId) -> Begin {
        *self = Self {
            server: Some(server),
            generation: self.generation,
            searches: self.searches,
            look: self.look.turned(),
            notes: self.notes.turned(),
            narrow: Narrow { level: self.narrow.level, ..Narrow::default() },
            ..Self::default()
        };
        self.begin(Begin::Last)
    }

    /// Turns to the logs of several servers, or back to that of one.
    pub(crate) fn merge(&mut self, servers: Vec<ServerId>) -> Begin {
        *self = Self {
            server: self.server.take(),
            merged: servers,
            generation: self.generation,
            search: self.search.take(),
            searches: self.searches,
            look: self.look.turned(),
            notes: self.notes.turned(),
            narrow: std::mem::take(&mut self.narrow),
            ..Self::default()
        };
        self.begin(Begin::Last)
    }

    /// The line to which the screen goes as soon as the page around it comes.
    pub(crate) fn jumping(&self) -> Option<Hit> {
        match self.asked {
            Some(Page::Around(hit)) => Some(hit),
            Some(Page::Before(_) | Page::From(_)) | None => None,
        }
    }

    /// What is looked for is not gone to any more.
    pub(crate) fn stay(&mut self) {
        self.seek = None;
        if self.jumping().is_some() {
            self.asked = None;
            self.paging = false;
        }
    }

    /// What is read.
    pub(crate) fn reading(&self) -> Option<Reading> {
        let servers = if self.merged.is_empty() { vec![self.server.clone()?] } else { self.merged.clone() };
        Some(Reading { servers, narrow: self.narrow.clone() })
    }

    /// Whether several logs are shown as one.
    pub(crate) fn is_merged(&self) -> bool {
        self.merged.len() > 1
    }

    /// A new stream begins here.
    fn begin(&mut self, begin: Begin) -> Begin {
        self.generation += 1;
        self.live = false;
        self.asked = None;
        self.error = None;
        self.retry_at = None;
        self.seek = None;
        self.progress = None;
        self.history = 0;
        let backwards = self.reading().is_some_and(|reading| reading.comes_backwards());
        self.begins_last = begin == Begin::Last && !backwards;
        self.filling = begin == Begin::Last && backwards;
        self.paging = self.filling;
        self.broken = false;
        self.was_away = false;
        begin
    }

    /// Reading begins anew: the window is empty. With what comes only, where a page is to fill it.
    pub(crate) fn restart(&mut self, begin: Begin) -> Begin {
        self.store = Store::default();
        self.notes.selection = None;
        self.complete = false;
        self.is_torn = false;
        self.missed = 0;
        self.hidden = Hidden::default();
        self.ends.clear();
        self.detached = begin == Begin::Now;
        if begin == Begin::Last {
            self.position = Position::Follow;
        }
        self.begin(begin)
    }

    /// Reading goes on where it was. A window that does not reach the log's end stays as it is.
    pub(crate) fn resume(&mut self) -> Begin {
        let dropped = self.store.drop_unfinished();
        let Some(edge) = self.last_edge() else { return self.restart(Begin::Last) };
        let hidden = &mut self.hidden;
        *hidden = Hidden { before: hidden.before + hidden.older + hidden.at_line, ..Hidden::default() };
        let is_short = self.ends.is_empty() || (dropped && !self.detached);
        let places = if is_short { edge.places } else { self.ends.clone() };
        let begin = self.begin(Begin::After(Edge { at: edge.at, places }));
        self.was_away = true;
        begin
    }

    /// The window is elsewhere now: what is still looked for at the log's end has no place in it. What to read instead.
    pub(crate) fn leave_end(&mut self) -> Option<Begin> {
        self.filling.then(|| self.begin(Begin::Now))
    }

    /// The window ends before the log does from now on: what is left out beyond it is counted as it is read.
    pub(super) fn detach(&mut self) {
        if !std::mem::replace(&mut self.detached, true) {
            let Hidden { before, older, at_line, .. } = self.hidden;
            self.hidden = Hidden { before: before + older + at_line, ..Hidden::default() };
        }
    }

    /// A page has reached the log's end: reading goes on from there.
    pub(crate) fn attach(&mut self) -> Begin {
        self.detached = false;
        self.store.drop_unfinished();
        self.ends = self.last_edge().map(|edge| edge.places).unwrap_or_default();
        let begin = self.resume();
        // It was counted as it came.
        self.was_away = false;
        begin
    }

    /// Takes an item of the stream.
    pub(crate) fn take(&mut self, item: LogItem) {
        self.retries.succeeded();
        match item {
            LogItem::Line(wire) => {
                self.hidden.at_line = self.hidden.stream;
                self.history += usize::from(!self.live);
                self.line(wire, false);
            }
            LogItem::Context(wire) => self.line(wire, true),
            LogItem::Break => self.is_torn = true,
            LogItem::Live { server, cursor } => {
                self.complete |= !self.live && self.begins_last && self.history < PAGE;
                self.live = true;
                self.progress = None;
                self.went_live();
                self.ends.entry(server).or_insert(cursor);
            }
            LogItem::Progress { searched, total, hidden, .. } => {
                self.hidden.stream = if self.detached { 0 } else { hidden };
                self.progress = (!self.live).then_some((searched, total));
            }
            LogItem::Lagged { ref server, to, .. } => {
                self.ends.insert(server.clone(), to);
                if let Some(line) = self.stored(item)
                    && !self.detached
                {
                    self.store.append(line);
                }
            }
            LogItem::Other => {}
        }
    }

    fn line(&mut self, wire: WireLine, context: bool) {
        if !wire.partial {
            match self.ends.get_mut(&wire.server) {
                Some(end) => *end = wire.cursor,
                None => {
                    self.ends.insert(wire.server.clone(), wire.cursor);
                }
            }
        }
        if self.detached {
            self.missed += u64::from(!wire.partial && !context);
            return;
        }
        let item = if context { LogItem::Context(wire) } else { LogItem::Line(wire) };
        let Some(line) = self.stored(item) else { return };
        if std::mem::take(&mut self.is_torn)
            && let Some(before) = self.store.last_cursor()
        {
            let torn = Stored::own(TORN, line.at, line.server, before);
            self.store.append(torn);
        }
        let is_new = self.store.append(line) && !context;
        if let (Position::At(_), true, true) = (self.position, is_new, self.live || self.was_away) {
            self.missed += 1;
        }
        while self.store.is_over() {
            match self.position {
                Position::At((number, _))
                    if self.notes.held().unwrap_or(number).min(number) <= self.store.first() =>
                {
                    self.store.drop_last();
                    self.detach();
                }
                Position::At(_) | Position::Follow => {
                    self.store.drop_first();
                    self.complete = false;
                }
            }
        }
    }

    /// The place of a line.
    pub(crate) fn place_of(&self, line: &Stored) -> Hit {
        if self.is_merged() {
            Hit { at_us: line.at.as_microsecond(), server: line.server, cursor: line.cursor }
        } else {
            Hit { cursor: line.cursor, ..Hit::default() }
        }
    }

    /// The line at a place, if it is in the window.
    pub(crate) fn number_of(&self, hit: Hit) -> Option<i64> {
        self.store.iter().find(|(_, line)| self.place_of(line) == hit).map(|(number, _)| number)
    }

    /// The same, or the one after it, or the last one.
    pub(crate) fn number_near(&self, hit: Hit) -> Option<i64> {
        let near = self.store.iter().find(|(_, line)| hit <= self.place_of(line));
        near.or_else(|| self.store.iter().next_back()).map(|(number, _)| number)
    }

    /// So far the log was followed.
    pub(super) fn followed_to(&self) -> Option<LogCursor> {
        self.ends.values().next().copied()
    }

    /// Lines that a filter left out, as far as was looked at; `None` without a filter.
    pub(crate) fn hidden(&self) -> Option<u64> {
        let Hidden { before, stream, older, .. } = self.hidden;
        self.narrow.is_some().then_some(before + stream + older)
    }

    /// The server of a line, where several logs are merged.
    pub(crate) fn server_of(&self, line: &Stored) -> Option<&ServerId> {
        self.merged.get(usize::from(line.server)).filter(|_| self.is_merged())
    }
}
