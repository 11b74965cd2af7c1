//! A log that is written into a file: what is asked before, and what then is to be written.

use jiff::tz::TimeZone;

use crate::api::LogQuery;
use crate::model::ServerId;

/// The question how to save a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SaveQuestion {
    /// Whose.
    pub(crate) server: ServerId,
}

/// What is written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SaveForm {
    /// The bytes as the server wrote them.
    Raw,
    /// The lines that the log pane shows, as text that is safe on a terminal.
    Shown {
        /// Which.
        query: Box<LogQuery>,
        /// With date and time before each, in this zone.
        times: Option<TimeZone>,
    },
}

/// A log to save.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SaveJob {
    /// Whose.
    pub(crate) server: ServerId,
    /// The file's name without its end: safe as one.
    pub(crate) stem: String,
    /// See [`SaveForm`].
    pub(crate) form: SaveForm,
}
