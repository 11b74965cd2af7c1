//! What the dashboard wants done. [`super::update`] decides it, [`super::app`] does it.

use std::path::PathBuf;

use super::model::log_view::Page;
use crate::api::Verb;
use crate::model::{Ground, LogCursor, ServerId};

/// Something to do. What asks the supervisor is answered by a [`super::message::Message`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effect {
    /// Follow the supervisor's events, instead of the stream that was followed before.
    Connect {
        /// Start a supervisor if none runs: at first, and when the user asks. Otherwise one that was ended on purpose
        /// would come back by itself.
        start: bool,
    },
    /// Ask for this.
    Request {
        /// What.
        verb: Verb,
        /// Of whom.
        servers: Vec<ServerId>,
    },
    /// Follow this log, instead of the one that was followed before.
    FollowLog {
        /// Comes back with each item.
        generation: u64,
        /// Whose.
        server: ServerId,
        /// Go on from here; `None`: with the last lines.
        from: Option<LogCursor>,
    },
    /// Read a page of this log.
    PageLog {
        /// Comes back with the page.
        generation: u64,
        /// Whose.
        server: ServerId,
        /// Which.
        page: Page,
    },
    /// Ask why it is in its phase.
    Why(ServerId),
    /// Ask for its past.
    History {
        /// Whose.
        server: ServerId,
        /// Of this many seconds.
        window_s: u32,
    },
    /// Read the user's own themes.
    ReadThemes {
        /// Their directory.
        dir: Option<PathBuf>,
        /// Themes that were chosen: those that are paths are read as well.
        named: Vec<String>,
    },
    /// Write a choice of a theme to the user's own file.
    SaveTheme {
        /// Which.
        file: PathBuf,
        /// The theme.
        name: String,
        /// Only this half of a pair.
        half: Option<Ground>,
    },
    /// Into the clipboard.
    #[allow(dead_code, reason = "what copies comes next")]
    Copy {
        /// What it is, for the message: `the url of api`.
        what: String,
        /// Safe to paste: no control character but newlines.
        text: String,
    },
    /// Into the background of the shell.
    Suspend,
    /// Ring the terminal's bell.
    Bell,
    /// Draw every cell anew.
    Repaint,
    /// Leave.
    Quit,
}
