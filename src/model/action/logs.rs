//! The log pane.

use super::{Action, Scope, Spec, look};

const LOGS: &[Scope] = &[Scope::Logs];

/// In the order of the help screen.
pub(super) const LIST: &[Spec] = &[
    look(Action::Follow, "follow", LOGS, &["f"], "follow the end of the log on or off"),
    look(Action::Wrap, "wrap", LOGS, &["w"], "wrap long lines on or off"),
    look(Action::Left, "left", LOGS, &["h", "left"], "to the left, where lines are not wrapped"),
    look(Action::Right, "right", LOGS, &["l", "right"], "to the right"),
    look(Action::Search, "search", LOGS, &["/"], "search all that is stored, with a regular expression"),
    look(Action::NextMatch, "next-match", LOGS, &["n"], "to the next match"),
    look(Action::PreviousMatch, "previous-match", LOGS, &["N"], "to the match before"),
    look(Action::Include, "include", LOGS, &["&"], "show only lines that match; nothing typed shows all"),
    look(Action::Exclude, "exclude", LOGS, &["!"], "show no lines that match; nothing typed shows all"),
    look(Action::Context, "context", LOGS, &["x"], "three lines around those that are shown, or not"),
    look(
        Action::Level,
        "level",
        LOGS,
        &["v"],
        "the least level that is shown: all, debug, info, warn, error",
    ),
    look(Action::NextError, "next-error", LOGS, &["e"], "to the next error"),
    look(Action::PreviousError, "previous-error", LOGS, &["b"], "to the error before"),
    look(Action::LineStart, "line-start", LOGS, &["0"], "back to the lines' beginning"),
];
