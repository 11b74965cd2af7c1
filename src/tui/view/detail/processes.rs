//! The processes of the run, as a tree.

use ratatui::style::Style;

use super::{HEAD, Line};
use crate::text::human;
use crate::text::width::truncate_with;
use crate::tui::model::{Model, Server};
use crate::tui::theme::Token;
use crate::tui::view::paint::style;
use crate::tui::{ansi, format};

/// Cells of PID, CPU and memory, each with a space.
const PID: usize = 8;
const CPU: usize = 6;
const MEMORY: usize = 6;
/// Below so many cells a command says nothing; then its CPU is left out.
const COMMAND: usize = 10;
/// Levels that are shown by indentation.
const DEEPEST: usize = 6;

/// A line for each, in so many cells.
pub(super) fn lines(model: &Model, server: &Server, cells: usize) -> Vec<Line> {
    let detail = &model.detail;
    if detail.of.as_ref() != Some(&server.status.id) {
        return Vec::new();
    }
    let room = cells.saturating_sub(HEAD + PID);
    let has_cpu = room >= CPU + MEMORY + COMMAND;
    let command = room.saturating_sub(MEMORY + if has_cpu { CPU } else { 0 });
    let muted = style(model, Token::Muted);
    let glyphs = model.start.glyphs;
    let mut lines: Vec<Line> = detail
        .processes
        .iter()
        .enumerate()
        .map(|(at, process)| {
            let branch = match process.depth {
                0 => String::new(),
                depth => format!("{}{} ", "  ".repeat(depth.min(DEEPEST) - 1), glyphs.pick("└", "`")),
            };
            let text = format!("{branch}{}", ansi::plain(&process.row.command));
            let (text, used) = truncate_with(&text, command, glyphs.pick("…", "~"));
            let gap = " ".repeat(command.saturating_sub(used));
            let cpu = process.cpu_percent.map_or_else(|| "-".to_owned(), |cpu| format::percent(cpu as f32));
            let cpu = if has_cpu { format!("{cpu:>CPU$}") } else { String::new() };
            let memory = human::bytes(process.row.memory_bytes);
            Line {
                head: if at == 0 { "procs" } else { "" },
                parts: vec![
                    (format!("{:<PID$}", process.row.pid), muted),
                    (format!("{text}{gap}"), Style::new()),
                    (cpu, Style::new()),
                    (format!("{memory:>MEMORY$}"), Style::new()),
                ],
            }
        })
        .collect();
    let more = detail.total.saturating_sub(detail.processes.len());
    if more > 0 {
        lines.push(Line { head: "", parts: vec![(format!("and {more} more"), muted)] });
    }
    lines
}
