//! The mouse.

use std::time::Duration;

/// Two clicks within this time are a double one.
const DOUBLE: Duration = Duration::from_millis(400);

/// Whether it is listened to, and where it was clicked last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mouse {
    /// Clicks and the wheel are reported; the terminal then selects text with Shift held.
    pub(crate) on: bool,
    last: Option<(Duration, u16, u16)>,
}

impl Mouse {
    /// A click; whether it is the second one at this place.
    pub(crate) fn clicked(&mut self, now: Duration, column: u16, row: u16) -> bool {
        let is_second =
            self.last.is_some_and(|(at, x, y)| now <= at + DOUBLE && y == row && x.abs_diff(column) <= 1);
        // A third one begins anew.
        self.last = (!is_second).then_some((now, column, row));
        is_second
    }
}
