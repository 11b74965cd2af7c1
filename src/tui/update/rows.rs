//! Which rows the table has, their order, and marks.

use crate::model::action::{Action, Scope};
use crate::tui::model::{Dialog, Level, Model, SortKey, SortPicker};

/// Does what is meant.
pub(super) fn perform(model: &mut Model, action: Action) {
    match action {
        Action::Mark => {
            model.servers.toggle_mark();
            if let Some(row) = model.servers.selected_row() {
                model.servers.select_row(row + 1);
            }
        }
        Action::MarkAll => model.servers.toggle_all(),
        Action::SortReverse => model.servers.sort_by(model.servers.sort().key),
        Action::Sections => model.servers.next_division(),
        Action::Fold => fold(model),
        _ => {}
    }
}

fn fold(model: &mut Model) {
    if model.servers.fold() {
        return;
    }
    let hint = model.keymap.hint(Scope::Table, Action::Sections, model.start.glyphs);
    let text = hint.map_or_else(
        || "no section to fold".to_owned(),
        |key| format!("no section to fold: {key} makes sections by project, then by group"),
    );
    model.toasts.say(model.now.mono, Level::Info, "sections", text, None);
}

/// Asks what to sort by.
pub(super) fn open_sort(model: &mut Model) {
    model.dialog = Some(Dialog::Sort(SortPicker::new(model.servers.sort())));
}

/// A key while that is asked.
pub(super) fn pick(model: &mut Model, mut picker: SortPicker, action: Action) {
    let last = SortKey::ALL.len() - 1;
    match action {
        Action::No => return,
        Action::Press | Action::Yes => {
            model.servers.freeze(false);
            model.servers.set_sort(picker.chosen());
            return;
        }
        Action::NextButton => picker.reversed = !picker.reversed,
        _ => {
            let at = super::dialogs::moved(picker.at, action, SortKey::ALL.len()).min(last);
            // the usual end of another one first
            picker.reversed &= at == picker.at;
            picker.at = at;
        }
    }
    model.dialog = Some(Dialog::Sort(picker));
}

/// A click on a column's head: sorts by it; again: the other way round.
pub(super) fn head_clicked(model: &mut Model, x: u16) {
    if let Some(key) = crate::tui::view::sort_key_at(model, x) {
        model.servers.sort_by(key);
    }
}
