//! States as single characters, the same in tables and in the dashboard.

use super::{Health, Phase, PortState, PortStatus, ServerStatus};

/// Which characters signs are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Glyphs {
    /// `● ▲ ◐ ✗ ○`, block and braille graphs.
    #[default]
    Unicode,
    /// `* ! ~ x o`, graphs of `.:-=+*#`: for terminals without UTF-8.
    Ascii,
}

impl Glyphs {
    /// What was asked for; otherwise by the locale (`LC_ALL`, `LC_CTYPE`, `LANG`, the first that is set, as in
    /// POSIX) and `TERM`: the Linux console has a UTF-8 locale and few characters.
    pub fn choose(asked: Option<Self>, env: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| env(name).filter(|value| !value.is_empty());
        let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG")).unwrap_or_default();
        let locale = locale.to_ascii_lowercase();
        let utf8 = locale.contains("utf-8") || locale.contains("utf8");
        asked.unwrap_or(if utf8 && set("TERM").as_deref() != Some("linux") {
            Self::Unicode
        } else {
            Self::Ascii
        })
    }

    /// The first or the second, by the set.
    pub fn pick<T>(self, unicode: T, ascii: T) -> T {
        match self {
            Self::Unicode => unicode,
            Self::Ascii => ascii,
        }
    }
}

impl ServerStatus {
    /// The sign of its phase, and of its health while it runs.
    pub fn sign(&self, glyphs: Glyphs) -> &'static str {
        let (unicode, ascii) = match (self.phase, self.health) {
            (Phase::Running, Health::Unhealthy | Health::Hung) => ("▲", "!"),
            (Phase::Running, Health::Unknown | Health::Healthy) => ("●", "*"),
            (Phase::Starting, _) => ("◐", "~"),
            (Phase::Stopping, _) => ("◑", "~"),
            (Phase::Waiting, _) => ("◌", "?"),
            (Phase::Backoff, _) => ("↻", "@"),
            (Phase::Failed, _) => ("✗", "x"),
            (Phase::Completed, _) => ("✓", "+"),
            (Phase::Stopped, _) => ("○", "o"),
        };
        glyphs.pick(unicode, ascii)
    }
}

/// What a port's state means in its server's phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortSign {
    /// The server listens.
    Listening,
    /// Somebody else listens.
    Foreign,
    /// Nobody listens yet.
    Expected,
    /// Nobody listens, though the server is up.
    Missing,
    /// Nobody listens, and nobody should.
    Off,
}

impl PortSign {
    /// Of this port in this phase.
    pub fn of(port: &PortStatus, phase: Phase) -> Self {
        match (port.state, phase) {
            (PortState::Listening, _) => Self::Listening,
            (PortState::Foreign, _) => Self::Foreign,
            (PortState::Closed, Phase::Starting) => Self::Expected,
            (PortState::Closed, Phase::Running) => Self::Missing,
            (
                PortState::Closed,
                Phase::Stopped
                | Phase::Waiting
                | Phase::Stopping
                | Phase::Backoff
                | Phase::Failed
                | Phase::Completed,
            ) => Self::Off,
        }
    }

    /// As one character.
    pub fn text(self, glyphs: Glyphs) -> &'static str {
        match self {
            Self::Listening => glyphs.pick("✓", "+"),
            Self::Foreign => "!",
            Self::Expected => glyphs.pick("…", "~"),
            Self::Missing => glyphs.pick("✗", "x"),
            Self::Off => glyphs.pick("·", "."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_is_chosen_where_the_locale_or_the_console_cannot_do_more() {
        let with = |pairs: &'static [(&str, &str)]| {
            Glyphs::choose(None, move |name| {
                pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(with(&[("LANG", "en_GB.UTF-8")]), Glyphs::Unicode);
        assert_eq!(with(&[("LANG", "en_GB.UTF-8"), ("LC_ALL", "C")]), Glyphs::Ascii);
        assert_eq!(with(&[("LANG", "C.utf8"), ("TERM", "linux")]), Glyphs::Ascii);
        assert_eq!(with(&[]), Glyphs::Ascii);
        assert_eq!(Glyphs::choose(Some(Glyphs::Unicode), |_| None), Glyphs::Unicode);
    }

    #[test]
    fn a_state_is_one_character_in_either_set() {
        let mut status = ServerStatus::blank("shop/api".parse().unwrap());
        for phase in Phase::ALL {
            status.phase = phase;
            let (unicode, ascii) = (status.sign(Glyphs::Unicode), status.sign(Glyphs::Ascii));
            assert!(unicode.chars().count() == 1 && ascii.is_ascii() && ascii.len() == 1, "{phase:?}");
        }
        (status.phase, status.health) = (Phase::Running, Health::Hung);
        assert_eq!((status.sign(Glyphs::Unicode), status.sign(Glyphs::Ascii)), ("▲", "!"));
    }

    #[test]
    fn a_closed_port_is_missed_only_while_its_server_runs() {
        let mut port =
            PortStatus { port: 1, declared: true, state: PortState::Closed, latency_ms: None, holder: None };
        let signs = Phase::ALL.map(|phase| PortSign::of(&port, phase));
        for (phase, sign) in Phase::ALL.into_iter().zip(signs) {
            assert_eq!(sign == PortSign::Missing, phase == Phase::Running, "{phase:?}");
            assert_eq!(sign == PortSign::Expected, phase == Phase::Starting, "{phase:?}");
        }
        port.state = PortState::Foreign;
        assert_eq!(PortSign::of(&port, Phase::Running).text(Glyphs::Ascii), "!");
        port.state = PortState::Listening;
        assert_eq!(PortSign::of(&port, Phase::Waiting).text(Glyphs::Ascii), "+");
    }
}
