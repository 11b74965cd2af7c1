//! Durations and sizes as words: `1m30s`, `20MiB`.

use std::time::Duration;

/// Longest duration that can be written.
pub(super) const LONGEST: Duration = Duration::from_hours(365 * 24);

/// What a duration looks like, for hints.
pub(super) const DURATION_HINT: &str = "write it as in \"500ms\", \"10s\", \"1m30s\", \"2h\"";

/// What a size looks like, for hints.
pub(super) const SIZE_HINT: &str = "write it as in \"512KiB\", \"20MiB\", \"1GB\"";

/// What a growth looks like, for hints.
pub(super) const GROWTH_HINT: &str = "write it as in \"10MiB/h\"";

/// Milliseconds of a unit.
const DURATIONS: [(&str, u64); 5] =
    [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// Bytes of a unit: those with an `i` are powers of 1024, the others of 1000 (IEC 80000-13).
const SIZES: [(&str, u64); 9] = [
    ("B", 1),
    ("KB", 1000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

/// Number and unit at the beginning of `text`, and what follows them.
fn part(text: &str) -> Option<(u64, &str, &str)> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, rest) = text.split_at(digits);
    let rest = rest.trim_start();
    let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    Some((number.parse().ok()?, &rest[..letters], &rest[letters..]))
}

/// A duration: whole numbers with `ms`, `s`, `m`, `h` or `d`, the larger unit first, up to [`LONGEST`].
pub(super) fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let (mut total, mut last) = (0u64, u64::MAX);
    while !rest.is_empty() || last == u64::MAX {
        let (number, unit, after) = part(rest)?;
        let (_, scale) = *DURATIONS.iter().find(|(name, _)| *name == unit)?;
        if scale >= last {
            return None;
        }
        total = total.checked_add(number.checked_mul(scale)?)?;
        (rest, last) = (after.trim_start(), scale);
    }
    Some(Duration::from_millis(total)).filter(|duration| *duration <= LONGEST)
}

/// A size in bytes: a whole number with `B`, `KB`, `KiB` and so on; upper and lower case are the same.
pub(super) fn size(text: &str) -> Option<u64> {
    let (number, unit, rest) = part(text.trim())?;
    let (_, scale) = *SIZES.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?;
    number.checked_mul(scale).filter(|_| rest.is_empty())
}

/// A growth in bytes an hour: a size above zero, then `/h`.
pub(super) fn growth(text: &str) -> Option<u64> {
    let (bytes, unit) = text.split_once('/')?;
    size(bytes.trim_end()).filter(|bytes| *bytes > 0 && unit.trim() == "h")
}

/// A duration as it would be typed.
pub fn show_duration(duration: Duration) -> String {
    let mut rest = duration.as_millis();
    let mut out = String::new();
    for (name, scale) in DURATIONS.iter().rev() {
        let scale = u128::from(*scale);
        if rest >= scale {
            out.extend([&(rest / scale).to_string(), *name]);
            rest %= scale;
        }
    }
    if out.is_empty() { "0s".to_owned() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_shown() {
        for (text, ms) in [
            ("0s", 0),
            ("500ms", 500),
            ("10s", 10_000),
            ("1m30s", 90_000),
            ("1h 5m", 3_900_000),
            ("2d", 172_800_000),
            (" 10 s ", 10_000),
        ] {
            assert_eq!(duration(text), Some(Duration::from_millis(ms)), "{text}");
            assert_eq!(duration(&show_duration(Duration::from_millis(ms))), duration(text), "{text}");
        }
        for bad in [
            "",
            " ",
            "10",
            "s",
            "-1s",
            "1.5s",
            "1s1m",
            "1s1s",
            "10S",
            "10sec",
            "366d",
            "99999999999999999999s",
            "1é",
        ] {
            assert_eq!(duration(bad), None, "{bad}");
        }
        assert_eq!(show_duration(Duration::from_millis(90_500)), "1m30s500ms");
    }

    #[test]
    fn sizes_are_read() {
        for (text, bytes) in [
            ("0B", 0),
            ("20MiB", 20 << 20),
            ("512KiB", 512 << 10),
            ("512 kib", 512 << 10),
            ("1GB", 1_000_000_000),
            ("1GiB", 1 << 30),
        ] {
            assert_eq!(size(text), Some(bytes), "{text}");
        }
        assert_eq!(growth("10MiB/h"), Some(10 << 20));
        assert_eq!(growth("512 KiB / h"), Some(512 << 10));
        for bad in ["10MiB", "/h", "10MiB/", "10MiB/m", "0B/h", "10/h", "-1B/h"] {
            assert_eq!(growth(bad), None, "{bad}");
        }
        for bad in [
            "",
            "20",
            "MiB",
            "-1B",
            "1.5GiB",
            "20MiBs",
            "1M",
            "99999999999999999999B",
            "20000000TiB",
            "1GiB1MiB",
        ] {
            assert_eq!(size(bad), None, "{bad}");
        }
    }
}
