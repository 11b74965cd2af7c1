//! The log pane: which lines are there, which of them are on the screen, and whether the end is followed.
//!
//! The place on the screen is a line's number, so that lines which come or go elsewhere never move what is read.

use std::time::Duration;

use crate::api::LogItem;
use crate::client::reconnect::Reconnect;
use crate::model::{LogCursor, LogLine, ServerId};
use crate::tui::ansi;

use super::log_look::LogLook;
use super::log_notes::{Mark, Notes};
use super::log_store::{Store, Stored};

/// Lines of history that are asked for at first, and of a page.
pub(crate) const PAGE: usize = 500;

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

/// Which way a page is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// The lines before this place.
    Before(LogCursor),
    /// The lines from this place on.
    From(LogCursor),
}

/// See the module.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own; none excludes another")]
pub(crate) struct LogView {
    /// Whose.
    pub(crate) server: Option<ServerId>,
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
    /// What comes is new, no history any more.
    pub(crate) live: bool,
    /// The window ends before the log does: what comes is counted only.
    pub(crate) detached: bool,
    /// A page is being read.
    pub(crate) paging: bool,
    /// Why nothing comes.
    pub(crate) error: Option<String>,
    /// When to read on after the stream ended.
    pub(crate) retry_at: Option<Duration>,
    /// Tries since something came.
    pub(crate) retries: Reconnect,
}

impl LogView {
    /// Turns to another server's log.
    pub(crate) fn turn_to(&mut self, server: ServerId) {
        *self = Self {
            server: Some(server),
            generation: self.generation + 1,
            look: self.look.turned(),
            notes: self.notes.turned(),
            ..Self::default()
        };
    }

    /// Reading begins anew at the end; with `keep`, it goes on where the window ends, and the answer says where.
    pub(crate) fn restart(&mut self, keep: bool) -> Option<LogCursor> {
        self.generation += 1;
        self.live = false;
        self.detached = false;
        self.paging = false;
        self.error = None;
        self.retry_at = None;
        if keep {
            self.store.drop_unfinished();
            return self.store.last_cursor();
        }
        self.store = Store::default();
        self.notes.selection = None;
        self.complete = false;
        self.position = Position::Follow;
        self.missed = 0;
        None
    }

    /// Takes an item of the stream.
    pub(crate) fn take(&mut self, item: LogItem) {
        self.retries.succeeded();
        match item {
            LogItem::Line(wire) => self.append(LogLine::from(wire)),
            LogItem::Live { .. } => {
                self.complete |= !self.live && self.store.len() < PAGE;
                self.live = true;
                self.notes.went_live(&self.store);
            }
            LogItem::Context(_)
            | LogItem::Break
            | LogItem::Progress { .. }
            | LogItem::Lagged { .. }
            | LogItem::Other => {}
        }
    }

    fn append(&mut self, line: LogLine) {
        if self.detached {
            self.missed += u64::from(!line.partial);
            return;
        }
        let is_new = self.store.append(Stored::from(line));
        if let (Position::At(_), true, true) = (self.position, is_new, self.live) {
            self.missed += 1;
        }
        while self.store.is_over() {
            match self.position {
                Position::At((number, _))
                    if self.notes.held().unwrap_or(number).min(number) <= self.store.first() =>
                {
                    self.store.drop_last();
                    self.detached = true;
                }
                Position::At(_) | Position::Follow => {
                    self.store.drop_first();
                    self.complete = false;
                }
            }
        }
    }

    /// Takes a page that was asked for.
    pub(crate) fn take_page(&mut self, page: Page, lines: Vec<LogLine>) {
        self.paging = false;
        let short = lines.len() < PAGE;
        match page {
            Page::Before(_) => {
                self.store.prepend(lines.into_iter().map(Stored::from).collect());
                self.complete |= short;
                while self.store.is_over() {
                    self.store.drop_last();
                    self.detached = true;
                }
            }
            Page::From(_) => {
                for line in lines {
                    self.store.append(Stored::from(line));
                }
                while self.store.is_over() {
                    self.store.drop_first();
                    self.complete = false;
                }
            }
        }
    }

    /// The marks behind a line, which are shown below it. At the window's end only those that surely belong there.
    pub(crate) fn marks_behind(&self, number: i64) -> impl Iterator<Item = &Mark> {
        let is_known = self.live && !self.detached || number + 1 < self.store.end();
        let cursor = self.store.get(number).map(|line| line.cursor);
        let marks = self.notes.behind(self.server.as_ref(), &self.store, number);
        marks.filter(move |mark| is_known || Some(mark.behind) == cursor)
    }

