//! The time that a line begins with: whether it only repeats the time that stands before it anyhow.
//!
//! A time without a zone is taken for one of any zone on earth: they differ by quarters of an hour.

use std::ops::Range;

/// How far a line's own time and the time when it was read may be apart, in seconds.
const NEAR: i64 = 2;
/// Offsets of zones are multiples of this, in seconds.
const QUARTER: i64 = 900;
/// No zone is farther from UTC, in seconds: <https://data.iana.org/time-zones/theory.html>
const FARTHEST: i64 = 14 * 3600;
const DAY: i64 = 86_400;
/// Keys of a time at the beginning of a logfmt line.
const KEYS: [&str; 4] = ["time=", "ts=", "timestamp=", "t="];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A time as it is written; seconds since 1970, or since midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Own {
    /// In UTC.
    Exact(i64),
    /// Of some zone.
    Local(i64),
    /// Of some zone and some day.
    Clock(i64),
}

impl Own {
    fn agrees(self, at: i64) -> bool {
        let apart = match self {
            Self::Exact(own) => return own.abs_diff(at) <= NEAR as u64,
            Self::Local(own) if own.abs_diff(at) > (FARTHEST + NEAR) as u64 => return false,
            Self::Local(own) => own - at,
            Self::Clock(own) => own - at.rem_euclid(DAY),
        };
        let over = apart.rem_euclid(QUARTER);
        over <= NEAR || over >= QUARTER - NEAR
    }
}

/// The part of `line`, which is safe text, that may be left out where `at_us` (microseconds since 1970) is shown before
/// it: its own time at its beginning, with the brackets, spaces and signs around it. `None` if it has none, or one that
/// does not agree, or nothing else.
pub fn repeated(line: &str, at_us: i64) -> Option<Range<usize>> {
    let at = at_us.div_euclid(1_000_000);
    if is_glog(line.as_bytes()) {
        let mut reader = Reader { bytes: line.as_bytes(), at: 1 };
        return reader.glog(at)?.agrees(at).then_some(1..reader.at);
    }
    let key = KEYS.iter().find(|key| line.starts_with(**key)).map_or(0, |key| key.len());
    let mut reader = Reader { bytes: line.as_bytes(), at: key };
    let open = reader.one_of(if key > 0 { b"\"\"" } else { b"[(" });
    let inner = reader.at;
    if !reader.any(at)?.agrees(at) {
        return None;
    }
    let is_closed = open.is_none_or(|open| reader.is(closing(open)));
    if key > 0 && !is_closed {
        return None;
    }
    let end = reader.end()?;
    // a bracket that holds more than the time stays
    let start = if is_closed { 0 } else { inner };
    (end < line.len()).then_some(start..end)
}

/// The letter of the level stays, and what keeps it apart.
fn is_glog(line: &[u8]) -> bool {
    let digits = line.iter().skip(1).take_while(|byte| byte.is_ascii_digit()).count();
    matches!(line.first(), Some(b'D' | b'I' | b'W' | b'E' | b'F')) && digits == 4
}

/// Whether `value`, the whole of it, is a time that agrees with `at_us`: a text as in RFC 3339 and the like, or seconds,
/// milliseconds, microseconds or nanoseconds since 1970.
pub fn agrees(value: &str, at_us: i64) -> bool {
    let at = at_us.div_euclid(1_000_000);
    let mut reader = Reader { bytes: value.as_bytes(), at: 0 };
    reader.any(at).is_some_and(|own| own.agrees(at)) && reader.at == value.len()
}

