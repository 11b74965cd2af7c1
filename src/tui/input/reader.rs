//! Reads the terminal.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use super::Input;
use super::decoder::Decoder;
use crate::tui::terminal::Line;

/// Bytes that are read at once; what they mean is taken in before more is read.
const CHUNK: usize = 4096;

/// Most terminals have answered by then.
const SOON: Duration = Duration::from_millis(500);

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    decoder: Decoder,
    /// Of [`CHUNK`] bytes once something is read: made anew it would be cleared for every message.
    buffer: Vec<u8>,
    ready: VecDeque<Input>,
    /// When something was read last.
    last: Duration,
    /// Until when answers are on their way.
    soon: Duration,
}

impl Reader {
    /// The terminal was asked something.
    pub(crate) fn expect(&mut self, now: Duration) {
        self.decoder.expect(now);
        self.soon = now + SOON;
    }

    /// Whether answers may still be on their way.
    pub(crate) fn is_asked_lately(&self, now: Duration) -> bool {
        now < self.soon
    }

    /// Waits for input. A terminal that is gone is an error.
    pub(crate) async fn read(&mut self, line: &Line, now: impl Fn() -> Duration) -> io::Result<()> {
        self.buffer.resize(CHUNK, 0);
        let read = line.read(&mut self.buffer).await?;
        self.take(read, now());
        Ok(())
    }

    /// The next one of what is there.
    pub(crate) fn next(&mut self, line: &Line, now: impl Fn() -> Duration) -> io::Result<Option<Input>> {
        if self.ready.is_empty() {
            self.buffer.resize(CHUNK, 0);
            if let Some(read) = line.read_now(&mut self.buffer)? {
                self.take(read, now());
            }
        }
        Ok(self.ready.pop_front())
    }

    fn take(&mut self, read: usize, now: Duration) {
        self.last = now;
        self.decoder.feed(&self.buffer[..read], now, &mut self.ready);
    }

    /// When [`Self::tick`] is due.
    pub(crate) fn wake(&self) -> Option<Duration> {
        self.decoder.patience().map(|patience| self.last + patience)
    }

    /// Time has passed.
    pub(crate) fn tick(&mut self, now: Duration) {
        if self.wake().is_some_and(|at| at <= now) {
            self.decoder.quiet(now, &mut self.ready);
        }
    }
}
