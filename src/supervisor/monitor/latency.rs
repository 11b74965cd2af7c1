//! How fast declared ports accepted the last connection, and when they are to be asked again.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::model::{PortStatus, ServerId};

/// A port is connected to at the start of its server and after each such while.
pub const EVERY: Duration = Duration::from_secs(30);

/// How long a connect may take.
pub const LIMIT: Duration = Duration::from_secs(1);

/// The last connect of each port.
#[derive(Clone, Debug, Default)]
pub struct PortBook {
    entries: HashMap<(ServerId, u16), Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    asked: Instant,
    latency: Option<Duration>,
}

impl PortBook {
    /// Whether this port, on which the server listens, is to be connected to now. If so, it counts as asked.
    pub fn due(&mut self, id: &ServerId, port: u16, now: Instant) -> bool {
        let key = (id.clone(), port);
        match self.entries.get_mut(&key) {
            Some(entry) if now.saturating_duration_since(entry.asked) < EVERY => false,
            Some(entry) => {
                entry.asked = now;
                true
            }
            None => {
                self.entries.insert(key, Entry { asked: now, latency: None });
                true
            }
        }
    }

    /// What the connect gave: the time until it was accepted, if it was. Late answers of a forgotten run are dropped.
    pub fn answered(&mut self, id: &ServerId, port: u16, latency: Option<Duration>) {
        if let Some(entry) = self.entries.get_mut(&(id.clone(), port)) {
            entry.latency = latency;
        }
    }

    /// Writes the known latencies into a server's ports.
    pub fn fill_in(&self, id: &ServerId, ports: &mut [PortStatus]) {
        for status in ports {
            let entry = self.entries.get(&(id.clone(), status.port));
            let latency = entry.and_then(|entry| entry.latency);
            status.latency_ms = latency.map(|latency| latency.as_secs_f64() * 1000.0);
        }
    }

    /// Forgets a server's ports: its run has ended. The next run's are due at once.
    pub fn forget(&mut self, id: &ServerId) {
        self.entries.retain(|(of, _), _| of != id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PortState;

    #[test]
    fn a_port_is_due_at_once_then_every_half_minute_and_again_after_a_restart() {
        let (id, start) = ("a/b".parse().unwrap(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut book = PortBook::default();
        let due = [0, 1, 29, 30, 31, 59, 60].map(|second| book.due(&id, 80, at(second)));
        assert_eq!(due, [true, false, false, true, false, false, true]);
        assert!(book.due(&id, 81, at(60)));
        book.forget(&id);
        assert!(book.due(&id, 80, at(61)));
    }

    #[test]
    fn the_last_latency_is_shown_until_a_connect_fails_or_the_run_ends() {
        let id = "a/b".parse().unwrap();
        let status = PortStatus {
            port: 80,
            declared: true,
            state: PortState::Listening,
            latency_ms: None,
            holder: None,
        };
        let mut book = PortBook::default();
        let shown = |book: &PortBook| {
            let mut ports = [status.clone()];
            book.fill_in(&id, &mut ports);
            ports[0].latency_ms
        };
        book.answered(&id, 80, Some(Duration::from_millis(9)));
        assert_eq!(shown(&book), None, "nobody asked");
        book.due(&id, 80, Instant::now());
        book.answered(&id, 80, Some(Duration::from_micros(400)));
        assert_eq!(shown(&book), Some(0.4));
        book.answered(&id, 80, None);
        assert_eq!(shown(&book), None);
    }
}