const fn closing(open: u8) -> u8 {
    match open {
        b'[' => b']',
        b'(' => b')',
        other => other,
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Takes one of these bytes, if it comes next.
    fn one_of(&mut self, wanted: &[u8]) -> Option<u8> {
        let byte = self.peek().filter(|byte| wanted.contains(byte))?;
        self.at += 1;
        Some(byte)
    }

    fn is(&mut self, wanted: u8) -> bool {
        self.one_of(&[wanted]).is_some()
    }

    fn needs(&mut self, wanted: &[u8]) -> Option<()> {
        self.one_of(wanted).map(|_| ())
    }

    fn digits(&self) -> usize {
        self.bytes[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count()
    }

    /// A number of exactly so many digits; more may follow.
    fn number(&mut self, digits: usize) -> Option<i64> {
        let text = self.bytes.get(self.at..self.at + digits)?;
        if !text.iter().all(u8::is_ascii_digit) {
            return None;
        }
        self.at += digits;
        Some(text.iter().fold(0, |sum, byte| sum * 10 + i64::from(byte - b'0')))
    }

    /// Does it, or leaves the place as it was.
    fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let before = self.at;
        let done = read(self);
        if done.is_none() {
            self.at = before;
        }
        done
    }

    /// Any time but glog's.
    fn any(&mut self, at: i64) -> Option<Own> {
        let own = self
            .attempt(Self::full)
            .or_else(|| self.attempt(|reader| reader.syslog(at)))
            .or_else(|| self.attempt(Self::common))
            .or_else(|| self.attempt(|reader| reader.clock().map(Own::Clock)))
            .or_else(|| self.attempt(Self::epoch))?;
        // what goes on is no time
        self.peek().is_none_or(|byte| !byte.is_ascii_alphanumeric()).then_some(own)
    }

    /// `2026-11-20T08:00:00.123Z`, `2026/11/20 08:00:00,123`
    fn full(&mut self) -> Option<Own> {
        let year = self.number(4)?;
        let sign = self.one_of(b"-/")?;
        let month = self.number(2)?;
        self.needs(&[sign])?;
        let day = self.number(2)?;
        self.needs(b"T t")?;
        let local = days(year, month, day)? * DAY + self.clock()?;
        Some(self.zoned(local))
    }

    /// `Nov 20 08:00:00`: of the year that is nearest.
    fn syslog(&mut self, at: i64) -> Option<Own> {
        let month = self.month()?;
        self.needs(b" ")?;
        let day = if self.is(b' ') { self.number(1)? } else { self.number(2)? };
        self.needs(b" ")?;
        let clock = self.clock()?;
        Some(Own::Local(nearest(month, day, clock, at)?))
    }

    /// `20/Nov/2026:08:00:00 +0000`
    fn common(&mut self) -> Option<Own> {
        let day = self.number(2)?;
        let sign = self.one_of(b"/-")?;
        let month = self.month()?;
        self.needs(&[sign])?;
        let year = self.number(4)?;
        self.needs(b": ")?;
        let local = days(year, month, day)? * DAY + self.clock()?;
        Some(self.zoned(local))
    }

    /// `I1120 08:00:00.123456`
    fn glog(&mut self, at: i64) -> Option<Own> {
        let (month, day) = (self.number(2)?, self.number(2)?);
        self.needs(b" ")?;
        let clock = self.clock()?;
        Some(Own::Local(nearest(month, day, clock, at)?))
    }

    /// `1763625600`, `1763625600.123`, `1763625600123` and so on.
    fn epoch(&mut self) -> Option<Own> {
        let digits = self.digits();
        if !matches!(digits, 10 | 13 | 16 | 19) {
            return None;
        }
        let seconds = self.number(10)?;
        self.number(digits - 10)?;
        self.fraction(b".");
        Some(Own::Exact(seconds))
    }

    fn month(&mut self) -> Option<i64> {
        let name = self.bytes.get(self.at..self.at + 3)?;
        let month = MONTHS.iter().position(|month| month.as_bytes() == name)?;
        self.at += 3;
        Some(month as i64 + 1)
    }

    /// `08:00:00.123`, in seconds since midnight.
    fn clock(&mut self) -> Option<i64> {
        let hours = self.number(2)?;
        self.needs(b":")?;
        let minutes = self.number(2)?;
        self.needs(b":")?;
        let seconds = self.number(2)?;
        self.fraction(b".,");
        (hours < 24 && minutes < 60 && seconds <= 60).then_some(hours * 3600 + minutes * 60 + seconds)
    }

    fn fraction(&mut self, signs: &[u8]) {
        self.attempt(|reader| {
            reader.needs(signs)?;
            let digits = reader.digits();
            reader.at += digits;
            (digits > 0).then_some(())
        });
    }

    /// With the zone that follows, if one does.
    fn zoned(&mut self, local: i64) -> Own {
        if self.one_of(b"Zz").is_some() {
            return Own::Exact(local);
        }
        let offset = self.attempt(|reader| {
            reader.is(b' ');
            let sign = if reader.one_of(b"+-")? == b'-' { -1 } else { 1 };
            let hours = reader.number(2)?;
            reader.is(b':');
            let minutes = reader.number(2)?;
            Some(sign * (hours * 3600 + minutes * 60))
        });
        if let Some(offset) = offset {
            return Own::Exact(local - offset);
        }
        for utc in [&b" UTC"[..], b" GMT"] {
            if self.bytes[self.at..].starts_with(utc) {
                self.at += utc.len();
                return Own::Exact(local);
            }
        }
        Own::Local(local)
    }

    /// Goes over what keeps the time apart from the rest, and tells where the rest begins; `None` if nothing does.
    fn end(&mut self) -> Option<usize> {
        let mut apart = false;
        while self.is(b' ') {
            apart = true;
        }
        let sign = self.attempt(|reader| {
            reader.needs(b"-|:")?;
            reader.needs(b" ")
        });
        if sign.is_some() {
            apart = true;
            while self.is(b' ') {}
        }
        apart.then_some(self.at)
    }
}

/// Days from 1970-01-01: <https://howardhinnant.github.io/date_algorithms.html#days_from_civil>
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// The moment of a date without a year that is nearest to `at`.
fn nearest(month: i64, day: i64, clock: i64, at: i64) -> Option<i64> {
    // the mean year of the calendar, in seconds
    let year = 1970 + at.div_euclid(31_556_952);
    let moments = (year - 1..=year + 1).filter_map(|year| Some(days(year, month, day)? * DAY + clock));
    moments.min_by_key(|moment| moment.abs_diff(at))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 2026-11-20T08:00:00.5Z
    const AT: i64 = 1_795_161_600_500_000;

    /// What is left of the line.
    fn left(line: &str) -> String {
        let mut text = line.to_owned();
        if let Some(range) = repeated(line, AT) {
            text.replace_range(range, "");
        }
        text
    }

    #[test]
    fn a_time_that_agrees_is_left_out() {
        for (line, wanted) in [
            ("2026-11-20T08:00:00.123456Z  INFO x", "INFO x"),
            ("2026-11-20T09:00:01+01:00 x", "x"),
            ("2026-11-20T13:30:00+0530 x", "x"),
            ("2026-11-20 08:00:00,123 - app - ERROR - x", "app - ERROR - x"),
            ("2026-11-20 03:00:00.4 x", "x"),
            ("2026-11-20 08:00:00.123 UTC [7] LOG:  x", "[7] LOG:  x"),
            ("2026/11/20 08:00:00 [error] x", "[error] x"),
            ("[2026-11-20 08:00:00 +0000] [7] [INFO] x", "[7] [INFO] x"),
            ("[2026-11-20T08:00:00Z WARN  shop] x", "[WARN  shop] x"),
            ("[2026-11-20 08:00:00,123: INFO/Main] x", "[INFO/Main] x"),
            ("[20/Nov/2026 08:00:00] \"GET /\" 200", "\"GET /\" 200"),
            ("20/Nov/2026:08:00:00 +0000 x", "x"),
            ("08:00:00.123 [main] ERROR x", "[main] ERROR x"),
            ("[08:00:00] INFO (7): x", "INFO (7): x"),
            ("Nov 20 08:00:00 box sshd: x", "box sshd: x"),
            ("I1120 08:00:00.123456   7 main.go:1] x", "I   7 main.go:1] x"),
            ("1795161600.123 x", "x"),
            ("1795161600123 x", "x"),
            ("time=\"2026-11-20T08:00:00Z\" level=info msg=x", "level=info msg=x"),
            ("ts=2026-11-20T08:00:00.1Z level=info", "level=info"),
        ] {
            assert_eq!(left(line), wanted, "{line}");
        }
    }

    #[test]
    fn any_other_time_stays() {
        for line in [
            "2026-11-20T08:00:04Z x",
            "2026-11-20T08:00:00+01:00 x",
            "2026-11-20 08:07:00 x",
            "2026-11-19 08:00:00 x",
            "2025-11-20 08:00:00 x",
            "Nov 18 08:00:00 x",
            "2026-11-20T08:00:00Z",
            "[2026-11-20T08:00:00Z]",
            "2026-11-20T08:00:00Zebra x",
            "2026-13-20 08:00:00 x",
            "08:00 x",
            "08:00:00ish x",
            "17951616001 x",
            "time=\"2026-11-20T08:00:00Z",
            "x 2026-11-20T08:00:00Z",
            "",
            "[",
        ] {
            assert_eq!(left(line), line);
        }
    }

    #[test]
    fn values_are_times() {
        for value in
            ["2026-11-20T08:00:00Z", "1795161600", "1795161600123", "1795161600123456789", "1795161600.5"]
        {
            assert!(agrees(value, AT), "{value}");
        }
        for value in ["", "2026-11-20T08:00:00Z ", "7", "1795161610", "2026-11-20"] {
            assert!(!agrees(value, AT), "{value}");
        }
    }

    #[test]
    fn days_are_counted_as_the_calendar_does() {
        for (date, wanted) in
            [((1970, 1, 1), 0), ((2000, 3, 1), 11017), ((2026, 11, 20), 20777), ((1969, 12, 31), -1)]
        {
            assert_eq!(days(date.0, date.1, date.2), Some(wanted), "{date:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_left_out_is_at_the_beginning(
            line in "[\\[(]?(time=\")?(2026-11-20[T ])?(I1120 )?08:00:00[.,]?[0-9]{0,3}[Zé]?[\\] \"]?.{0,4}|.{0,20}",
            at in any::<i64>(),
        ) {
            for at in [at, AT] {
                if let Some(range) = repeated(&line, at) {
                    prop_assert!(range.start <= 1 && range.end <= line.len(), "{range:?}");
                    prop_assert!(line.is_char_boundary(range.end));
                }
                agrees(&line, at);
            }
        }
    }
}
