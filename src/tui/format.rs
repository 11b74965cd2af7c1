//! Figures and paths as text: short, of fixed precision, so that digits do not jump and frames stay small.

use std::path::Path;
use std::time::Duration;

use crate::text::human::age;

/// A path, from `~` where it is below the user's own directory.
pub(crate) fn path(path: &Path, home: Option<&Path>) -> String {
    match home.and_then(|home| path.strip_prefix(home).ok()) {
        Some(rest) if rest.as_os_str().is_empty() => "~".to_owned(),
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    }
}

/// How long ago, in at most `width` cells: `9s ago`, and `-50s` where that is too long.
pub(crate) fn ago(seconds: f64, width: usize) -> String {
    let s = seconds.max(0.0) as u64;
    let span = match s {
        0..3600 => age(seconds),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_past_fits_its_column() {
        assert_eq!(ago(9.0, 6), "9s ago");
        assert_eq!(ago(50.0, 6), "-50s");
        assert_eq!(ago(50.0, 7), "50s ago");
        assert_eq!(ago(7300.0, 6), "2h ago");
    }

    #[test]
    fn figures_keep_their_width() {
        for (value, text) in
            [(0.0, "0.0"), (98.7, "98.7"), (999.9, "999.9"), (1234.5, "1234"), (f32::NAN, "0.0")]
        {
            assert_eq!(percent(value), text);
        }
        for (value, text) in [(0.4, "0.4ms"), (3.0, "3ms"), (999.0, "999ms"), (1200.0, "1.2s")] {
            assert_eq!(latency(value), text);
        }
        assert_eq!(count(74_123), "74k");
    }
}
