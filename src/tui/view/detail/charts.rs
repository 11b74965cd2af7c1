//! CPU and memory over the chosen window: a filled area, its axes, and marks where runs ended.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::facts::{self, growth_words};
use crate::api::PastExit;
use crate::api::processes::End;
use crate::text::human;
use crate::text::width::width;
use crate::tui::model::past::{Grid, Past, peak};
use crate::tui::model::scale;
use crate::tui::model::{Model, Server, WINDOWS};
use crate::tui::theme::Token;
use crate::tui::view::paint::{Row, style};
use crate::tui::view::{graph, state};
use crate::tui::{ansi, format};

/// Cells of the axis at the left: a space, a figure, the line.
const LABEL: usize = 4;

/// One chart.
struct Chart<'a> {
    /// What it is; the first that fits with the first of the figures that fits.
    heads: Vec<String>,
    figures: Vec<String>,
    grid: Grid,
    /// Of the axis.
    top: f64,
    /// At the top and in the middle; at the bottom is 0.
    labels: [String; 2],
    token: Token,
    exits: &'a [PastExit],
    /// At the axis of time.
    from: String,
    to: String,
}

/// Makes one of what is known of a server, for so many columns.
type Maker = fn(&Model, &Server, &Past, usize) -> Chart<'static>;

/// Draws those that there is room for.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, areas: &[Rect], server: &Server) {
    let past = model.past(server);
    let exits = facts::exits(model, &server.status);
    let end = if model.servers.any_alive() || past.cpu.is_empty() {
        "now".to_owned()
    } else {
        let end = jiff::Timestamp::from_second(past.end).unwrap_or(model.now.wall);
        state::time_of_day(model, end, "%H:%M:%S")
    };
    for (area, make) in areas.iter().zip([cpu as Maker, memory]) {
        let cells = usize::from(area.width).saturating_sub(LABEL + 4);
        let columns = cells * graph::across(model.start.glyphs);
        let chart = make(model, server, &past, columns);
        paint(model, buffer, *area, &Chart { exits: &exits, to: end.clone(), ..chart }, cells);
    }
}

fn window(model: &Model) -> &'static str {
    WINDOWS[model.charts.window.min(WINDOWS.len() - 1)].1
}

fn cpu(model: &Model, _: &Server, past: &Past, columns: usize) -> Chart<'static> {
    let word = window(model);
    let (max, now) = (peak(&past.cpu), past.cpu.last().copied().flatten());
    let percent = |value: f64| format::percent(value as f32);
    let top = shown_top(model.detail.scale.cpu, max, scale::percent);
    let token = match now.unwrap_or(0.0) {
        90.0.. => Token::Cpu(2),
        50.0.. => Token::Cpu(1),
        _ => Token::Cpu(0),
    };
    Chart {
        heads: vec![format!("CPU % of 1 core, {word}"), format!("CPU %, {word}"), format!("CPU {word}")],
        figures: figures(&past.cpu, &[], now.map(percent), &percent(max), None),
        grid: past.grid(&past.cpu, columns),
        top,
        labels: [format!("{top:.0}"), format!("{:.0}", top / 2.0)],
        token,
        exits: &[],
        from: format!("-{word}"),
        to: String::new(),
    }
}

fn memory(model: &Model, server: &Server, past: &Past, columns: usize) -> Chart<'static> {
    let word = window(model);
    let size = |value: f64| human::bytes(value as u64);
    let (max, now) = (peak(&past.memory), past.memory.last().copied().flatten());
    let least = past.memory.iter().flatten().copied().reduce(f64::min);
    let growth = server.status.memory_growth_bytes_per_h;
    let top = shown_top(model.detail.scale.memory, max, scale::bytes);
    let kind = ansi::plain(&server.status.memory_kind);
    let min = least.map(|least| format!("min {}  ", size(least)));
    let grows = growth.map(|growth| format!("grows {}  ", growth_words(growth)));
    let before: Vec<String> = [grows.clone().zip(min.clone()).map(|(a, b)| a + &b), grows.clone(), min]
        .into_iter()
        .flatten()
        .collect();
    Chart {
        heads: vec![format!("MEM ({kind}), {word}"), format!("MEM {word}")],
        figures: figures(&past.memory, &before, now.map(size), &size(max), grows),
        grid: past.grid(&past.memory, columns),
        top,
        labels: [size(top), size(top / 2.0)],
        token: if growth.is_some() { Token::Mem(2) } else { Token::Mem(0) },
        exits: &[],
        from: format!("-{word}"),
        to: String::new(),
    }
}

/// The top that is kept, unless it does not fit what is shown: then nobody has looked at that yet.
fn shown_top(kept: f64, max: f64, round: fn(f64) -> f64) -> f64 {
    if kept > 0.0 && kept >= max { kept } else { round(max) }
}

