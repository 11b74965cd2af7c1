//! What can be had everywhere.

use super::{Action, Scope, Spec, act, look};

const GLOBAL: &[Scope] = &[Scope::Global];

/// In the order of the help screen.
pub(super) const LIST: &[Spec] = &[
    look(Action::NextPane, "next-pane", GLOBAL, &["tab"], "to the next pane"),
    look(Action::PreviousPane, "previous-pane", GLOBAL, &["shift-tab"], "to the pane before"),
    look(Action::FocusTable, "focus-table", GLOBAL, &["1"], "to the table"),
    look(Action::FocusLogs, "focus-logs", GLOBAL, &["2"], "to the logs"),
    look(Action::FocusDetail, "focus-detail", GLOBAL, &["3"], "to the detail"),
    look(Action::Zoom, "zoom", GLOBAL, &["z"], "the focused pane takes the whole screen, or gives it back"),
    look(Action::SplitLess, "split-less", GLOBAL, &["-"], "a row less for the table"),
    look(Action::SplitMore, "split-more", GLOBAL, &["+"], "a row more for the table"),
    look(Action::Themes, "themes", GLOBAL, &["T"], "choose a theme; each is shown before it is taken"),
    look(Action::Reconnect, "reconnect", GLOBAL, &["ctrl-r"], "connect to the supervisor now"),
    look(
        Action::Mouse,
        "mouse",
        GLOBAL,
        &["M"],
        "the mouse on or off; while it is on, Shift held selects text",
    ),
    look(Action::Events, "events", GLOBAL, &["E"], "what happened, newest first"),
    look(Action::Repaint, "repaint", GLOBAL, &["ctrl-l"], "draw the screen anew"),
    look(Action::Suspend, "suspend", GLOBAL, &["ctrl-z"], "into the background; `fg` comes back"),
    look(
        Action::Palette,
        "palette",
        GLOBAL,
        &[":", "ctrl-p"],
        "every action by its name, on the selected server first, and a way to each server",
    ),
    act(
        Action::Edit,
        "edit",
        GLOBAL,
        &["C"],
        "the project's file in $EDITOR at the selected server; then what changed, and whether to apply it",
    ),
    look(
        Action::ReadOnly,
        "read-only",
        GLOBAL,
        &["W"],
        "acting keys away, or back; not where started as `watch`",
    ),
    look(Action::Messages, "messages", GLOBAL, &[], "the short messages of before"),
    look(Action::Help, "help", GLOBAL, &["?", "f1"], "these keys; type to search"),
    look(
        Action::Back,
        "back",
        GLOBAL,
        &["esc"],
        "one step back: close, leave the pane, clear marks, clear the filter",
    ),
    look(Action::BackOrQuit, "quit", GLOBAL, &["q"], "one step back; at the top quit: servers go on"),
    look(Action::Quit, "quit-now", GLOBAL, &["ctrl-c"], "quit from anywhere: servers go on"),
];
