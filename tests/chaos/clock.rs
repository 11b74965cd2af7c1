//! Moments and pauses: this program acts at random moments, so it is one that has to wait for them.

use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// Microseconds since 1970: the same clock in all processes of the box.
pub(crate) fn now_us() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_micros() as u64)
}

/// Lets time pass.
pub(crate) fn pause(length: Duration) {
    thread::sleep(length);
}

/// Looks every `pause` until it is so: how long that took. `None` after `limit`.
pub(crate) fn until(limit: Duration, every: Duration, mut is_so: impl FnMut() -> bool) -> Option<Duration> {
    let begun = Instant::now();
    while !is_so() {
        if begun.elapsed() > limit {
            return None;
        }
        pause(every);
    }
    Some(begun.elapsed())
}

pub(crate) const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}
