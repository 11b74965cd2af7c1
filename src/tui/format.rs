//! Figures as text: short, of fixed precision, so that digits do not jump and frames stay small.

use std::time::Duration;

/// A length of time: seconds up to 10, then tens of seconds, then minutes; never wider than 6 cells.
pub(crate) fn span(seconds: f64) -> String {
    let s = seconds.max(0.0) as u64;
    match s {
        0..10 => format!("{s}s"),
        10..60 => format!("{}s", s / 10 * 10),
        60..3600 => format!("{}m", s / 60),
        3600..86_400 => format!("{}h{:02}m", s / 3600, s % 3600 / 60),
        86_400..8_640_000 => format!("{}d{:02}h", s / 86_400, s % 86_400 / 3600),
        _ => format!("{}d", s / 86_400),
    }
}

/// How long ago, in at most `width` cells: `9s ago`, and `-50s` where that is too long.
pub(crate) fn ago(seconds: f64, width: usize) -> String {
    let s = seconds.max(0.0) as u64;
    let span = match s {
        0..3600 => span(seconds),
        3600..86_400 => format!("{}h", s / 3600),
        _ => format!("{}d", s / 86_400),
    };
    let long = format!("{span} ago");
    if long.len() <= width { long } else { format!("-{span}") }
}

/// Per cent of one core: one decimal, none from 1000 on.
pub(crate) fn percent(value: f32) -> String {
    let value = if value.is_finite() { value.max(0.0) } else { 0.0 };
    if value < 999.95 { format!("{value:.1}") } else { format!("{value:.0}") }
}

/// Bytes in powers of 1024, at most 4 cells: `96M`, `1.2G`, `15G`.
pub(crate) fn bytes(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut unit = 'K';
    value /= 1024.0;
    for next in ['M', 'G', 'T', 'P'] {
        if value < 999.5 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    if value < 9.95 && !matches!(unit, 'K' | 'M') {
        format!("{value:.1}{unit}")
    } else {
        format!("{value:.0}{unit}")
    }
}

/// Gigabytes with one decimal, without the unit.
pub(crate) fn gigabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / (1u64 << 30) as f64)
}

/// A number of things in few cells: `850`, `74k`, `3M`.
pub(crate) fn count(number: u64) -> String {
    match number {
        0..1000 => number.to_string(),
        1000..1_000_000 => format!("{}k", number / 1000),
        _ => format!("{}M", number / 1_000_000),
    }
}

/// With a comma at each thousand: `1,204`.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Milliseconds in at most 5 cells: `0.4ms`, `12ms`, `1.2s`.
pub(crate) fn latency(ms: f64) -> String {
    if ms < 0.95 {
        format!("{:.1}ms", ms.max(0.0))
    } else if ms < 999.5 {
        format!("{ms:.0}ms")
    } else {
        format!("{:.1}s", ms / 1000.0)
    }
}

/// Whole seconds of a countdown, rounded up.
pub(crate) fn countdown(left: Duration) -> u64 {
    left.as_millis().div_ceil(1000) as u64
}

/// `1 server`, `2 servers`.
pub(crate) fn plural(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_coarse_and_short() {
        for (seconds, text) in [
            (0.0, "0s"),
            (9.9, "9s"),
            (10.0, "10s"),
            (59.0, "50s"),
            (60.0, "1m"),
            (3060.0, "51m"),
            (8040.0, "2h14m"),
            (36_000.0, "10h00m"),
            (90_000.0, "1d01h"),
            (8_639_999.0, "99d23h"),
            (86_400_000.0, "1000d"),
            (-5.0, "0s"),
        ] {
            assert_eq!(span(seconds), text);
            assert!(span(seconds).len() <= 6);
        }
        assert_eq!(ago(9.0, 6), "9s ago");
        assert_eq!(ago(50.0, 6), "-50s");
        assert_eq!(ago(50.0, 7), "50s ago");
        assert_eq!(ago(7300.0, 6), "2h ago");
    }

    #[test]
    fn figures_keep_their_width() {
        for (value, text) in [
            (0u64, "0K"),
            (18 << 20, "18M"),
            (999 << 20, "999M"),
            (1_288_490_189, "1.2G"),
            (20 << 30, "20G"),
            (u64::MAX, "16384P"),
        ] {
            assert_eq!(bytes(value), text);
        }
        for (value, text) in
            [(0.0, "0.0"), (98.7, "98.7"), (999.9, "999.9"), (1234.5, "1234"), (f32::NAN, "0.0")]
        {
            assert_eq!(percent(value), text);
        }
        for (value, text) in [(0.4, "0.4ms"), (3.0, "3ms"), (999.0, "999ms"), (1200.0, "1.2s")] {
            assert_eq!(latency(value), text);
        }
        assert_eq!(grouped(1204), "1,204");
        assert_eq!(grouped(12), "12");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(count(74_123), "74k");
    }
}
