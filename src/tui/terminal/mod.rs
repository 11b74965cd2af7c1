//! The terminal: taken over, drawn on, and given back whole whatever happens.
//!
//! * [`screen`]: frames, from two buffers. Bytes that the terminal does not take at once wait there, and no frame is
//!   made before they are gone: so a terminal that is slow or stopped holds nothing up and costs no memory.
//! * [`tty`]: the terminal's file, which never blocks.
//! * [`questions`]: what it is asked at the start.
//!
//! [`restore`] undoes everything; it is safe in a panic, and ends in time on a terminal that takes nothing.

pub(crate) mod questions;
mod screen;
mod tty;

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossterm::terminal::disable_raw_mode;
use ratatui::layout::Size;
use rustix::termios::{QueueSelector, tcflush, tcgetwinsize};

pub(crate) use screen::Screen;
pub(crate) use tty::Line;

/// The terminal is ours. Process-wide, since a panic or a signal knows no owner.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// The terminal has a part of what it is to have: it may be within a sequence.
static MIDWAY: AtomicBool = AtomicBool::new(false);

/// Largest screen that is drawn, in columns and rows; a terminal that says more is taken at this.
const LARGEST: Size = Size { width: 1000, height: 500 };

/// How long a terminal is waited for that takes nothing, each time, before it is left as it is.
const PATIENCE: Duration = Duration::from_millis(300);

/// The other screen, without a cursor; pasted text comes marked as such.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[?2004h";
/// Clicks and the wheel, with numbers as text; no motion.
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1000l";
/// Undoes all that any state of the dashboard has set.
const LEAVE: &[u8] = b"\x1b[?2026l\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[0m\x1b[?25h\x1b[?1049l";
/// Ends whatever sequence the terminal is within.
const CANCEL: &[u8] = b"\x18";

/// Gives the terminal back. May be called at any time, any number of times; a terminal that is gone is no error.
pub(crate) fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    if let Ok(tty) = tty::open() {
        let begin = if MIDWAY.swap(false, Ordering::SeqCst) { CANCEL } else { b"" };
        if !tty::write_within(tty, &[begin, LEAVE].concat(), PATIENCE) {
            // It takes nothing. What waits in the kernel goes, so that this is what it finds when it wakes up.
            let _ = tcflush(tty, QueueSelector::OFlush);
            tty::write_within(tty, &[CANCEL, LEAVE].concat(), PATIENCE);
        }
    }
    let _ = disable_raw_mode();
}

/// Writes a line to the terminal that was given back; one that takes nothing is left alone.
pub(crate) fn say(line: &str) {
    if let Ok(tty) = tty::open() {
        tty::write_within(tty, format!("{line}\n").as_bytes(), PATIENCE);
    }
}

/// A panic gives the terminal back before it is reported.
pub(crate) fn restore_on_panic() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        restore();
        report(info);
    }));
}

/// How large the terminal is; 80x24 where it does not say.
pub(crate) fn current_size() -> Size {
    let says = tcgetwinsize(io::stdout()).ok().filter(|size| size.ws_col > 0 && size.ws_row > 0);
    let (width, height) = says.map_or((80, 24), |size| (size.ws_col, size.ws_row));
    Size { width: width.min(LARGEST.width), height: height.min(LARGEST.height) }
}

/// Whether this error means that there is no terminal any more.
pub(crate) fn is_gone(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, UnexpectedEof};
    let errno = rustix::io::Errno::from_io_error(error);
    errno == Some(rustix::io::Errno::IO) || matches!(error.kind(), BrokenPipe | UnexpectedEof)
}
