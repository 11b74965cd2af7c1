//! One log line as it is printed.

use std::fmt::Write as _;

use jiff::tz::TimeZone;

use crate::cli::output::{Style, Tint};
use crate::cli::time;
use crate::model::hash::fnv1a;
use crate::model::{LogLine, ServerId, Stream};
use crate::text;

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
}

impl Format {
    /// For lines of these servers.
    pub(super) fn new(servers: &[ServerId], style: Style, zone: Option<TimeZone>) -> Self {
        let projects = servers.iter().any(|id| id.project() != servers[0].project());
        let mut format = Self { style, zone, names: None, projects };
        if servers.len() > 1 {
            format.names = servers.iter().map(|id| format.name(id).len()).max();
        }
        format
    }

    /// A line without its newline. Whatever the server wrote, it stays one line and acts on no terminal; its colours
    /// are kept where colours are on.
    pub(super) fn line(&self, line: &LogLine) -> String {
        let mut out = String::with_capacity(line.bytes.len() + 40);
        if let Some(zone) = &self.zone {
            out.push_str(&self.style.paint(Tint::Dim, &time::local(line.at, zone)));
            out.push(' ');
        }
        if let Some(width) = self.names {
            let prefix = format!("{:width$} |", self.name(&line.server));
            out.push_str(&self.style.paint(Tint::Server(color(&line.server)), &prefix));
            out.push(' ');
        }
        match line.stream {
            Stream::System => {
                let told = format!("[ostler] {}", text::plain(&line.bytes));
                out.push_str(&self.style.paint(Tint::Dim, &told));
            }
            Stream::Stdout | Stream::Stderr | Stream::Unknown if self.style.color => {
                out.push_str(&text::sgr(&line.bytes));
            }
            Stream::Stdout | Stream::Stderr | Stream::Unknown => out.push_str(&text::plain(&line.bytes)),
        }
        if line.cut > 0 {
            let _ =
                write!(out, "{}", self.style.paint(Tint::Dim, &format!(" [{} bytes left out]", line.cut)));
        }
        out
    }

    fn name(&self, id: &ServerId) -> String {
        if self.projects { id.to_string() } else { id.name().to_owned() }
    }
}

/// The same name has the same colour in every run.
fn color(id: &ServerId) -> u8 {
    COLORS[(fnv1a(id.to_string().as_bytes()) % COLORS.len() as u64) as usize]
}
