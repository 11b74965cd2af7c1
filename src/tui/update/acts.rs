//! What happens to servers: asked for at once, or after a question.

use super::{answers, dialogs};
use crate::api::Verb;
use crate::model::ServerId;
use crate::model::action::{Action, Scope};
use crate::tui::effect::Effect;
use crate::tui::model::{Level, Model};

/// Does what is meant.
pub(super) fn perform(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::Start => act(model, Verb::Start, effects),
        Action::Stop => act(model, Verb::Stop { now: false }, effects),
        Action::Restart => act(model, Verb::Restart, effects),
        Action::Kill => {
            let servers = model.selected_id().cloned().into_iter().collect();
            dialogs::ask(model, Verb::Stop { now: true }, servers);
        }
        Action::RestartAll => {
            let servers = model.servers.shown().map(|server| server.status.id.clone()).collect();
            dialogs::ask(model, Verb::Restart, servers);
        }
        _ => {}
    }
}

/// One verb for the selected server, at once; the message names the key that undoes it.
fn act(model: &mut Model, verb: Verb, effects: &mut Vec<Effect>) {
    if let Some(server) = model.selected_id().cloned() {
        request(model, verb, vec![server], effects);
    }
}

/// Asks, and says so.
pub(super) fn request(model: &mut Model, verb: Verb, servers: Vec<ServerId>, effects: &mut Vec<Effect>) {
    if model.read_only || servers.is_empty() {
        return;
    }
    if model.is_lost() {
        let text = "not connected: nothing was asked";
        model.toasts.say(model.now.mono, Level::Warning, "request", text, None);
        return;
    }
    for id in &servers {
        if let Some(server) = model.servers.get_mut(id) {
            server.asked = Some(verb);
        }
    }
    let (doing, undo) = match verb {
        Verb::Start => ("starting", Some((Action::Stop, "stop"))),
        Verb::Stop { now: false } => ("stopping", Some((Action::Start, "start again"))),
        Verb::Stop { now: true } => ("killing", Some((Action::Start, "start again"))),
        Verb::Restart => ("restarting", Some((Action::Stop, "stop"))),
        Verb::Signal { .. } => ("signalling", None),
    };
    let what = answers::names(&servers);
    let offer = undo.filter(|_| servers.len() == 1).and_then(|(action, word)| {
        let key = model.keymap.hint(Scope::Table, action, model.start.glyphs)?;
        Some((key, word.to_owned()))
    });
    let subject = answers::subject(&servers);
    model.toasts.say(model.now.mono, Level::Asked, subject, format!("{doing} {what}"), offer);
    effects.push(Effect::Request { verb, servers });
}
