//! What stands over the panes: a question, a text, or a line that is being typed.

use crate::api::{Verb, Why};
use crate::model::ServerId;
use crate::model::action::Scope;

use super::edit::Changes;
use super::palette::Palette;

/// A question or a text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Dialog {
    /// Shall this be done?
    Confirm {
        /// What.
        verb: Verb,
        /// With whom.
        servers: Vec<ServerId>,
        /// The button that does it has the focus; at first Cancel has it.
        yes: bool,
        /// First server on the screen.
        top: usize,
    },
    /// Why a server is in its phase.
    Why {
        /// Whose.
        server: ServerId,
        /// `None`: the answer has not come yet.
        answer: Option<Result<Why, String>>,
        /// First line on the screen.
        top: usize,
    },
    /// Every action by its name.
    Palette(Palette),
    /// What a project's file brought: shall it be applied?
    Changes(Changes),
    /// The short messages of before.
    Messages {
        /// First line on the screen.
        top: usize,
    },
    /// The keys.
    Help {
        /// Of this pane and everywhere.
        scope: Scope,
        /// Only what contains this.
        search: String,
        /// First line on the screen.
        top: usize,
    },
}

/// A line that is being typed: the table's filter.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Prompt {
    /// So far.
    pub(crate) text: String,
    /// What was selected when it began: it is again as soon as it fits.
    pub(crate) selected: Option<ServerId>,
    /// Why it does not hold.
    pub(crate) error: Option<String>,
}

/// Longest line that can be typed, in bytes.
pub(crate) const PROMPT_MAX: usize = 256;
