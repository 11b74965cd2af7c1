//! The rule above the log: whose it is, what is shown of it, and how.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::text::human::grouped;
use crate::tui::ansi;
use crate::tui::model::{Model, Pane};
use crate::tui::theme::Token;
use crate::tui::view::paint::{rule, style};

/// Draws it.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect) {
    let muted = style(model, Token::Muted);
    let name = model.log.server.as_ref().map_or("none", |id| id.name());
    let mut parts = vec![(format!("logs: {name}"), style(model, Token::Accent))];
    let log = &model.log;
    let dot = model.start.glyphs.pick("·", "-");
    let mut words = Vec::new();
    let follow_style = if log.follows() { muted } else { style(model, Token::Warn) };
    words.push(super::words::place(model));
    words.extend(super::words::look(model, area));
    if area.width >= 70 && (log.live || log.store.len() > 0) {
        let more = if log.complete && !log.detached { "" } else { "+" };
        let lines = if log.store.len() == 1 && more.is_empty() { "line" } else { "lines" };
        words.push(format!("{}{more} {lines}", grouped(log.store.len() as u64)));
    }
    parts.push((words.join(&format!(" {dot} ")), follow_style));
    let filter = model.servers.filter();
    if !filter.is_empty() && model.prompt.is_none() {
        let (shown, all) = (model.servers.shown().len(), model.servers.all().len());
        parts.push((format!("/{} {shown} of {all}", ansi::plain(filter.text())), style(model, Token::Match)));
    }
    if let Some(rows) = rows_shown(model) {
        parts.push((rows, muted));
    }
    rule(model, buffer, area, &parts, model.focus == Pane::Logs);
}

/// Which rows of the table are on the screen, where not all are.
fn rows_shown(model: &Model) -> Option<String> {
    let table = crate::tui::layout::layout(model).table?;
    let room = usize::from(table.height.saturating_sub(1));
    let all = model.servers.shown().len();
    let last = (model.servers.top + room).min(all);
    (all > room).then(|| format!("rows {}-{last} of {all}", model.servers.top + 1))
}
