//! The scroll bar: which part of the log is on the screen, and where errors and matches are. Of the whole log where a
//! search knows how long it is, of the lines that are in the window otherwise.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use crate::tui::layout::log_room;
use crate::tui::model::Model;
use crate::tui::model::log_ticks::Ticks;
use crate::tui::theme::Token;
use crate::tui::view::paint::style;

/// What a row of the bar has.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    shown: bool,
    error: bool,
    is_match: bool,
}

/// Draws it, where not all is on the screen.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect) {
    let ticks = model.log.ticks(log_room(model)).or_else(|| of_window(model));
    let Some(ticks) = ticks else { return };
    let x = area.right() - 1;
    let glyphs = model.start.glyphs;
    for (y, part) in (area.y..).zip(parts(&ticks, area.height)) {
        let (sign, look) = match part {
            Part { is_match: true, .. } => (glyphs.pick("◂", "<"), style(model, Token::Match)),
            Part { error: true, .. } => ("!", style(model, Token::LogError)),
            Part { shown: true, .. } => (glyphs.pick("█", "#"), style(model, Token::Border)),
            Part { .. } => (glyphs.pick("│", "|"), style(model, Token::Border)),
        };
        let has_tick = part.is_match || part.error;
        let look = if part.shown && has_tick { look.add_modifier(Modifier::REVERSED) } else { look };
        buffer.set_stringn(x, y, sign, 1, look);
    }
}

fn parts(ticks: &Ticks, height: u16) -> Vec<Part> {
    let row = |place: f64| ((place * f64::from(height)) as usize).min(usize::from(height).saturating_sub(1));
    let mut parts = vec![Part::default(); usize::from(height)];
    let (first, last) = ticks.screen;
    // What ends where a row begins is not in it.
    let last = row(last - f64::EPSILON).max(row(first));
    parts.iter_mut().take(last + 1).skip(row(first)).for_each(|part| part.shown = true);
    for place in &ticks.errors {
        if let Some(part) = parts.get_mut(row(*place)) {
            part.error = true;
        }
    }
    for place in &ticks.matches {
        if let Some(part) = parts.get_mut(row(*place)) {
            part.is_match = true;
        }
    }
    parts
}

/// The same in the lines of the window; `None` where all of them are on the screen.
fn of_window(model: &Model) -> Option<Ticks> {
    let log = &model.log;
    let shown = log.visible(log_room(model));
    let (first, count) = (log.store.first(), log.store.len());
    if shown.is_empty() || (shown.start == first && shown.end == log.store.end()) {
        return None;
    }
    let place = |number: i64| (number - first) as f64 / count as f64;
    let errors = log.store.iter().filter(|(_, line)| line.bad).map(|(number, _)| place(number));
    Some(Ticks {
        screen: (place(shown.start), place(shown.end)),
        errors: errors.collect(),
        matches: Vec::new(),
    })
}
