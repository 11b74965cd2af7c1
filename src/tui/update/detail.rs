//! The detail pane: what it asks for while it is on the screen, and how it scrolls.

use std::time::Duration;

use crate::api::{PastExit, Processes};
use crate::model::ServerId;
use crate::model::action::Action;
use crate::tui::effect::Effect;
use crate::tui::layout::{is_small, layout};
use crate::tui::message::Failure;
use crate::tui::model::detail::ExitsOf;
use crate::tui::model::past::peak;
use crate::tui::model::scale::Scale;
use crate::tui::model::{Connection, DetailPane, Dialog, Dirty, Model};
use crate::tui::view::detail_lines;

/// How often processes are looked at. Nothing wakes for it: a server that runs brings its samples each second.
const PROCESSES: Duration = Duration::from_secs(2);

/// How long a server is selected before anything is asked of it.
const STEADY: Duration = Duration::from_millis(150);

/// Asks for what the pane shows and is not known.
pub(super) fn settle(model: &mut Model, effects: &mut Vec<Effect>) {
    model.detail.ask_at = None;
    let Some(server) = model.selected() else { return };
    let (id, exits_of) = (server.status.id.clone(), ExitsOf::new(&server.status));
    let alive = server.status.phase.is_alive();
    if model.detail.of.as_ref() != Some(&id) {
        model.detail = DetailPane::about(id.clone(), model.now.mono);
    }
    if !alive {
        model.detail.is_down();
    }
    if !is_shown(model) {
        // figures of before would be compared with those of much later
        model.detail.is_down();
        return;
    }
    rescale(model);
    if model.connection != Connection::Live {
        return;
    }
    let now = model.now.mono;
    let detail = &mut model.detail;
    let is_known = detail.exits_of.as_ref() == Some(&exits_of) && (!alive || detail.asked.is_some());
    if !is_known && now < detail.since + STEADY {
        detail.ask_at = Some(detail.since + STEADY);
        return;
    }
    if detail.exits_of.as_ref() != Some(&exits_of) {
        detail.exits_of = Some(exits_of);
        effects.push(Effect::Exits(id.clone()));
    }
    if alive && detail.asked.is_none_or(|at| now >= at + PROCESSES) {
        detail.asked = Some(now);
        effects.push(Effect::Processes(id));
    }
}

fn is_shown(model: &Model) -> bool {
    let is_covered = matches!(model.dialog, Some(Dialog::Events(_)));
    !is_covered && !is_small(model.size) && layout(model).detail.is_some()
}

/// Sees that the charts' tops fit what they show, once for each moment that they show.
fn rescale(model: &mut Model) {
    let Some(server) = model.selected() else { return };
    let end = if model.charts.window == 0 { server.ring.newest() } else { model.charts.fetched_at };
    let moment = Some((model.charts.window, end));
    if model.detail.scaled == moment {
        return;
    }
    let past = model.past(server);
    let peaks = (peak(&past.cpu), peak(&past.memory));
    let is_same_window = model.detail.scaled.is_some_and(|(window, _)| window == model.charts.window);
    let before = if is_same_window { model.detail.scale } else { Scale::default() };
    model.detail.scale = before.after(peaks.0, peaks.1);
    model.detail.scaled = moment;
}

/// The processes of a run.
pub(super) fn processes(model: &mut Model, server: &ServerId, result: Result<Processes, Failure>) {
    if model.detail.of.as_ref() != Some(server) || !is_shown(model) {
        return;
    }
    // an older supervisor knows no such question: then nothing is shown of them
    if let Ok(answer) = result
        && model.detail.take(answer)
    {
        model.touch(Dirty::Now);
    }
}

/// How the last runs ended.
pub(super) fn exits(model: &mut Model, server: &ServerId, result: Result<Vec<PastExit>, Failure>) {
    if model.detail.of.as_ref() != Some(server) {
        return;
    }
    if let Ok(exits) = result
        && exits != model.detail.exits
    {
        model.detail.exits = exits;
        model.touch(Dirty::Now);
    }
}

/// Moves within the pane's lines.
pub(super) fn scroll(model: &mut Model, action: Action) {
    let (lines, rows) = detail_lines(model);
    let last = lines.saturating_sub(rows);
    let top = model.detail.top.min(last);
    let (half, page) = (rows.div_ceil(2), rows.saturating_sub(1).max(1));
    model.detail.top = match action {
        Action::First => 0,
        Action::Last => last,
        Action::HalfDown => top + half,
        Action::HalfUp => top.saturating_sub(half),
        Action::PageDown => top + page,
        Action::PageUp => top.saturating_sub(page),
        _ => top,
    }
    .min(last);
}
