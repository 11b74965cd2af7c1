//! By what the rows are sorted.
//!
//! Equal ones keep the order that they had, so nothing moves without a reason. What is compared is what the column shows
//! (CPU to a tenth of a per cent, memory to a MiB, uptime to a second), and figures jump: however often they change,
//! rows move at most every [`CALM`], so that a row can be read and its keys be pressed. Under a dialog they do not move
//! at all. A server that has no such figure comes last, whichever way round.

use std::cmp::Ordering;
use std::time::Duration;

use super::{Server, Servers};
use crate::model::{Health, Phase};

/// Shortest time between two moves of the rows that nobody asked for.
pub(super) const CALM: Duration = Duration::from_secs(3);

/// What rows can be sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum SortKey {
    /// The current project first, then projects as they were registered and servers as in their file.
    #[default]
    Config,
    /// Name.
    Name,
    /// How bad its state is.
    State,
    /// CPU.
    Cpu,
    /// Memory.
    Memory,
    /// How long it runs.
    Uptime,
    /// Restarts.
    Restarts,
    /// First port.
    Port,
    /// Project.
    Project,
}

impl SortKey {
    /// All of them, in the order of the picker.
    pub(crate) const ALL: [Self; 9] = [
        Self::Config,
        Self::Name,
        Self::State,
        Self::Cpu,
        Self::Memory,
        Self::Uptime,
        Self::Restarts,
        Self::Port,
        Self::Project,
    ];

    /// Its word.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Config => "config order",
            Self::Name => "name",
            Self::State => "state",
            Self::Cpu => "CPU",
            Self::Memory => "memory",
            Self::Uptime => "uptime",
            Self::Restarts => "restarts",
            Self::Port => "port",
            Self::Project => "project",
        }
    }

    /// Which end comes first.
    pub(crate) const fn first(self, reversed: bool) -> &'static str {
        let (usual, other) = match self {
            Self::Config => ("as in the files", "the other way round"),
            Self::Name | Self::Project => ("a to z", "z to a"),
            Self::State => ("worst first", "best first"),
            Self::Cpu | Self::Memory | Self::Restarts => ("most first", "least first"),
            Self::Uptime => ("longest first", "newest first"),
            Self::Port => ("lowest first", "highest first"),
        };
        if reversed { other } else { usual }
    }

    /// Whether great values come first.
    const fn is_down(self) -> bool {
        match self {
            Self::State | Self::Cpu | Self::Memory | Self::Uptime | Self::Restarts => true,
            Self::Config | Self::Name | Self::Port | Self::Project => false,
        }
    }

    fn figure(self, server: &Server) -> Option<i64> {
        let status = &server.status;
        let alive = status.phase.is_alive();
        match self {
            Self::State => Some(badness(status.phase, status.health)),
            Self::Cpu => {
                status.cpu_percent.filter(|_| alive).map(|cpu| (f64::from(cpu) * 10.0).round() as i64)
            }
            Self::Memory => status.memory_bytes.filter(|_| alive).map(|bytes| (bytes >> 20) as i64),
            Self::Uptime => status.uptime_s.filter(|_| alive).map(|seconds| seconds as i64),
            Self::Restarts => Some(i64::from(status.restarts)),
            Self::Port => status.main_port().map(|port| i64::from(port.port)),
            Self::Config | Self::Name | Self::Project => None,
        }
    }

    fn compare(self, a: &Server, b: &Server, reversed: bool) -> Ordering {
        let turned = |order: Ordering| if reversed { order.reverse() } else { order };
        match self {
            Self::Config => Ordering::Equal,
            Self::Name => turned(as_counted(a.status.id.name(), b.status.id.name())),
            Self::Project => turned(as_counted(a.status.id.project(), b.status.id.project())),
            Self::State | Self::Cpu | Self::Memory | Self::Uptime | Self::Restarts | Self::Port => {
                match (self.figure(a), self.figure(b)) {
                    (Some(a), Some(b)) if self.is_down() => turned(b.cmp(&a)),
                    (Some(a), Some(b)) => turned(a.cmp(&b)),
                    (a, b) => b.is_some().cmp(&a.is_some()),
                }
            }
        }
    }
}

