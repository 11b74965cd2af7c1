//! The project's file in an editor: which file, what it brought, whether to apply it.

use std::time::Duration;

use crate::api::{ProjectInfo, Reloaded};
use crate::model::action::{Action, Bindings};
use crate::model::{Phase, ServerId};
use crate::text::human;
use crate::tui::ansi;
use crate::tui::effect::Effect;
use crate::tui::keymap::Keymap;
use crate::tui::message::Failure;
use crate::tui::model::edit::{Changes, Edit, Outcome};
use crate::tui::model::{Dialog, Dirty, Level, Model};
use crate::tui::view::last_change;

/// What messages about it are about.
const SUBJECT: &str = "edit";
/// Nobody has read a question and agreed to it before.
const READABLE: Duration = Duration::from_millis(400);

/// Asks which file the selected server comes from.
pub(super) fn begin(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.read_only {
        return;
    }
    if model.is_lost() {
        return say(model, Level::Warning, "not connected: it can't be told which file it is");
    }
    match model.selected_id().cloned() {
        Some(server) => effects.push(Effect::FindFile(server)),
        None => say(model, Level::Warning, "no server is selected"),
    }
}

/// The supervisor says which.
pub(super) fn found(
    model: &mut Model,
    server: ServerId,
    result: Result<ProjectInfo, Failure>,
    effects: &mut Vec<Effect>,
) {
    let ProjectInfo { project, file, profile } = match result {
        Ok(info) => info,
        Err(failure) => return refused(model, failure),
    };
    // Something else was begun meanwhile.
    if model.dialog.is_some() || model.prompt.is_some() || model.read_only {
        return;
    }
    let here = model.start.file.as_ref().filter(|_| model.start.project.as_ref() == Some(&project));
    if here.is_some_and(|here| *here != file) {
        let text = format!("{project} comes from {}, not from the file here", file.display());
        say(model, Level::Warning, &text);
    }
    effects.push(Effect::Edit(Edit { server, file, profile }));
}

/// The editor has ended; with the keys that the files bind now.
pub(super) fn edited(
    model: &mut Model,
    edit: Edit,
    result: Result<Option<Bindings>, String>,
    effects: &mut Vec<Effect>,
) {
    match result {
        Err(why) => say(model, Level::Error, &why),
        Ok(keys) => {
            if let Some(keys) = keys.filter(|_| model.start.file.as_ref() == Some(&edit.file)) {
                model.keymap = Keymap::new(model.read_only, &keys);
                model.start.keys = keys;
            }
            effects.push(Effect::Reload { edit, apply: false });
        }
    }
}

/// The supervisor has compared the file with what it knows, or has applied it.
pub(super) fn reloaded(model: &mut Model, edit: Edit, apply: bool, result: Result<Reloaded, Failure>) {
    model.touch(Dirty::Now);
    match (apply, result) {
        (true, Ok(reloaded)) => applied(model, &reloaded),
        (true, Err(failure)) => refused(model, failure),
        (false, Ok(reloaded)) if is_empty(&reloaded) => {
            let text = format!("{}: nothing has changed", reloaded.project);
            say(model, Level::Info, &text);
        }
        (false, Ok(reloaded)) => ask(model, edit, Outcome::Differs(reloaded)),
        (false, Err(failure)) => {
            let hint = failure.hint.map(|hint| format!("hint: {hint}"));
            let lines = failure.message.lines().map(ansi::plain).chain(hint.as_deref().map(ansi::plain));
            ask(model, edit, Outcome::Refused(lines.collect()));
        }
    }
}

fn is_empty(reloaded: &Reloaded) -> bool {
    let Reloaded { added, removed, changed, settings, .. } = reloaded;
    added.is_empty() && removed.is_empty() && changed.is_empty() && settings.is_empty()
}

fn ask(model: &mut Model, edit: Edit, outcome: Outcome) {
    // It stands where something else was opened meanwhile.
    if model.dialog.is_some() || model.prompt.is_some() {
        return say(model, Level::Warning, "the file has changed, and nothing of it is applied yet");
    }
    model.servers.freeze(true);
    model.dialog =
        Some(Dialog::Changes(Changes { edit, outcome, since: model.now.mono, yes: false, top: 0 }));
}

/// Does what a key means in the dialog, which was taken from the model.
pub(super) fn perform(model: &mut Model, action: Action, mut changes: Changes, effects: &mut Vec<Effect>) {
    let last = last_change(model, &changes);
    let agreed = match action {
        Action::Yes if model.now.mono < changes.since + READABLE => {
            model.dialog = Some(Dialog::Changes(changes));
            return;
        }
        Action::Yes => true,
        Action::Press => changes.yes,
        Action::No => false,
        _ => {
            changes.yes = changes.yes != (action == Action::NextButton);
            changes.top = super::dialogs::moved(changes.top, action, 5).min(last);
            model.dialog = Some(Dialog::Changes(changes));
            return;
        }
    };
    model.servers.freeze(false);
    match (agreed, changes.outcome) {
        (true, Outcome::Differs(reloaded)) => {
            say(model, Level::Asked, &format!("applying {}", reloaded.project));
            effects.push(Effect::Reload { edit: changes.edit, apply: true });
        }
        (true, Outcome::Refused(_)) => effects.push(Effect::Edit(changes.edit)),
        (false, Outcome::Differs(_)) => say(model, Level::Info, "not applied: servers are as they were"),
        (false, Outcome::Refused(_)) => {}
    }
}

fn applied(model: &mut Model, reloaded: &Reloaded) {
    let restarted = reloaded.changed.iter().filter(|change| change.restarts).count();
    let counts = [
        (reloaded.added.len(), "added"),
        (reloaded.removed.len(), "removed"),
        (restarted, "restarted"),
        (reloaded.changed.len() - restarted, "changed for the next start"),
        (reloaded.settings.len(), "of its settings changed"),
    ];
    let parts = counts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, what)| format!("{count} {what}")).collect();
    let failed: Vec<&str> = reloaded
        .servers
        .iter()
        .filter(|server| server.phase == Phase::Failed)
        .map(|server| server.name.as_str())
        .collect();
    match failed.as_slice() {
        [] => say(model, Level::Info, &format!("{} applied: {}", reloaded.project, parts.join(", "))),
        [one] => say(model, Level::Error, &format!("{} applied, but {one} failed", reloaded.project)),
        several => {
            let count = human::plural(several.len(), "server");
            say(model, Level::Error, &format!("{} applied, but {count} failed", reloaded.project));
        }
    }
}

fn refused(model: &mut Model, failure: Failure) {
    let hint = failure.hint.map_or_else(String::new, |hint| format!("; {hint}"));
    say(model, Level::Error, &format!("{}{hint}", failure.message));
}

fn say(model: &mut Model, level: Level, text: &str) {
    model.toasts.say(model.now.mono, level, SUBJECT, ansi::plain(text), None);
    model.touch(Dirty::Now);
}
