//! The log pane, and the question how to save a log.

use super::{Action, Scope, Spec, look};

const LOGS: &[Scope] = &[Scope::Logs];
const SAVE: &[Scope] = &[Scope::Save];

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
    look(Action::LineEnd, "line-end", LOGS, &["$"], "to the end of the longest line on the screen"),
    look(
        Action::Times,
        "times",
        LOGS,
        &["t"],
        "times: of day, with the date, before the newest line shown, none",
    ),
    look(Action::Json, "json", LOGS, &["p"], "JSON lines in words, or as they are"),
    look(Action::Select, "select", LOGS, &["V"], "select lines by moving; again or Esc: no more"),
    look(Action::CopyLines, "copy-lines", LOGS, &["y"], "copy the selected lines, with the times if shown"),
    look(Action::CopyVisible, "copy-visible", LOGS, &["Y"], "copy the lines on the screen"),
    look(Action::Save, "save", LOGS, &["ctrl-s"], "save the log in a file; asks how"),
    look(Action::MarkLine, "mark-line", LOGS, &["m"], "a mark with the time behind the last line"),
    look(
        Action::Clear,
        "clear",
        LOGS,
        &["c"],
        "clear the view, not the log; again or scrolling up: all back",
    ),
    look(Action::PreviousLog, "previous-log", LOGS, &["["], "the log of the server before"),
    look(Action::NextLog, "next-log", LOGS, &["]"], "the log of the next server"),
    look(Action::SaveRaw, "save-raw", SAVE, &["r"], "save the bytes as the server wrote them"),
    look(Action::SaveShown, "save-shown", SAVE, &["f"], "save the lines that are shown, as text"),
    look(Action::No, "no", SAVE, &["esc", "q", "n"], "save nothing"),
];
