//! A terminal for one program. It is read when the test asks for something, never beside it: so a frame can be neither
//! missed nor seen half.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, Termios, Winsize, tcgetattr, tcsetattr, tcsetwinsize};

use super::screen::Screen;
use crate::support::{PATIENCE, Process, Sandbox, look_until};

/// Ends a frame: of what is read at once, each frame is looked at by itself.
const FRAME_END: &[u8] = b"\x1b[?2026l";

/// The terminal and what runs on it. The program is killed when dropped.
pub(super) struct Terminal {
    master: File,
    child: Child,
    screen: Screen,
    bytes: Vec<u8>,
    /// Read, but not yet on the screen.
    waiting: Vec<u8>,
    closed: bool,
    before: Modes,
    cooked: Termios,
}

/// What raw mode changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Modes([u32; 4]);

impl Modes {
    fn of(termios: &Termios) -> Self {
        Self([
            termios.input_modes.bits(),
            termios.output_modes.bits(),
            termios.control_modes.bits(),
            termios.local_modes.bits(),
        ])
    }
}

impl Terminal {
    /// Runs ostler with these arguments on a terminal of this many columns and rows.
    pub(super) fn open(sandbox: &Sandbox, args: &[&str], size: (u16, u16)) -> Self {
        Self::open_with(&sandbox.command(args), &[("NO_COLOR", "")], size)
    }

    /// Runs a command with these variables besides its own.
    pub(super) fn open_with(command: &Command, env: &[(&str, &str)], (width, height): (u16, u16)) -> Self {
        // not inherited by what other tests start at this moment
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let slave = rustix::fs::open(ptsname(&master, Vec::new()).unwrap(), flags, Mode::empty()).unwrap();
        tcsetwinsize(&slave, size_of(width, height)).unwrap();
        let cooked = tcgetattr(&slave).unwrap();
        let before = Modes::of(&cooked);
        let child = with_controlling_terminal(command, env, slave).spawn().unwrap();
        let screen = Screen::new(width, height);
        let (bytes, waiting) = (Vec::new(), Vec::new());
        Self { master: master.into(), child, screen, bytes, waiting, closed: false, before, cooked }
    }

    /// The process of what runs here.
    pub(super) fn process(&self) -> Process {
        Process::find(self.child.id()).expect("it has ended")
    }

    /// Types this, in one write.
    pub(super) fn keys(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).unwrap();
    }

    /// Gives the terminal another size.
    pub(super) fn resize(&mut self, width: u16, height: u16) {
        // what was drawn before belongs on the screen as it was
        while self.show_frame() {}
        self.screen.resize(width, height);
        tcsetwinsize(&self.master, size_of(width, height)).unwrap();
    }

    /// Waits until this holds of the screen after a frame.
    #[track_caller]
    pub(super) fn wait_until(&mut self, what: &str, is: impl Fn(&Screen) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is(&self.screen) {
            if !self.show_frame() && !self.read_until(deadline) {
                let why = if self.closed { "the program left" } else { "time is over" };
                panic!("never came: {what} ({why})\n{}", self.screen.text());
            }
        }
    }

    /// Waits until the screen contains this.
    #[track_caller]
    pub(super) fn wait_for(&mut self, text: &str) {
        self.wait_until(text, |screen| screen.contains(text));
    }

    /// How many bytes come within this time.
    pub(super) fn count_for(&mut self, time: Duration) -> usize {
        let before = self.bytes.len();
        let deadline = Instant::now() + time;
        while self.read_until(deadline) {}
        self.bytes.len() - before
    }

    /// Everything that was written to the terminal so far.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn screen(&self) -> &Screen {
        &self.screen
    }

    /// Waits for the program's end, and reads what it said until then.
    #[track_caller]
    pub(super) fn end(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        while self.read_until(deadline) {}
        assert!(self.closed, "it does not end\n{}", self.screen.text());
        while self.show_frame() {}
        self.exit_status()
    }

    #[track_caller]
    fn exit_status(&mut self) -> ExitStatus {
        look_until(|| self.child.try_wait().unwrap()).expect("it does not end")
    }

    /// Waits for the program's end without reading a byte of what it says.
    #[track_caller]
    pub(super) fn end_unread(&mut self) -> ExitStatus {
        self.exit_status()
    }

    /// The terminal goes away, as when its window is closed; the program has to end.
    #[track_caller]
    pub(super) fn hang_up(mut self) -> ExitStatus {
        let nothing = File::open("/dev/null").unwrap();
        drop(std::mem::replace(&mut self.master, nothing));
        self.exit_status()
    }

    /// The terminal must be as it was before, with this on the main screen.
    #[track_caller]
    pub(super) fn assert_given_back(&self, said: &str) {
        assert!(!self.screen.is_alternate(), "on the alternate screen\n{}", self.screen.text());
        assert!(self.screen.shows_cursor(), "without a cursor");
        assert!(self.screen.contains(said), "{said:?} is not on\n{}", self.screen.text());
        assert_eq!(Modes::of(&tcgetattr(&self.master).unwrap()), self.before);
    }

    /// Whether the program has its own modes now.
    pub(super) fn is_raw(&self) -> bool {
        Modes::of(&tcgetattr(&self.master).unwrap()) != self.before
    }

    /// Gives it the modes that it had at first, as a shell does whose job was stopped.
    pub(super) fn cook(&self) {
        tcsetattr(&self.master, OptionalActions::Now, &self.cooked).unwrap();
    }

    /// Puts one frame of what was read on the screen; whether there was one.
    fn show_frame(&mut self) -> bool {
        let end = self.waiting.windows(FRAME_END.len()).position(|part| part == FRAME_END);
        let end = end.map_or(self.waiting.len(), |at| at + FRAME_END.len());
        self.screen.show(&self.waiting[..end]);
        self.waiting.drain(..end);
        end > 0
    }

    /// Waits for bytes; whether some came.
    fn read_until(&mut self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        if self.closed || left.is_zero() {
            return false;
        }
        let left = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: i64::from(left.subsec_nanos()) };
        let mut polled = [PollFd::new(&self.master, PollFlags::IN)];
        if poll(&mut polled, Some(&left)).unwrap() == 0 {
            return false;
        }
        let mut buffer = [0; 16 * 1024];
        // EIO: nobody has the other side open any more
        let read = self.master.read(&mut buffer).unwrap_or(0);
        self.bytes.extend_from_slice(&buffer[..read]);
        self.waiting.extend_from_slice(&buffer[..read]);
        self.closed = read == 0;
        read > 0
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // it may have ended
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn size_of(width: u16, height: u16) -> Winsize {
    Winsize { ws_col: width, ws_row: height, ws_xpixel: 0, ws_ypixel: 0 }
}

/// The same command in a session of its own, whose terminal this is.
fn with_controlling_terminal(command: &Command, env: &[(&str, &str)], slave: OwnedFd) -> Command {
    let mut session = Command::new("setsid");
    session.arg("--ctty").arg(command.get_program()).args(command.get_args());
    session.current_dir(command.get_current_dir().expect("a sandbox's command has one"));
    session.env_clear().env("TERM", "xterm-256color");
    session.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    session.envs(env.iter().copied());
    let [input, output] = [slave.try_clone().unwrap(), slave.try_clone().unwrap()];
    session.stdin(Stdio::from(input)).stdout(Stdio::from(output)).stderr(Stdio::from(slave));
    session
}