    /// Rows that a line takes, with the marks behind it.
    pub(crate) fn rows_of(&self, number: i64, room: Room) -> usize {
        let rows = match self.store.get(number) {
            Some(line) if self.look.wrap => ansi::line(line, &self.look).rows(room.width),
            Some(_) | None => 1,
        };
        rows + self.marks_behind(number).count()
    }

    /// The numbers of the lines of which something is on the screen.
    pub(crate) fn visible(&self, room: Room) -> std::ops::Range<i64> {
        let (first, skip) = self.top(room);
        let (mut end, mut rows) = (first, 0);
        while end < self.store.end() && rows < room.height + skip {
            rows += self.rows_of(end, room);
            end += 1;
        }
        first..end
    }

    /// The place from which the screen is filled up to the end.
    pub(crate) fn last_top(&self, room: Room) -> Place {
        let mut rows = 0;
        let floor = self.notes.floor(&self.store);
        for number in (floor..self.store.end()).rev() {
            rows += self.rows_of(number, room);
            if rows >= room.height {
                return (number, rows - room.height);
            }
        }
        (floor, 0)
    }

    /// The place of the first row on the screen.
    pub(crate) fn top(&self, room: Room) -> Place {
        match self.position {
            Position::Follow => self.last_top(room),
            Position::At((number, row)) => {
                let number = number.clamp(self.store.first(), self.store.end().max(self.store.first()));
                // It may take fewer rows than before.
                (number, row.min(self.rows_of(number, room) - 1))
            }
        }
    }

    /// Moves the screen; upwards where `rows` is negative, which ends following.
    pub(crate) fn scroll(&mut self, rows: i64, room: Room) {
        let before = self.top(room);
        let mut top = before;
        if rows < 0 {
            top = self.up(top, rows.unsigned_abs() as usize, room);
            if top != before {
                self.position = Position::At(top);
            }
        } else if let Position::At(_) = self.position {
            top = self.down(top, rows as usize, room);
            self.position = Position::At(top.min(self.last_top(room)).max(before));
        }
    }

    fn up(&self, (mut number, mut row): Place, mut rows: usize, room: Room) -> Place {
        while rows > row {
            if number <= self.store.first() {
                return (self.store.first(), 0);
            }
            rows -= row + 1;
            number -= 1;
            row = self.rows_of(number, room).saturating_sub(1);
        }
        (number, row - rows)
    }

    fn down(&self, (mut number, mut row): Place, mut rows: usize, room: Room) -> Place {
        while number < self.store.end() {
            let left = self.rows_of(number, room).saturating_sub(row + 1);
            if rows <= left {
                return (number, row + rows);
            }
            rows -= left + 1;
            number += 1;
            row = 0;
        }
        (number, row)
    }

    /// Empties the window, to be filled from the log's beginning on.
    pub(crate) fn begin(&mut self) -> Page {
        self.store = Store::default();
        self.notes.selection = None;
        self.position = Position::At((0, 0));
        self.complete = true;
        self.detached = true;
        self.paging = true;
        Page::From(LogCursor::default())
    }

    /// To the oldest line of the window.
    pub(crate) fn go_to_first(&mut self, room: Room) {
        if self.last_top(room) != (self.store.first(), 0) || matches!(self.position, Position::At(_)) {
            self.position = Position::At((self.store.first(), 0));
        }
    }

    /// Follows the end again.
    pub(crate) fn follow(&mut self) {
        self.position = Position::Follow;
        self.missed = 0;
    }

    /// Stops where it is.
    pub(crate) fn pause(&mut self, room: Room) {
        self.position = Position::At(self.top(room));
    }

    /// Whether the end is followed.
    pub(crate) fn follows(&self) -> bool {
        self.position == Position::Follow
    }

    /// The page that should be read, since the screen comes near an end of the window.
    pub(crate) fn wanted_page(&self, room: Room) -> Option<Page> {
        let Position::At((number, _)) = self.position else { return None };
        if self.paging || !self.live || self.store.len() == 0 {
            return None;
        }
        let near = 2 * room.height as i64;
        if !self.complete && number - self.store.first() < near {
            return self.store.first_cursor().map(Page::Before);
        }
        if self.detached && self.store.end() - number < near + room.height as i64 {
            return self.store.last_cursor().map(Page::From);
        }
        None
    }
}
