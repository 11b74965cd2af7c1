//! The status table: pure, from statuses to text.

use jiff::Timestamp;

use super::output::{Glyphs, Style, Tint, tint_of};
use super::time::seconds_since;
use crate::model::{Phase, PortSign, ServerStatus};
use crate::text::{human, width};

const HEADINGS: [(&str, Align); 8] = [
    ("NAME", Align::Left),
    ("STATE", Align::Left),
    ("PORT", Align::Left),
    ("PID", Align::Right),
    ("UP", Align::Right),
    ("CPU%", Align::Right),
    ("MEM", Align::Right),
    ("RST", Align::Right),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Align {
    Left,
    Right,
}

/// The table with its headings. Names carry their project where there are several.
pub fn render(servers: &[ServerStatus], now: Timestamp, style: Style) -> String {
    let several = servers.iter().any(|server| server.project != servers[0].project);
    let rows: Vec<[String; 8]> =
        servers.iter().map(|server| cells(server, several, now, style.glyphs)).collect();
    let mut widths = HEADINGS.map(|(heading, _)| width::width(heading));
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(width::width(cell));
        }
    }
    let headings = HEADINGS.map(|(heading, _)| heading.to_owned());
    let mut table = style.paint(Tint::Dim, &line(&headings, widths, |_, cell| cell));
    table.push('\n');
    for (server, row) in servers.iter().zip(&rows) {
        let tinted = |column: usize, cell: String| match column {
            1 => style.paint(tint_of(server), &cell),
            _ => cell,
        };
        table.push_str(&line(row, widths, tinted));
        table.push('\n');
    }
    if servers.iter().any(|server| server.config_changed) {
        let note = "* its file says something else, or names it no more: `ostler reload` tells what";
        table.push_str(&style.paint(Tint::Dim, note));
        table.push('\n');
    }
    table
}

/// One line without blanks at its end. `dress` gets a column's number and its padded cell.
fn line(cells: &[String; 8], widths: [usize; 8], dress: impl Fn(usize, String) -> String) -> String {
    let mut text = String::new();
    for (column, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let blanks = " ".repeat(width.saturating_sub(width::width(cell)));
        let last = column + 1 == cells.len();
        match HEADINGS[column].1 {
            Align::Right => {
                text.push_str(&blanks);
                text.push_str(&dress(column, cell.clone()));
            }
            Align::Left => {
                text.push_str(&dress(column, cell.clone()));
                text.push_str(&blanks);
            }
        }
        if !last {
            text.push_str("  ");
        }
    }
    text
}

fn cells(server: &ServerStatus, several: bool, now: Timestamp, glyphs: Glyphs) -> [String; 8] {
    let none = || "-".to_owned();
    [
        name_cell(server, several),
        state_cell(server, now),
        server.main_port().map_or_else(none, |port| {
            format!(":{} {}", port.port, PortSign::of(port, server.phase).text(glyphs))
        }),
        server.pid.map_or_else(none, |pid| pid.to_string()),
        up_cell(server, now),
        server.cpu_percent.map_or_else(none, |cpu| format!("{cpu:.1}")),
        memory_cell(server),
        server.restarts.to_string(),
    ]
}

/// Its name, with a star where the file has changed since.
fn name_cell(server: &ServerStatus, several: bool) -> String {
    let star = if server.config_changed { "*" } else { "" };
    if several { format!("{}{star}", server.id) } else { format!("{}{star}", server.name) }
}

/// The state's word. Whether it will be started again is told in words: beside the exit nothing else here says so.
fn state_cell(server: &ServerStatus, now: Timestamp) -> String {
    let word = match server.phase {
        Phase::Backoff => {
            let left = server.next_start_at.map(|at| human::age(seconds_since(now, at).ceil()));
            left.map_or_else(|| "backoff".to_owned(), |left| format!("backoff {left}"))
        }
        Phase::Failed => "failed".to_owned(),
        Phase::Stopped
        | Phase::Waiting
        | Phase::Starting
        | Phase::Running
        | Phase::Stopping
        | Phase::Completed => return server.state_word(),
    };
    match &server.exit {
        Some(exit) if exit.code.is_some() || exit.signal.is_some() => {
            format!("{word}: {}", server.state_word())
        }
        Some(_) | None => word,
    }
}

/// What it has; where that grows as with a leak, by how much.
fn memory_cell(server: &ServerStatus) -> String {
    match (server.memory_bytes, server.memory_growth_bytes_per_h) {
        (Some(bytes), Some(growth)) => {
            format!("{} +{}/h", human::bytes(bytes), human::bytes(growth.max(0.0) as u64))
        }
        (Some(bytes), None) => human::bytes(bytes),
        (None, _) => "-".to_owned(),
    }
}

