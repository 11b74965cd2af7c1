//! Clicks and the wheel. A click on a word of the footer or on a button is the key that stands there; what is under the
//! pointer is looked up where it was drawn, so that both mean the same.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::{keys, rows};
use crate::model::action::Action;
use crate::tui::effect::Effect;
use crate::tui::layout::{Layout, is_small, layout, log_room, table_rows};
use crate::tui::model::{Dialog, Dirty, Level, Model, Pane};
use crate::tui::view::{footer_hints, row_cells};

/// Rows that one step of the wheel moves.
const STEP: i64 = 3;

/// On or off, and how to select text.
pub(super) fn toggle(model: &mut Model, effects: &mut Vec<Effect>) {
    model.mouse.on = !model.mouse.on;
    effects.push(Effect::Mouse(model.mouse.on));
    let text = if model.mouse.on { "mouse on: Shift held selects text" } else { "mouse off" };
    model.toasts.say(model.now.mono, Level::Info, "mouse", text, None);
}

/// Something was done with it.
pub(super) fn happened(model: &mut Model, event: MouseEvent, effects: &mut Vec<Effect>) {
    // Reports that were under way when it was turned off.
    if !model.mouse.on || is_small(model.size) {
        return;
    }
    let at = Position { x: event.column, y: event.row };
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => {
            model.touch(Dirty::Now);
            let is_second = model.mouse.clicked(model.now.mono, at.x, at.y);
            clicked(model, at, is_second, effects);
        }
        MouseEventKind::ScrollUp => wheel(model, at, -STEP, effects),
        MouseEventKind::ScrollDown => wheel(model, at, STEP, effects),
        MouseEventKind::Down(_)
        | MouseEventKind::Up(_)
        | MouseEventKind::Drag(_)
        | MouseEventKind::Moved
        | MouseEventKind::ScrollLeft
        | MouseEventKind::ScrollRight => {}
    }
}

fn clicked(model: &mut Model, at: Position, is_second: bool, effects: &mut Vec<Effect>) {
    let places = layout(model);
    let pressed = if places.footer.contains(at) { hint_at(model, at) } else { button_at(model, at) };
    if let Some(action) = pressed {
        keys::perform(model, action, effects);
        return;
    }
    if model.dialog.is_some() || model.prompt.is_some() {
        return;
    }
    match pane_at(&places, at) {
        Some(Pane::Table) => {
            model.focus = Pane::Table;
            let Some(below) = places.table.and_then(|table| at.y.checked_sub(table.y)) else { return };
            let Some(below_head) = below.checked_sub(1) else {
                rows::head_clicked(model, at.x);
                return;
            };
            let Some(row) = model.servers.row_at(usize::from(below_head)) else { return };
            model.servers.select_row(row);
            if model.servers.fold_at(row) {
                return;
            }
            if is_second {
                keys::perform(model, Action::OpenDetail, effects);
            }
        }
        Some(pane) => model.focus = pane,
        None => {}
    }
}

fn pane_at(places: &Layout, at: Position) -> Option<Pane> {
    let framed = |frame: Option<crate::tui::layout::Framed>| {
        frame.is_some_and(|frame| frame.title.contains(at) || frame.body.contains(at))
    };
    if places.table.is_some_and(|table| table.contains(at)) {
        Some(Pane::Table)
    } else if framed(places.logs) {
        Some(Pane::Logs)
    } else if framed(places.detail) {
        Some(Pane::Detail)
    } else {
        None
    }
}

/// The footer's hint at this place.
fn hint_at(model: &Model, at: Position) -> Option<Action> {
    let cells = row_cells(model, at.y);
    footer_hints(model).into_iter().find_map(|(action, key, word)| {
        let hint = format!("{key} {word}");
        place_of(&cells, &hint, at.y).is_some_and(|place| place.contains(at)).then_some(action)
    })
}

/// The button of a question at this place: Cancel, or what stands right of it.
fn button_at(model: &Model, at: Position) -> Option<Action> {
    if !matches!(model.dialog, Some(Dialog::Confirm(_) | Dialog::Changes(_))) {
        return None;
    }
    let cells = row_cells(model, at.y);
    let cancel = place_of(&cells, "Cancel", at.y)?;
    if cancel.contains(at) {
        return Some(Action::No);
    }
    let right: Vec<usize> = (usize::from(cancel.right())..cells.len())
        .filter(|x| cells[*x].chars().any(char::is_alphanumeric))
        .collect();
    let (first, last) = (*right.first()?, *right.last()?);
    (first..=last).contains(&usize::from(at.x)).then_some(Action::Yes)
}

/// Where this text stands in a row.
fn place_of(cells: &[String], text: &str, y: u16) -> Option<Rect> {
    let wanted: Vec<String> = text.chars().map(String::from).collect();
    // a part of another word is not it
    let blank = |x: Option<usize>| x.and_then(|x| cells.get(x)).is_none_or(|cell| cell.trim().is_empty());
    let is_alone = |x: usize| blank(x.checked_sub(1)) && blank(Some(x + wanted.len()));
    let x = cells.windows(wanted.len()).enumerate().position(|(x, part)| part == wanted && is_alone(x))?;
    Some(Rect::new(x as u16, y, wanted.len() as u16, 1))
}

/// Moves what is under the pointer; over the panes, what covers them.
fn wheel(model: &mut Model, at: Position, rows: i64, effects: &mut Vec<Effect>) {
    if model.dialog.is_some() {
        let action = if rows < 0 { Action::Up } else { Action::Down };
        (0..rows.abs()).for_each(|_| keys::perform(model, action, effects));
        model.touch(Dirty::Now);
        return;
    }
    match pane_at(&layout(model), at) {
        Some(Pane::Table) => scroll_table(model, rows),
        Some(Pane::Logs) => model.log.scroll(rows, log_room(model)),
        Some(Pane::Detail) | None => return,
    }
    model.touch(Dirty::Now);
}

/// The rows move under the selection until it would leave the screen; then it goes with them.
fn scroll_table(model: &mut Model, rows: i64) {
    let (room, all) = (table_rows(model), model.servers.row_count());
    let top = model.servers.top.saturating_add_signed(rows as isize).min(all.saturating_sub(room));
    model.servers.top = top;
    if let Some(selected) = model.servers.selected_row() {
        let row = selected.clamp(top, (top + room - 1).max(top));
        if row != selected {
            model.servers.select_row(row);
        }
    }
}

#[cfg(test)]
mod tests;
