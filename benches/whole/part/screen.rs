//! The dashboard on a PTY of 120 columns and 40 rows: how soon it is there, how much it draws, how fast it answers.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::{SLEEP, Size};
use crate::Result;
use crate::bed::{Bed, ostler};
use crate::stats::Times;
use crate::table::Table;

const ROWS: NonZeroU16 = NonZeroU16::new(40).unwrap();
const COLUMNS: NonZeroU16 = NonZeroU16::new(120).unwrap();
const SERVERS: usize = 20;

/// Longer than a frame may take to come.
const PATIENCE: Duration = Duration::from_secs(10);

/// Output has settled when none came for this long.
const QUIET: Duration = Duration::from_millis(150);

pub(super) fn run(size: Size, table: &mut Table) -> Result<()> {
    let rounds = size.rounds.div_ceil(5);
    let bed = Bed::new()?;
    bed.set_servers(SERVERS, SLEEP)?;

    let mut cold = Vec::new();
    for _ in 0..rounds {
        bed.ostler(&["supervisor", "restart"])?;
        bed.ostler(&["supervisor", "stop"])?;
        cold.push(Screen::open(&bed, &["-c", "ostler.toml"])?.first_frame("ostler")?);
    }
    bed.ostler(&["supervisor", "restart"])?;
    // registered, none running
    bed.ostler(&["up", "--detach"])?;
    bed.ostler(&["stop", "--all"])?;
    let mut warm = Vec::new();
    for _ in 0..rounds {
        warm.push(Screen::open(&bed, &[])?.first_frame("s000")?);
    }
    let (cold, warm) = (Times::of(cold), Times::of(warm));
    table.times(
        "first frame, and the supervisor started",
        &cold,
        "it was up: until the servers are shown",
        &warm,
    );

    let mut screen = Screen::open(&bed, &[])?;
    screen.first_frame("s000")?;
    let keys = screen.keys(size.rounds)?;
    table.figure("key to the first byte drawn", crate::table::both(&keys));
    let seconds = Duration::from_secs(size.seconds.div_ceil(3) as u64);
    let none = screen.bytes_in(seconds)?;
    drop(screen);
    bed.ostler(&["up", "--detach"])?;
    let mut screen = Screen::open(&bed, &[])?;
    screen.first_frame("s000")?;
    let some = screen.bytes_in(seconds)?;
    let rate = |bytes: usize| format!("{:.0} bytes/s", bytes as f64 / seconds.as_secs_f64());
    table.beside(
        format!("drawn at rest, {SERVERS} servers running"),
        rate(some),
        format!("{}, none running", rate(none)),
    );
    Ok(())
}

/// A dashboard; ended when dropped.
struct Screen {
    began: Instant,
    child: Box<dyn Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    output: Receiver<(Instant, Vec<u8>)>,
    parser: vt100::Parser,
    _master: Box<dyn MasterPty + Send>,
}

impl Screen {
    fn open(bed: &Bed, args: &[&str]) -> Result<Self> {
        let size = PtySize { rows: ROWS.get(), cols: COLUMNS.get(), pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size)?;
        let mut command = CommandBuilder::new(ostler());
        command.args(args);
        command.cwd(bed.path());
        command.env_clear();
        for (name, value) in bed.command(&[]).get_envs() {
            command.env(name, value.unwrap_or_default());
        }
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
        let parser = vt100::Parser::new(ROWS, COLUMNS, 0);
        Ok(Self { began, child, keyboard, output, parser, _master: pair.master })
    }

    /// From its exec until this text stands on the screen.
    fn first_frame(&mut self, text: &str) -> Result<Duration> {
        loop {
            let (at, bytes) = self.output.recv_timeout(PATIENCE).map_err(|_| self.shown())?;
            self.parser.process(&bytes);
            if self.parser.screen().contents().contains(text) {
                return Ok(at - self.began);
            }
        }
    }

    fn shown(&self) -> String {
        format!("not on the screen:\n{}", self.parser.screen().contents())
    }

    /// From a key that moves the selection to what comes of it.
    fn keys(&mut self, count: usize) -> Result<Times> {
        let mut times = Vec::with_capacity(count);
        for key in "jk".chars().cycle().take(count) {
            while self.output.recv_timeout(QUIET).is_ok() {}
            let began = Instant::now();
            write!(self.keyboard, "{key}")?;
            self.keyboard.flush()?;
            let (at, _) = self.output.recv_timeout(PATIENCE).map_err(|_| self.shown())?;
            times.push(at - began);
        }
        Ok(Times::of(times))
    }

    /// How much it draws in this time once it has settled.
    fn bytes_in(&mut self, time: Duration) -> Result<usize> {
        std::thread::sleep(Duration::from_secs(2));
        while self.output.try_recv().is_ok() {}
        let end = Instant::now() + time;
        let mut bytes = 0;
        loop {
            match self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok((_, more)) => bytes += more.len(),
                Err(RecvTimeoutError::Timeout) => return Ok(bytes),
                Err(RecvTimeoutError::Disconnected) => return Err("the dashboard has ended".into()),
            }
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
