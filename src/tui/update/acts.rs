//! What happens to servers. One server is acted on at once, and the message names the key that takes it back; several
//! only after a question that names each of them.
//!
//! The table's acts mean those that are marked and shown, else what the cursor is on. In the detail pane they mean the
//! server that it shows.

use super::{answers, confirm};
use crate::api::Verb;
use crate::model::ServerId;
use crate::model::action::{Action, Scope};
use crate::tui::effect::Effect;
use crate::tui::model::undo::is_up;
use crate::tui::model::{Level, Model, Pane, Undo, needs};

/// Does what is meant.
pub(super) fn perform(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::Start => act(model, Verb::Start, effects),
        Action::Stop => act(model, Verb::Stop { now: false }, effects),
        Action::Restart => act(model, Verb::Restart, effects),
        Action::Kill => kill(model),
        Action::RestartAll => {
            let servers = model.servers.shown().map(|server| server.status.id.clone()).collect();
            confirm::ask(model, Verb::Restart, servers);
        }
        Action::KillHolder => confirm::ask_about_holder(model),
        Action::Undo => undo(model, effects),
        _ => {}
    }
}

/// Asks, where there is a process to be killed.
fn kill(model: &mut Model) {
    let (servers, _) = meant(model);
    let has_process =
        |id: &ServerId| model.servers.get(id).is_some_and(|server| server.status.phase.is_alive());
    if servers.iter().any(has_process) {
        return confirm::ask(model, Verb::Stop { now: true }, servers);
    }
    let text = match servers.as_slice() {
        [] => return,
        [one] => format!("{} has no process to be killed", one.name()),
        several => format!("none of {} servers has a process to be killed", several.len()),
    };
    model.toasts.say(model.now.mono, Level::Warning, "kill", text, None);
}

/// Who is meant, and whether that has to be asked about first: where it is not just the selected server, or where others
/// are marked, but hidden.
fn meant(model: &Model) -> (Vec<ServerId>, bool) {
    let selected = model.selected_id();
    if model.focus == Pane::Detail {
        return (selected.cloned().into_iter().collect(), false);
    }
    let marked = model.servers.marked();
    if marked.is_empty() {
        let asks = model.servers.selected_section().is_some() || model.servers.marks() > 0;
        return (model.servers.under_cursor(), asks);
    }
    let is_selected = marked.len() == 1 && marked.first().copied() == selected;
    (marked.into_iter().cloned().collect(), !is_selected)
}

fn act(model: &mut Model, verb: Verb, effects: &mut Vec<Effect>) {
    let (servers, asks) = meant(model);
    if asks {
        confirm::ask(model, verb, servers);
    } else {
        request(model, verb, servers, effects);
    }
}

/// Whether anything can be asked of the supervisor; if not, says why.
pub(super) fn can_ask(model: &mut Model) -> bool {
    if model.is_lost() {
        let text = "not connected: nothing was asked";
        model.toasts.say(model.now.mono, Level::Warning, "request", text, None);
    }
    !model.read_only && !model.is_lost()
}

/// Asks, and says so.
pub(super) fn request(model: &mut Model, verb: Verb, servers: Vec<ServerId>, effects: &mut Vec<Effect>) {
    if servers.is_empty() || !can_ask(model) {
        return;
    }
    remember(model, verb, &servers);
    for id in &servers {
        if let Some(server) = model.servers.get_mut(id) {
            server.asked = Some(verb);
        }
    }
    let doing = match verb {
        Verb::Start => "starting",
        Verb::Stop { now: false } => "stopping",
        Verb::Stop { now: true } => "killing",
        Verb::Restart => "restarting",
        Verb::Signal { .. } => "signalling",
    };
    let what = answers::names(&servers);
    let subject = answers::subject(&servers);
    let offer = way_back(model, verb, &subject);
    model.toasts.say(model.now.mono, Level::Asked, subject, format!("{doing} {what}"), offer);
    effects.push(Effect::Request { verb, servers });
}

/// The key that takes it back, and its word.
pub(super) fn way_back(model: &Model, verb: Verb, subject: &str) -> Option<(String, String)> {
    let key = |action| model.keymap.hint(Scope::Table, action, model.start.glyphs);
    let undo = model.undo.as_ref().filter(|undo| undo.subject == subject && undo.holds(model.now.mono));
    match (undo, verb) {
        (Some(_), _) => Some((key(Action::Undo)?, "undo".to_owned())),
        (None, Verb::Restart) => Some((key(Action::Stop)?, "stop".to_owned())),
        (None, Verb::Start | Verb::Stop { .. } | Verb::Signal { .. }) => None,
    }
}

/// Whom it changes, for taking it back. An act that changes nothing leaves the one before.
fn remember(model: &mut Model, verb: Verb, servers: &[ServerId]) {
    let along = if verb == Verb::Start { needs::started_along(&model.servers, servers) } else { Vec::new() };
    let changes = |id: &&ServerId| {
        let is_up = model.servers.get(id).is_some_and(|server| is_up(&server.status));
        is_up != (verb == Verb::Start)
    };
    let servers_changed: Vec<ServerId> = servers.iter().chain(&along).filter(changes).cloned().collect();
    if !servers_changed.is_empty() || verb == Verb::Restart {
        let subject = answers::subject(servers);
        model.undo = Some(Undo { did: verb, subject, servers: servers_changed, at: model.now.mono });
    }
}

/// Takes the last act back: of those that it changed, those that are still as it left them.
fn undo(model: &mut Model, effects: &mut Vec<Effect>) {
    let now = model.now.mono;
    let say = |model: &mut Model, text: &str| model.toasts.say(now, Level::Info, "undo", text, None);
    let Some(last) = model.undo.clone().filter(|undo| now < undo.at + crate::tui::model::undo::LASTS) else {
        say(model, "nothing to undo");
        return;
    };
    let Some(verb) = last.back() else {
        say(model, "a restart can't be undone");
        return;
    };
    let is_left = |id: &ServerId| {
        let server = model.servers.get(id);
        // what is not answered yet may not be seen yet
        server.is_some_and(|it| it.asked == Some(last.did) || is_up(&it.status) == (last.did == Verb::Start))
    };
    let servers: Vec<ServerId> = last.servers.iter().filter(|id| is_left(id)).cloned().collect();
    if servers.is_empty() {
        let verb = if last.servers.len() == 1 { "is" } else { "are" };
        let how = if last.did == Verb::Start { "down" } else { "up" };
        say(model, &format!("nothing to undo: {} {verb} {how} already", answers::names(&last.servers)));
        return;
    }
    request(model, verb, servers, effects);
}
