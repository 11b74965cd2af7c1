//! Questions, texts and lists over the panes, and lines that are being typed.

use super::{Action, Scope, Spec, look};

const DIALOG: &[Scope] = &[Scope::Dialog];
const PROMPT: &[Scope] = &[Scope::Prompt];
const COPY: &[Scope] = &[Scope::Copy];

/// In the order of the help screen.
pub(super) const LIST: &[Spec] = &[
    look(Action::Yes, "yes", DIALOG, &["y"], "do it"),
    look(Action::No, "no", DIALOG, &["n", "esc", "q"], "close, and do nothing"),
    look(
        Action::NextButton,
        "next-button",
        DIALOG,
        &["tab", "shift-tab", "h", "l", "left", "right"],
        "to the other button",
    ),
    look(Action::Press, "press", DIALOG, &["enter"], "press the button that has the focus"),
    look(Action::Down, "down", DIALOG, &["j", "down"], "a line down"),
    look(Action::Up, "up", DIALOG, &["k", "up"], "a line up"),
    look(
        Action::EventsOfServer,
        "events-of-server",
        DIALOG,
        &["s"],
        "events: of the selected server only, or of all",
    ),
    look(
        Action::EventsThatMatter,
        "events-that-matter",
        DIALOG,
        &["e"],
        "events: all, warnings and errors, or errors only",
    ),
    look(Action::ReloadThemes, "reload-themes", DIALOG, &["R"], "read the files of your own themes again"),
    look(Action::Accept, "accept", PROMPT, &["enter"], "take it"),
    look(Action::Cancel, "cancel", PROMPT, &["esc"], "leave it"),
    look(Action::Erase, "erase", PROMPT, &["backspace"], "the last letter away"),
    look(Action::EraseAll, "erase-all", PROMPT, &["ctrl-u"], "everything away"),
    look(Action::CopyUrl, "copy-url", COPY, &["u"], "its url"),
    look(Action::CopyPid, "copy-pid", COPY, &["p"], "its pid"),
    look(Action::CopyCommand, "copy-command", COPY, &["c"], "its command"),
    look(Action::CopyName, "copy-name", COPY, &["n"], "its name"),
    look(Action::Cancel, "cancel", COPY, &["esc", "q"], "copy nothing"),
    look(Action::Down, "down", PROMPT, &["down", "ctrl-n"], "a line down"),
    look(Action::Up, "up", PROMPT, &["up", "ctrl-p"], "a line up"),
    look(Action::PageDown, "page-down", PROMPT, &["pgdn"], "further down"),
    look(Action::PageUp, "page-up", PROMPT, &["pgup"], "further up"),
];
