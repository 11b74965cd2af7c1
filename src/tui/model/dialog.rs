//! What stands over the panes: a question, a text, or a line that is being typed.

use super::events::EventsPage;
use super::themes::ThemePicker;
use super::why::WhyDialog;
use crate::model::ServerId;
use crate::model::action::Scope;
use crate::tui::model::saving::SaveQuestion;

use super::confirm::{Confirm, SortPicker};

use super::edit::Changes;
use super::palette::Palette;

/// A question or a text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Dialog {
    /// Shall this be done?
    Confirm(Confirm),
    /// What shall the rows be sorted by?
    Sort(SortPicker),
    /// Why a server is in its phase.
    Why(WhyDialog),
    /// What happened.
    Events(EventsPage),
    /// The themes.
    Themes(ThemePicker),
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
    /// What of a server shall be copied?
    Copy(super::CopyMenu),
    /// How shall the log be saved?
    Save(SaveQuestion),
}

/// What a typed line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PromptKind {
    /// The table's filter.
    #[default]
    Filter,
    /// A regular expression to search the log for.
    Search,
    /// One that each line of the log that is shown matches.
    Include,
    /// One that none of them matches.
    Exclude,
}

impl PromptKind {
    /// The key that it begins with, and what takes it, in the footer.
    pub(crate) const fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Filter => ("/", "filter", "show all"),
            Self::Search => ("/", "search", "leave"),
            Self::Include => ("&", "only these", "leave"),
            Self::Exclude => ("!", "without these", "leave"),
        }
    }
}

/// A line that is being typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Prompt {
    /// What it is.
    pub(crate) kind: PromptKind,
    /// So far.
    pub(crate) text: String,
    /// What was selected when it began: it is again as soon as it fits.
    pub(crate) selected: Option<ServerId>,
    /// Why it does not hold.
    pub(crate) error: Option<String>,
}

/// Longest line that can be typed, in bytes.
pub(crate) const PROMPT_MAX: usize = 256;
