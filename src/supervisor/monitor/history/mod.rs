//! The past of each server, for graphs and `/v1/history`: the last 10 minutes by the second, 2 hours by 10 seconds, a
//! day by the minute. And the least memory of each of the last 120 minutes, in which leaks are looked for.
//!
//! A full past is 2,760 steps of 8 bytes, 22 KiB for each server; it grows as time passes, so that 500 servers that
//! were just started cost next to nothing. Time is a count of seconds on the caller's monotonic clock.
//!
//! `ring` holds the steps of one length, `lows` those least memories. The minutes outlive the supervisor:
//! [`History::finished`] gives those that are to be written, [`saved`] knows the file, and [`History::restore`] takes them
//! back. What nobody measured meanwhile is a gap.

mod lows;
mod ring;
pub mod saved;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use super::growth::Point;
use crate::model::{Sample, ServerHistory, ServerId};
use lows::Lows;
use ring::Ring;
use saved::{Minute, STEPS};

/// Seconds of a step and number of steps, finest first.
const RINGS: [(u64, usize); 3] = [(1, 600), (10, 720), (60, STEPS)];

/// The ring of minutes.
const MINUTES: usize = 2;

/// A sample stands for the seconds since the one before, if that is not longer ago than this; otherwise nobody looked
/// meanwhile, and there is a gap. Twice the slowest regular pass would hide a pass that was missed.
const COVERS: u64 = 6;

/// Seconds that are counted before the caller's zero, in whole minutes: room for what was measured before it.
const BEFORE: u64 = 60 * (STEPS as u64 + 60);

/// The past of all servers.
#[derive(Debug, Default)]
pub struct History {
    tracks: HashMap<ServerId, Track>,
    /// The minute that goes on.
    open: Option<u64>,
}

#[derive(Debug)]
struct Track {
    last: u64,
    rings: [Ring; RINGS.len()],
    lows: Lows,
}

impl History {
    /// Adds what was measured at this second. Seconds must not go back.
    pub fn push(&mut self, id: &ServerId, at: u64, sample: Sample) {
        let at = at + BEFORE;
        self.open.get_or_insert(at / 60);
        if let Some(track) = self.tracks.get_mut(id) {
            track.push(at, sample);
        } else {
            let mut track = Track::new();
            track.push(at, sample);
            self.tracks.insert(id.clone(), track);
        }
    }

    /// The last `seconds` until `now`, in the finest steps that reach back so far; a day at most. `None` for a server
    /// without a past.
    pub fn window(&self, id: &ServerId, now: u64, seconds: u32) -> Option<ServerHistory> {
        self.tracks.get(id).map(|track| track.window(id.clone(), now + BEFORE, u64::from(seconds)))
    }

    /// The least memory of each minute that is known and has passed, of the last `minutes` at most.
    pub fn lows(&self, id: &ServerId, now: u64, minutes: u64) -> Vec<Point> {
        let now = (now + BEFORE) / 60;
        self.tracks
            .get(id)
            .map(|track| track.lows.points(now.saturating_sub(minutes)..now))
            .unwrap_or_default()
    }

    /// Servers that have a past, in no order.
    pub fn servers(&self) -> impl Iterator<Item = &ServerId> {
        self.tracks.keys()
    }

    /// What was measured in the minute that has passed since the last call, to be written; nothing while it goes on.
    /// `unix_minute` is that of `now` on the wall's clock.
    pub fn finished(&mut self, now: u64, unix_minute: u64) -> Vec<(ServerId, Minute)> {
        let now = (now + BEFORE) / 60;
        let Some(minute) = self.open.filter(|open| *open < now) else { return Vec::new() };
        self.open = Some(now);
        let age = now - minute;
        let Ok(unix_minute) = u32::try_from(unix_minute.saturating_sub(age)) else { return Vec::new() };
        let of = |(id, track): (&ServerId, &Track)| {
            let Sample { cpu_percent, memory_bytes } = track.rings[MINUTES].get(minute)?;
            let low = track.lows.get(minute).unwrap_or(memory_bytes);
            Some((id.clone(), Minute { unix_minute, cpu_percent, memory_bytes, low_bytes: low }))
        };
        self.tracks.iter().filter_map(of).collect()
    }

    /// Takes what an earlier supervisor wrote, oldest first, of a server that has no past yet. Minutes are placed by
    /// their age; those that the wall's clock, at `unix_minute` now, says are still to come are left out.
    pub fn restore(&mut self, id: &ServerId, now: u64, unix_minute: u64, minutes: &[Minute]) {
        if self.tracks.contains_key(id) {
            return;
        }
        let now = (now + BEFORE) / 60;
        let mut track = Track::new();
        let mut any = false;
        for minute in minutes {
            let age = unix_minute.checked_sub(u64::from(minute.unix_minute));
            let Some(age) = age.filter(|age| *age < STEPS as u64) else { continue };
            let Minute { cpu_percent, memory_bytes, low_bytes, .. } = *minute;
            track.rings[MINUTES].put(now - age, Sample { cpu_percent, memory_bytes });
            track.lows.put(now - age, low_bytes);
            any = true;
        }
        if any {
            self.tracks.insert(id.clone(), track);
        }
    }

    /// Forgets a server.
    pub fn forget(&mut self, id: &ServerId) {
        self.tracks.remove(id);
    }
}

impl Track {
    fn new() -> Self {
        Self { last: 0, rings: RINGS.map(|(_, steps)| Ring::new(steps)), lows: Lows::default() }
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
        self.lows.put(second / 60, sample.memory_bytes);
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
