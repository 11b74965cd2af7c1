//! The table: a row for each server.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::columns::{self, Column, Columns};
use super::paint::{Row, style};
use super::{graph, state};
use crate::text::human;
use crate::tui::layout::ROOMY_FROM;
use crate::tui::model::{Model, Server};
use crate::tui::theme::Token;
use crate::tui::{ansi, format};

/// Draws head and rows.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect) {
    let roomy = area.width >= ROOMY_FROM;
    let columns = fit(model, area.width, roomy);
    head(model, buffer, area, &columns, roomy);
    let selected = model.selected_id();
    let rows = model.servers.shown().skip(model.servers.top);
    for (y, server) in (1..area.height).zip(rows) {
        let is_selected = selected == Some(&server.status.id);
        draw_row(model, buffer, Rect { y: area.y + y, height: 1, ..area }, server, &columns, is_selected);
    }
    if model.servers.shown().len() == 0 {
        nothing(model, buffer, area);
    }
}

fn fit(model: &Model, width: u16, roomy: bool) -> Columns {
    let longest = |with_project| {
        let labels = model.servers.shown().map(|server| ansi::cells(&state::label(server, with_project)));
        labels.max().unwrap_or(0) as u16
    };
    let columns = columns::fit(width, longest(true), roomy);
    if has_project(&columns) { columns } else { columns::fit(width, longest(false), roomy) }
}

fn has_project(columns: &Columns) -> bool {
    columns.shown.iter().any(|(column, _)| *column == Column::Project)
}

fn head(model: &Model, buffer: &mut Buffer, area: Rect, columns: &Columns, roomy: bool) {
    let Some(mut row) = Row::of(area, 0) else { return };
    let muted = style(model, Token::Muted);
    row.skip(columns::LEAD);
    for (at, (column, width)) in columns.shown.iter().enumerate() {
        row.skip(u16::from(at > 0));
        row.cell(model, buffer, column.head(roomy), muted, usize::from(*width), column.is_right());
    }
    if columns.hidden > 0 {
        let long = format!("+{} cols", columns.hidden);
        let text = if row.left() > long.len() + 1 { long } else { format!("+{}", columns.hidden) };
        if row.left() > text.len() {
            let mut end =
                Row { x: row.end - text.len() as u16 - u16::from(row.left() > text.len() + 1), ..row };
            end.put(model, buffer, &text, muted);
        }
    }
}

fn draw_row(
    model: &Model,
    buffer: &mut Buffer,
    area: Rect,
    server: &Server,
    columns: &Columns,
    selected: bool,
) {
    let Some(mut row) = Row::of(area, 0) else { return };
    let status = &server.status;
    let glyphs = model.start.glyphs;
    let state_style = style(model, state::token(status));
    row.put(model, buffer, if selected { ">" } else { " " }, style(model, Token::Accent));
    row.put(model, buffer, status.sign(glyphs), state_style);
    // the detail says it in words
    if status.config_changed {
        row.put(model, buffer, glyphs.pick("*", "^"), style(model, Token::Warn));
    } else {
        row.skip(1);
    }
    let mut graphs = Vec::new();
    for (at, (column, width)) in columns.shown.iter().enumerate() {
        row.skip(u16::from(at > 0));
        let cells = usize::from(*width);
        if let Some((text, text_style)) = graph_cell(model, server, *column, cells, area.width >= ROOMY_FROM)
        {
            graphs.push((row.x, row.x + width));
            row.cell(model, buffer, &text, text_style, cells, false);
            continue;
        }
        let (text, token) = cell(model, server, *column, cells, has_project(columns));
        let text_style = token.map_or_else(Style::new, |token| style(model, token));
        row.cell(model, buffer, &text, text_style, cells, column.is_right());
    }
    if selected {
        let selection = style(model, Token::Selection);
        for x in area.left()..area.right() {
            // A graph turned over would show the opposite.
            if !graphs.iter().any(|(from, to)| (*from..*to).contains(&x)) {
                let cell = &mut buffer[(x, area.y)];
                if selection.add_modifier.contains(Modifier::REVERSED) {
                    // turned over, each colour of the row would become a patch of its own
                    (cell.fg, cell.bg, cell.modifier) = (Color::Reset, Color::Reset, Modifier::empty());
                }
                cell.set_style(selection);
            }
        }
    }
    if model.is_lost() {
        buffer.set_style(area, Style::new().add_modifier(Modifier::DIM));
    }
}

fn cell(
    model: &Model,
    server: &Server,
    column: Column,
    cells: usize,
    with_project: bool,
) -> (String, Option<Token>) {
    let status = &server.status;
    let none = || ("-".to_owned(), Some(Token::Muted));
    let alive = status.phase.is_alive();
    match column {
        Column::Name => (state::label(server, with_project), None),
        Column::State => (state::word(server, model.start.glyphs), Some(state::token(status))),
        Column::Port => match status.main_port() {
            Some(port) => {
                let (text, token) = state::port(status, port, model.start.glyphs);
                (text, Some(token))
            }
            None => none(),
        },
        Column::Pid => status.pid.map_or_else(none, |pid| (pid.to_string(), None)),
        Column::Up => match state::uptime(model, status, cells) {
            text if alive => (text, None),
            text => (text, Some(Token::Muted)),
        },
        Column::Cpu => match status.cpu_percent {
            Some(cpu) if alive => (format::percent(cpu), None),
            Some(_) | None => none(),
        },
        Column::Memory => match status.memory_bytes {
            Some(bytes) if alive => (human::bytes(bytes), None),
            Some(_) | None => none(),
        },
        Column::Restarts => {
            let token = if status.restarts > 0 { Token::Warn } else { Token::Muted };
            (format::count(u64::from(status.restarts)), Some(token))
        }
        Column::Latency => match status.main_port().and_then(|port| port.latency_ms) {
            Some(ms) if alive => (format::latency(ms), None),
            Some(_) | None => none(),
        },
        Column::Project => (format!(" {}", status.id.project()), Some(Token::Muted)),
        Column::Command => (ansi::plain(&status.command), Some(Token::Muted)),
        Column::CpuGraph | Column::MemoryGraph => (String::new(), None),
    }
}

fn graph_cell(
    model: &Model,
    server: &Server,
    column: Column,
    cells: usize,
    roomy: bool,
) -> Option<(String, Style)> {
    let buckets = || server.ring.buckets(cells, columns::step(roomy));
    let glyphs = model.start.glyphs;
    let (text, token) = match column {
        Column::CpuGraph => graph::cpu_line(&buckets(), glyphs),
        Column::MemoryGraph => {
            graph::memory_line(&buckets(), server.status.memory_growth_bytes_per_h.is_some(), glyphs)
        }
        Column::Name
        | Column::State
        | Column::Port
        | Column::Pid
        | Column::Up
        | Column::Cpu
        | Column::Memory
        | Column::Restarts
        | Column::Latency
        | Column::Project
        | Column::Command => return None,
    };
    Some((text, style(model, token)))
}

fn nothing(model: &Model, buffer: &mut Buffer, area: Rect) {
    if let Some(mut row) = Row::of(area, 1) {
        row.skip(columns::LEAD);
        let text = format!("no server fits `{}`; esc shows all", ansi::plain(model.servers.filter().text()));
        row.put(model, buffer, &text, style(model, Token::Muted));
    }
}