/// What stands beside the head, from the longest to the shortest.
fn figures(
    values: &[Option<f64>],
    before: &[String],
    now: Option<String>,
    max: &str,
    last: Option<String>,
) -> Vec<String> {
    if values.iter().all(Option::is_none) {
        // not yet fetched is not the same
        return vec![if values.is_empty() { String::new() } else { "no data".to_owned() }];
    }
    let Some(now) = now else { return vec![format!("max {max}"), String::new()] };
    let both = format!("now {now}  max {max}");
    let mut all: Vec<String> = before.iter().map(|part| format!("{part}{both}")).collect();
    all.extend([both, format!("{now} max {max}")]);
    all.extend(last.map(|last| last.trim_end().to_owned()));
    all.extend([now, String::new()]);
    all
}

/// The first head and the first figures that fit; rather a shorter head than fewer figures.
fn head(chart: &Chart, room: usize) -> (String, String) {
    for figures in &chart.figures {
        for head in &chart.heads {
            if width(head) + width(figures) + 2 <= room {
                return (head.clone(), figures.clone());
            }
        }
    }
    (chart.heads.last().cloned().unwrap_or_default(), String::new())
}

fn paint(model: &Model, buffer: &mut Buffer, area: Rect, chart: &Chart, cells: usize) {
    let rows = area.height.saturating_sub(2);
    let glyphs = model.start.glyphs;
    if let Some(mut row) = Row::of(area, 0) {
        row.skip(1);
        row.end = row.end.saturating_sub(2).max(row.x);
        let (head, figures) = head(chart, row.left());
        row.put(model, buffer, &head, style(model, Token::Muted));
        row.skip(row.left().saturating_sub(width(&figures)) as u16);
        row.put(model, buffer, &figures, Style::new());
    }
    let line = style(model, Token::GraphAxis);
    let [bar, tick] = glyphs.pick(["│", "┤"], ["|", "+"]);
    let drawn = graph::area(&chart.grid.values, chart.top, cells, usize::from(rows), glyphs);
    for (at, text) in drawn.iter().enumerate() {
        let Some(mut row) = Row::of(area, 1 + at as u16) else { return };
        let label = match at as u16 {
            0 => chart.labels[0].as_str(),
            at if at + 1 == rows => "0",
            at if at == rows / 2 && rows > 4 => &chart.labels[1],
            _ => "",
        };
        row.skip(1);
        row.cell(model, buffer, label, line, LABEL, true);
        row.put(model, buffer, if label.is_empty() { bar } else { tick }, line);
        row.put(model, buffer, text, style(model, chart.token));
    }
    let plot = Rect {
        x: area.x + 2 + LABEL as u16,
        width: area.width.saturating_sub(2 + LABEL as u16).min(cells as u16),
        ..area
    };
    if rows > 0 {
        time_axis(model, buffer, plot, chart);
        marks(model, buffer, plot, chart);
    }
}

fn time_axis(model: &Model, buffer: &mut Buffer, plot: Rect, chart: &Chart) {
    let Some(mut row) = Row::of(plot, plot.height - 1) else { return };
    let line = style(model, Token::GraphAxis);
    row.put(model, buffer, &chart.from, line);
    row.skip(row.left().saturating_sub(width(&chart.to)) as u16);
    row.put(model, buffer, &chart.to, line);
}

/// An upright line where a run ended, which leaves what was measured, and at its foot how; the newest first, so that it is told where there is no room for
/// all.
fn marks(model: &Model, buffer: &mut Buffer, plot: Rect, chart: &Chart) {
    let glyphs = model.start.glyphs;
    let foot = plot.bottom() - 1;
    let mut used = vec![
        (plot.x, plot.x + width(&chart.from) as u16),
        (plot.right().saturating_sub(width(&chart.to) as u16), plot.right()),
    ];
    for exit in chart.exits {
        let Some(cell) = chart.grid.cell(exit.at.as_second(), usize::from(plot.width)) else { continue };
        let x = plot.x + cell as u16;
        let token = match exit.end {
            End::Exited => Token::Fail,
            End::Stopped | End::Completed => Token::Off,
        };
        let mark = style(model, token);
        for y in plot.y + 1..foot {
            let cell = &mut buffer[(x, y)];
            // what was measured there stays to be seen
            if [" ", graph::no_data(glyphs)].contains(&cell.symbol()) {
                cell.set_symbol(glyphs.pick("┊", "!"));
            }
            cell.set_style(mark);
        }
        let text = format!("{}{}", glyphs.pick("↑", "^"), exit.exit);
        let own = width(&text) as u16;
        // to the right of its line, or up to it
        let places = [(x, x + own), ((x + 1).saturating_sub(own), x + 1)];
        let fits = |(from, to): &(u16, u16)| {
            *from >= plot.x
                && *to <= plot.right()
                && used.iter().all(|(left, right)| *to < *left || *from > *right)
        };
        if let Some((from, to)) = places.into_iter().find(fits) {
            let text = if from == x { text } else { format!("{}{}", exit.exit, glyphs.pick("↑", "^")) };
            buffer.set_stringn(from, foot, &text, usize::from(own), mark);
            used.push((from, to));
        }
    }
}
