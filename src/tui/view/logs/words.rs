//! How the log is shown, in words, for the rule above it: what is as usual is said where there is room only.

use ratatui::layout::Rect;

use crate::text::human::grouped;
use crate::tui::layout::ROOMY_FROM;
use crate::tui::model::Model;
use crate::tui::model::log_look::Times;

/// Whether the end is followed, or lines are being selected; and lines that came meanwhile.
pub(super) fn place(model: &Model) -> String {
    let log = &model.log;
    let meanwhile = if log.missed > 0 { format!(" +{}", grouped(log.missed)) } else { String::new() };
    match log.notes.selection {
        Some(selection) => {
            let lines = selection.lines();
            let count = (lines.end() - lines.start() + 1) as u64;
            format!("SELECT {}{meanwhile}", grouped(count))
        }
        None if log.follows() => "FOLLOW".to_owned(),
        None => format!("PAUSED{meanwhile}"),
    }
}

/// The look, each word with its weight: where it is narrow the lighter ones go.
pub(super) fn look(model: &Model, area: Rect) -> Vec<(u8, String)> {
    let look = &model.log.look;
    let has_room = area.width > 70 && area.x == 0 && model.size.width >= ROOMY_FROM;
    let mut words = Vec::new();
    if model.log.notes.is_cleared() {
        words.push((70, "cleared".to_owned()));
    }
    if look.wrap {
        words.push((20, "wrap".to_owned()));
    } else if has_room {
        words.push((5, "wrap off".to_owned()));
    }
    match look.times {
        Times::Off => words.push((18, "time off".to_owned())),
        Times::Time if has_room => words.push((4, "time on".to_owned())),
        Times::Time => {}
        Times::Date => words.push((18, "date".to_owned())),
        Times::Relative => words.push((18, "relative".to_owned())),
    }
    if look.json {
        words.push((19, "json".to_owned()));
    }
    if look.left > 0 && !look.wrap {
        words.push((30, format!("from column {}", look.left + 1)));
    }
    words
}
