//! Keys.

use crossterm::event::{KeyEvent, KeyEventKind};

use super::{acts, copy, detail, dialogs, edit, events, logs, mouse, palette, read_only, rows, themes};
use crate::model::action::{Action, Family};
use crate::tui::effect::Effect;
use crate::tui::keymap::Key;
use crate::tui::layout::{split_room, table_rows};
use crate::tui::model::why::WhyDialog;
use crate::tui::model::{Connection, Dialog, Dirty, Filter, Model, Pane, Prompt, WINDOWS};

/// A key was pressed.
pub(super) fn pressed(model: &mut Model, event: &KeyEvent, effects: &mut Vec<Effect>) {
    if event.kind == KeyEventKind::Release {
        return;
    }
    model.touch(Dirty::Now);
    let Some(key) = Key::of(event) else { return };
    let action = model.keymap.action(model.scope(), key);
    // Back takes messages away before anything else; any other key takes the errors that could be read.
    if action == Some(Action::Back) && model.toasts.dismiss() {
        return;
    }
    model.toasts.key_pressed(model.now.mono);
    match action {
        Some(action) => perform(model, action, effects),
        None => {
            if let Some(c) = key.typed() {
                dialogs::typed(model, c);
            }
        }
    }
}

/// Does what is meant. What stands over the panes takes every key but those that must always work.
pub(super) fn perform(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    let is_covered = model.dialog.is_some() || model.prompt.is_some();
    match (action, action.family()) {
        (Action::Quit, _) => quit(model, effects),
        (Action::Suspend, _) => effects.push(Effect::Suspend),
        (Action::Repaint, _) => effects.push(Effect::Repaint),
        _ if is_covered => dialogs::perform(model, action, effects),
        (_, Family::Session) => session(model, action, effects),
        (_, Family::Panes) => arrange(model, action, effects),
        (_, Family::Travel) => travel(model, action, effects),
        (_, Family::Acts) => acts::perform(model, action, effects),
        (_, Family::Rows) => rows::perform(model, action),
        (_, Family::Logs) => logs::perform(model, action, effects),
        (_, Family::Charts) => charts(model, action),
        (_, Family::Opens) => open(model, action, effects),
        (_, Family::Over) => {}
    }
}

fn session(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::Reconnect => reconnect(model, effects),
        Action::Mouse => mouse::toggle(model, effects),
        Action::ReadOnly => read_only::toggle(model, effects),
        Action::Back => {
            back(model, effects);
        }
        Action::BackOrQuit if !back(model, effects) => quit(model, effects),
        _ => {}
    }
}

fn charts(model: &mut Model, action: Action) {
    match action {
        Action::ShorterWindow => model.charts.window = model.charts.window.saturating_sub(1),
        Action::LongerWindow => model.charts.window = (model.charts.window + 1).min(WINDOWS.len() - 1),
        _ => {}
    }
}

/// What stands over the panes, or begins to be typed.
fn open(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::Help => {
            let scope = model.focus.scope();
            model.dialog = Some(Dialog::Help { scope, search: String::new(), top: 0 });
        }
        Action::Filter => {
            let text = model.servers.filter().text().to_owned();
            let selected = model.selected_id().cloned();
            model.prompt = Some(Prompt { text, selected, ..Prompt::default() });
        }
        Action::Copy => copy::ask(model),
        Action::Sort => rows::open_sort(model),
        Action::Themes => themes::open(model, effects),
        Action::Edit => edit::begin(model, effects),
        Action::Palette => palette::open(model),
        Action::Messages => model.dialog = Some(Dialog::Messages { top: 0 }),
        Action::Why => {
            if let Some(server) = model.selected() {
                let why = WhyDialog::new(&server.status);
                effects.push(Effect::Why(why.server.clone()));
                model.dialog = Some(Dialog::Why(why));
            }
        }
        Action::Events => events::open(model, effects),
        _ => {}
    }
}

/// Which pane has the focus, and how much of the screen.
fn arrange(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::NextPane => model.focus = model.focus.next(),
        Action::PreviousPane => model.focus = model.focus.next().next(),
        Action::FocusTable => model.focus = Pane::Table,
        Action::FocusLogs => model.focus = Pane::Logs,
        Action::FocusDetail => model.focus = Pane::Detail,
        Action::Zoom => model.zoomed = !model.zoomed,
        Action::SplitLess => move_split(model, -1),
        Action::SplitMore => move_split(model, 1),
        // there is no detail of a section
        Action::OpenDetail if model.servers.selected_section().is_some() => {
            model.servers.fold();
        }
        Action::OpenDetail => {
            model.focus = Pane::Detail;
            model.zoomed = true;
        }
        Action::OpenLogs => {
            model.focus = Pane::Logs;
            model.zoomed = false;
            logs::split(model, effects);
        }
        _ => {}
    }
}

/// From where it is seen: a split that was moved on a larger terminal takes no key to come back into this one.
fn move_split(model: &mut Model, rows: i16) {
    let (least, most) = split_room(model);
    if least < most {
        model.split = (model.split.clamp(least, most) + rows).clamp(least, most);
    }
}

fn quit(model: &mut Model, effects: &mut Vec<Effect>) {
    model.quitting = true;
    effects.push(Effect::Quit);
}

fn reconnect(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Connection::Lost { retry_at, retries, .. } = &mut model.connection
        && retry_at.take().is_some()
    {
        retries.succeeded();
        effects.push(Effect::Connect { start: true });
    }
}

/// One step back; whether there was one.
fn back(model: &mut Model, effects: &mut Vec<Effect>) -> bool {
    if model.focus == Pane::Logs && logs::back(model, effects) {
        return true;
    }
    if model.zoomed || model.focus != Pane::Table {
        model.zoomed = false;
        model.focus = Pane::Table;
        return true;
    }
    if model.servers.clear_marks() {
        return true;
    }
    if !model.servers.filter().is_empty() {
        model.servers.set_filter(Filter::default());
        return true;
    }
    false
}

/// Moves within the pane; in the detail pane by rows from server to server, by pages within its lines.
fn travel(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    match model.focus {
        Pane::Logs => logs::travel(model, action, effects),
        Pane::Detail if !matches!(action, Action::Down | Action::Up) => detail::scroll(model, action),
        Pane::Table | Pane::Detail => {
            let page = table_rows(model);
            let row = model.servers.selected_row().unwrap_or(0);
            let row = match action {
                Action::Down => row + 1,
                Action::Up => row.saturating_sub(1),
                Action::First => 0,
                Action::Last => usize::MAX,
                Action::HalfDown => row + page.div_ceil(2),
                Action::HalfUp => row.saturating_sub(page.div_ceil(2)),
                Action::PageDown => row + page,
                Action::PageUp => row.saturating_sub(page),
                _ => row,
            };
            model.servers.select_row(row);
        }
    }
}
