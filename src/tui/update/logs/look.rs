//! How the log's lines are shown.

use crate::model::action::Action;
use crate::tui::model::Model;
use crate::tui::model::log_store::LINE_MAX;

/// Cells of a step sideways.
const SIDEWAYS: usize = 8;

/// The keys that change nothing but the look.
pub(super) fn perform(model: &mut Model, action: Action) {
    let look = &mut model.log.look;
    match action {
        Action::Wrap => {
            look.wrap = !look.wrap;
            look.left = 0;
        }
        Action::Left => look.left = look.left.saturating_sub(SIDEWAYS),
        Action::Right if !look.wrap => look.left = (look.left + SIDEWAYS).min(LINE_MAX),
        Action::LineStart => look.left = 0,
        _ => {}
    }
}
