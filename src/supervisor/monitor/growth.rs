//! Whether memory grows as that of a leak does.
//!
//! # The estimator
//!
//! The slope is that of Theil and Sen: the median of the slopes between all pairs of points (H. Theil, *A rank-invariant
//! method of linear and polynomial regression analysis*, Proc. Kon. Ned. Akad. Wetensch. 53, 1950; P. K. Sen,
//! *Estimates of the regression coefficient based on Kendall's tau*, J. Am. Stat. Assoc. 63, 1968). Up to 29 % of the
//! points may be anything without moving it far. A point is the least memory of a minute, which is what stays when a
//! garbage collector has run.
//!
//! # When it is flagged
//!
//! * Thirty minutes of one run are known, without its first five; at most the last two hours are looked at.
//! * Not the slope but the lower end of its confidence interval is above the limit: Sen's interval, from the variance of
//!   Kendall's S with its correction for ties (M. Kendall, *Rank Correlation Methods*, 1975), one-sided 99.9 %. That is
//!   the Mann-Kendall test, against the limit instead of against zero.
//! * It rose from the first third to the second and from there to the last, each time by half of what the limit would
//!   allow or more, and what it has now is not below the middle. One step rises once; a tooth of a collector has fallen
//!   back. A tooth that is longer than all that is known looks like a leak, until it ends.
//!
//! [`slope_of_leak`] decides and is pure; [`GrowthBook`] remembers who is flagged.

use std::collections::HashMap;

use crate::model::ServerId;

/// Minutes of a run that are left out: caches fill, code is loaded.
pub const WARM_UP: u64 = 5;

/// Minutes that are looked at, at most.
pub const WINDOW: u64 = 120;

/// Minutes that have to be known, from the first to the last.
const SPAN: u64 = 30;

/// And so many of them have to have been measured.
const POINTS: usize = 20;

/// The quantile of the normal distribution for 99.9 %, one-sided.
const Z: f64 = 3.09;

/// Minutes without a finding after which it is not flagged any more.
const GONE: u32 = 10;

/// The least memory of a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// Its number, on a monotonic clock: time in suspend does not count.
    pub minute: u64,
    /// Bytes.
    pub bytes: u64,
}

/// The growth in bytes an hour, if it surely is above `limit` bytes an hour and looks like a leak's. The points are in
/// order; minutes that were not measured are left out.
pub fn slope_of_leak(points: &[Point], limit: u64) -> Option<f64> {
    let (first, last) = (points.first()?, points.last()?);
    if last.minute.saturating_sub(first.minute) + 1 < SPAN || points.len() < POINTS {
        return None;
    }
    if !rises_throughout(points, limit as f64) {
        return None;
    }
    let mut slopes = Vec::with_capacity(points.len() * (points.len() - 1) / 2);
    for (at, later) in points.iter().enumerate() {
        let slope = |earlier: &Point| {
            let minutes = later.minute.saturating_sub(earlier.minute).max(1) as f64;
            (later.bytes as f64 - earlier.bytes as f64) * 60.0 / minutes
        };
        slopes.extend(points[..at].iter().map(slope));
    }
    let spread = Z * variance_of_s(points).sqrt();
    let lower = ((slopes.len() as f64 - spread) / 2.0).floor() - 1.0;
    if lower < 0.0 {
        return None;
    }
    let (_, surely, _) = slopes.select_nth_unstable_by(lower as usize, f64::total_cmp);
    if *surely <= limit as f64 {
        return None;
    }
    let middle = slopes.len() / 2;
    let (_, median, _) = slopes.select_nth_unstable_by(middle, f64::total_cmp);
    Some(*median)
}

/// The variance of Kendall's S for points without a trend; equal values do not count as pairs.
fn variance_of_s(points: &[Point]) -> f64 {
    let term = |n: f64| n * (n - 1.0) * (2.0 * n + 5.0);
    let mut values: Vec<u64> = points.iter().map(|point| point.bytes).collect();
    values.sort_unstable();
    let ties: f64 = values.chunk_by(|a, b| a == b).map(|tie| term(tie.len() as f64)).sum();
    (term(points.len() as f64) - ties) / 18.0
}

