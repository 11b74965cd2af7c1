//! Lines whose newline has not come: a prompt, a progress bar. Shown once they have waited, and again when they grew.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::model::{LogLine, Stream};

/// How long a line waits for its newline before it is shown without.
const WAIT: Duration = Duration::from_millis(100);

/// The lines of one server that have not ended: one for each stream at most.
#[derive(Debug, Default)]
pub(super) struct Partials(Vec<Open>);

#[derive(Debug)]
struct Open {
    stream: Stream,
    began: Timestamp,
    len: usize,
    /// How much of it was shown.
    shown: usize,
    /// First seen, or last shown.
    clock: Instant,
}

impl Partials {
    /// Takes the lines that are open `now`, and returns those that are to be shown.
    pub(super) fn due(&mut self, open: Vec<LogLine>, now: Instant) -> Vec<LogLine> {
        let before = std::mem::take(&mut self.0);
        let mut due = Vec::new();
        for line in open {
            let known = before.iter().find(|known| (known.stream, known.began) == (line.stream, line.at));
            let (mut shown, mut clock) = known.map_or((0, now), |known| (known.shown, known.clock));
            let len = line.bytes.len();
            if shown < len && clock + WAIT <= now {
                (shown, clock) = (len, now);
            }
            self.0.push(Open { stream: line.stream, began: line.at, len, shown, clock });
            if shown == len && clock == now {
                due.push(line);
            }
        }
        due
    }

    /// When to look again.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.0.iter().filter(|open| open.shown < open.len).map(|open| open.clock + WAIT).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(text: &str) -> Vec<LogLine> {
        vec![LogLine {
            server: "shop/api".parse().unwrap(),
            cursor: crate::model::LogCursor { segment: 1, offset: text.len() as u64 },
            at: Timestamp::UNIX_EPOCH,
            stream: Stream::Stdout,
            bytes: text.into(),
            partial: true,
            cut: 0,
        }]
    }

    #[test]
    fn an_open_line_is_shown_when_it_has_waited_and_again_when_it_grew() {
        let start = Instant::now();
        let mut partials = Partials::default();
        assert_eq!(partials.due(open("a"), start), []);
        assert_eq!(partials.next_due(), Some(start + WAIT));
        assert_eq!(partials.due(open("ab"), start + WAIT), open("ab"));
        assert_eq!(partials.next_due(), None);
        assert_eq!(partials.due(open("ab"), start + WAIT * 3), []);
        assert_eq!(partials.due(open("abc"), start + WAIT * 4), open("abc"));
    }

    #[test]
    fn a_line_that_ended_in_time_is_not_shown_twice() {
        let start = Instant::now();
        let mut partials = Partials::default();
        partials.due(open("a"), start);
        assert_eq!(partials.due(Vec::new(), start + WAIT), []);
        assert_eq!(partials.next_due(), None);
    }
}
