//! Everything about the selected server. What is said of it stands in [`facts`], its processes in [`processes`], CPU and
//! memory in [`charts`]; where these go, in [`plan`]. The lines scroll where they do not fit, the charts stay.

mod charts;
mod facts;
mod plan;
mod processes;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::paint::{Row, rule, style};
use super::state;
use crate::text::width::{truncate_with, width};
use crate::tui::layout::{Framed, layout};
use crate::tui::model::{Model, Pane, Server};
use crate::tui::theme::Token;
use plan::Plan;

/// A line: its head, and parts with their styles.
struct Line {
    head: &'static str,
    parts: Vec<(String, Style)>,
}

/// Cells of a head, with the space behind it.
const HEAD: usize = 8;

/// The upright rule beside the pane, joined to the log's title.
pub(super) fn divider(model: &Model, buffer: &mut Buffer, area: Rect, rule_y: Option<u16>) {
    let line = style(model, Token::Border);
    let [bar, tee] = model.start.glyphs.pick(["│", "┬"], ["|", "+"]);
    if rule_y == Some(area.bottom()) {
        let foot = model.start.glyphs.pick("┴", "+");
        buffer.set_stringn(area.x, area.bottom(), foot, 1, line);
    }
    for y in area.top()..area.bottom() {
        let sign = if rule_y == Some(y) { tee } else { bar };
        buffer.set_stringn(area.x, y, sign, 1, line);
    }
}

/// How many lines there are, and how many of them fit.
pub(crate) fn scroll(model: &Model) -> (usize, usize) {
    let Some((frame, server)) = layout(model).detail.zip(model.selected()) else { return (0, 0) };
    let (lines, plan) = arranged(model, server, frame.body);
    (lines.len(), usize::from(plan.facts.height))
}

fn arranged(model: &Model, server: &Server, body: Rect) -> (Vec<Line>, Plan) {
    let room = plan::facts_width(body);
    let lines = facts::lines(model, server, room, body.height);
    let plan = plan::plan(body, lines.len());
    (lines, plan)
}

/// Draws title, lines and charts.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, frame: Framed) {
    let Some(server) = model.selected() else {
        let title = [("detail".to_owned(), style(model, Token::Accent))];
        rule(model, buffer, frame.title, &title, model.focus == Pane::Detail);
        return;
    };
    let (lines, plan) = arranged(model, server, frame.body);
    let rows = usize::from(plan.facts.height);
    let top = model.detail.top.min(lines.len().saturating_sub(rows));
    title(model, buffer, frame.title, server, (top, rows, lines.len()));
    for (y, line) in (0..plan.facts.height).zip(lines.iter().skip(top)) {
        let Some(mut row) = Row::of(plan.facts, y) else { break };
        row.skip(1);
        row.cell(model, buffer, line.head, style(model, Token::Muted), HEAD, false);
        for (text, text_style) in &line.parts {
            row.put(model, buffer, text, *text_style);
        }
    }
    charts::draw(model, buffer, &plan.charts, server);
    if model.is_lost() {
        buffer.set_style(frame.body, Style::new().add_modifier(Modifier::DIM));
    }
}

/// The name, and which of its lines are there where that is not all.
fn title(
    model: &Model,
    buffer: &mut Buffer,
    area: Rect,
    server: &Server,
    (top, rows, count): (usize, usize, usize),
) {
    let place = if count > rows {
        format!("{}-{} of {count}", top + 1, (top + rows).min(count))
    } else {
        String::new()
    };
    let name = state::label(server, false);
    // the name is cut before the place is left out
    let room = usize::from(area.width).saturating_sub(width(&place) + 12).max(8);
    let mark = model.start.glyphs.pick("…", "~");
    let mut parts = vec![(truncate_with(&name, room, mark).0.into_owned(), style(model, Token::Accent))];
    if !place.is_empty() {
        parts.push((place, style(model, Token::Muted)));
    }
    rule(model, buffer, area, &parts, model.focus == Pane::Detail);
}
