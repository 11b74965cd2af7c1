//! The log pane: whose log is read, what of it, and where the screen stands in it. How its lines look
//! is in [`look`], what is copied in [`select`], what is marked and cleared in [`notes`], and what becomes a file in [`save`].

mod look;
pub(super) mod notes;
pub(super) mod save;
pub(super) mod select;

#[cfg(test)]
mod tests;

use crate::model::LogLine;
use crate::model::action::Action;
use crate::tui::ansi;
use crate::tui::effect::Effect;
use crate::tui::layout::log_room;
use crate::tui::message::Failure;
use crate::tui::model::log_view::{Page, Room};
use crate::tui::model::{Dirty, Model};

/// The log pane shows the selected server.
pub(super) fn follow_selection(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(id) = model.selected_id().cloned() else { return };
    if model.log.server.as_ref() != Some(&id) {
        model.log.turn_to(id.clone());
        effects.push(Effect::FollowLog { generation: model.log.generation, server: id, from: None });
    }
}

/// After a reconnection, reading goes on where it was.
pub(super) fn resume(model: &mut Model) -> Option<Effect> {
    let server = model.log.server.clone()?;
    let from = model.log.restart(true);
    Some(Effect::FollowLog { generation: model.log.generation, server, from })
}

/// Reads more where the screen comes near an end of the window.
pub(super) fn read_pages(model: &mut Model, effects: &mut Vec<Effect>) {
    let room = log_room(model);
    if let (Some(page), Some(server)) = (model.log.wanted_page(room), model.log.server.clone()) {
        model.log.paging = true;
        effects.push(Effect::PageLog { generation: model.log.generation, server, page });
    }
}

/// A page came.
pub(super) fn page(
    model: &mut Model,
    page: Page,
    lines: Result<Vec<LogLine>, Failure>,
    effects: &mut Vec<Effect>,
) {
    match lines {
        Ok(lines) => {
            let reached_end =
                matches!(page, Page::From(_)) && lines.len() < crate::tui::model::log_view::PAGE;
            model.log.take_page(page, lines);
            if reached_end && model.log.detached {
                effects.extend(resume(model));
            }
        }
        // It is asked for again only with a new stream, so that a broken log is not asked for without end.
        Err(failure) => {
            model.log.error = Some(ansi::plain(&failure.message));
            model.log.complete = true;
        }
    }
    model.touch(Dirty::Logs);
}

/// The stream ended.
pub(super) fn ended(model: &mut Model, error: Option<Failure>) {
    model.log.live = true;
    // With the supervisor lost, a new connection goes on with the log as well.
    if !model.is_lost() {
        model.log.retry_at = Some(model.now.mono + model.log.retries.failed());
    }
    if let Some(failure) = error {
        model.log.error = Some(ansi::plain(&failure.message));
    }
    model.touch(Dirty::Logs);
}

/// Moves the screen.
pub(super) fn travel(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    if select::travel(model, action) {
        return;
    }
    let room = log_room(model);
    let page = room.height.saturating_sub(1).max(1) as i64;
    match action {
        Action::Down => model.log.scroll(1, room),
        Action::Up => model.log.scroll(-1, room),
        Action::HalfDown => model.log.scroll(page.div_euclid(2).max(1), room),
        Action::HalfUp => model.log.scroll(-page.div_euclid(2).max(1), room),
        Action::PageDown => model.log.scroll(page, room),
        Action::PageUp => model.log.scroll(-page, room),
        Action::First => first(model, room, effects),
        Action::Last => follow(model, effects),
        _ => {}
    }
}

/// The keys of this pane alone.
pub(super) fn perform(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    let room = log_room(model);
    match action {
        Action::Follow if model.log.follows() => model.log.pause(room),
        Action::Follow => {
            model.log.notes.selection = None;
            follow(model, effects);
        }
        Action::Select | Action::CopyLines | Action::CopyVisible => select::perform(model, action, effects),
        Action::MarkLine | Action::Clear | Action::PreviousLog | Action::NextLog => {
            notes::perform(model, action, effects);
        }
        Action::Save => save::ask(model),
        _ => look::perform(model, action),
    }
}

/// To the oldest line that is stored.
fn first(model: &mut Model, room: Room, effects: &mut Vec<Effect>) {
    let Some(server) = model.log.server.clone().filter(|_| !model.log.complete && model.log.live) else {
        model.log.go_to_first(room);
        return;
    };
    let page = model.log.begin();
    effects.push(Effect::PageLog { generation: model.log.generation, server, page });
}

/// The stream ended some time ago: reads on.
pub(super) fn retry(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.log.retry_at.is_some_and(|at| at <= model.now.mono) {
        model.log.retry_at = None;
        if !model.is_lost() {
            effects.extend(resume(model));
        }
    }
}

fn follow(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.log.detached
        && let Some(server) = model.log.server.clone()
    {
        model.log.restart(false);
        effects.push(Effect::FollowLog { generation: model.log.generation, server, from: None });
    }
    model.log.follow();
}
