//! Answers to what was asked.

use std::time::Duration;

use super::acts;
use crate::api::{Acted, Verb, Why};
use crate::model::action::{Action, Scope};
use crate::model::{Phase, ServerHistory, ServerId, ServerStatus};
use crate::text::human;
use crate::tui::ansi;
use crate::tui::effect::Effect;
use crate::tui::layout::layout;
use crate::tui::message::Failure;
use crate::tui::model::{Connection, Dialog, Dirty, Level, Model, WINDOWS};

/// How often the past of a longer window is read again while it is on the screen.
const REFRESH: Duration = Duration::from_secs(10);

/// What a message about these servers is about: the next one replaces it.
pub(super) fn subject(servers: &[ServerId]) -> String {
    match servers {
        [one] => one.to_string(),
        several => format!("{} servers", several.len()),
    }
}

/// How these servers are called in a message.
pub(super) fn names(servers: &[ServerId]) -> String {
    match servers {
        [one] => one.name().to_owned(),
        several => human::plural(several.len(), "server"),
    }
}

/// A request was answered.
pub(super) fn done(model: &mut Model, verb: Verb, servers: &[ServerId], result: Result<Acted, Failure>) {
    model.touch(Dirty::Now);
    for id in servers {
        if let Some(server) = model.servers.get_mut(id)
            && server.asked == Some(verb)
        {
            server.asked = None;
        }
    }
    let (level, text, notes) = match result {
        Ok(acted) => {
            let (level, text) = outcome(verb, servers, &acted.servers);
            (level, text, acted.notes)
        }
        Err(failure) => {
            let hint = failure.hint.map_or_else(String::new, |hint| format!("; {hint}"));
            (Level::Error, format!("{}: {}{hint}", names(servers), failure.message), Vec::new())
        }
    };
    let now = model.now.mono;
    if let Some(first) = notes.first() {
        let more = if notes.len() > 1 { format!(" (and {} more)", notes.len() - 1) } else { String::new() };
        model.toasts.say(now, Level::Warning, "note", ansi::plain(&format!("{first}{more}")), None);
    }
    let subject = subject(servers);
    let offer = match level {
        Level::Error => again(verb).and_then(|action| {
            let key = model.keymap.hint(Scope::Table, action, model.start.glyphs)?;
            Some((key, "retry".to_owned()))
        }),
        Level::Info => acts::way_back(model, verb, &subject),
        Level::Asked | Level::Warning => None,
    };
    model.toasts.say(now, level, subject, ansi::plain(&text), offer);
}

fn again(verb: Verb) -> Option<Action> {
    match verb {
        Verb::Start => Some(Action::Start),
        Verb::Stop { now: false } => Some(Action::Stop),
        Verb::Stop { now: true } => Some(Action::Kill),
        Verb::Restart => Some(Action::Restart),
        Verb::Signal { .. } => None,
    }
}

/// Names that are told of several servers; the rest is counted.
const NAMED: usize = 3;

/// What became of it, in one message: who failed is named.
fn outcome(verb: Verb, asked: &[ServerId], servers: &[ServerStatus]) -> (Level, String) {
    let word = match verb {
        Verb::Start => "started",
        Verb::Stop { now: false } => "stopped",
        Verb::Stop { now: true } => "killed",
        Verb::Restart => "restarted",
        Verb::Signal { .. } => "got the signal",
    };
    let has_failed = |server: &&ServerStatus| match verb {
        Verb::Start | Verb::Restart => server.phase == Phase::Failed,
        Verb::Stop { .. } => server.phase.is_alive() && server.pending.is_none(),
        Verb::Signal { .. } => false,
    };
    let failed: Vec<&ServerStatus> = servers.iter().filter(has_failed).collect();
    let why = |one: &ServerStatus| one.last_error.clone().unwrap_or_else(|| one.state_word());
    match (failed.as_slice(), servers) {
        ([], [one]) if matches!(verb, Verb::Start | Verb::Restart) => {
            let pid = one.pid.map_or_else(String::new, |pid| format!(" (pid {pid})"));
            (Level::Info, format!("{} {word}{pid}", names(asked)))
        }
        ([], _) => (Level::Info, format!("{} {word}", names(asked))),
        ([one], [_]) => (Level::Error, format!("{}: {}", one.name, why(one))),
        (several, _) => {
            let mut named: Vec<String> =
                several.iter().take(NAMED).map(|one| format!("{}: {}", one.name, why(one))).collect();
            if several.len() > NAMED {
                named.push(format!("and {} more", several.len() - NAMED));
            }
            let (bad, all) = (several.len(), servers.len());
            (Level::Error, format!("{bad} of {all} not {word}: {}", named.join("; ")))
        }
    }
}

/// Why a server is in its phase.
pub(super) fn why(model: &mut Model, about: &ServerId, result: Result<Why, Failure>) {
    if let Some(Dialog::Why(why)) = &mut model.dialog
        && why.server == *about
    {
        why.answer = Some(result.map_err(|failure| failure.message));
        model.touch(Dirty::Now);
    }
}

/// Asks again why a server is in its phase, while that is on the screen and something of it has changed.
pub(super) fn ask_why_again(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.connection != Connection::Live {
        return;
    }
    if let Some(Dialog::Why(why)) = &mut model.dialog
        && why.is_outdated(model.servers.get(&why.server).map(|server| &server.status))
    {
        effects.push(Effect::Why(why.server.clone()));
    }
}

/// The past of a server.
pub(super) fn history(model: &mut Model, window_s: u32, result: Result<ServerHistory, Failure>) {
    if let Ok(history) = result {
        model.charts.fetched = Some(history);
        model.charts.fetched_window = window_s;
        model.charts.fetched_at = model.now.wall.as_second();
        model.touch(Dirty::Now);
    }
}

/// Asks for the past where the charts want more of it than is kept for all servers.
pub(super) fn want_history(model: &mut Model, effects: &mut Vec<Effect>) {
    let (window_s, _) = WINDOWS[model.charts.window.min(WINDOWS.len() - 1)];
    if model.charts.window == 0 {
        model.charts.asked = None;
        return;
    }
    let Some(server) = model.selected_id().cloned() else { return };
    if layout(model).detail.is_none() || model.connection != Connection::Live {
        return;
    }
    let now = model.now.mono;
    let is_fresh = model
        .charts
        .asked
        .as_ref()
        .is_some_and(|(id, window, at)| *id == server && *window == window_s && now < *at + REFRESH);
    if !is_fresh {
        model.charts.asked = Some((server.clone(), window_s, now));
        effects.push(Effect::History { server, window_s });
    }
}
