//! How to move in every pane.

use super::{Action, Scope, Spec, look};

const MOVING: &[Scope] = &[Scope::Table, Scope::Logs, Scope::Detail, Scope::Dialog];
const PANES: &[Scope] = &[Scope::Table, Scope::Logs, Scope::Detail];

/// In the order of the help screen.
pub(super) const LIST: &[Spec] = &[
    look(Action::Down, "down", PANES, &["j", "down"], "a row down"),
    look(Action::Up, "up", PANES, &["k", "up"], "a row up"),
    look(Action::First, "first", MOVING, &["g", "home"], "to the first"),
    look(Action::Last, "last", MOVING, &["G", "end"], "to the last; in the log: follow"),
    look(Action::HalfDown, "half-down", PANES, &["ctrl-d"], "half a page down"),
    look(Action::HalfUp, "half-up", PANES, &["ctrl-u"], "half a page up"),
    look(Action::PageDown, "page-down", MOVING, &["pgdn"], "a page down"),
    look(Action::PageUp, "page-up", MOVING, &["pgup"], "a page up"),
];
