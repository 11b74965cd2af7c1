//! The detail pane.

use super::{Action, Scope, Spec, look};

const DETAIL: &[Scope] = &[Scope::Detail];

/// In the order of the help screen.
pub(super) const LIST: &[Spec] = &[
    look(Action::ShorterWindow, "shorter-window", DETAIL, &["<"], "charts over a shorter time"),
    look(Action::LongerWindow, "longer-window", DETAIL, &[">"], "charts over a longer time"),
];
