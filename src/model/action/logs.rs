//! The log pane.

use super::{Action, Scope, Spec, look};

const LOGS: &[Scope] = &[Scope::Logs];

/// In the order of the help screen.
pub(super) const LIST: &[Spec] = &[
    look(Action::Follow, "follow", LOGS, &["f"], "follow the end of the log on or off"),
    look(Action::Wrap, "wrap", LOGS, &["w"], "wrap long lines on or off"),
    look(Action::Left, "left", LOGS, &["h", "left"], "to the left, where lines are not wrapped"),
    look(Action::Right, "right", LOGS, &["l", "right"], "to the right"),
    look(Action::LineStart, "line-start", LOGS, &["0"], "back to the lines' beginning"),
];
