//! The least memory of each of the last minutes.

use std::collections::VecDeque;
use std::ops::Range;

use super::super::growth::{Point, WINDOW};

/// Minutes that are kept: those that are looked at and the one that goes on.
const KEPT: u64 = WINDOW + 1;

/// Nothing was measured in this minute.
const GAP: u32 = u32::MAX;

/// Minutes without holes from `first` on; memory in KiB, up to 4 TiB.
#[derive(Debug, Default)]
pub(super) struct Lows {
    first: u64,
    kib: VecDeque<u32>,
}

impl Lows {
    /// Takes a sample of a minute; one that has left is passed over.
    pub(super) fn put(&mut self, minute: u64, bytes: u64) {
        if self.kib.is_empty() || minute >= self.first + self.kib.len() as u64 + KEPT {
            self.kib.clear();
            self.first = minute;
        }
        while self.first + (self.kib.len() as u64) <= minute {
            if self.kib.len() as u64 == KEPT {
                self.kib.pop_front();
                self.first += 1;
            }
            self.kib.push_back(GAP);
        }
        let place = minute.checked_sub(self.first).and_then(|place| self.kib.get_mut(place as usize));
        if let Some(low) = place {
            *low = (*low).min(u32::try_from(bytes / 1024).unwrap_or(GAP - 1));
        }
    }

    /// What is kept of a minute, in bytes.
    pub(super) fn get(&self, minute: u64) -> Option<u64> {
        let place = usize::try_from(minute.checked_sub(self.first)?).ok()?;
        self.kib.get(place).filter(|kib| **kib != GAP).map(|kib| u64::from(*kib) * 1024)
    }

    /// Those of these minutes that were measured.
    pub(super) fn points(&self, minutes: Range<u64>) -> Vec<Point> {
        let from = minutes.start.max(self.first);
        let point = |minute| Some(Point { minute, bytes: self.get(minute)? });
        (from..minutes.end).filter_map(point).collect()
    }
}
