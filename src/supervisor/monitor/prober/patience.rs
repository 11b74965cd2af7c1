//! A time limit that counts only while this process runs.

use std::time::{Duration, Instant};

use tokio::time::timeout;

/// How long at a stretch.
const STRETCH: Duration = Duration::from_millis(250);

/// So many stretches at most count for nothing: a box that is that slow all the time gets its time-out too.
const FORGIVEN: u32 = 20;

/// Waits for the future for at most this long; `None` if it is not done by then. A stretch in which this process did
/// not run (it was stopped, or the box slept) does not count: the other side has answered meanwhile or not, and what is
/// to be done here was not.
pub(super) async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    tokio::pin!(future);
    let (mut left, mut forgiven) = (limit, 0);
    while !left.is_zero() {
        let stretch = left.min(STRETCH);
        let begun = Instant::now();
        if let Ok(done) = timeout(stretch, &mut future).await {
            return Some(done);
        }
        if begun.elapsed() > stretch + STRETCH && forgiven < FORGIVEN {
            forgiven += 1;
        } else {
            left -= stretch;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn time_in_which_nothing_ran_does_not_count() {
        let limit = Duration::from_millis(20);
        assert_eq!(within(limit, std::future::pending::<()>()).await, None);
        assert_eq!(within(limit, async { 7 }).await, Some(7));
        // does not come back from its first step for longer than the limit, and needs three more
        let stopped = async {
            let begun = Instant::now();
            while begun.elapsed() < STRETCH * 2 {}
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
            7
        };
        assert_eq!(within(limit, stopped).await, Some(7));
    }
}
