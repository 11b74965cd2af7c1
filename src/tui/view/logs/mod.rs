//! The log pane. The margin at the left is ostler's own: a server cannot write there, so its mark on a line of
//! ostler's own can't be imitated.
//!
//! The rule above it in [`title`] with its [`words`], a line and its margin in [`line`], what is searched for in
//! [`matches`], the scroll bar in [`bar`].

mod bar;
mod line;
mod matches;
mod title;
mod words;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::paint::{Row, style};
use crate::model::action::{Action, Scope};
use crate::tui::ansi;
use crate::tui::layout::{Framed, log_room, scroll_bar};
use crate::tui::model::Model;
use crate::tui::model::log_look::Times;
use crate::tui::model::log_view::Room;
use crate::tui::theme::Token;

/// Draws title and lines.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, frame: Framed) {
    title::draw(model, buffer, frame.title);
    if model.log.store.len() == 0 {
        nothing(model, buffer, frame.body);
        return;
    }
    let room = log_room(model);
    lines(model, buffer, frame.body, room);
    if scroll_bar(frame.body) > 0 {
        bar::draw(model, buffer, frame.body);
    }
    if model.is_lost() {
        let dim = Style::new().add_modifier(ratatui::style::Modifier::DIM);
        buffer.set_style(frame.body, dim);
    }
}

/// Draws what is on the screen.
fn lines(model: &Model, buffer: &mut Buffer, area: Rect, room: Room) {
    let log = &model.log;
    let newest = match log.look.times {
        Times::Relative => {
            log.visible(room).filter_map(|number| log.store.get(number)).map(|line| line.at).max()
        }
        Times::Off | Times::Time | Times::Date => None,
    };
    let lines = Rect { width: area.width - scroll_bar(area), ..area };
    let page = line::Page { model, area: lines, width: room.width, newest };
    let (mut number, mut skip) = log.top(room);
    let mut y = 0;
    while y < area.height {
        let Some(stored) = log.store.get(number) else { break };
        let rows = page.draw(buffer, y, (number, stored), skip);
        y += rows.saturating_sub(skip).min(usize::from(area.height - y)) as u16;
        for mark in log.marks_behind(number).skip(skip.saturating_sub(rows)) {
            line::mark(
                model,
                buffer,
                Rect { y: area.y + y, height: u16::from(y < area.height), ..lines },
                mark.at,
            );
            y = (y + 1).min(area.height);
        }
        skip = 0;
        number += 1;
    }
    if y == 0 && log.notes.is_cleared() {
        let keys = [Action::Clear, Action::Up]
            .map(|action| model.keymap.hint(Scope::Logs, action, model.start.glyphs).unwrap_or_default());
        let text = format!("cleared: what comes is shown; {} or {} brings back what was", keys[0], keys[1]);
        say(model, buffer, area, &text);
    }
}

fn nothing(model: &Model, buffer: &mut Buffer, area: Rect) {
    let text = match (&model.log.server, &model.log.error) {
        (Some(_), Some(error)) => ansi::plain(error),
        (Some(_), None) if model.log.paging || model.log.progress.is_some() => return,
        (Some(_), None) if model.log.live && model.log.narrow.is_some() => "no line is shown".to_owned(),
        (Some(_), None) if model.log.live => "nothing logged yet".to_owned(),
        (None | Some(_), _) => return,
    };
    say(model, buffer, area, &text);
}

fn say(model: &Model, buffer: &mut Buffer, area: Rect, text: &str) {
    let Some(mut row) = Row::of(area, 0) else { return };
    row.skip(1);
    row.put(model, buffer, text, style(model, Token::Muted));
}
