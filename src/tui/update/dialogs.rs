//! Keys while something stands over the panes.

use super::{acts, edit, palette};
use crate::api::Verb;
use crate::model::ServerId;
use crate::model::action::Action;
use crate::tui::effect::Effect;
use crate::tui::layout::layout;
use crate::tui::model::dialog::PROMPT_MAX;
use crate::tui::model::{Dialog, Filter, Model};
use crate::tui::view::{help_rows, last_help, last_message};

/// Asks before something is done. The rows stay as they are meanwhile.
pub(super) fn ask(model: &mut Model, verb: Verb, servers: Vec<ServerId>) {
    if model.read_only || servers.is_empty() {
        return;
    }
    model.servers.freeze(true);
    model.dialog = Some(Dialog::Confirm { verb, servers, yes: false, top: 0 });
}

/// A character was typed that is no key of an action.
pub(super) fn typed(model: &mut Model, c: char) {
    match (&mut model.dialog, &mut model.prompt) {
        (Some(Dialog::Help { search, top, .. }), _) if search.len() < PROMPT_MAX => {
            search.push(c);
            *top = 0;
        }
        (Some(Dialog::Palette(open)), _) => palette::typed(open, c),
        (None, Some(prompt)) if prompt.text.len() < PROMPT_MAX => {
            prompt.text.push(c);
            filter(model);
        }
        _ => {}
    }
}

/// Does what a key means here.
pub(super) fn perform(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    match model.dialog.take() {
        Some(Dialog::Confirm { verb, servers, yes, top }) => {
            confirm(model, action, verb, servers, yes, top, effects);
        }
        Some(Dialog::Why { server, answer, top }) => {
            let top = moved(top, action, 5);
            if !matches!(action, Action::No | Action::Press | Action::Yes) {
                model.dialog = Some(Dialog::Why { server, answer, top: top.min(200) });
            }
        }
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
        None => prompt(model, action),
    }
}

pub(super) fn moved(top: usize, action: Action, page: usize) -> usize {
    match action {
        Action::Down => top.saturating_add(1),
        Action::Up => top.saturating_sub(1),
        Action::First => 0,
        Action::Last => usize::MAX,
        Action::PageDown => top.saturating_add(page),
        Action::PageUp => top.saturating_sub(page),
        _ => top,
    }
}

fn confirm(
    model: &mut Model,
    action: Action,
    verb: Verb,
    servers: Vec<ServerId>,
    yes: bool,
    top: usize,
    effects: &mut Vec<Effect>,
) {
    let agreed = match action {
        Action::Yes => true,
        Action::Press => yes,
        Action::No => false,
        _ => {
            let yes = yes != (action == Action::NextButton);
            let top = moved(top, action, 5).min(servers.len().saturating_sub(1));
            model.dialog = Some(Dialog::Confirm { verb, servers, yes, top });
            return;
        }
    };
    model.servers.freeze(false);
    if agreed {
        acts::request(model, verb, servers, effects);
    }
}

fn prompt(model: &mut Model, action: Action) {
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
