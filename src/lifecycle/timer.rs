//! Timers that can come late without harm.

/// What a timer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Timer {
    /// Look at the ports again.
    Ports,
    /// The start-up check has had its time.
    Startup,
    /// It has run for a stable while.
    Stable,
    /// The delay before the next attempt is over.
    Backoff,
    /// It has been killed for a while, and should have gone.
    Kill,
}

/// One timer of a server. It is obeyed only in the epoch in which it was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TimerId {
    /// What for.
    pub timer: Timer,
    /// The server's epoch when it was set; each change of phase begins a new one.
    pub epoch: u64,
}
