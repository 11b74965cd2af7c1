//! Keys of the palette.

use super::keys;
use crate::model::action::Action;
use crate::tui::effect::Effect;
use crate::tui::model::dialog::PROMPT_MAX;
use crate::tui::model::palette::{Does, Entry, Palette, entries};
use crate::tui::model::{Dialog, Filter, Level, Model, Pane};
use crate::tui::view::palette_rows;

/// Opens it.
pub(super) fn open(model: &mut Model) {
    show(model, Palette::default());
}

/// With the first of what fits chosen.
fn show(model: &mut Model, mut palette: Palette) {
    palette.choose(0, &entries(model, &palette.text));
    model.dialog = Some(Dialog::Palette(palette));
}

/// A character was typed.
pub(super) fn typed(model: &mut Model, c: char) {
    if let Some(Dialog::Palette(palette)) = &mut model.dialog
        && palette.text.len() < PROMPT_MAX
    {
        palette.text.push(c);
        let palette = palette.clone();
        show(model, palette);
    }
}

/// Does what a key means here; the dialog was taken from the model.
pub(super) fn perform(model: &mut Model, action: Action, mut palette: Palette, effects: &mut Vec<Effect>) {
    let found = entries(model, &palette.text);
    let page = palette_rows(model);
    let last = found.len().saturating_sub(1);
    let place = palette.place(&found);
    let at = place.unwrap_or(palette.at).min(last);
    let at = match action {
        Action::Cancel => return,
        // With nothing left to erase, it goes.
        Action::Erase if palette.text.pop().is_none() => return,
        Action::Erase => return show(model, palette),
        Action::EraseAll => return show(model, Palette::default()),
        // Beyond the last is the first.
        Action::Down => {
            if at >= last {
                0
            } else {
                at + 1
            }
        }
        Action::Up => at.checked_sub(1).unwrap_or(last),
        Action::PageDown => (at + page).min(last),
        Action::PageUp => at.saturating_sub(page),
        Action::Accept => {
            let chosen = place.and_then(|at| found.get(at)).cloned();
            if let Some(chosen) = chosen.and_then(|entry| possible(model, entry)) {
                choose(model, chosen.does, effects);
                return;
            }
            at
        }
        _ => at,
    };
    palette.choose(at, &found);
    model.dialog = Some(Dialog::Palette(palette));
}

/// The entry, if it can be done; otherwise says why not.
fn possible(model: &mut Model, entry: Entry) -> Option<Entry> {
    let Some(why) = &entry.why_not else { return Some(entry) };
    let text = crate::tui::ansi::plain(&format!("{}: {why}", entry.label));
    model.toasts.say(model.now.mono, Level::Warning, "palette", text, None);
    None
}

fn choose(model: &mut Model, does: Does, effects: &mut Vec<Effect>) {
    match does {
        Does::Act(action) => keys::perform(model, action, effects),
        Does::In(pane, action) => {
            model.focus = pane;
            keys::perform(model, action, effects);
        }
        Does::Go(server) => {
            let is_shown = |model: &Model| model.servers.shown().any(|shown| shown.status.id == server);
            if !is_shown(model) {
                model.servers.set_filter(Filter::default());
            }
            model.servers.select(&server);
            if model.zoomed && model.focus == Pane::Table {
                return;
            }
            model.zoomed = model.zoomed && model.focus != Pane::Table;
        }
    }
}
