//! The log pane. The margin at the left is ostler's own: a server cannot write there, so its mark on a line of
//! ostler's own can't be imitated.
//!
//! The rule above it in [`title`], a line and its margin in [`line`], what is searched for in [`matches`], the scroll bar in [`bar`].

mod bar;
mod line;
mod matches;
mod title;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::paint::{Row, style};
use crate::tui::ansi;
use crate::tui::layout::{Framed, log_room, scroll_bar};
use crate::tui::model::Model;
use crate::tui::theme::Token;

/// Draws title and lines.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, frame: Framed) {
    title::draw(model, buffer, frame.title);
    if model.log.store.len() == 0 {
        nothing(model, buffer, frame.body);
        return;
    }
    let room = log_room(model);
    let (mut number, mut skip) = model.log.top(room);
    let mut y = 0;
    while y < frame.body.height {
        let Some(stored) = model.log.store.get(number) else { break };
        y = line::draw(model, buffer, frame.body, y, stored, skip, room.width);
        skip = 0;
        number += 1;
    }
    if scroll_bar(frame.body) > 0 {
        bar::draw(model, buffer, frame.body, number);
    }
    if model.is_lost() {
        let dim = Style::new().add_modifier(ratatui::style::Modifier::DIM);
        buffer.set_style(frame.body, dim);
    }
}

fn nothing(model: &Model, buffer: &mut Buffer, area: Rect) {
    let Some(mut row) = Row::of(area, 0) else { return };
    let text = match (&model.log.server, &model.log.error) {
        (Some(_), Some(error)) => ansi::plain(error),
        (Some(_), None) if model.log.paging || model.log.progress.is_some() => return,
        (Some(_), None) if model.log.live && model.log.narrow.is_some() => "no line is shown".to_owned(),
        (Some(_), None) if model.log.live => "nothing logged yet".to_owned(),
        (None | Some(_), _) => return,
    };
    row.skip(1);
    row.put(model, buffer, &text, style(model, Token::Muted));
}
