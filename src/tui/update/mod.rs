//! What happens when something happens: pure, so that every key and every word of the supervisor can be tested
//! without a terminal. It changes the model and says what is to be done; it does nothing itself.
//!
//! Keys go to [`keys`], which hands them on by [`crate::model::action::Family`]; the supervisor's words to [`stream`],
//! answers to [`answers`].

mod acts;
mod answers;
mod confirm;
mod copy;
mod detail;
mod dialogs;
mod edit;
mod events;
mod keys;
mod logs;
mod mouse;
mod palette;
mod read_only;
mod rows;
mod stream;
mod themes;

#[cfg(test)]
mod tests;

use ratatui::layout::Size;

use super::effect::Effect;
use super::layout::{is_small, layout, table_rows};
use super::message::Message;
use super::model::{Connection, Dialog, Dirty, Model, Now};
use super::view::toasts_cover;
use crate::api::LogItem;

/// Takes a message at a moment; returns what is to be done, in this order.
pub(crate) fn update(model: &mut Model, message: Message, now: Now) -> Vec<Effect> {
    model.now = now;
    model.toasts.set_time(now.wall);
    let mut effects = Vec::new();
    match message {
        Message::Key(event) => keys::pressed(model, &event, &mut effects),
        Message::Mouse(event) => mouse::happened(model, event, &mut effects),
        Message::Paste(text) => dialogs::pasted(model, &text),
        Message::Copied { what, result } => copy::copied(model, &what, result),
        Message::Resize(width, height) => {
            model.size = Size { width, height };
            logs::select::keep_on_screen(model);
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
        | Message::LogItems { generation, .. }
        | Message::LogEnded { generation, .. }
        | Message::LogOlder { generation, .. }
        | Message::Sought { generation, .. }
        | Message::LogPage { generation, .. }
            if generation != model.log.generation => {}
        Message::Tick => {}
        Message::TerminalSaid(answer) => themes::said(model, answer),
        Message::Log { item, .. } => log_came(model, vec![item]),
        Message::LogItems { items, .. } => log_came(model, items),
        Message::LogEnded { error, .. } => logs::ended(model, error),
        Message::LogPage { page, items, .. } => logs::page(model, &page, items, &mut effects),
        Message::LogOlder { items, end, .. } => {
            model.log.take_older(items, end);
            model.touch(Dirty::Logs);
        }
        Message::Found { number, found } => logs::found(model, number, found),
        Message::SearchEnded { number, error } => logs::search_ended(model, number, error),
        Message::Sought { seek, result, .. } => logs::sought(model, &seek, result, &mut effects),
        Message::Done { verb, servers, result } => answers::done(model, verb, &servers, result),
        Message::HolderKilled { server, port, result } => {
            confirm::holder_killed(model, &server, port, result);
        }
        Message::ProjectFile { server, result } => edit::found(model, server, result, &mut effects),
        Message::Edited { edit, result } => edit::edited(model, edit, result, &mut effects),
        Message::Reloaded { edit, apply, result } => edit::reloaded(model, edit, apply, result),
        Message::Why { server, result } => answers::why(model, &server, result),
        Message::Saving { name, news } => logs::save::news(model, &name, news),
        Message::History { window_s, result } => answers::history(model, window_s, result),
        Message::Processes { server, result } => detail::processes(model, &server, result),
        Message::Exits { server, result } => detail::exits(model, &server, result),
        Message::Events { span, result } => events::past(model, span, result, &mut effects),
        Message::ThemesRead(library) => themes::read(model, library),
        Message::ThemeSaved { name, file, result } => themes::saved(model, &name, &file, result),
    }
    tick(model, &mut effects);
    settle(model, &mut effects);
    effects
}

fn log_came(model: &mut Model, items: Vec<LogItem>) {
    for item in items {
        model.log.take(item);
    }
    model.touch(Dirty::Logs);
}

/// What time alone brings.
fn tick(model: &mut Model, effects: &mut Vec<Effect>) {
    let now = model.now.mono;
    logs::retry(model, effects);
    if model.servers.keep_order(now) {
        model.touch(Dirty::Now);
    }
    if model.toasts.tick(now) {
        model.touch(Dirty::Now);
    }
    if matches!(&model.dialog, Some(Dialog::Why(why)) if why.left(model.now).is_some()) {
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

/// Rows of the table that no message covers: those stand on it where no log is below it.
fn uncovered_rows(model: &Model) -> usize {
    let rows = table_rows(model);
    let places = layout(model);
    if places.logs.is_some() || places.table.is_none() {
        return rows;
    }
    rows.saturating_sub(toasts_cover(model)).max(rows.min(1))
}

/// What must hold after every message: rows stand still under a dialog, the selected row is on the screen, its failure is
/// seen, and the log pane shows its server.
fn settle(model: &mut Model, effects: &mut Vec<Effect>) {
    // what can't be read can't be agreed to
    if is_small(model.size) && matches!(model.dialog, Some(Dialog::Confirm(_))) {
        model.dialog = None;
    }
    let covered = model.dialog.is_some();
    if covered != model.servers.is_frozen() {
        model.servers.freeze(covered);
    }
    if model.servers.look() {
        model.touch(Dirty::Now);
    }
    let rows = uncovered_rows(model);
    let selected = model.servers.selected_row().unwrap_or(0);
    let last_top = model.servers.row_count().saturating_sub(rows);
    let first = if rows > 1 { model.servers.first_with(selected) } else { selected };
    let top = model.servers.top.min(last_top).min(first).max((selected + 1).saturating_sub(rows));
    model.servers.top = top;
    logs::follow_selection(model, effects);
    logs::notes::settle(model);
    logs::read_pages(model, effects);
    answers::want_history(model, effects);
    answers::ask_why_again(model, effects);
    detail::settle(model, effects);
}
