//! What a user and a terminal say: bytes in, keys, clicks, pasted texts and answers out.
//!
//! Made by hand, since crossterm's reader takes the terminal's answers for keys, waits without end behind some of them,
//! keeps a paste of any size, and turns round at the end of its input. It also reads on a thread of its own, which would
//! take the keys of an editor that has the terminal for a while.
//!
//! [`decoder`] is a pure state machine over bytes and time, [`csi`] and [`answers`] know what sequences mean,
//! [`reader`] reads.

mod answers;
mod csi;
mod decoder;
mod reader;

use crossterm::event::{KeyEvent, MouseEvent};

use super::message::TerminalAnswer;

pub(crate) use reader::Reader;

/// Something that was read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Input {
    /// A key.
    Key(KeyEvent),
    /// A click, or the wheel.
    Mouse(MouseEvent),
    /// A pasted text, at most [`decoder::PASTE_MAX`] bytes of it; not sanitized.
    Paste(String),
    /// An answer to a question of the dashboard.
    Said(TerminalAnswer),
}
