//! Questions, texts and lists over the panes, and lines that are being typed.

use super::{Action, Scope, Spec, look};

const DIALOG: &[Scope] = &[Scope::Dialog];
const PROMPT: &[Scope] = &[Scope::Prompt];

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
    look(Action::Accept, "accept", PROMPT, &["enter"], "take it"),
    look(Action::Cancel, "cancel", PROMPT, &["esc"], "leave it"),
    look(Action::Erase, "erase", PROMPT, &["backspace"], "the last letter away"),
    look(Action::EraseAll, "erase-all", PROMPT, &["ctrl-u"], "everything away"),
    look(Action::Down, "down", PROMPT, &["down", "ctrl-n"], "a line down"),
    look(Action::Up, "up", PROMPT, &["up", "ctrl-p"], "a line up"),
    look(Action::PageDown, "page-down", PROMPT, &["pgdn"], "further down"),
    look(Action::PageUp, "page-up", PROMPT, &["pgup"], "further up"),
];
