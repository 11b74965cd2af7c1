//! Questions before something is done, and what is done after a yes.

use super::acts;
use crate::api::{HolderKilled, Verb};
use crate::model::action::{Action, Scope};
use crate::model::{Holder, PortState, PortStatus, ServerId};
use crate::text::human;
use crate::tui::ansi;
use crate::tui::effect::Effect;
use crate::tui::message::Failure;
use crate::tui::model::{Confirm, Deed, Dialog, Dirty, Level, Model, needs};

/// Asks before a verb, where it can be done. The rows stay as they are meanwhile.
pub(super) fn ask(model: &mut Model, verb: Verb, servers: Vec<ServerId>) {
    if servers.is_empty() || !acts::can_ask(model) {
        return;
    }
    let others = match verb {
        Verb::Start | Verb::Restart => needs::started_along(&model.servers, &servers),
        Verb::Stop { .. } => needs::left_without(&model.servers, &servers),
        Verb::Signal { .. } => Vec::new(),
    };
    model.dialog = Some(Dialog::Confirm(Confirm::new(Deed::Act { verb, servers, others })));
}

/// A key while a question stands.
pub(super) fn perform(model: &mut Model, mut confirm: Confirm, action: Action, effects: &mut Vec<Effect>) {
    let agreed = match action {
        Action::Yes => true,
        Action::Press => confirm.yes,
        Action::No => false,
        _ => {
            let last = match &confirm.deed {
                Deed::Act { servers, .. } => servers.len().saturating_sub(1),
                Deed::KillHolder { .. } => 0,
            };
            confirm.yes = confirm.yes != (action == Action::NextButton);
            confirm.top = super::dialogs::moved(confirm.top, action, 5).min(last);
            model.dialog = Some(Dialog::Confirm(confirm));
            return;
        }
    };
    if !agreed {
        return;
    }
    match confirm.deed {
        Deed::Act { verb, mut servers, .. } => {
            // one that was forgotten meanwhile would have all others refused
            servers.retain(|id| model.servers.get(id).is_some());
            acts::request(model, verb, servers, effects);
        }
        Deed::KillHolder { server, port, holder, now } => {
            if acts::can_ask(model) {
                let signal = if now { "SIGKILL" } else { "SIGTERM" };
                let text = ansi::plain(&format!("{signal} for {holder}"));
                model.toasts.say(model.now.mono, Level::Asked, subject(port), text, None);
                effects.push(Effect::KillHolder { server, port, pid: holder.pid, now });
            }
        }
    }
}

fn subject(port: u16) -> String {
    format!("port {port}")
}

/// Asks about the stranger that holds a port of the selected server, or says why there is nobody to be ended.
pub(super) fn ask_about_holder(model: &mut Model) {
    let Some(server) = model.selected().filter(|_| !model.read_only) else { return };
    let id = server.status.id.clone();
    let foreign = |port: &&PortStatus| port.state == PortState::Foreign && port.declared;
    let found = server.status.ports.iter().find(foreign).map(|port| (port.port, port.holder.clone()));
    let text = match found {
        None => no_stranger(id.name(), &server.status.ports),
        Some((port, Some(holder))) if holder.ours.is_none() && holder.pid.is_some() => {
            let now = model.told_to_go == Some((port, holder.pid));
            let deed = Deed::KillHolder { server: id, port, holder, now };
            model.dialog = Some(Dialog::Confirm(Confirm::new(deed)));
            return;
        }
        Some((port, Some(Holder { ours: Some(ours), .. }))) => {
            format!("port {port} is held by {ours}, a server of ostler's: stop that one")
        }
        Some((port, holder)) => {
            let whose =
                holder.and_then(|holder| holder.user).map_or_else(String::new, |user| format!(" of {user}"));
            format!(
                "port {port} is held by a process{whose} that can't be seen; root can: `ss -ltnp 'sport = :{port}'`"
            )
        }
    };
    model.toasts.say(model.now.mono, Level::Warning, "holder", ansi::plain(&text), None);
}

fn no_stranger(name: &str, ports: &[PortStatus]) -> String {
    let declared: Vec<String> =
        ports.iter().filter(|port| port.declared).map(|port| port.port.to_string()).collect();
    match declared.as_slice() {
        [] => format!("{name} declares no port"),
        [one] => format!("no stranger holds port {one} of {name}"),
        several => format!("no stranger holds a port of {name} ({})", several.join(", ")),
    }
}

/// The holder was sent a signal.
pub(super) fn holder_killed(
    model: &mut Model,
    server: &ServerId,
    port: u16,
    result: Result<HolderKilled, Failure>,
) {
    model.touch(Dirty::Now);
    model.told_to_go = None;
    let (level, text) = match result {
        Err(failure) => {
            let hint = failure.hint.map_or_else(String::new, |hint| format!("; {hint}"));
            (Level::Error, format!("{}: {}{hint}", server.name(), failure.message))
        }
        Ok(killed) => match killed.left.as_slice() {
            [] => {
                let who = match killed.holders.as_slice() {
                    [one] => one.to_string(),
                    several => human::plural(several.len(), "process"),
                };
                (Level::Info, format!("port {port} is free: {} ended {who}", killed.signal))
            }
            [first, ..] => {
                let key = model.keymap.hint(Scope::Table, Action::KillHolder, model.start.glyphs);
                let again = |does: &str| key.map_or_else(String::new, |key| format!("; {key} again {does}"));
                let text = if killed.holders.iter().any(|told| told.pid == first.pid) {
                    model.told_to_go = Some((port, first.pid));
                    let again = again("sends SIGKILL");
                    format!("{first} still holds port {port} after {}{again}", killed.signal)
                } else {
                    format!("{first} holds port {port}, too{}", again("asks about it"))
                };
                (Level::Warning, text)
            }
        },
    };
    model.toasts.say(model.now.mono, level, subject(port), ansi::plain(&text), None);
}
