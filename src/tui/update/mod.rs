//! What happens when something happens: pure, so that every key and every word of the supervisor can be tested
//! without a terminal. It changes the model and says what is to be done; it does nothing itself.
//!
//! Keys go to [`keys`], which hands them on by [`crate::model::action::Family`]; the supervisor's words to [`stream`],
//! answers to [`answers`].

mod acts;
mod answers;
mod dialogs;
mod edit;
mod keys;
mod logs;
mod palette;
mod read_only;
mod stream;

#[cfg(test)]
mod tests;

use ratatui::layout::Size;

use super::effect::Effect;
use super::layout::table_rows;
use super::message::Message;
use super::model::{Connection, Dirty, Model, Now};

/// Takes a message at a moment; returns what is to be done, in this order.
pub(crate) fn update(model: &mut Model, message: Message, now: Now) -> Vec<Effect> {
    model.now = now;
    model.toasts.set_time(now.wall);
    let mut effects = Vec::new();
    match message {
        Message::Key(event) => keys::pressed(model, &event, &mut effects),
        Message::Resize(width, height) => {
            model.size = Size { width, height };
            model.touch(Dirty::Now);
        }
        Message::Resumed => {
            model.touch(Dirty::Now);
            effects.push(Effect::Repaint);
        }
        Message::Stream(item) => stream::take(model, item, &mut effects),
        Message::Disconnected(failure) => stream::lost(model, &failure),
        // What comes of an earlier log stream is dropped.
        Message::Log { generation, .. }
        | Message::LogEnded { generation, .. }
        | Message::LogPage { generation, .. }
            if generation != model.log.generation => {}
        Message::Tick | Message::TerminalSaid(_) => {}
        Message::Log { item, .. } => {
            model.log.take(item);
            model.touch(Dirty::Logs);
        }
        Message::LogEnded { error, .. } => logs::ended(model, error),
        Message::LogPage { page, lines, .. } => logs::page(model, page, lines, &mut effects),
        Message::Done { verb, servers, result } => answers::done(model, verb, &servers, result),
        Message::ProjectFile { server, result } => edit::found(model, server, result, &mut effects),
        Message::Edited { edit, result } => edit::edited(model, edit, result, &mut effects),
        Message::Reloaded { edit, apply, result } => edit::reloaded(model, edit, apply, result),
        Message::Why { server, result } => answers::why(model, &server, result),
        Message::History { window_s, result } => answers::history(model, window_s, result),
    }
    tick(model, &mut effects);
    settle(model, &mut effects);
    effects
}

/// What time alone brings.
fn tick(model: &mut Model, effects: &mut Vec<Effect>) {
    let now = model.now.mono;
    logs::retry(model, effects);
    if model.toasts.tick(now) {
        model.touch(Dirty::Now);
    }
    match &mut model.connection {
        Connection::Live => {}
        Connection::Connecting { .. } => model.touch(Dirty::Now),
        Connection::Lost { retry_at, .. } => {
            if retry_at.is_some_and(|at| at <= now) {
                *retry_at = None;
                effects.push(Effect::Connect { start: false });
            }
            model.touch(Dirty::Now);
        }
    }
}

/// What must hold after every message: the selected row is on the screen, and the log pane shows its server.
fn settle(model: &mut Model, effects: &mut Vec<Effect>) {
    let rows = table_rows(model);
    let selected = model.servers.selected_row().unwrap_or(0);
    let last_top = model.servers.shown().len().saturating_sub(rows);
    let top = model.servers.top.min(last_top).min(selected).max((selected + 1).saturating_sub(rows));
    model.servers.top = top;
    logs::follow_selection(model, effects);
    logs::read_pages(model, effects);
    answers::want_history(model, effects);
}