/// No single step, and nothing that was given back.
fn rises_throughout(points: &[Point], limit: f64) -> bool {
    let third = points.len() / 3;
    let parts =
        [&points[..third], &points[third..points.len() - third], &points[points.len() - third..]].map(middle);
    let rises = |from: Point, to: Point| {
        let allowed = limit * to.minute.saturating_sub(from.minute) as f64 / 60.0;
        to.bytes as f64 - from.bytes as f64 > (allowed / 2.0).max(0.0)
    };
    let now = points.iter().rev().take(3).map(|point| point.bytes).min().unwrap_or(0);
    rises(parts[0], parts[1]) && rises(parts[1], parts[2]) && now >= parts[1].bytes
}

/// The lower median of the values, at the median of the times: where a step is in the middle, it lies on one of its
/// sides.
fn middle(points: &[Point]) -> Point {
    let mut values: Vec<u64> = points.iter().map(|point| point.bytes).collect();
    let at = (points.len() - 1) / 2;
    let (_, bytes, _) = values.select_nth_unstable(at);
    Point { minute: points[at].minute, bytes: *bytes }
}

/// Who is flagged.
#[derive(Debug, Default)]
pub struct GrowthBook {
    flagged: HashMap<ServerId, Flag>,
}

#[derive(Clone, Copy, Debug)]
struct Flag {
    bytes_per_h: f64,
    /// Minutes since the last finding.
    quiet: u32,
}

impl GrowthBook {
    /// Takes what was found in this minute. `true`: it is flagged now and was not before.
    pub fn take(&mut self, id: &ServerId, found: Option<f64>) -> bool {
        match (found, self.flagged.get_mut(id)) {
            (Some(bytes_per_h), before) => {
                let is_new = before.is_none();
                self.flagged.insert(id.clone(), Flag { bytes_per_h, quiet: 0 });
                is_new
            }
            (None, Some(flag)) => {
                flag.quiet += 1;
                if flag.quiet >= GONE {
                    self.flagged.remove(id);
                }
                false
            }
            (None, None) => false,
        }
    }

    /// Bytes an hour by which it grows, if that is flagged.
    pub fn flagged(&self, id: &ServerId) -> Option<f64> {
        self.flagged.get(id).map(|flag| flag.bytes_per_h)
    }

