//! The past of each server, for graphs and `/v1/history`: the last 10 minutes by the second, 2 hours by 10 seconds, a
//! day by the minute.
//!
//! A full past is 2,760 steps of 8 bytes, 22 KiB for each server; it grows as time passes, so that 500 servers that
//! were just started cost next to nothing. Time is a count of seconds on the caller's monotonic clock.

mod ring;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use crate::model::{Sample, ServerHistory, ServerId};
use ring::Ring;

/// Seconds of a step and number of steps, finest first.
const RINGS: [(u64, usize); 3] = [(1, 600), (10, 720), (60, 1440)];

/// A sample stands for the seconds since the one before, if that is not longer ago than this; otherwise nobody looked
/// meanwhile, and there is a gap. Twice the slowest regular pass would hide a pass that was missed.
const COVERS: u64 = 6;

/// The past of all servers.
#[derive(Debug, Default)]
pub struct History {
    tracks: HashMap<ServerId, Track>,
}

#[derive(Debug)]
struct Track {
    last: u64,
    rings: [Ring; RINGS.len()],
}

impl History {
    /// Adds what was measured at this second. Seconds must not go back.
    pub fn push(&mut self, id: &ServerId, at: u64, sample: Sample) {
        match self.tracks.get_mut(id) {
            Some(track) => track.push(at, sample),
            None => {
                self.tracks.insert(id.clone(), Track::new(at, sample));
            }
        }
    }

    /// The last `seconds` until `now`, in the finest steps that reach back so far; a day at most. `None` for a server
    /// without a past.
    pub fn window(&self, id: &ServerId, now: u64, seconds: u32) -> Option<ServerHistory> {
        self.tracks.get(id).map(|track| track.window(id.clone(), now, u64::from(seconds)))
    }

    /// Servers that have a past, in no order.
    pub fn servers(&self) -> impl Iterator<Item = &ServerId> {
        self.tracks.keys()
    }

    /// Forgets a server.
    pub fn forget(&mut self, id: &ServerId) {
        self.tracks.remove(id);
    }
}

impl Track {
    fn new(at: u64, sample: Sample) -> Self {
        let mut track = Self { last: at, rings: RINGS.map(|(_, steps)| Ring::new(steps)) };
        track.put(at, sample);
        track
    }

    fn push(&mut self, at: u64, sample: Sample) {
        let from = if at.saturating_sub(self.last) <= COVERS { self.last + 1 } else { at };
        for second in from.min(at)..=at {
            self.put(second, sample);
        }
        self.last = self.last.max(at);
    }

    fn put(&mut self, second: u64, sample: Sample) {
        for (ring, (step, _)) in self.rings.iter_mut().zip(RINGS) {
            ring.put(second / step, sample);
        }
    }

    fn window(&self, id: ServerId, now: u64, seconds: u64) -> ServerHistory {
        let reaches = |(step, steps): &(u64, usize)| *step * *steps as u64 >= seconds;
        let at = RINGS.iter().position(reaches).unwrap_or(RINGS.len() - 1);
        let (step, steps) = RINGS[at];
        let count = seconds.div_ceil(step).clamp(1, steps as u64);
        let end = now / step;
        let cells = (0..count).rev().map(|back| {
            let place = end.checked_sub(back)?;
            self.rings[at].get(place)
        });
        let (cpu_percent, memory_bytes) =
            cells.map(|cell| (cell.map(|cell| cell.cpu_percent), cell.map(|cell| cell.memory_bytes))).unzip();
        ServerHistory { id, step_s: step as u32, cpu_percent, memory_bytes }
    }
}
