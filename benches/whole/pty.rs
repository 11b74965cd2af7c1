//! A program on a PTY: keys in, bytes out with the moment at which they came.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::Result;

pub(crate) const ROWS: NonZeroU16 = NonZeroU16::new(40).unwrap();
pub(crate) const COLUMNS: NonZeroU16 = NonZeroU16::new(120).unwrap();

/// Longer than anything may take to come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// The program; ended when dropped.
pub(crate) struct Terminal {
    /// When it was executed.
    pub(crate) began: Instant,
    pub(crate) output: Receiver<(Instant, Vec<u8>)>,
    child: Box<dyn Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    /// Executes it.
    pub(crate) fn open(command: CommandBuilder) -> Result<Self> {
        let size = PtySize { rows: ROWS.get(), cols: COLUMNS.get(), pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size)?;
        let mut reader = pair.master.try_clone_reader()?;
        let keyboard = pair.master.take_writer()?;
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = vec![0; 64 * 1024];
            while let Ok(length @ 1..) = reader.read(&mut buffer) {
                if sender.send((Instant::now(), buffer[..length].to_vec())).is_err() {
                    return;
                }
            }
        });
        let began = Instant::now();
        let child = pair.slave.spawn_command(command)?;
        Ok(Self { began, output, child, keyboard, _master: pair.master })
    }

    /// Of what was executed.
    pub(crate) fn pid(&self) -> Result<u32> {
        self.child.process_id().ok_or_else(|| "it has ended".into())
    }

    /// Types.
    pub(crate) fn keys(&mut self, keys: &str) -> Result<()> {
        self.keyboard.write_all(keys.as_bytes())?;
        Ok(self.keyboard.flush()?)
    }

    /// The moment at which these bytes have come.
    pub(crate) fn saw(&self, text: &[u8]) -> Result<Instant> {
        let mut all = Vec::new();
        loop {
            let (at, bytes) = self.output.recv_timeout(PATIENCE).map_err(|_| {
                format!("never came on the terminal: {}", String::from_utf8_lossy(text).escape_debug())
            })?;
            all.extend_from_slice(&bytes);
            if memchr::memmem::find(&all, text).is_some() {
                return Ok(at);
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
