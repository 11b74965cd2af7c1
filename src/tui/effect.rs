//! What the dashboard wants done. [`super::update`] decides it, [`super::app`] does it.

use super::model::edit::Edit;
use super::model::log_view::Page;
use crate::api::Verb;
use crate::model::{LogCursor, ServerId};

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
