//! A log that is written into a file: what is asked before, and what then is to be written.

use jiff::tz::TimeZone;

use super::log_wanted::Reading;

/// The question how to save what is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SaveQuestion {
    /// Whose logs, and which of their lines.
    pub(crate) reading: Reading,
    /// Whose, as people call it.
    pub(crate) name: String,
}

/// What is written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SaveForm {
    /// The bytes of one server as it wrote them, all that are stored.
    Raw,
    /// The lines that the log pane shows, as text that is safe on a terminal.
    Shown {
        /// With date and time before each, in this zone.
        times: Option<TimeZone>,
    },
}

/// A log to save.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SaveJob {
    /// Whose logs, and which of their lines.
    pub(crate) reading: Reading,
    /// Whose, as people call it.
    pub(crate) name: String,
    /// The file's name without its end: safe as one.
    pub(crate) stem: String,
    /// See [`SaveForm`].
    pub(crate) form: SaveForm,
}