/// How long it is up, or how long ago it ended.
fn up_cell(server: &ServerStatus, now: Timestamp) -> String {
    match (server.uptime_s, &server.exit) {
        (Some(seconds), _) => human::age(seconds),
        (None, Some(exit)) => format!("{} ago", human::age(seconds_since(exit.at, now))),
        (None, None) => "-".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ExitRecord, Health, PortState, PortStatus, ServerId};

    const PLAIN: Style = Style { color: false, glyphs: Glyphs::Unicode };

    fn now() -> Timestamp {
        "2026-11-20T08:00:09Z".parse().unwrap()
    }

    fn server(project: &str, name: &str, phase: Phase) -> ServerStatus {
        let mut status = ServerStatus::blank(ServerId::new(project, name).unwrap());
        status.phase = phase;
        status
    }

    fn house() -> Vec<ServerStatus> {
        let port = |port, state| PortStatus { port, declared: true, state, latency_ms: None, holder: None };
        let mut api = server("shop", "api", Phase::Running);
        (api.pid, api.uptime_s, api.cpu_percent) = (Some(41213), Some(8040.0), Some(12.43));
        api.memory_bytes = Some(190_840_832);
        api.ports = vec![port(3000, PortState::Listening)];
        let mut worker = server("shop", "worker", Phase::Running);
        (worker.health, worker.restarts) = (Health::Unhealthy, 2);
        worker.ports = vec![port(9090, PortState::Closed)];
        let mut payments = server("shop", "payments", Phase::Failed);
        let at = "2026-11-20T08:00:00Z".parse().unwrap();
        payments.exit = Some(ExitRecord { code: Some(1), signal: None, at, lasted_s: 0.2 });
        payments.ports = vec![port(4242, PortState::Closed)];
        vec![api, worker, payments]
    }

    #[test]
    fn columns_stand_below_their_headings() {
        insta::assert_snapshot!(render(&house(), now(), PLAIN), @r"
        NAME      STATE           PORT       PID      UP  CPU%   MEM  RST
        api       running         :3000 ✓  41213   2h14m  12.4  182M    0
        worker    unhealthy       :9090 ✗      -       -     -     -    2
        payments  failed: exit 1  :4242 ·      -  9s ago     -     -    0
        ");
    }

    #[test]
    fn backoff_and_failure_are_told_apart_and_a_changed_file_has_a_star() {
        let mut house = house();
        let at = "2026-11-20T08:00:00Z".parse().unwrap();
        house[1].phase = Phase::Backoff;
        house[1].exit = Some(ExitRecord { code: Some(4), signal: None, at, lasted_s: 0.2 });
        house[1].next_start_at = Some("2026-11-20T08:00:15.5Z".parse().unwrap());
        house[1].config_changed = true;
        house[2].exit = None;
        insta::assert_snapshot!(render(&house, now(), PLAIN), @r"
        NAME      STATE               PORT       PID      UP  CPU%   MEM  RST
        api       running             :3000 ✓  41213   2h14m  12.4  182M    0
        worker*   backoff 7s: exit 4  :9090 ·      -  9s ago     -     -    2
        payments  failed              :4242 ·      -       -     -     -    0
        * its file says something else, or names it no more: `ostler reload` tells what
        ");
    }

    #[test]
    fn a_leak_is_told_beside_the_memory() {
        let mut leaky = house().remove(0);
        leaky.memory_growth_bytes_per_h = Some(12.4 * 1_048_576.0);
        assert_eq!(memory_cell(&leaky), "182M +12M/h");
        assert_eq!(memory_cell(&house()[1]), "-");
    }

    #[test]
    fn colours_change_no_column_and_ascii_needs_no_unicode() {
        let coloured = render(&house(), now(), Style { color: true, glyphs: Glyphs::Ascii });
        assert!(
            coloured.contains("\x1b[32mrunning\x1b[0m") && coloured.contains("\x1b[31mfailed: exit 1\x1b[0m")
        );
        let plain = render(&house(), now(), Style { color: false, glyphs: Glyphs::Ascii });
        assert!(plain.is_ascii());
        let sgr = regex::Regex::new("\x1b\\[[0-9]+m").unwrap();
        assert_eq!(sgr.replace_all(&coloured, ""), plain);
    }

    #[test]
    fn a_name_carries_its_project_where_there_are_several() {
        let one = [server("shop", "api", Phase::Stopped)];
        assert!(render(&one, now(), PLAIN).contains("\napi "));
        let two = [server("shop", "api", Phase::Stopped), server("blog", "api", Phase::Stopped)];
        let table = render(&two, now(), PLAIN);
        assert!(table.contains("\nshop/api ") && table.contains("\nblog/api "));
        assert_eq!(render(&[], now(), PLAIN).lines().count(), 1);
    }
}
