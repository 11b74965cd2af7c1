//! Where the screen stands in the log's window, and how it moves.

use crate::tui::ansi;

use super::log_view::{LogView, Place, Position, Room};

impl LogView {
    /// Rows that a line takes, with the marks behind it.
    pub(crate) fn rows_of(&self, number: i64, room: Room) -> usize {
        let rows = match self.store.get(number) {
            Some(line) if self.look.wrap => ansi::line(line, &self.look).rows(room.width),
            Some(_) | None => 1,
        };
        rows + self.marks_behind(number).count()
    }

    /// The place from which the screen is filled up to the end.
    pub(crate) fn last_top(&self, room: Room) -> Place {
        let mut rows = 0;
        let floor = self.floor();
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
            // Few lines may be here, and older ones not looked for any more: they are read once it stands.
            if top != before || (self.live && !self.complete && !self.filling) {
                self.position = Position::At(top);
            }
        } else if let Position::At(_) = self.position {
            top = self.down(top, rows as usize, room);
            self.position = Position::At(top.min(self.last_top(room)).max(before));
        }
    }

    pub(crate) fn up(&self, (mut number, mut row): Place, mut rows: usize, room: Room) -> Place {
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

    /// Numbers of the first and the last line on the screen.
    pub(crate) fn on_screen(&self, room: Room) -> Option<(i64, i64)> {
        let (first, skipped) = self.top(room);
        self.store.get(first)?;
        let mut rows = self.rows_of(first, room).saturating_sub(skipped);
        let mut last = first;
        while rows < room.height && last + 1 < self.store.end() {
            last += 1;
            rows += self.rows_of(last, room);
        }
        // One that is not on the screen as a whole has its beginning there.
        Some((first, last))
    }

    /// Brings a line onto the screen, and stays there; one that is on it stays where it is.
    pub(crate) fn show(&mut self, number: i64, room: Room) {
        let is_there = self.on_screen(room).is_some_and(|(first, last)| (first..=last).contains(&number));
        self.position = Position::At(if is_there {
            self.top(room)
        } else {
            self.up((number, 0), room.height / 3, room).min(self.last_top(room))
        });
    }
}
