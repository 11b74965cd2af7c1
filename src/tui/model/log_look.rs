//! How the log pane shows its lines, whatever they are: it stays when the pane turns to another server.

/// What stands before a line of when it came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Times {
    /// Nothing.
    Off,
    /// The time of day.
    #[default]
    Time,
    /// Date and time of day.
    Date,
    /// How long before the newest line on the screen: so nothing ticks while nothing comes.
    Relative,
}

impl Times {
    /// The next one, and after the last the first.
    pub(crate) const fn next(self) -> Self {
        match self {
            Self::Off => Self::Time,
            Self::Time => Self::Date,
            Self::Date => Self::Relative,
            Self::Relative => Self::Off,
        }
    }

    /// Whether a line's own time says the same once more.
    pub(crate) const fn is_clock(self) -> bool {
        matches!(self, Self::Time | Self::Date)
    }
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogLook {
    /// Long lines go on in the next row.
    pub(crate) wrap: bool,
    /// First column, where they do not.
    pub(crate) left: usize,
    /// See [`Times`].
    pub(crate) times: Times,
    /// Lines that are JSON objects are written in words.
    pub(crate) json: bool,
}

impl LogLook {
    /// For another server's log: what holds for its lines alone begins anew.
    pub(crate) fn turned(&self) -> Self {
        Self { left: 0, ..self.clone() }
    }
}
