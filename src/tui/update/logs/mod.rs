//! The log pane: whose log is read, what of it, and where the screen stands in it. How its lines look is in [`look`],
//! which of them are shown in [`narrow`], the way to matches and errors in [`search`], several logs as one in [`merged`];
//! what is copied is in [`select`], what is marked and cleared in [`notes`], what becomes a file in [`save`].

mod look;
mod merged;
mod narrow;
pub(super) mod notes;
pub(super) mod save;
mod search;
pub(super) mod select;

#[cfg(test)]
mod tests;

use crate::api::LogItem;
use crate::model::action::Action;
use crate::tui::ansi;
use crate::tui::effect::Effect;
use crate::tui::layout::log_room;
use crate::tui::message::Failure;
use crate::tui::model::log_view::{Begin, Hit, Page, Position, Room};
use crate::tui::model::{Dirty, Model};

pub(super) use merged::{open as merge, split};
pub(super) use narrow::{accepted, typed};
pub(super) use search::{ended as search_ended, found, sought};

/// The log pane shows the selected server, unless it shows several.
pub(super) fn follow_selection(model: &mut Model, effects: &mut Vec<Effect>) {
    merged::forget_removed(model, effects);
    let Some(id) = model.selected_id().cloned() else { return };
    if model.log.server.as_ref() == Some(&id) {
        return;
    }
    if !model.log.merged.is_empty() {
        model.log.server = Some(id);
        return;
    }
    search::end(model, effects);
    let begin = model.log.turn_to(id);
    follow_from(model, begin, effects);
}

/// Follows what is read, from here on.
fn follow_from(model: &Model, begin: Begin, effects: &mut Vec<Effect>) {
    if let Some(reading) = model.log.reading() {
        effects.push(Effect::FollowLog { generation: model.log.generation, reading, begin });
    }
}

/// After a reconnection, reading goes on where it was, and searching begins again.
pub(super) fn resume(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.log.server.is_none() {
        return;
    }
    let begin = model.log.resume();
    follow_from(model, begin, effects);
    search::again(model, effects);
}

/// Reads more where the screen comes near an end of the window.
pub(super) fn read_pages(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(page) = model.log.wanted_page(log_room(model)) {
        ask_page(model, page, effects);
    }
}

fn ask_page(model: &mut Model, page: Page, effects: &mut Vec<Effect>) {
    let Some(reading) = model.log.reading() else { return };
    model.log.paging = true;
    model.log.asked = Some(page.clone());
    effects.push(Effect::PageLog { generation: model.log.generation, reading, page });
}

/// A page came.
pub(super) fn page(
    model: &mut Model,
    page: &Page,
    items: Result<Vec<LogItem>, Failure>,
    effects: &mut Vec<Effect>,
) {
    // One that was asked for before the screen went elsewhere.
    if model.log.asked.as_ref() != Some(page) {
        return;
    }
    match items {
        Ok(items) => {
            let reached_end = model.log.take_page(page, items);
            if let Page::Around(hit) = page {
                show_around(model, *hit);
            }
            if reached_end && model.log.detached {
                let begin = model.log.attach();
                follow_from(model, begin, effects);
            } else if let (Page::Around(_), Some(begin)) = (page, model.log.leave_end()) {
                follow_from(model, begin, effects);
            }
        }
        // It is asked for again only with a new stream, so that a broken log is not asked for without end.
        Err(failure) => {
            model.log.error = Some(ansi::plain(&failure.message));
            model.log.broken = true;
            model.log.paging = false;
            model.log.asked = None;
        }
    }
    model.touch(Dirty::Logs);
}

/// The window is new: the screen goes to this place in it.
fn show_around(model: &mut Model, hit: Hit) {
    let room = log_room(model);
    if let Some(number) = model.log.number_near(hit) {
        let top = model.log.up((number, 0), room.height / 3, room);
        model.log.position = Position::At(top.min(model.log.last_top(room)));
    }
}

/// The stream ended.
pub(super) fn ended(model: &mut Model, error: Option<Failure>) {
    model.log.live = true;
    model.log.paging = false;
    model.log.progress = None;
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
        Action::Search | Action::Include | Action::Exclude | Action::Level | Action::Context => {
            narrow::perform(model, action, effects);
        }
        Action::NextMatch => search::to_match(model, true, effects),
        Action::PreviousMatch => search::to_match(model, false, effects),
        Action::NextError => search::to_error(model, true, effects),
        Action::PreviousError => search::to_error(model, false, effects),
        Action::MergedLogs => merge(model, effects),
        _ => look::perform(model, action),
    }
}

/// One step back within the pane: the selection goes, then the search, then the merged view; whether there was one.
pub(super) fn back(model: &mut Model, effects: &mut Vec<Effect>) -> bool {
    if select::end(model, effects) {
        return true;
    }
    if model.log.search.is_some() {
        search::end(model, effects);
        return true;
    }
    split(model, effects)
}

/// To the oldest line that is stored.
fn first(model: &mut Model, room: Room, effects: &mut Vec<Effect>) {
    let log = &mut model.log;
    log.stay();
    log.current = None;
    let Some(reading) = log.reading().filter(|_| !log.complete && log.live) else {
        log.go_to_first(room);
        return;
    };
    let begin = log.leave_end();
    let page = log.begin_first(&reading);
    if let Some(begin) = begin {
        follow_from(model, begin, effects);
    }
    effects.push(Effect::PageLog { generation: model.log.generation, reading, page });
}

/// The stream ended some time ago: reads on.
pub(super) fn retry(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.log.retry_at.is_some_and(|at| at <= model.now.mono) {
        model.log.retry_at = None;
        if !model.is_lost() {
            resume(model, effects);
        }
    }
}

fn follow(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.log.detached {
        let begin = model.log.restart(Begin::Last);
        follow_from(model, begin, effects);
    }
    model.log.stay();
    model.log.follow();
    model.log.current = None;
}
