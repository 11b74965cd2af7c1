//! What stands before a log line of when it came. Of the same width for every line, so that lines stand in one column.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::model::log_look::Times;

/// Cells with the space behind; `fine`: with milliseconds.
pub(crate) const fn width(times: Times, fine: bool) -> u16 {
    match (times, fine) {
        (Times::Off, _) => 0,
        (Times::Time, false) => 9,
        (Times::Time, true) => 13,
        (Times::Date, false) => 20,
        (Times::Date, true) => 24,
        (Times::Relative, _) => 7,
    }
}

/// The time of a line; `newest` is that of the newest line on the screen.
pub(crate) fn text(
    times: Times,
    fine: bool,
    at: Timestamp,
    zone: &TimeZone,
    newest: Option<Timestamp>,
) -> String {
    match times {
        Times::Off => String::new(),
        Times::Time => clock(at, zone, fine),
        Times::Date => {
            let date = at.to_zoned(zone.clone()).date();
            format!("{:04}-{:02}-{:02} {}", date.year(), date.month(), date.day(), clock(at, zone, fine))
        }
        Times::Relative => {
            let after = newest.unwrap_or(at).duration_since(at);
            format!("{:>6}", before(after.as_millis_f64() / 1000.0))
        }
    }
}

/// Hours, minutes and seconds.
pub(crate) fn clock(at: Timestamp, zone: &TimeZone, fine: bool) -> String {
    let at = at.to_zoned(zone.clone()).time();
    let seconds = format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second());
    if fine { format!("{seconds}.{:03}", at.millisecond()) } else { seconds }
}

/// How long before, in at most 6 cells: `-0.3s`, `-12s`, `-5m`, `-3h`, `-40d`.
fn before(seconds: f64) -> String {
    // A clock that was set back leaves lines that seem to come later.
    let sign = if seconds < 0.0 { '+' } else { '-' };
    let s = seconds.abs();
    match s as u64 {
        _ if s < 0.05 => "0s".to_owned(),
        0..10 => format!("{sign}{s:.1}s"),
        10..60 => format!("{sign}{}s", s as u64),
        60..3600 => format!("{sign}{}m", s as u64 / 60),
        3600..86_400 => format!("{sign}{}h", s as u64 / 3600),
        s => format!("{sign}{}d", (s / 86_400).min(9999)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_has_its_column() {
        let newest: Timestamp = "2026-11-20T14:02:14.029Z".parse().unwrap();
        let ages = [0.0, 0.004, 0.3, 9.96, 59.9, 61.0, 7200.0, 90_000.0, 1e9, -3.0];
        for times in [Times::Off, Times::Time, Times::Date, Times::Relative] {
            for fine in [false, true] {
                for age in ages {
                    let at = newest.checked_sub(jiff::SignedDuration::from_secs_f64(age)).unwrap();
                    let text = text(times, fine, at, &TimeZone::UTC, Some(newest));
                    let room = usize::from(width(times, fine).saturating_sub(1));
                    assert_eq!(text.len(), room, "{times:?} {age}: {text:?}");
                }
            }
        }
    }

    #[test]
    fn a_time_is_written_as_asked() {
        let at: Timestamp = "2026-11-20T14:02:08.011Z".parse().unwrap();
        let newest: Timestamp = "2026-11-20T14:02:14.029Z".parse().unwrap();
        let of = |times, fine| text(times, fine, at, &TimeZone::UTC, Some(newest));
        assert_eq!(of(Times::Time, false), "14:02:08");
        assert_eq!(of(Times::Date, true), "2026-11-20 14:02:08.011");
        assert_eq!(of(Times::Relative, true), " -6.0s");
        assert_eq!(before(12.9), "-12s");
        assert_eq!(before(185.0), "-3m");
        assert_eq!(before(-3.0), "+3.0s");
    }
}
