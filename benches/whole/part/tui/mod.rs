//! The dashboard's figures, each with its goal: on a PTY of 120 columns and 40 rows, beside htop where it is installed.

pub(crate) mod flood;
pub(crate) mod keys;
pub(crate) mod many;
pub(crate) mod memory;
pub(crate) mod open;
pub(crate) mod rest;
pub(crate) mod view;

use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;

use super::of_a_core;
use crate::bed::{Bed, ostler};
use crate::pty::{COLUMNS, PATIENCE, ROWS, Terminal};
use crate::stats::Times;
use crate::{Result, look};

/// Servers of an ordinary box.
pub(super) const SOME: usize = 20;

/// Servers of a box that nobody has, half of what a config may have.
pub(super) const MANY: usize = 1000;

/// How long a screen needs until it does what it does all the time.
const SETTLE: Duration = Duration::from_secs(3);

/// How a frame of the dashboard begins.
const FRAME: &[u8] = b"\x1b[?2026h";

/// How long a key waits for the one before: a time that no beat of a second or of a frame divides.
const BETWEEN_KEYS: Duration = Duration::from_millis(37);

/// A full-screen program; ended when dropped.
pub(super) struct Shown {
    terminal: Terminal,
    parser: vt100::Parser,
}

impl Shown {
    /// The dashboard of a bed.
    pub(super) fn dashboard(bed: &Bed) -> Result<Self> {
        let mut command = CommandBuilder::new(ostler());
        command.cwd(bed.path());
        command.env_clear();
        for (name, value) in bed.command(&[]).get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        Self::of(command)
    }

    /// Another program, for a baseline; `None` where it is not installed.
    pub(super) fn other(words: &[&str]) -> Result<Option<Self>> {
        let Some((program, args)) = words.split_first() else { return Ok(None) };
        let is_there = ["/usr/bin", "/usr/local/bin", "/bin"]
            .iter()
            .any(|dir| std::path::Path::new(dir).join(program).exists());
        if !is_there {
            return Ok(None);
        }
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.env_clear();
        command.env("PATH", "/usr/local/bin:/usr/bin:/bin");
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        Self::of(command).map(Some)
    }

    fn of(command: CommandBuilder) -> Result<Self> {
        Ok(Self { terminal: Terminal::open(command)?, parser: vt100::Parser::new(ROWS, COLUMNS, 0) })
    }

    /// From its exec until this text stands on the screen.
    pub(super) fn until(&mut self, text: &str) -> Result<Duration> {
        loop {
            let (at, bytes) = self.terminal.output.recv_timeout(PATIENCE).map_err(|_| self.screen())?;
            self.parser.process(&bytes);
            if self.parser.screen().contents().contains(text) {
                return Ok(at - self.terminal.began);
            }
        }
    }

    fn screen(&self) -> String {
        format!("not on the screen:\n{}", self.parser.screen().contents())
    }

    /// What it draws and what it costs in this time, once it has settled.
    pub(super) fn cost(&mut self, time: Duration) -> Result<Cost> {
        self.read_for(SETTLE)?;
        let pid = self.terminal.pid()?;
        let (began, before) = (Instant::now(), look::cpu(pid)?);
        let bytes = self.read_for(time)?;
        let used = look::cpu(pid)?.saturating_sub(before);
        Ok(Cost { bytes, used, time: began.elapsed() })
    }

    /// Memory that is its own, and all that it has mapped of it.
    pub(super) fn resident(&self) -> Result<u64> {
        look::memory(self.terminal.pid()?, "Rss")
    }

    fn read_for(&mut self, time: Duration) -> Result<usize> {
        let end = Instant::now() + time;
        let mut bytes = 0;
        loop {
            match self.terminal.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok((_, more)) => {
                    bytes += more.len();
                    self.parser.process(&more);
                }
                Err(RecvTimeoutError::Timeout) => return Ok(bytes),
                Err(RecvTimeoutError::Disconnected) => return Err("the program has ended".into()),
            }
        }
    }

    /// Types these keys in turn, `count` of them, and waits each time until `look` sees another thing; from each key to
    /// the first byte of the frame in which that is.
    pub(super) fn keys<T: PartialEq>(
        &mut self,
        keys: [&str; 2],
        count: usize,
        look: impl Fn(&vt100::Screen) -> T,
    ) -> Result<Times> {
        self.read_for(SETTLE)?;
        let mut times = Vec::with_capacity(count);
        for key in keys.into_iter().cycle().take(count) {
            self.read_for(BETWEEN_KEYS)?;
            let before = look(self.parser.screen());
            let began = Instant::now();
            self.terminal.keys(key)?;
            let mut frame = None;
            while look(self.parser.screen()) == before {
                if began.elapsed() > PATIENCE {
                    return Err(format!("nothing came of {key:?}: {}", self.screen()).into());
                }
                let (at, bytes) = self.terminal.output.recv_timeout(PATIENCE).map_err(|_| self.screen())?;
                // a frame may come in parts
                if frame.is_none() || memchr::memmem::find(&bytes, FRAME).is_some() {
                    frame = Some(at);
                }
                self.parser.process(&bytes);
            }
            times.push(frame.map_or(Duration::ZERO, |at| at.saturating_duration_since(began)));
        }
        Ok(Times::of(times))
    }
}

/// Which row begins with the mark of the selection.
pub(super) fn selected(screen: &vt100::Screen) -> Option<usize> {
    screen.rows(0, 1).position(|cell| cell == ">")
}

/// What a program drew and used in a time.
pub(super) struct Cost {
    bytes: usize,
    used: Duration,
    time: Duration,
}

impl Cost {
    pub(super) fn bytes(&self) -> String {
        format!("{:.0} bytes/s", self.bytes as f64 / self.time.as_secs_f64())
    }

    pub(super) fn cpu(&self) -> String {
        of_a_core(self.used, self.time)
    }
}

/// A column of the table: a figure of a program that may not be there.
pub(super) fn beside<T>(name: &str, other: Option<&T>, figure: impl Fn(&T) -> String) -> String {
    other.map_or_else(|| format!("no {name} here"), |other| format!("{}, {name}", figure(other)))
}
