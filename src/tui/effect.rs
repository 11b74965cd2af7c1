//! What the dashboard wants done. [`super::update`] decides it, [`super::app`] does it.

use std::path::PathBuf;

use super::model::edit::Edit;
use super::model::events::Span;
use super::model::log_view::{Begin, Page, Reading, Seek};
use super::model::saving::SaveJob;
use crate::api::Verb;
use crate::model::{Ground, ServerId};

/// Something to do. What asks the supervisor is answered by a [`super::message::Message`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effect {
    /// Follow the supervisor's events, instead of the stream that was followed before.
    Connect {
        /// Start a supervisor if none runs: at first, and when the user asks. Otherwise one that was ended on purpose
        /// would come back by itself.
        start: bool,
    },
    /// Ask over the socket that only serves reads from now on, or over the one that serves all.
    Access {
        /// Only reads.
        read_only: bool,
    },
    /// Ask which file a server's project comes from.
    FindFile(ServerId),
    /// The user's editor on a project's file, instead of the dashboard.
    Edit(Edit),
    /// Compare a project's file with what the supervisor knows.
    Reload {
        /// Which.
        edit: Edit,
        /// And apply it.
        apply: bool,
    },
    /// Ask for this.
    Request {
        /// What.
        verb: Verb,
        /// Of whom.
        servers: Vec<ServerId>,
    },
    /// Follow this, instead of what was followed before.
    FollowLog {
        /// Comes back with each item.
        generation: u64,
        /// Whose, and which lines.
        reading: Reading,
        /// From where on.
        begin: Begin,
    },
    /// Read a page of it, instead of the one that is being read.
    PageLog {
        /// Comes back with the page.
        generation: u64,
        /// Whose, and which lines.
        reading: Reading,
        /// Which.
        page: Page,
    },
    /// A signal to the stranger that holds a port.
    KillHolder {
        /// Whose port it is.
        server: ServerId,
        /// Which.
        port: u16,
        /// Who was named to the user: nobody else is to be ended.
        pid: Option<u32>,
        /// SIGKILL instead of SIGTERM.
        now: bool,
    },
    /// Search all that is stored of it, and what comes; instead of the search before.
    SearchLog {
        /// Comes back with what is found.
        number: u64,
        /// Whose, and which lines.
        reading: Reading,
        /// For this.
        pattern: String,
    },
    /// Search no more.
    EndSearch,
    /// Look for one line of it, instead of the one that is being looked for.
    SeekLog {
        /// Comes back with the answer.
        generation: u64,
        /// Whose, and which lines.
        reading: Reading,
        /// Which one.
        seek: Seek,
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
    /// Ask for the processes of its run.
    Processes(ServerId),
    /// Ask how its last runs ended.
    Exits(ServerId),
    /// Read a part of the past events.
    Events(Span),
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
    Copy {
        /// What it is, for the message: `the url of api`.
        what: String,
        /// Safe to paste: no control character but newlines.
        text: String,
    },
    /// Write a log into a file.
    SaveLog(SaveJob),
    /// Into the background of the shell.
    Suspend,
    /// Have clicks and the wheel reported, or not any more.
    Mouse(bool),
    /// Ring the terminal's bell.
    Bell,
    /// Draw every cell anew.
    Repaint,
    /// Leave.
    Quit,
}
