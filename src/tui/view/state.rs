//! A server's state as word and colour; the sign beside them is the model's. Never colour alone.

use jiff::Timestamp;

use crate::model::{Health, Pending, Phase, PortSign, PortStatus, ServerStatus};
use crate::text::human;
use crate::tui::format;
use crate::tui::model::{Model, Server};
use crate::tui::theme::{Glyphs, Token};

/// The colour.
pub(super) fn token(server: &ServerStatus) -> Token {
    match (server.phase, server.health) {
        (Phase::Running, Health::Unhealthy | Health::Hung) | (Phase::Backoff, _) => Token::Warn,
        (Phase::Running, Health::Unknown | Health::Healthy) => Token::Ok,
        (Phase::Starting | Phase::Stopping | Phase::Waiting, _) => Token::Pending,
        (Phase::Failed, _) => Token::Fail,
        (Phase::Completed | Phase::Stopped, _) => Token::Off,
    }
}

/// The word, with a mark where something was asked that is not done yet.
pub(super) fn word(server: &Server, glyphs: Glyphs) -> String {
    let mut word = crate::tui::ansi::plain(&server.status.state_word());
    let asked = server.asked.is_some()
        || match server.status.pending {
            Some(Pending::Start | Pending::Stop | Pending::Restart) => true,
            None => false,
        };
    if asked {
        word.push_str(glyphs.pick("…", "~"));
    }
    word
}

/// A port and whether it answers: `:3000 ✓`, always 7 cells.
pub(super) fn port(server: &ServerStatus, port: &PortStatus, glyphs: Glyphs) -> (String, Token) {
    let sign = PortSign::of(port, server.phase);
    let token = match sign {
        PortSign::Listening => Token::Ok,
        PortSign::Foreign => Token::Warn,
        PortSign::Expected => Token::Pending,
        PortSign::Missing => Token::Fail,
        PortSign::Off => Token::Off,
    };
    (format!(":{:<5}{}", port.port, sign.text(glyphs)), token)
}

/// How long it runs; how long ago it ended, where it ended by itself. With no server alive nothing ticks here, so
/// an age would become wrong: then the time of day stands there.
pub(super) fn uptime(model: &Model, server: &ServerStatus, width: usize) -> String {
    if let (true, Some(seconds)) = (server.phase.is_alive(), server.uptime_s) {
        return human::age(seconds);
    }
    let ended = match server.phase {
        Phase::Failed | Phase::Backoff | Phase::Completed => server.exit.as_ref().map(|exit| exit.at),
        Phase::Stopped | Phase::Waiting | Phase::Starting | Phase::Running | Phase::Stopping => None,
    };
    match ended {
        None => "-".to_owned(),
        Some(at) if model.servers.any_alive() => format::ago(seconds_since(model, at), width),
        Some(at) => time_of_day(model, at, "%H:%M"),
    }
}

/// Seconds from `at` to now.
pub(super) fn seconds_since(model: &Model, at: Timestamp) -> f64 {
    (model.now.wall.as_millisecond() - at.as_millisecond()) as f64 / 1000.0
}

/// How long something is so already, or since when: with no server alive nothing ticks, and a length would become wrong.
pub(super) fn since(model: &Model, at: Timestamp) -> String {
    if model.servers.any_alive() {
        format!("for {}", human::age(seconds_since(model, at)))
    } else {
        format!("since {}", time_of_day(model, at, "%H:%M:%S"))
    }
}

/// A time of day here, or the day where it is another one; `form` as in strftime.
pub(super) fn time_of_day(model: &Model, at: Timestamp, form: &str) -> String {
    let here = |at: Timestamp| at.to_zoned(model.start.zone.clone());
    let (then, now) = (here(at), here(model.now.wall));
    let form = if then.date() == now.date() { form } else { "%b %d" };
    then.strftime(form).to_string()
}

/// The name, with its project where another one has the same name and there is no column for it.
pub(super) fn label(server: &Server, with_project: bool) -> String {
    if with_project || !server.is_ambiguous {
        server.status.name.clone()
    } else {
        server.status.id.to_string()
    }
}
