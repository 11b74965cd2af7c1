//! Which lines are shown: patterns, the least level, lines around. The supervisor leaves the others out.

use super::{ask_page, follow_from, search};
use crate::model::action::Action;
use crate::tui::effect::Effect;
use crate::tui::layout::log_room;
use crate::tui::model::dialog::{Prompt, PromptKind};
use crate::tui::model::log_search::compile;
use crate::tui::model::log_view::{Begin, Page, Position};
use crate::tui::model::{Level, Model};

/// The keys that ask for a pattern or change which lines are shown.
pub(super) fn perform(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::Search => open(model, PromptKind::Search),
        Action::Include => open(model, PromptKind::Include),
        Action::Exclude => open(model, PromptKind::Exclude),
        Action::Level => {
            model.log.narrow.level = model.log.narrow.next_level();
            read_again(model, effects);
        }
        Action::Context => context(model, effects),
        _ => {}
    }
}

fn open(model: &mut Model, kind: PromptKind) {
    model.prompt = Some(Prompt { kind, ..Prompt::default() });
}

fn context(model: &mut Model, effects: &mut Vec<Effect>) {
    let why_not = if !model.log.narrow.is_some() {
        "no lines are left out: `&`, `!` and `v` do that"
    } else if model.log.is_merged() {
        "lines around others can be shown of one server's log only"
    } else {
        model.log.narrow.context = !model.log.narrow.context;
        return read_again(model, effects);
    };
    model.toasts.say(model.now.mono, Level::Info, "logs", why_not, None);
}

/// Something was typed: says what is wrong with it so far.
pub(in crate::tui::update) fn typed(model: &mut Model) {
    if let Some(prompt) = &mut model.prompt {
        prompt.error = compile(&prompt.text).err();
    }
}

/// What was typed holds; nothing at all takes away what held before.
pub(in crate::tui::update) fn accepted(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(prompt) = model.prompt.take_if(|prompt| prompt.error.is_none()) else { return };
    let pattern = (!prompt.text.is_empty()).then_some(prompt.text);
    let narrow = &mut model.log.narrow;
    let place = match prompt.kind {
        PromptKind::Filter => return,
        PromptKind::Search => return search::begin(model, pattern, effects),
        PromptKind::Include => &mut narrow.include,
        PromptKind::Exclude => &mut narrow.exclude,
    };
    if *place != pattern {
        *place = pattern;
        read_again(model, effects);
    }
}

/// Other lines are shown: reads them around the place where the screen stands, or the last ones.
fn read_again(model: &mut Model, effects: &mut Vec<Effect>) {
    let room = log_room(model);
    let log = &mut model.log;
    log.narrow.context &= log.narrow.is_some();
    let place = match log.position {
        Position::Follow => None,
        Position::At(_) => search::here(log, room, true),
    };
    if let Some(hit) = place {
        let begin = log.restart(Begin::Now);
        follow_from(model, begin, effects);
        ask_page(model, Page::Around(hit), effects);
    } else {
        let begin = log.restart(Begin::Last);
        follow_from(model, begin, effects);
    }
    search::again(model, effects);
}
