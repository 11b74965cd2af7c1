//! Lines are selected and copied. While they are, the end is not followed and the lines stay where they are.
//!
//! What is copied is what is shown, in whole lines: safe text without colours, with the times where they are shown, but
//! without ostler's margin and without spaces at the ends. How long ago a line came means nothing elsewhere, so that is
//! left out.

use crate::model::action::Action;
use crate::text::human::plural;
use crate::text::width;
use crate::tui::ansi;
use crate::tui::effect::Effect;
use crate::tui::layout::{has_fine_times, log_name, log_room, name_width, time_width};
use crate::tui::log_time;
use crate::tui::model::log_look::Times;
use crate::tui::model::log_notes::Selection;
use crate::tui::model::log_view::Position;
use crate::tui::model::{Level, Model};

/// Bytes of text that are copied at most: as many as the window holds.
const COPY_MAX: usize = crate::tui::model::log_store::MAX_BYTES;

/// The keys that select and copy.
pub(super) fn perform(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::Select if model.log.notes.selection.is_some() => {
            end(model, effects);
        }
        Action::Select => begin(model),
        Action::CopyLines => match model.log.notes.selection {
            Some(selection) => {
                copy(model, selection.lines(), "", effects);
                end(model, effects);
            }
            None => say_how(model),
        },
        Action::CopyVisible => {
            let visible = model.log.visible(log_room(model));
            if visible.is_empty() {
                say(model, "no lines are on the screen".to_owned());
            }
            copy(model, visible.start..=visible.end - 1, " on the screen", effects);
        }
        _ => {}
    }
}

fn begin(model: &mut Model) {
    let room = log_room(model);
    let visible = model.log.visible(room);
    if visible.is_empty() {
        return;
    }
    let followed = model.log.follows();
    model.log.pause(room);
    let at = visible.end - 1;
    model.log.notes.selection = Some(Selection { anchor: at, cursor: at, followed, full: false });
}

/// Nothing is selected any more; whether something was. The end is followed again if it was before.
pub(in crate::tui::update) fn end(model: &mut Model, effects: &mut Vec<Effect>) -> bool {
    let Some(selection) = model.log.notes.selection.take() else { return false };
    if selection.followed {
        super::follow(model, effects);
    }
    true
}

/// Moves the selection's end; whether there is one. Its line stays on the screen.
pub(super) fn travel(model: &mut Model, action: Action) -> bool {
    let Some(selection) = model.log.notes.selection else { return false };
    let room = log_room(model);
    let page = room.height.saturating_sub(1).max(1) as i64;
    let (first, last) = (model.log.store.first(), model.log.store.end() - 1);
    let to = match action {
        Action::Down => selection.cursor + 1,
        Action::Up => selection.cursor - 1,
        Action::HalfDown => selection.cursor + (page / 2).max(1),
        Action::HalfUp => selection.cursor - (page / 2).max(1),
        Action::PageDown => selection.cursor + page,
        Action::PageUp => selection.cursor - page,
        Action::First => first,
        Action::Last => last,
        _ => selection.cursor,
    };
    let cursor = to.clamp(first, last.max(first));
    model.log.notes.selection = Some(Selection { cursor, ..selection });
    bring(model, cursor);
    if selection.full && to != cursor {
        say(model, "no more lines can be selected at once".to_owned());
    }
    true
}

/// There may be less room now: the line to which is selected stays in sight.
pub(in crate::tui::update) fn keep_on_screen(model: &mut Model) {
    if let Some(selection) = model.log.notes.selection {
        bring(model, selection.cursor);
    }
}

/// Scrolls until the line is on the screen, and no further.
fn bring(model: &mut Model, number: i64) {
    let room = log_room(model);
    let (top, skip) = model.log.top(room);
    if number < top || (number == top && skip > 0) {
        model.log.position = Position::At((number, 0));
        return;
    }
    let mut rows = 0;
    let mut first = number;
    // The first line from which on there is room for this one as a whole; a longer one begins at the top.
    while first >= top {
        rows += model.log.rows_of(first, room);
        if rows > room.height {
            break;
        }
        first -= 1;
    }
    let least = (first + 1).min(number);
    if least > top {
        model.log.position = Position::At((least, 0));
    }
}

/// Lines as they are shown.
fn copy(model: &Model, numbers: std::ops::RangeInclusive<i64>, which: &str, effects: &mut Vec<Effect>) {
    let mut text = String::new();
    let (mut copied, mut all) = (0, 0);
    for number in numbers {
        let Some(line) = shown(model, number) else { continue };
        all += 1;
        // What is copied has no gap in it.
        if copied + 1 == all && text.len() + line.len() < COPY_MAX {
            text.push_str(&line);
            text.push('\n');
            copied += 1;
        }
    }
    let name = super::save::subject(model);
    let lines = if copied < all { format!("{copied} of {all} lines") } else { plural(all, "line") };
    if copied > 0 {
        effects.push(Effect::Copy { what: format!("{lines} of {name}{which}"), text });
    }
}

/// A line without the margin.
pub(in crate::tui::update) fn shown(model: &Model, number: i64) -> Option<String> {
    let log = &model.log;
    let stored = log.store.get(number)?;
    let line = ansi::line(stored, &log.look);
    let time = match log.look.times {
        Times::Off | Times::Relative => String::new(),
        Times::Time | Times::Date if line.goes_on => " ".repeat(usize::from(time_width(model))),
        times @ (Times::Time | Times::Date) => {
            log_time::text(times, has_fine_times(model), stored.at, &model.start.zone, None) + " "
        }
    };
    let name = match log.server_of(stored) {
        Some(id) => width::pad(&log_name(model, id), usize::from(name_width(model).saturating_sub(1))) + " ",
        None => String::new(),
    };
    Some((time + &name + &line.text()).trim_end().to_owned())
}

fn say_how(model: &mut Model) {
    let key = |action| {
        let key = model.keymap.hint(model.scope(), action, model.start.glyphs);
        key.unwrap_or_default()
    };
    let text = format!(
        "no lines are selected: {} begins, {} copies those on the screen",
        key(Action::Select),
        key(Action::CopyVisible)
    );
    say(model, text);
}

fn say(model: &mut Model, text: String) {
    model.toasts.say(model.now.mono, Level::Warning, "copy", text, None);
}
