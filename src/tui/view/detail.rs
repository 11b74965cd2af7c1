//! Everything about the selected server: facts, then charts of CPU and memory.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::paint::{Row, rule, style};
use super::{graph, state};
use crate::model::{ExitRecord, Health, Holder, PortState, PortStatus, ServerStatus};
use crate::text::human;
use crate::text::width::width;
use crate::tui::layout::Framed;
use crate::tui::model::{Model, Pane, Server, WINDOWS};
use crate::tui::theme::Token;
use crate::tui::{ansi, format};

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

/// Draws title, facts and charts.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, frame: Framed) {
    let name = model.selected().map_or_else(|| "detail".to_owned(), |server| state::label(server, false));
    let title = [(name, style(model, Token::Accent))];
    rule(model, buffer, frame.title, &title, model.focus == Pane::Detail);
    let Some(server) = model.selected() else { return };
    let mut y = 0;
    for (head, parts) in facts(model, server) {
        let Some(mut row) = Row::of(frame.body, y) else { return };
        row.skip(1);
        row.cell(model, buffer, head, style(model, Token::Muted), 8, false);
        for (text, text_style) in parts {
            row.put(model, buffer, &text, text_style);
        }
        y += 1;
    }
    charts(model, buffer, Rect { y: frame.body.y + y, height: frame.body.height - y, ..frame.body }, server);
    if model.is_lost() {
        buffer.set_style(frame.body, Style::new().add_modifier(ratatui::style::Modifier::DIM));
    }
}

/// The directory, from `~` where it is below the user's own.
fn from_home(model: &Model, status: &ServerStatus) -> String {
    let below = model.start.home.as_ref().and_then(|home| status.dir.strip_prefix(home).ok());
    match below {
        Some(rest) if rest.as_os_str().is_empty() => "~".to_owned(),
        Some(rest) => format!("~/{}", rest.display()),
        None => status.dir.display().to_string(),
    }
}

