//! Figures as people read them: short and coarse, so that a table stands still.

/// A length of time, from seconds, by its two largest units: `4s`, `51m`, `2h14m`, `3d04h`. Seconds up to 10, then
/// tens of seconds, then minutes; never wider than 6 cells.
pub fn age(seconds: f64) -> String {
    // a cast saturates and makes 0 of NaN
    let s = seconds as u64;
    match s {
        0..10 => format!("{s}s"),
        10..60 => format!("{}s", s / 10 * 10),
        60..3600 => format!("{}m", s / 60),
        3600..86_400 => format!("{}h{:02}m", s / 3600, s % 3600 / 60),
        86_400..8_640_000 => format!("{}d{:02}h", s / 86_400, s % 86_400 / 3600),
        _ => format!("{}d", s / 86_400),
    }
}

/// A length of time as a sentence tells it: `0.2 s`, `9 s`, `51m`.
pub fn lasted(seconds: f64) -> String {
    if seconds < 10.0 {
        let text = format!("{:.1}", seconds.max(0.0));
        format!("{} s", text.strip_suffix(".0").unwrap_or(&text))
    } else if seconds < 60.0 {
        format!("{seconds:.0} s")
    } else {
        age(seconds)
    }
}

/// Bytes in powers of 1024, at most 4 cells below a petabyte: `0K`, `96M`, `1.2G`, `15G`.
pub fn bytes(bytes: u64) -> String {
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 'K';
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

/// With a comma at each thousand: `1,204`.
pub fn grouped(number: u64) -> String {
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

/// `1 server`, `2 servers`, `2 processes`.
pub fn plural(number: usize, thing: &str) -> String {
    let end = match number {
        1 => "",
        _ if thing.ends_with('s') => "es",
        _ => "s",
    };
    format!("{number} {thing}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_coarse_and_short() {
        for (seconds, text) in [
            (0.0, "0s"),
            (9.9, "9s"),
            (10.0, "10s"),
            (59.9, "50s"),
            (60.0, "1m"),
            (3599.0, "59m"),
            (3600.0, "1h00m"),
            (8040.0, "2h14m"),
            (36_000.0, "10h00m"),
            (90_000.0, "1d01h"),
            (8_639_999.0, "99d23h"),
            (86_400_000.0, "1000d"),
            (-5.0, "0s"),
            (f64::NAN, "0s"),
        ] {
            assert_eq!(age(seconds), text);
            assert!(text.len() <= 6);
        }
    }

    #[test]
    fn bytes_keep_their_width() {
        for (value, text) in [
            (0u64, "0K"),
            (18 << 20, "18M"),
            (182 << 20, "182M"),
            (999 << 20, "999M"),
            (1000 << 20, "1.0G"),
            (1_288_490_189, "1.2G"),
            (20 << 30, "20G"),
            (u64::MAX, "16384P"),
        ] {
            assert_eq!(bytes(value), text);
        }
    }

    #[test]
    fn only_one_is_singular() {
        assert_eq!(plural(1, "child process"), "1 child process");
        assert_eq!(plural(2, "child process"), "2 child processes");
        assert_eq!(plural(0, "restart"), "0 restarts");
    }

    #[test]
    fn large_numbers_have_groups() {
        for (number, text) in [(0, "0"), (12, "12"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")]
        {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn a_short_time_is_told_to_the_tenth_of_a_second() {
        assert_eq!(lasted(0.2), "0.2 s");
        assert_eq!(lasted(9.0), "9 s");
        assert_eq!(lasted(51.0), "51 s");
        assert_eq!(lasted(3060.0), "51m");
    }
}
