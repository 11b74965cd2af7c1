//! Marks, what is cleared away, and the logs before and after.

use crate::model::action::Action;
use crate::tui::effect::Effect;
use crate::tui::layout::log_room;
use crate::tui::model::log_view::Position;
use crate::tui::model::{Level, Model};

/// The keys for them.
pub(super) fn perform(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::MarkLine => mark(model),
        Action::Clear => clear(model, effects),
        Action::PreviousLog | Action::NextLog => {
            // Of several logs it is not the selected server's that is shown.
            super::split(model, effects);
            let row = model.servers.selected_row().unwrap_or(0);
            let row = if action == Action::NextLog { row + 1 } else { row.saturating_sub(1) };
            model.servers.select_row(row);
        }
        _ => {}
    }
}

fn mark(model: &mut Model) {
    if !model.log.mark(model.now.wall) {
        let text = "no line has come that a mark could stand behind";
        model.toasts.say(model.now.mono, Level::Warning, "mark", text, None);
    }
}

/// The view becomes empty, or whole again.
fn clear(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.log.notes.is_cleared() {
        model.log.notes.uncover();
        return;
    }
    let known = model.log.live && !model.log.detached;
    super::follow(model, effects);
    model.log.clear(known);
}

/// What must hold after everything: a selection is of lines that are there, and nothing is called cleared that is on
/// the screen.
pub(in crate::tui::update) fn settle(model: &mut Model) {
    let room = log_room(model);
    let log = &mut model.log;
    log.notes.fit(&log.store);
    if let Position::At(place) = log.position
        && log.notes.is_cleared()
        && place.0 < log.floor()
    {
        log.notes.uncover();
        // There may have been few lines on the screen.
        log.position = Position::At(place.min(log.last_top(room)));
    }
}