    /// Forgets a server: its run has ended.
    pub fn forget(&mut self, id: &ServerId) {
        self.flagged.remove(id);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MIB: f64 = 1_048_576.0;
    const LIMIT: u64 = 10 << 20;

    /// From 100 MiB on, so many MiB more in each minute.
    fn points(minutes: u64, mib: impl Fn(u64) -> f64) -> Vec<Point> {
        let point = |minute| Point { minute: 1000 + minute, bytes: ((100.0 + mib(minute)) * MIB) as u64 };
        (0..minutes).map(point).collect()
    }

    fn found(points: &[Point]) -> Option<f64> {
        slope_of_leak(points, LIMIT).map(|bytes| bytes / MIB)
    }

    /// From -1 to 1, by the minute and a seed.
    fn noise(seed: u64, minute: u64) -> f64 {
        let mixed =
            (minute + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(seed.wrapping_mul(0xBF58_476D));
        let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 32)) % 20_001) as f64 / 10_000.0 - 1.0
    }

    #[test]
    fn a_steady_leak_is_found_after_half_an_hour_and_not_before() {
        let leak = |minutes| found(&points(minutes, |minute| minute as f64 * 0.25));
        assert_eq!(leak(29), None);
        assert!((leak(30).unwrap() - 15.0).abs() < 0.01);
        assert!((leak(120).unwrap() - 15.0).abs() < 0.01);
    }

    #[test]
    fn below_the_limit_it_may_grow() {
        for per_h in [0.0, 5.0, 9.9] {
            assert_eq!(found(&points(120, |minute| minute as f64 * per_h / 60.0)), None, "{per_h}");
        }
    }

    #[test]
    fn a_collector_s_teeth_are_no_leak_whatever_their_length() {
        for tooth in [2, 3, 5, 7, 10, 13, 17, 20, 25] {
            for minutes in [30, 45, 60, 90, 120] {
                let teeth = points(minutes, |minute| (minute % tooth) as f64 * 8.0);
                assert_eq!(found(&teeth), None, "teeth of {tooth} in {minutes} minutes");
            }
        }
    }

    #[test]
    fn a_leak_below_teeth_is_found() {
        let teeth = points(120, |minute| minute as f64 * 0.5 + (minute % 4) as f64 * 3.0);
        let slope = found(&teeth).unwrap();
        assert!((25.0..35.0).contains(&slope), "{slope}");
    }

    #[test]
    fn one_step_is_no_leak_wherever_it_is_and_neither_is_a_plateau_after_a_rise() {
        for minutes in [30, 31, 32, 60, 120] {
            for at in 1..minutes {
                let step =
                    points(minutes, |minute| if minute < at { 0.0 } else { 400.0 + noise(3, minute) * 0.2 });
                assert_eq!(found(&step), None, "step at {at} of {minutes}");
            }
        }
        assert_eq!(found(&points(120, |minute| minute.min(30) as f64 * 4.0)), None);
    }

    #[test]
    fn minutes_that_were_not_measured_change_nothing() {
        let mut leak = points(120, |minute| minute as f64 * 0.5 + noise(1, minute) * 2.0);
        leak.retain(|point| !(1020..1060).contains(&point.minute) && point.minute % 3 > 0);
        let slope = found(&leak).unwrap();
        assert!((25.0..35.0).contains(&slope), "{slope}");
        leak.truncate(POINTS - 1);
        assert_eq!(found(&leak), None, "too few");
        assert_eq!(found(&[]), None);
    }

    #[test]
    fn noise_alone_is_hardly_ever_a_leak() {
        let flagged = |minutes| {
            let alone = |seed: &u64| found(&points(minutes, |minute| noise(*seed, minute) * 50.0)).is_some();
            (0..500).filter(alone).count()
        };
        assert_eq!([30, 60, 120].map(flagged), [0, 0, 0], "of 500");
    }

    #[test]
    fn it_is_told_once_and_again_only_when_it_was_gone() {
        let (id, mut book) = ("a/b".parse().unwrap(), GrowthBook::default());
        assert!(!book.take(&id, None));
        assert!(book.take(&id, Some(1.0)) && !book.take(&id, Some(2.0)));
        assert_eq!(book.flagged(&id), Some(2.0));
        for _ in 1..GONE {
            assert!(!book.take(&id, None));
        }
        assert!(book.flagged(&id).is_some() && !book.take(&id, Some(3.0)));
        for _ in 0..GONE {
            assert!(!book.take(&id, None));
        }
        assert_eq!(book.flagged(&id), None);
        assert!(book.take(&id, Some(1.0)));
        book.forget(&id);
        assert!(book.take(&id, Some(1.0)));
    }

    proptest! {
        #[test]
        fn a_leak_under_noise_is_found_with_its_slope(
            per_h in 40.0..400.0_f64, seed: u64, minutes in 60_u64..121
        ) {
            let leak = points(minutes, |minute| minute as f64 * per_h / 60.0 + noise(seed, minute) * 4.0);
            let slope = found(&leak);
            prop_assert!(slope.is_some_and(|slope| (slope - per_h).abs() < 8.0), "{slope:?}");
        }

        #[test]
        fn no_history_makes_it_panic_or_flag_what_falls(
            values in prop::collection::vec((0_u64..3, any::<u64>()), 0..130), limit: u64
        ) {
            let mut minute = 0;
            let mut any = Vec::new();
            for (step, bytes) in values {
                minute += step;
                any.push(Point { minute, bytes });
            }
            let _ = slope_of_leak(&any, limit);
            any.sort_unstable_by_key(|point| std::cmp::Reverse(point.bytes));
            for (at, point) in any.iter_mut().enumerate() {
                point.minute = at as u64;
            }
            prop_assert_eq!(slope_of_leak(&any, limit), None);
        }
    }
}