type Fact = (&'static str, Vec<(String, Style)>);

fn facts(model: &Model, server: &Server) -> Vec<Fact> {
    let status = &server.status;
    let plain = Style::new();
    let muted = style(model, Token::Muted);
    let glyphs = model.start.glyphs;
    let mut facts: Vec<Fact> = Vec::new();
    let said = format!("{} {}", status.sign(glyphs), state::word(server, glyphs));
    facts.push((
        "state",
        vec![(said, style(model, state::token(status))), (format!("  {}", reason(model, status)), muted)],
    ));
    if let Some(pid) = status.pid {
        let more = status.pids.len().saturating_sub(1);
        let more =
            if more > 0 { format!("   and {}", human::plural(more, "child process")) } else { String::new() };
        facts.push(("pid", vec![(pid.to_string(), plain), (more, muted)]));
    }
    for (at, port) in status.ports.iter().enumerate() {
        let (text, token) = state::port(status, port, glyphs);
        let head = if at == 0 { "port" } else { "" };
        facts.push((head, vec![(text, style(model, token)), (format!("  {}", port_words(port)), muted)]));
    }
    let adopted = if status.adopted { "   adopted" } else { "" };
    let restarts = format!("   {}{adopted}", human::plural(status.restarts as usize, "restart"));
    let up = status.uptime_s.filter(|_| status.phase.is_alive());
    let up = up.map_or_else(|| "-".to_owned(), human::age);
    facts.push(("uptime", vec![(up, plain), (restarts, muted)]));
    if let Some(exit) = &status.exit {
        facts.push(("exit", vec![(exit_words(model, exit), plain)]));
    }
    if let Some(error) = &status.last_error {
        facts.push(("error", vec![(ansi::plain(error), style(model, Token::Fail))]));
    }
    if let Some(version) = &status.version {
        facts.push(("version", vec![(ansi::plain(version), plain)]));
    }
    if status.config_changed {
        facts.push(("config", vec![("changed: restart to apply".to_owned(), style(model, Token::Warn))]));
    }
    facts.push(("cmd", vec![(ansi::plain(&status.command), plain)]));
    facts.push(("cwd", vec![(ansi::plain(&from_home(model, status)), plain)]));
    facts
}

/// What says more than the state's word: the last check and how many have failed in a row, or what it
/// waits for; and for how long.
fn reason(model: &Model, status: &ServerStatus) -> String {
    let mut parts = Vec::new();
    match status.health {
        Health::Unhealthy | Health::Hung | Health::Healthy => {
            parts.extend(status.last_check.as_deref().map(ansi::plain));
            parts.extend((status.failed_checks > 0).then(|| format!("{} failed", status.failed_checks)));
        }
        Health::Unknown => {}
    }
    parts.extend(status.waiting_for.first().map(|waits| format!("waits for {}", ansi::plain(waits))));
    if status.uptime_s.is_none() && status.since.as_second() > 0 {
        parts.push(format!("since {}", state::time_of_day(model, status.since, "%H:%M:%S")));
    }
    parts.join(", ")
}

fn port_words(port: &PortStatus) -> String {
    match port.state {
        PortState::Listening => match port.latency_ms {
            Some(ms) => format!("listening, {}", format::latency(ms)),
            None => "listening".to_owned(),
        },
        PortState::Closed => "closed".to_owned(),
        PortState::Foreign => {
            let holder = port.holder.as_ref();
            let holder =
                holder.map_or_else(|| Holder::UNSEEN.to_owned(), |holder| ansi::plain(&holder.to_string()));
            format!("in use by {holder}")
        }
    }
}

fn exit_words(model: &Model, exit: &ExitRecord) -> String {
    let how = match (exit.code, exit.signal) {
        (Some(code), _) => code.to_string(),
        (None, Some(signal)) => signal.to_string(),
        (None, None) => "unknown".to_owned(),
    };
    let when = state::time_of_day(model, exit.at, "%H:%M:%S");
    format!("{how} at {when}, after {}", human::age(exit.lasted_s))
}

/// Rows of a chart at least and at most, without head and time axis.
const CHART: (u16, u16) = (2, 9);

fn charts(model: &Model, buffer: &mut Buffer, area: Rect, server: &Server) {
    let (cpu, memory) = past(model, server);
    let (_, word) = WINDOWS[model.charts.window.min(WINDOWS.len() - 1)];
    // Two charts, each with an empty line before it, a head and an axis.
    let rows = (area.height / 2).saturating_sub(3).min(CHART.1);
    if rows < CHART.0 {
        return;
    }
    let peak = cpu.iter().flatten().copied().fold(0.0, f64::max);
    let now = cpu.last().copied().flatten();
    let percent = |value: f64| format::percent(value as f32);
    let figures = now.map_or_else(String::new, |now| format!("now {}  max {}", percent(now), percent(peak)));
    let top = if peak > 100.0 { (peak / 100.0).ceil() * 100.0 } else { 100.0 };
    let half = Rect { height: rows + 3, ..area };
    let token = if now.unwrap_or(0.0) >= 90.0 { Token::Cpu(2) } else { Token::Cpu(0) };
    let axis = Axis { top, labels: [format!("{top:.0}"), format!("{:.0}", top / 2.0)], window: word };
    chart(model, buffer, half, (&format!("CPU % of 1 core, {word}"), &figures), &cpu, &axis, token);
    let peak = memory.iter().flatten().copied().fold(0.0, f64::max);
    let now = memory.last().copied().flatten();
    let size = |value: f64| human::bytes(value as u64);
    let mut figures = now.map_or_else(String::new, |now| format!("now {}  max {}", size(now), size(peak)));
    let growth = server.status.memory_growth_bytes_per_h;
    if let Some(growth) = growth {
        figures = format!("grows {}/h  {figures}", size(growth));
    }
    let top = (peak * 1.2).max(1024.0 * 1024.0);
    let token = if growth.is_some() { Token::Mem(2) } else { Token::Mem(0) };
    let below = Rect { y: half.bottom(), ..half };
    let axis = Axis { top, labels: [size(top), size(top / 2.0)], window: word };
    chart(
        model,
        buffer,
        below,
        (&format!("MEM ({}), {word}", ansi::plain(&server.status.memory_kind)), &figures),
        &memory,
        &axis,
        token,
    );
}

type Values = Vec<Option<f64>>;

/// CPU and memory over the chosen window, oldest first.
fn past(model: &Model, server: &Server) -> (Values, Values) {
    let fetched = model.charts.fetched.as_ref().filter(|history| {
        model.charts.window > 0
            && history.id == server.status.id
            && model.charts.fetched_window == WINDOWS[model.charts.window].0
    });
    match fetched {
        Some(history) => (
            history.cpu_percent.iter().map(|value| value.map(f64::from)).collect(),
            history.memory_bytes.iter().map(|value| value.map(|bytes| bytes as f64)).collect(),
        ),
        None if model.charts.window > 0 => (Vec::new(), Vec::new()),
        None => server
            .ring
            .all()
            .map(|sample| (sample.map(|s| f64::from(s.cpu_percent)), sample.map(|s| s.memory_bytes as f64)))
            .unzip(),
    }
}

struct Axis {
    top: f64,
    /// At the top and in the middle; at the bottom is 0.
    labels: [String; 2],
    window: &'static str,
}

fn chart(
    model: &Model,
    buffer: &mut Buffer,
    area: Rect,
    (head, figures): (&str, &str),
    values: &[Option<f64>],
    axis: &Axis,
    token: Token,
) {
    let muted = style(model, Token::Muted);
    if let Some(mut row) = Row::of(area, 1) {
        row.skip(1);
        row.put(model, buffer, head, muted);
        // Not yet fetched is not the same.
        let none = !values.is_empty() && values.iter().all(Option::is_none);
        let figures = if none { "no data" } else { figures };
        row.skip(row.left().saturating_sub(width(figures) + 2) as u16);
        row.put(model, buffer, figures, Style::new());
    }
    let glyphs = model.start.glyphs;
    let line = style(model, Token::GraphAxis);
    let [bar, tick] = glyphs.pick(["│", "┤"], ["|", "+"]);
    let rows = area.height.saturating_sub(3);
    let label_width = 4;
    let cells = usize::from(area.width).saturating_sub(label_width + 4);
    let drawn = graph::area(values, axis.top, cells, usize::from(rows), glyphs);
    for (at, text) in drawn.iter().enumerate() {
        let Some(mut row) = Row::of(area, 2 + at as u16) else { return };
        let label = match at as u16 {
            0 => axis.labels[0].as_str(),
            at if at + 1 == rows => "0",
            at if at == rows / 2 && rows > 4 => &axis.labels[1],
            _ => "",
        };
        row.skip(1);
        row.cell(model, buffer, label, line, label_width, true);
        row.put(model, buffer, if label.is_empty() { bar } else { tick }, line);
        row.put(model, buffer, text, style(model, token));
    }
    if let Some(mut row) = Row::of(area, 2 + rows) {
        row.skip(1 + label_width as u16 + 1);
        let from = format!("-{}", axis.window);
        row.put(model, buffer, &from, line);
        row.skip(cells.saturating_sub(from.len() + 3) as u16);
        row.put(model, buffer, "now", line);
    }
}
