//! What is said of a server, line by line: what matters most comes first.

use std::fmt::Write as _;

use jiff::Timestamp;
use ratatui::style::Style;

use super::{HEAD, Line, processes};
use crate::api::PastExit;
use crate::api::processes::End;
use crate::model::{Exit, ExitRecord, Holder, Phase, PortState, PortStatus, ServerStatus};
use crate::text::human::{self, lasted};
use crate::text::width::width;
use crate::tui::model::{Model, Server};
use crate::tui::theme::Token;
use crate::tui::view::dialog::wrapped;
use crate::tui::view::paint::style;
use crate::tui::view::state;
use crate::tui::{ansi, format};

/// Exits that are told before the command; the others follow at the end.
const FIRST_EXITS: usize = 3;
/// Exits that are told.
const EXITS: usize = 10;
/// Lines that one value may take.
const LONGEST: usize = 4;
/// Below this height of the pane only what matters most comes before the processes, each in one line.
const ROOMY_FROM: u16 = 16;

/// Gathers lines that fit into so many cells.
struct Page<'m> {
    model: &'m Model,
    cells: usize,
    /// Lines that one value may take.
    longest: usize,
    lines: Vec<Line>,
}

impl Page<'_> {
    fn style(&self, token: Token) -> Style {
        style(self.model, token)
    }

    /// A lead that stays together, and text that goes on below itself where it is long.
    fn say(&mut self, head: &'static str, lead: Option<(String, Style)>, text: &str, text_style: Style) {
        let mut lead = lead;
        let indent = lead.as_ref().map_or(0, |(lead, _)| width(lead));
        let room = self.cells.saturating_sub(HEAD + indent).max(8);
        let mut rows = wrapped(text, room);
        if rows.len() > self.longest {
            rows.truncate(self.longest);
            if let Some(last) = rows.last_mut() {
                last.push_str(self.model.start.glyphs.pick("…", "~"));
            }
        }
        for (at, row) in rows.into_iter().enumerate() {
            let mut parts = Vec::with_capacity(2);
            parts.extend(lead.take());
            if at > 0 && indent > 0 {
                parts.push((" ".repeat(indent), Style::new()));
            }
            parts.push((row, text_style));
            self.lines.push(Line { head: if at == 0 { head } else { "" }, parts });
        }
    }

    fn plain(&mut self, head: &'static str, text: &str) {
        self.say(head, None, text, Style::new());
    }
}

/// All of them.
pub(super) fn lines(model: &Model, server: &Server, width: u16, height: u16) -> Vec<Line> {
    let cells = usize::from(width).saturating_sub(2);
    let is_roomy = height >= ROOMY_FROM;
    let (longest, first_exits) = if is_roomy { (LONGEST, FIRST_EXITS) } else { (1, 1) };
    let mut page = Page { model, cells, longest, lines: Vec::new() };
    let status = &server.status;
    let tree = processes::lines(model, server, cells);
    state_lines(&mut page, server);
    // the first process is that one
    if is_roomy || tree.is_empty() {
        main_process(&mut page, status);
    }
    life(&mut page, status);
    let exits = exits(model, status);
    for (at, exit) in exits.iter().take(first_exits).enumerate() {
        exit_line(&mut page, if at == 0 { "exit" } else { "" }, exit);
    }
    if is_roomy {
        place(&mut page, status);
        page.lines.extend(tree);
    } else {
        page.lines.extend(tree);
        page.longest = LONGEST;
        place(&mut page, status);
    }
    needs(&mut page, status);
    about(&mut page, status);
    for (at, exit) in exits.iter().take(EXITS).skip(first_exits).enumerate() {
        exit_line(&mut page, if at == 0 { "before" } else { "" }, exit);
    }
    page.lines
}

