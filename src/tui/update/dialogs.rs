//! Keys while something stands over the panes.

use super::{confirm, copy, edit, events, logs, palette, rows, themes};
use crate::model::action::{Action, Scope};
use crate::tui::effect::Effect;
use crate::tui::layout::layout;
use crate::tui::model::dialog::{PROMPT_MAX, PromptKind};
use crate::tui::model::{Dialog, Dirty, Filter, Model};
use crate::tui::view::{help_rows, last_help, last_message, why_overflow};

/// A character was typed that is no key of an action.
pub(super) fn typed(model: &mut Model, c: char) {
    match (&mut model.dialog, &mut model.prompt) {
        (Some(Dialog::Help { search, top, .. }), _) if search.len() < PROMPT_MAX => {
            search.push(c);
            *top = 0;
        }
        (Some(Dialog::Palette(_)), _) => palette::typed(model, c),
        (None, Some(prompt)) if prompt.text.len() < PROMPT_MAX => {
            prompt.text.push(c);
            filter(model);
        }
        _ => {}
    }
}

/// A text was pasted: into what is being typed, as if it were, but no character of it is a key.
pub(super) fn pasted(model: &mut Model, text: &str) {
    if model.scope() == Scope::Prompt {
        let safe = text.chars().filter(|c| !crate::text::is_unsafe(*c));
        safe.take(PROMPT_MAX).for_each(|c| typed(model, c));
        model.touch(Dirty::Now);
    }
}

/// Does what a key means here.
pub(super) fn perform(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    match model.dialog.take() {
        Some(Dialog::Confirm(question)) => confirm::perform(model, question, action, effects),
        Some(Dialog::Sort(picker)) => rows::pick(model, picker, action),
        Some(Dialog::Why(mut why)) => {
            let last = why_overflow(model, &why);
            why.top = moved(why.top, action, 5).min(last);
            if !matches!(action, Action::No | Action::Press | Action::Yes) {
                model.dialog = Some(Dialog::Why(why));
            }
        }
        Some(Dialog::Events(page)) => events::perform(model, page, action, effects),
        Some(Dialog::Themes(picker)) => themes::perform(model, picker, action, effects),
        Some(Dialog::Changes(changes)) => edit::perform(model, action, changes, effects),
        Some(Dialog::Palette(open)) => palette::perform(model, action, open, effects),
        Some(Dialog::Messages { top }) => {
            if !matches!(action, Action::No | Action::Press | Action::Yes) {
                let page = help_rows(layout(model).body.height).saturating_sub(1).max(1);
                let top = moved(top, action, page).min(last_message(model));
                model.dialog = Some(Dialog::Messages { top });
            }
        }
        Some(Dialog::Help { scope, mut search, top }) => {
            let rows = help_rows(layout(model).body.height);
            let mut top = moved(top, action, rows.saturating_sub(1).max(1));
            match action {
                Action::Erase => {
                    search.pop();
                    top = 0;
                }
                Action::EraseAll => {
                    search.clear();
                    top = 0;
                }
                Action::Accept | Action::Cancel => return,
                _ => {}
            }
            let last = last_help(model, scope, &search);
            model.dialog = Some(Dialog::Help { scope, search, top: top.min(last) });
        }
        Some(Dialog::Copy(menu)) => copy::perform(model, &menu, action, effects),
        Some(Dialog::Save(question)) => logs::save::answer(model, question, action, effects),
        None => prompt(model, action, effects),
    }
}

/// The first line on the screen after this key.
pub(super) fn moved(top: usize, action: Action, page: usize) -> usize {
    match action {
        Action::Down => top.saturating_add(1),
        Action::Up => top.saturating_sub(1),
        Action::First => 0,
        Action::Last => usize::MAX,
        Action::PageDown => top.saturating_add(page),
        Action::PageUp => top.saturating_sub(page),
        Action::HalfDown => top.saturating_add(page.div_ceil(2)),
        Action::HalfUp => top.saturating_sub(page.div_ceil(2)),
        _ => top,
    }
}

fn prompt(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    let Some(prompt) = &mut model.prompt else { return };
    match action {
        Action::Erase => {
            // With nothing left to erase, the prompt goes.
            if prompt.text.pop().is_none() {
                model.prompt = None;
                return;
            }
        }
        Action::EraseAll => prompt.text.clear(),
        Action::Accept if prompt.kind != PromptKind::Filter => return logs::accepted(model, effects),
        Action::Cancel if prompt.kind != PromptKind::Filter => {
            model.prompt = None;
            return;
        }
        Action::Accept => {
            if prompt.error.is_none() {
                model.prompt = None;
            }
            return;
        }
        Action::Cancel => {
            let selected = prompt.selected.clone();
            model.prompt = None;
            model.servers.set_filter(Filter::default());
            if let Some(id) = selected {
                model.servers.select(&id);
            }
            return;
        }
        _ => return,
    }
    filter(model);
}

/// Filters by what is typed so far; what can't be meant is said, and the filter before stays.
fn filter(model: &mut Model) {
    let Some(prompt) = &mut model.prompt else { return };
    if prompt.kind != PromptKind::Filter {
        return logs::typed(model);
    }
    match Filter::parse(&prompt.text) {
        Ok(filter) => {
            prompt.error = None;
            let selected = prompt.selected.clone();
            model.servers.set_filter(filter);
            if let Some(id) = selected {
                model.servers.select(&id);
            }
        }
        Err(error) => prompt.error = Some(error),
    }
}
