//! The last two minutes of one server, a place for each second.

use std::collections::VecDeque;

use crate::model::{Sample, ServerHistory};

use super::RING_S;

/// What one cell of a graph stands for: the greatest CPU and the last memory of its time. `None`: not measured.
pub(crate) type Bucket = Option<Sample>;

/// Samples of the last [`RING_S`] seconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ring {
    samples: VecDeque<Option<Sample>>,
    /// The second, since the epoch, of the newest place.
    last: i64,
}

impl Ring {
    /// From the supervisor's history; it ends at second `now`.
    pub(crate) fn from_history(history: &ServerHistory, now: i64) -> Self {
        let mut ring = Self { samples: VecDeque::new(), last: now };
        let pairs = history.cpu_percent.iter().zip(&history.memory_bytes);
        for (cpu, memory) in pairs {
            let sample =
                cpu.zip(*memory).map(|(cpu_percent, memory_bytes)| Sample { cpu_percent, memory_bytes });
            for _ in 0..history.step_s.clamp(1, RING_S) {
                ring.append(sample);
            }
        }
        ring
    }

    /// Fills what is empty here from what was known before: a new supervisor knows little of the past.
    pub(crate) fn fill_from(&mut self, before: &Self) {
        let shift = self.last - before.last;
        let from_end = |samples: &VecDeque<_>, age: i64| {
            usize::try_from(age).ok().and_then(|age| samples.len().checked_sub(age + 1))
        };
        for age in 0..i64::from(RING_S) {
            let old = from_end(&before.samples, age - shift).and_then(|at| before.samples[at]);
            match from_end(&self.samples, age) {
                Some(at) => self.samples[at] = self.samples[at].or(old),
                None => self.samples.push_front(old),
            }
        }
    }

    /// Takes what was measured at `second`; the seconds in between are empty. An older second is dropped.
    pub(crate) fn push(&mut self, second: i64, sample: Option<Sample>) {
        if self.samples.is_empty() {
            self.last = second.saturating_sub(1);
        }
        let ahead = second.saturating_sub(self.last);
        if ahead <= 0 {
            return;
        }
        for _ in 1..ahead.min(i64::from(RING_S)) {
            self.append(None);
        }
        self.append(sample);
        self.last = second;
    }

    fn append(&mut self, sample: Option<Sample>) {
        if self.samples.len() >= RING_S as usize {
            self.samples.pop_front();
        }
        self.samples.push_back(sample);
    }

    /// The last `cells` steps of `step` seconds, oldest first. Steps begin at whole multiples of `step`, so a cell
    /// stays what it is until all move on together: that keeps frames small.
    pub(crate) fn buckets(&self, cells: usize, step: i64) -> Vec<Bucket> {
        let mut buckets = vec![None; cells];
        let step = step.max(1);
        let newest = self.last.div_euclid(step);
        for (age, sample) in self.samples.iter().rev().enumerate() {
            let second = self.last - age as i64;
            let back = newest - second.div_euclid(step);
            let Some(index) = usize::try_from(back).ok().and_then(|back| cells.checked_sub(back + 1)) else {
                break;
            };
            buckets[index] = join(*sample, buckets[index]);
        }
        buckets
    }

    /// The second, since the epoch, of the newest place.
    pub(crate) fn newest(&self) -> i64 {
        self.last
    }

    /// Every second that is kept, oldest first, filled up to [`RING_S`] at the front.
    pub(crate) fn all(&self) -> impl Iterator<Item = Bucket> + '_ {
        let missing = (RING_S as usize).saturating_sub(self.samples.len());
        std::iter::repeat_n(None, missing).chain(self.samples.iter().copied())
    }
}

/// Two parts of one step, the older first.
pub(crate) fn join(older: Bucket, newer: Bucket) -> Bucket {
    match (older, newer) {
        (Some(a), Some(b)) => {
            Some(Sample { cpu_percent: a.cpu_percent.max(b.cpu_percent), memory_bytes: b.memory_bytes })
        }
        (one, None) | (None, one) => one,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[allow(clippy::unnecessary_wraps, reason = "reads as the place of the ring that it is")]
    fn sample(cpu_percent: f32, memory_bytes: u64) -> Option<Sample> {
        Some(Sample { cpu_percent, memory_bytes })
    }

    #[test]
    fn a_bucket_is_the_greatest_cpu_and_the_last_memory_of_its_step() {
        let mut ring = Ring::default();
        for (second, cpu, memory) in [(100, 1.0, 10), (101, 9.0, 20), (102, 2.0, 30), (104, 4.0, 40)] {
            ring.push(second, sample(cpu, memory));
        }
        assert_eq!(ring.buckets(3, 2), [sample(9.0, 20), sample(2.0, 30), sample(4.0, 40)]);
        assert_eq!(ring.buckets(2, 4), [sample(9.0, 30), sample(4.0, 40)]);
    }

    #[test]
    fn what_a_new_supervisor_does_not_know_stays() {
        let mut before = Ring::default();
        for second in 100..110 {
            before.push(second, sample(1.0, 1));
        }
        let mut ring = Ring::default();
        ring.push(112, sample(2.0, 2));
        ring.fill_from(&before);
        let known: Vec<_> =
            ring.all().skip(RING_S as usize - 13).map(|s| s.map(|s| s.memory_bytes)).collect();
        let expected = [[Some(1); 10].as_slice(), &[None, None, Some(2)]].concat();
        assert_eq!(known, expected);
        assert_eq!(ring.all().flatten().count(), 11);
    }

    #[test]
    fn a_long_silence_leaves_nothing_of_before() {
        let mut ring = Ring::default();
        ring.push(1, sample(1.0, 1));
        ring.push(100_000, sample(2.0, 2));
        assert_eq!(ring.all().flatten().count(), 1);
        assert_eq!(ring.all().count(), RING_S as usize);
        ring.push(5, sample(3.0, 3));
        assert_eq!(ring.all().flatten().count(), 1, "an older second changes nothing");
    }
}