fn state_lines(page: &mut Page, server: &Server) {
    let (model, status) = (page.model, &server.status);
    let glyphs = model.start.glyphs;
    let muted = page.style(Token::Muted);
    let said = format!("{} {}  ", status.sign(glyphs), state::word(server, glyphs));
    let how_long = match status.phase {
        // the uptime says it
        Phase::Running => String::new(),
        _ if status.since.as_second() > 0 => state::since(model, status.since),
        _ => String::new(),
    };
    let again = status.next_start_at.filter(|_| status.phase == Phase::Backoff);
    let again = again.map(|at| format!("again at {}", state::time_of_day(model, at, "%H:%M:%S")));
    let said_more = [Some(how_long).filter(|text| !text.is_empty()), again];
    let said_more: Vec<String> = said_more.into_iter().flatten().collect();
    page.say("state", Some((said, page.style(state::token(status)))), &said_more.join(", "), muted);
    if status.config_changed {
        let warn = page.style(Token::Warn);
        page.say("config", None, "changed: restart to apply", warn);
    }
    if let Some(answer) = status.last_check.as_deref().filter(|_| status.phase.is_alive()) {
        let failed = match status.failed_checks {
            0 => String::new(),
            failed => format!(", {failed} failed in a row"),
        };
        let style = if status.failed_checks > 0 { page.style(Token::Warn) } else { Style::new() };
        page.say("check", None, &format!("{}{failed}", ansi::plain(answer)), style);
    }
    for (at, waits) in status.waiting_for.iter().enumerate() {
        let pending = page.style(Token::Pending);
        page.say(if at == 0 { "waits" } else { "" }, None, &format!("for {}", ansi::plain(waits)), pending);
    }
    if let Some(error) = &status.last_error {
        let fail = page.style(Token::Fail);
        page.say("error", None, &ansi::plain(error), fail);
    }
}

/// What is executed, and where.
fn place(page: &mut Page, status: &ServerStatus) {
    page.plain("cmd", &ansi::plain(&status.command));
    page.plain("cwd", &ansi::plain(&from_home(page.model, &status.dir)));
}

fn main_process(page: &mut Page, status: &ServerStatus) {
    let muted = page.style(Token::Muted);
    if let Some(pid) = status.pid {
        let more = match status.pids.len().saturating_sub(1) {
            0 => String::new(),
            more => format!("and {}", human::plural(more, "child process")),
        };
        page.say("pid", Some((format!("{pid:<8}"), Style::new())), &more, muted);
    }
}

/// Ports, uptime, growth.
fn life(page: &mut Page, status: &ServerStatus) {
    let (model, muted) = (page.model, page.style(Token::Muted));
    for (at, port) in status.ports.iter().enumerate() {
        let (text, token) = state::port(status, port, model.start.glyphs);
        let lead = (format!("{text}  "), page.style(token));
        page.say(if at == 0 { "port" } else { "" }, Some(lead), &port_words(port), muted);
    }
    let up = status.uptime_s.filter(|_| status.phase.is_alive());
    let up = up.map_or_else(|| "-".to_owned(), human::age);
    let mut more = human::plural(status.restarts as usize, "restart");
    if let Some(last) = status.exit.as_ref().filter(|_| status.restarts > 0) {
        let _ = write!(more, ", last {}", state::time_of_day(model, last.at, "%H:%M:%S"));
    }
    if status.adopted {
        more.push_str(", adopted");
    }
    page.say("uptime", Some((format!("{up:<8}"), Style::new())), &more, muted);
    if let Some(growth) = status.memory_growth_bytes_per_h {
        let text = format!("grows by {}, as with a leak", growth_words(growth));
        let warn = page.style(Token::Warn);
        page.say("memory", None, &text, warn);
    }
}

/// `12.3 MiB/h`
pub(super) fn growth_words(bytes_per_h: f64) -> String {
    format!("{:.1} MiB/h", bytes_per_h / f64::from(1 << 20))
}

