//! How the log's lines are shown. Whatever changes, the line at the top of the screen stays there.

use crate::model::action::Action;
use crate::tui::ansi;
use crate::tui::layout::log_room;
use crate::tui::model::Model;
use crate::tui::model::log_store::LINE_MAX;
use crate::tui::model::log_view::Position;

/// Cells of a step sideways.
const SIDEWAYS: usize = 8;

/// The keys that change nothing but the look.
pub(super) fn perform(model: &mut Model, action: Action) {
    let wraps = model.log.look.wrap;
    match action {
        Action::Wrap => wrap(model),
        Action::Times => model.log.look.times = model.log.look.times.next(),
        Action::Json => model.log.look.json = !model.log.look.json,
        Action::Left => model.log.look.left = model.log.look.left.saturating_sub(SIDEWAYS),
        Action::Right if !wraps => {
            let left = model.log.look.left;
            // Nowhere else is there more to be seen.
            if longest(model) > left + log_room(model).width {
                model.log.look.left = (left + SIDEWAYS).min(LINE_MAX);
            }
        }
        Action::LineStart => model.log.look.left = 0,
        Action::LineEnd if !wraps => {
            model.log.look.left = longest(model).saturating_sub(log_room(model).width).min(LINE_MAX);
        }
        _ => {}
    }
}

fn wrap(model: &mut Model) {
    let look = &mut model.log.look;
    look.wrap = !look.wrap;
    look.left = 0;
    // Its rows are others now: the line begins at the top of the screen.
    if let Position::At((number, _)) = model.log.position {
        model.log.position = Position::At((number, 0));
    }
}

/// Cells of the longest line on the screen.
fn longest(model: &Model) -> usize {
    let log = &model.log;
    let lines = log.visible(log_room(model)).filter_map(|number| log.store.get(number));
    lines.map(|line| ansi::line(line, &log.look).cells()).max().unwrap_or(0)
}