/// By letters, but by value where both have digits: `api.2` comes before `api.10`.
fn as_counted(a: &str, b: &str) -> Ordering {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (mut a, mut b) = (a, b);
    loop {
        let (of_a, of_b) = (digits(a), digits(b));
        if of_a > 0 && of_b > 0 {
            let (number_a, number_b) = (a[..of_a].trim_start_matches('0'), b[..of_b].trim_start_matches('0'));
            let order = number_a.len().cmp(&number_b.len()).then_with(|| number_a.cmp(number_b));
            if order.is_ne() {
                return order;
            }
            (a, b) = (&a[of_a..], &b[of_b..]);
            continue;
        }
        let (mut rest_a, mut rest_b) = (a.chars(), b.chars());
        match (rest_a.next(), rest_b.next()) {
            (Some(one), Some(other)) if one == other => (a, b) = (rest_a.as_str(), rest_b.as_str()),
            (one, other) => return one.cmp(&other),
        }
    }
}

/// The greater, the more somebody should look at it.
const fn badness(phase: Phase, health: Health) -> i64 {
    match (phase, health) {
        (Phase::Failed, _) => 8,
        (Phase::Backoff, _) => 7,
        (Phase::Running, Health::Hung | Health::Unhealthy) => 6,
        (Phase::Waiting, _) => 5,
        (Phase::Starting, _) => 4,
        (Phase::Stopping, _) => 3,
        (Phase::Running, Health::Unknown | Health::Healthy) => 2,
        (Phase::Completed, _) => 1,
        (Phase::Stopped, _) => 0,
    }
}

/// By what, and which way round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sort {
    /// By what.
    pub(crate) key: SortKey,
    /// The other end first.
    pub(crate) reversed: bool,
}

impl Sort {
    /// Whether small values stand at the top.
    pub(crate) const fn is_rising(self) -> bool {
        self.key.is_down() == self.reversed
    }
}

impl Servers {
    /// How the rows are sorted.
    pub(crate) const fn sort(&self) -> Sort {
        self.sort
    }

    /// Sorts by this; by the same again: the other way round.
    pub(crate) fn sort_by(&mut self, key: SortKey) {
        let reversed = key == self.sort.key && !self.sort.reversed;
        self.set_sort(Sort { key, reversed });
    }

    /// Sorts so.
    pub(crate) fn set_sort(&mut self, sort: Sort) {
        self.sort = sort;
        self.resort();
        self.arrange();
    }

    /// Moves the rows if they are due; whether any moved.
    pub(crate) fn keep_order(&mut self, now: Duration) -> bool {
        if !self.is_stale || self.frozen || self.sort.key == SortKey::Config || now < self.resort_at {
            return false;
        }
        self.resort_at = now + CALM;
        let before = self.order.clone();
        self.resort();
        let moved = before != self.order;
        if moved {
            self.arrange();
        }
        moved
    }

    /// When [`Self::keep_order`] has something to do.
    pub(crate) fn order_due(&self) -> Option<Duration> {
        (self.is_stale && !self.frozen && self.sort.key != SortKey::Config).then_some(self.resort_at)
    }

    pub(super) fn resort(&mut self) {
        let (all, sort) = (&self.all, self.sort);
        match sort.key {
            SortKey::Config => {
                self.order.clone_from(&self.config);
                if sort.reversed {
                    self.order.reverse();
                }
            }
            SortKey::Name
            | SortKey::State
            | SortKey::Cpu
            | SortKey::Memory
            | SortKey::Uptime
            | SortKey::Restarts
            | SortKey::Port
            | SortKey::Project => {
                self.order.sort_by(|&a, &b| sort.key.compare(&all[a], &all[b], sort.reversed));
            }
        }
        self.is_stale = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_count() {
        let mut names = ["api.10", "api.2", "api", "b", "api.02x", "2", "10", "api.2b"];
        names.sort_by(|a, b| as_counted(a, b));
        assert_eq!(names, ["2", "10", "api", "api.2", "api.2b", "api.02x", "api.10", "b"]);
    }
}
