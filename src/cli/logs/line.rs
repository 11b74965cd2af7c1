//! One log line as it is printed.

use std::collections::HashMap;
use std::fmt::Write as _;

use jiff::tz::TimeZone;

use super::hits::Hits;
use crate::cli::output::{Style, Tint};
use crate::cli::time;
use crate::model::color::Color;
use crate::model::hash::fnv1a;
use crate::model::{Level, LogLine, ServerId, ServerStatus, Stream};
use crate::text::json::{self, Part, Pretty};
use crate::text::{self, StyledText, ours, stamp};

/// SGR colours of names in merged logs: all but black, white and red, which says error.
const COLORS: [u8; 10] = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94];

/// How lines are printed.
#[derive(Clone, Debug)]
pub(super) struct Format {
    style: Style,
    /// The user's clock, where times are wanted.
    zone: Option<TimeZone>,
    /// Columns of the names, where there are several.
    names: Option<usize>,
    /// Names carry their project.
    projects: bool,
    /// The colours that the config gives, as SGR parameters.
    colors: HashMap<ServerId, String>,
    /// JSON lines are written for people.
    pretty: bool,
    /// What is marked.
    hits: Option<Hits>,
}

impl Format {
    /// For lines of these servers.
    pub(super) fn new(servers: &[ServerId], style: Style, zone: Option<TimeZone>) -> Self {
        let projects = servers.iter().any(|id| id.project() != servers[0].project());
        let (names, colors) = (None, HashMap::new());
        let mut format = Self { style, zone, names, projects, colors, pretty: false, hits: None };
        if servers.len() > 1 {
            format.names = servers.iter().map(|id| format.name(id).len()).max();
        }
        format
    }

    /// The same, with the colours that the config gives to names.
    pub(super) fn with_colors_of(mut self, servers: &[ServerStatus]) -> Self {
        let color = |server: &ServerStatus| Color::parse(server.color.as_deref()?).map(sgr);
        self.colors = servers.iter().filter_map(|server| Some((server.id.clone(), color(server)?))).collect();
        self
    }

    /// The same, which writes JSON lines for people.
    pub(super) fn with_pretty(self, pretty: bool) -> Self {
        Self { pretty, ..self }
    }

    /// The same, which marks what was looked for.
    pub(super) fn with_hits(self, hits: Option<Hits>) -> Self {
        Self { hits, ..self }
    }

    /// A line without its newline. Whatever the server wrote, it stays one line and acts on no terminal; its colours
    /// are kept where colours are on. Of one that was not looked for (`is_found`), nothing is marked.
    pub(super) fn line(&self, line: &LogLine, is_found: bool) -> String {
        let mut out = String::with_capacity(line.bytes.len() + 40);
        if let Some(zone) = &self.zone {
            out.push_str(&self.style.paint(Tint::Dim, &time::local(line.at, zone)));
            out.push(' ');
        }
        if let Some(width) = self.names {
            let prefix = format!("{:width$} |", self.name(&line.server));
            match self.colors.get(&line.server).filter(|_| self.style.color) {
                Some(sgr) => {
                    let _ = write!(out, "\x1b[{sgr}m{prefix}\x1b[0m");
                }
                None => out.push_str(&self.style.paint(Tint::Server(color(&line.server)), &prefix)),
            }
            out.push(' ');
        }
        match line.stream {
            Stream::System => {
                let told = format!("{} {}", ours::MARK, text::plain(&line.bytes));
                out.push_str(&self.style.paint(Tint::Dim, &told));
            }
            Stream::Stdout | Stream::Stderr | Stream::Unknown => {
                let shown = self.shown(line, is_found);
                // as it is shown: what stood before it may have been left out
                if ours::is_like(&shown.text) {
                    out.push_str(&self.style.paint(Tint::Dim, "(server) "));
                }
                out.push_str(&if self.style.color { shown.into_sgr() } else { shown.text });
            }
        }
        if line.cut > 0 {
            let _ =
                write!(out, "{}", self.style.paint(Tint::Dim, &format!(" [{} bytes left out]", line.cut)));
        }
        out
    }

    /// What the server wrote, as it is shown.
    fn shown(&self, line: &LogLine, is_found: bool) -> StyledText {
        if !self.style.color && !self.pretty && self.zone.is_none() {
            return StyledText { text: text::plain(&line.bytes).into_owned(), spans: Vec::new() };
        }
        let mut shown = text::styled(&line.bytes);
        let at_us = self.zone.as_ref().map(|_| line.at.as_microsecond());
        if let Some(pretty) = self.pretty.then(|| json::pretty(&shown.text, at_us)).flatten() {
            shown = coloured(&pretty);
        } else if let Some(own) = at_us.and_then(|at_us| stamp::repeated(&shown.text, at_us)) {
            shown = shown.without(own);
        }
        if let Some(hits) = self.hits.as_ref().filter(|_| is_found) {
            // as grep marks them
            let marked = |style| text::Style { bold: true, fg: text::Color::Ansi(1), ..style };
            shown = shown.marked(&hits.find(&shown.text), marked);
        }
        shown
    }

    fn name(&self, id: &ServerId) -> String {
        if self.projects { id.to_string() } else { id.name().to_owned() }
    }
}

/// A JSON line with the colours of its level, and its keys less bright than its values.
fn coloured(pretty: &Pretty) -> StyledText {
    let plain = text::Style::default();
    let mut out = StyledText::default();
    for (range, part) in &pretty.parts {
        let style = match part {
            Part::Level(Level::Error | Level::Fatal) => text::Style { fg: text::Color::Ansi(1), ..plain },
            Part::Level(Level::Warn) => text::Style { fg: text::Color::Ansi(3), ..plain },
            Part::Level(Level::Info) => text::Style { fg: text::Color::Ansi(2), ..plain },
            Part::Level(Level::Debug | Level::Trace) | Part::Key => text::Style { dim: true, ..plain },
            Part::Message | Part::Value => plain,
        };
        out.push(&pretty.text[out.text.len()..range.start], plain);
        out.push(&pretty.text[range.clone()], style);
    }
    out
}

/// The parameters that set this colour of letters: ECMA-48 for the first 8 of the terminal's own, aixterm's for the
/// bright ones, and those of ISO 8613-6 for red, green and blue.
fn sgr(color: Color) -> String {
    match color {
        Color::Ansi(number @ 0..8) => (30 + number).to_string(),
        Color::Ansi(number) => (90 + (number - 8) % 8).to_string(),
        Color::Rgb([red, green, blue]) => format!("38;2;{red};{green};{blue}"),
    }
}

/// The same name has the same colour in every run.
fn color(id: &ServerId) -> u8 {
    COLORS[(fnv1a(id.to_string().as_bytes()) % COLORS.len() as u64) as usize]
}