fn port_words(port: &PortStatus) -> String {
    let found = if port.declared { "" } else { ", not declared" };
    match port.state {
        PortState::Listening => match port.latency_ms {
            Some(ms) => format!("listening, {}{found}", format::latency(ms)),
            None => format!("listening{found}"),
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

/// As the supervisor told them, or the last one as the status has it.
pub(super) fn exits(model: &Model, status: &ServerStatus) -> Vec<PastExit> {
    if model.detail.of.as_ref() == Some(&status.id) && !model.detail.exits.is_empty() {
        return model.detail.exits.clone();
    }
    let of = |record: &ExitRecord| {
        let exit = match (record.code, record.signal) {
            (Some(code), _) => Exit::Code(code),
            (None, Some(signal)) => Exit::Signal { signal, core: false },
            (None, None) => Exit::Unknown,
        };
        let end = match status.phase {
            Phase::Stopped => End::Stopped,
            Phase::Completed => End::Completed,
            _ => End::Exited,
        };
        PastExit { at: record.at, end, exit, lasted_s: Some(record.lasted_s), because: None }
    };
    status.exit.iter().map(of).collect()
}

fn exit_line(page: &mut Page, head: &'static str, exit: &PastExit) {
    let token = match exit.end {
        End::Stopped | End::Completed => Token::Off,
        End::Exited => Token::Fail,
    };
    let when = at(page.model, exit.at);
    let lived = exit.lasted_s.map_or_else(String::new, |seconds| format!(", after {}", lasted(seconds)));
    let why = match (exit.end, &exit.because) {
        (End::Stopped, _) => ", as asked".to_owned(),
        (End::Completed, _) => ", done".to_owned(),
        (End::Exited, Some(because)) => format!(", {}", ansi::plain(because)),
        (End::Exited, None) => String::new(),
    };
    let lead = (format!("{} ", exit.exit), page.style(token));
    page.say(head, Some(lead), &format!("{when}{lived}{why}"), Style::new());
}

fn at(model: &Model, at: Timestamp) -> String {
    format!("at {}", state::time_of_day(model, at, "%H:%M:%S"))
}

/// Whom it needs, and who needs it.
fn needs(page: &mut Page, status: &ServerStatus) {
    let (model, glyphs) = (page.model, page.model.start.glyphs);
    for (at, need) in status.needs.iter().enumerate() {
        let head = if at == 0 { "needs" } else { "" };
        let (name, _) = need.split_once(':').unwrap_or((need, ""));
        let other = model.servers.all().iter().find(|other| {
            other.status.project == status.project
                && (other.status.name == name || other.status.replica_of.as_deref() == Some(name))
        });
        let word = other.map_or_else(|| "not registered".to_owned(), |other| state::word(other, glyphs));
        let sentence = format!("{name} to ");
        let unmet = status.phase == Phase::Waiting
            && status.waiting_for.iter().any(|waits| waits.starts_with(&sentence));
        let token = if unmet {
            Token::Pending
        } else {
            other.map_or(Token::Warn, |other| state::token(&other.status))
        };
        let sign = if unmet { glyphs.pick("…", "~") } else { other.map_or("?", |o| o.status.sign(glyphs)) };
        let lead = (format!("{sign} "), page.style(token));
        page.say(head, Some(lead), &format!("{}  {word}", ansi::plain(need)), Style::new());
    }
    let own = |need: &String| {
        let name = need.split_once(':').map_or(need.as_str(), |(name, _)| name);
        name == status.name || status.replica_of.as_deref() == Some(name)
    };
    let dependents: Vec<&str> = model
        .servers
        .all()
        .iter()
        .filter(|other| other.status.project == status.project && other.status.needs.iter().any(own))
        .map(|other| other.status.name.as_str())
        .collect();
    if !dependents.is_empty() {
        page.plain("used by", &dependents.join(", "));
    }
}

/// What seldom matters.
fn about(page: &mut Page, status: &ServerStatus) {
    if let Some(version) = &status.version {
        page.plain("version", &ansi::plain(version));
    }
    page.plain("project", status.id.project());
    if let Some(group) = &status.group {
        page.plain("group", &ansi::plain(group));
    }
    if let Some(of) = &status.replica_of {
        page.plain("replica", &format!("of {}", ansi::plain(of)));
    }
    let log = ansi::plain(&from_home(page.model, &status.log));
    if !log.is_empty() {
        page.plain("log", &log);
    }
}

/// A path, from `~` where it is below the user's own directory.
fn from_home(model: &Model, path: &std::path::Path) -> String {
    let below = model.start.home.as_ref().and_then(|home| path.strip_prefix(home).ok());
    match below {
        Some(rest) if rest.as_os_str().is_empty() => "~".to_owned(),
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    }
}
