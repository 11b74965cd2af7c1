//! Sentences about what happened.

use std::time::Duration;

use crate::model::{Exit, Holder};

/// `exited with code 1`, `was ended by SIGKILL`.
pub(super) fn in_words(exit: Exit) -> String {
    match exit {
        Exit::Code(code) => format!("exited with code {code}"),
        Exit::Signal { .. } => format!("was ended by {exit}"),
        Exit::ExecFailed { .. } => format!("was {exit}"),
        Exit::Unknown => "ended, nobody knows how,".to_owned(),
    }
}

/// A sentence: `port 3000 is in use by pid 3921 (postgres, user alice)`
pub(super) fn port_in_use(port: u16, holder: Option<&Holder>) -> String {
    format!("port {port} is in use by {}", who(holder))
}

/// What is waited for: `port 3000, in use by pid 3921 (postgres, user alice)`
pub(super) fn used_port(port: u16, holder: Option<&Holder>) -> String {
    format!("port {port}, in use by {}", who(holder))
}

fn who(holder: Option<&Holder>) -> String {
    holder.map_or_else(|| Holder::UNSEEN.to_owned(), Holder::to_string)
}

/// `unhealthy: 503 in 2 ms, 3 times in a row`
pub(super) fn unhealthy(answer: &str, failed: u32) -> String {
    match failed {
        0 | 1 => format!("unhealthy: {answer}"),
        more => format!("unhealthy: {answer}, {more} times in a row"),
    }
}

/// `hung: no heartbeat for 60 s`
pub(super) fn hung(after: Duration) -> String {
    format!("hung: no heartbeat for {} s", after.as_secs())
}

/// `used 1100 MiB of memory; its limit is 1024 MiB`
pub(super) fn over_memory(used: u64, limit: u64) -> String {
    let mib = |bytes: u64| (bytes as f64 / 1_048_576.0).round();
    format!("used {} MiB of memory; its limit is {} MiB", mib(used), mib(limit))
}
