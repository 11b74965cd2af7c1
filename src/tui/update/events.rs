//! The page of events.

use crate::model::action::Action;
use crate::model::{Event, ServerId};
use crate::tui::ansi;
use crate::tui::effect::Effect;
use crate::tui::layout::layout;
use crate::tui::message::Failure;
use crate::tui::model::events::Span;
use crate::tui::model::{Connection, Dialog, Dirty, EventsPage, Filter, Level, Model};
use crate::tui::view::events_rows;

/// Opens it.
pub(super) fn open(model: &mut Model, effects: &mut Vec<Effect>) {
    let mut page = EventsPage::default();
    ask(&mut page, EventsPage::newest(model.seq), effects);
    model.dialog = Some(Dialog::Events(page));
}

fn ask(page: &mut EventsPage, span: Span, effects: &mut Vec<Effect>) {
    page.asked = Some(span);
    effects.push(Effect::Events(span));
}

/// Rows of the page on this screen.
fn rows(model: &Model) -> usize {
    events_rows(layout(model).body.height)
}

/// Asks for older ones where the user comes near the end of what is there.
fn ask_older(model: &mut Model, effects: &mut Vec<Effect>) {
    let rows = rows(model);
    if model.connection != Connection::Live {
        return;
    }
    if let Some(Dialog::Events(page)) = &mut model.dialog
        && let Some(span) = page.older(rows)
    {
        ask(page, span, effects);
    }
}

/// Something happened.
pub(super) fn take(model: &mut Model, event: Event) {
    model.seq = model.seq.max(event.seq);
    if let Some(Dialog::Events(page)) = &mut model.dialog
        && page.take(event)
    {
        model.touch(Dirty::Now);
    }
}

/// A new snapshot came: after a gap, or from another supervisor.
pub(super) fn catch_up(model: &mut Model, effects: &mut Vec<Effect>) {
    let last = model.seq;
    if let Some(Dialog::Events(page)) = &mut model.dialog {
        page.error = None;
        let span = page.missed(last);
        ask(page, span, effects);
    }
}

/// A part of the past came.
pub(super) fn past(
    model: &mut Model,
    span: Span,
    result: Result<Vec<Event>, Failure>,
    effects: &mut Vec<Effect>,
) {
    let Some(Dialog::Events(page)) = &mut model.dialog else { return };
    match result {
        Ok(events) => page.take_past(span, events),
        Err(failure) => {
            page.asked = None;
            page.error = Some(ansi::plain(&failure.message));
        }
    }
    model.touch(Dirty::Now);
    ask_older(model, effects);
}

/// Does what a key means on the page, which stays unless it is closed.
pub(super) fn perform(model: &mut Model, mut page: EventsPage, action: Action, effects: &mut Vec<Effect>) {
    let rows = rows(model);
    let at = page.place(rows).at;
    let row = match action {
        Action::Down => at + 1,
        Action::Up => at.saturating_sub(1),
        Action::PageDown => at + rows,
        Action::PageUp => at.saturating_sub(rows),
        Action::HalfDown => at + rows.div_ceil(2),
        Action::HalfUp => at.saturating_sub(rows.div_ceil(2)),
        Action::First => 0,
        Action::Last => usize::MAX,
        Action::EventsOfServer => {
            page.server = if page.server.is_some() { None } else { model.selected_id().cloned() };
            page.place(rows).at
        }
        Action::EventsThatMatter => {
            page.cycle_severity();
            page.place(rows).at
        }
        Action::No => return,
        Action::Press => {
            if let Some(server) = page.current().and_then(|event| event.server.clone()) {
                go_to(model, &server);
                return;
            }
            at
        }
        _ => at,
    };
    page.go(row, rows);
    model.dialog = Some(Dialog::Events(page));
    ask_older(model, effects);
}

/// Selects a server, whatever the filter hides.
fn go_to(model: &mut Model, server: &ServerId) {
    if model.servers.get(server).is_none() {
        let text = format!("{server} is not registered any more");
        model.toasts.say(model.now.mono, Level::Warning, "events", text, None);
        return;
    }
    if !model.servers.shown().any(|shown| shown.status.id == *server) {
        model.servers.set_filter(Filter::default());
    }
    model.servers.select(server);
}
