//! Where things are in the whole log, for the scroll bar: as far as places say it, which count bytes in files.

use super::log_view::{LogView, Room};
use crate::model::LogCursor;

/// Ticks of a kind at most.
const TICKS_MAX: usize = 2000;

/// Places in the whole log, each from 0 (its beginning) to 1 (its end).
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ticks {
    /// The first and the last line on the screen.
    pub(crate) screen: (f64, f64),
    /// Errors of the window.
    pub(crate) errors: Vec<f64>,
    /// Matches of the search; of very many some.
    pub(crate) matches: Vec<f64>,
}

/// How places become parts of the log. Its files have one size, but for the last.
#[derive(Clone, Copy, Debug)]
struct Scale {
    end: LogCursor,
    /// Bytes of a file before the last; the most that was seen.
    file: u64,
    total: f64,
}

impl Scale {
    fn of(self, place: LogCursor) -> f64 {
        let files = self.end.segment.saturating_sub(place.segment);
        let behind = (files * self.file + self.end.offset).saturating_sub(place.offset);
        (1.0 - behind as f64 / self.total).clamp(0.0, 1.0)
    }
}

impl LogView {
    /// Where screen, errors and matches are in the whole log; `None` where that is not known: of several logs, and
    /// before a search has told how long the log is.
    pub(crate) fn ticks(&self, room: Room) -> Option<Ticks> {
        let scale = self.scale()?;
        let (top, bottom) = self.on_screen(room)?;
        let place = |number| self.store.get(number).map(|line| scale.of(line.cursor));
        let errors = self.store.iter().filter(|(_, line)| line.bad).map(|(_, line)| scale.of(line.cursor));
        let hits = self.search.iter().flat_map(|search| search.hits().map(|hit| hit.cursor));
        let step = self.search.as_ref().map_or(1, |search| search.count().div_ceil(TICKS_MAX).max(1));
        Some(Ticks {
            screen: (place(top)?, place(bottom)?),
            errors: errors.take(TICKS_MAX).collect(),
            matches: hits.step_by(step).map(|cursor| scale.of(cursor)).collect(),
        })
    }

    fn scale(&self) -> Option<Scale> {
        if self.is_merged() {
            return None;
        }
        let search = self.search.as_ref()?;
        let (_, total) = search.progress.filter(|(_, total)| *total > 0)?;
        let known = self.store.iter().map(|(_, line)| line.cursor);
        let known: Vec<_> =
            known.chain(search.hits().map(|hit| hit.cursor)).chain(self.followed_to()).collect();
        let end = known.iter().max().copied()?;
        let earlier = known.iter().filter(|place| place.segment < end.segment);
        let file = earlier.map(|place| place.offset).max().unwrap_or(end.offset);
        // What came since the search began is not in its total.
        Some(Scale { end, file, total: total.max(end.offset) as f64 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_parts_of_the_log_over_its_files() {
        let place = |segment, offset| LogCursor { segment, offset };
        let scale = Scale { end: place(4, 500), file: 1000, total: 2500.0 };
        assert!((scale.of(place(4, 500)) - 1.0).abs() < 1e-9);
        assert!((scale.of(place(3, 500)) - 0.6).abs() < 1e-9);
        assert!((scale.of(place(2, 0)) - 0.0).abs() < 1e-9);
        assert!((scale.of(place(1, 0)) - 0.0).abs() < 1e-9, "rotated away since");
    }
}
