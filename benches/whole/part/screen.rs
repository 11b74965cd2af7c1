//! The dashboard on a PTY of 120 columns and 40 rows: how soon it is there, how much it draws, how fast it answers.

use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;

use super::{SLEEP, Size};
use crate::Result;
use crate::bed::{Bed, ostler};
use crate::pty::{COLUMNS, PATIENCE, ROWS, Terminal};
use crate::stats::Times;
use crate::table::Table;

const SERVERS: usize = 20;

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
    terminal: Terminal,
    parser: vt100::Parser,
}

impl Screen {
    fn open(bed: &Bed, args: &[&str]) -> Result<Self> {
        let mut command = CommandBuilder::new(ostler());
        command.args(args);
        command.cwd(bed.path());
        command.env_clear();
        for (name, value) in bed.command(&[]).get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        let terminal = Terminal::open(command)?;
        Ok(Self { terminal, parser: vt100::Parser::new(ROWS, COLUMNS, 0) })
    }

    /// From its exec until this text stands on the screen.
    fn first_frame(&mut self, text: &str) -> Result<Duration> {
        loop {
            let (at, bytes) = self.terminal.output.recv_timeout(PATIENCE).map_err(|_| self.shown())?;
            self.parser.process(&bytes);
            if self.parser.screen().contents().contains(text) {
                return Ok(at - self.terminal.began);
            }
        }
    }

    fn shown(&self) -> String {
        format!("not on the screen:\n{}", self.parser.screen().contents())
    }

    /// From a key that moves the selection to what comes of it.
    fn keys(&mut self, count: usize) -> Result<Times> {
        let mut times = Vec::with_capacity(count);
        for key in ["j", "k"].into_iter().cycle().take(count) {
            while self.terminal.output.recv_timeout(QUIET).is_ok() {}
            let began = Instant::now();
            self.terminal.keys(key)?;
            let (at, _) = self.terminal.output.recv_timeout(PATIENCE).map_err(|_| self.shown())?;
            times.push(at - began);
        }
        Ok(Times::of(times))
    }

    /// How much it draws in this time once it has settled.
    fn bytes_in(&mut self, time: Duration) -> Result<usize> {
        std::thread::sleep(Duration::from_secs(2));
        while self.terminal.output.try_recv().is_ok() {}
        let end = Instant::now() + time;
        let mut bytes = 0;
        loop {
            match self.terminal.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok((_, more)) => bytes += more.len(),
                Err(RecvTimeoutError::Timeout) => return Ok(bytes),
                Err(RecvTimeoutError::Disconnected) => return Err("the dashboard has ended".into()),
            }
        }
    }
}
