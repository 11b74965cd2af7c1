//! Times as people write and read them.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;

pub use crate::text::human::lasted;

/// `10m`, `90s`, `1h30m`, `2d`: numbers, each with a unit.
pub fn parse_span(text: &str) -> Result<Duration, String> {
    let bad =
        || format!("`{}` is not a span: write it as in `90s`, `10m`, `1h30m`, `2d`", text.escape_debug());
    let mut total: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
        let number: u64 = rest[..digits].parse().map_err(|_| bad())?;
        let mut after = rest[digits..].chars();
        let scale = match after.next() {
            Some('s') => 1,
            Some('m') => 60,
            Some('h') => 3600,
            Some('d') => 86_400,
            _ => return Err(bad()),
        };
        let part = number.checked_mul(scale).ok_or_else(bad)?;
        total = total.checked_add(part).ok_or_else(bad)?;
        rest = after.as_str();
    }
    if text.is_empty() { Err(bad()) } else { Ok(Duration::from_secs(total)) }
}

/// What to do about a text that [`parse_when`] refuses.
pub const WHEN: &str = "write how long ago, as in `90s`, `10m`, `1h30m`, `2d`, or when, as in `18:30`, \
    `2026-11-20 18:30` or `2026-11-20T08:00:00Z`";

/// The moment that `--since` means: a span before `now`, or a time as in `2026-11-20T08:00:00Z`. One without an offset is
/// of the user's clock, as ostler prints it; one without a date is of today.
pub fn parse_when(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, String> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    if let Some(at) = on_the_clock(text, now, zone) {
        return Ok(at);
    }
    let span = parse_span(text).map_err(|_| format!("`{}` is not a time", text.escape_debug()))?;
    let span = jiff::SignedDuration::try_from(span).unwrap_or(jiff::SignedDuration::MAX);
    Ok(now.checked_sub(span).unwrap_or(Timestamp::MIN))
}

/// `18:30`, `18:30:09.250`, `2026-11-20`, `2026-11-20 18:30`: on the clock of `zone`.
fn on_the_clock(text: &str, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    // the name of a zone would be ignored
    if text.contains('[') {
        return None;
    }
    let moment = if text.contains('-') {
        text.parse::<DateTime>().ok()?
    } else if text.contains(':') {
        now.to_zoned(zone.clone()).date().to_datetime(text.parse::<Time>().ok()?)
    } else {
        return None;
    };
    Some(moment.to_zoned(zone.clone()).ok()?.timestamp())
}

/// Seconds from `at` to `now`, never negative.
pub fn seconds_since(at: Timestamp, now: Timestamp) -> f64 {
    now.duration_since(at).as_secs_f64().max(0.0)
}

/// A moment on the user's clock, to the millisecond.
pub fn local(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_numbers_with_units() {
        for (text, seconds) in [("90s", 90), ("10m", 600), ("1h30m", 5400), ("2d", 172_800), ("0s", 0)] {
            assert_eq!(parse_span(text).unwrap().as_secs(), seconds, "{text}");
        }
        for bad in ["", "10", "m", "10x", "1.5h", "-1s", "10m ", "1é", "99999999999999999999s", "1h30"] {
            assert!(parse_span(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn since_is_a_span_back_or_a_time() {
        let now: Timestamp = "2026-11-20T08:00:00Z".parse().unwrap();
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        let parsed = |text: &str| parse_when(text, now, &zone).map(|at| at.to_string());
        assert_eq!(parsed("10m").unwrap(), "2026-11-20T07:50:00Z");
        assert_eq!(parsed("2026-11-20T09:00:00+03:00").unwrap(), "2026-11-20T06:00:00Z");
        for own in ["2026-11-20 09:30", "2026-11-20T09:30:00", "2026-11-20 09:30:00.000", "09:30", "09:30:00"]
        {
            assert_eq!(parsed(own).as_deref(), Ok("2026-11-20T07:30:00Z"), "{own}");
        }
        assert_eq!(parsed("2026-11-20").unwrap(), "2026-11-19T22:00:00Z");
        assert_eq!(parse_when("999999999d", now, &zone).unwrap(), Timestamp::MIN);
        for bad in ["yesterday", "", "10", "-1s", "25:00", "2026-13-01", "2026-11-20T08:00[Europe/Berlin]"] {
            assert_eq!(parsed(bad), Err(format!("`{bad}` is not a time")));
        }
    }

    #[test]
    fn a_time_that_was_printed_is_understood() {
        let at: Timestamp = "2026-11-20T08:00:00.125Z".parse().unwrap();
        let zone = TimeZone::fixed(jiff::tz::offset(-5));
        assert_eq!(parse_when(&local(at, &zone), at, &zone), Ok(at));
    }
}
