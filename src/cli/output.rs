//! Everything that is printed goes through here: colours decided once, and whatever a server wrote made safe.

use std::env;
use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use clap::builder::PossibleValue;
use serde::Serialize;

pub use crate::model::Glyphs;

use super::Failure;
use crate::model::{Health, Phase, ServerStatus};
use crate::text;

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl ValueEnum for Glyphs {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Unicode, Self::Ascii]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Unicode => PossibleValue::new("unicode").help("`✓ ✗ …`"),
            Self::Ascii => PossibleValue::new("ascii").help("`+ x ~`"),
        })
    }
}

/// A colour of the terminal's own sixteen, by its meaning here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tint {
    /// Up.
    Good,
    /// On its way, or ailing.
    Pending,
    /// Failed.
    Bad,
    /// Of little interest.
    Dim,
    /// Headings.
    Strong,
    /// One of the colours that tell servers apart, by SGR number.
    Server(u8),
}

/// How output looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// With SGR sequences.
    pub color: bool,
    /// Signs.
    pub glyphs: Glyphs,
}

impl Style {
    /// For standard output.
    pub fn detect(color: ColorWhen, glyphs: Option<Glyphs>) -> Self {
        let wanted = || {
            let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
            io::stdout().is_terminal()
                && !set("NO_COLOR")
                && env::var_os("TERM").is_none_or(|term| term != "dumb")
        };
        let color = match color {
            ColorWhen::Auto => wanted(),
            ColorWhen::Always => true,
            ColorWhen::Never => false,
        };
        Self { color, glyphs: Glyphs::choose(glyphs, |name| env::var(name).ok()) }
    }

    /// The text in this colour, if colours are on.
    pub fn paint(self, tint: Tint, text: &str) -> String {
        if !self.color || text.is_empty() {
            return text.to_owned();
        }
        let code = match tint {
            Tint::Good => 32,
            Tint::Pending => 33,
            Tint::Bad => 31,
            Tint::Dim => 2,
            Tint::Strong => 1,
            Tint::Server(code) => code,
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// The colour of a server's state.
pub fn tint_of(status: &ServerStatus) -> Tint {
    match (status.phase, status.health) {
        (Phase::Running, Health::Healthy | Health::Unknown) => Tint::Good,
        (Phase::Running, Health::Unhealthy | Health::Hung)
        | (Phase::Waiting | Phase::Starting | Phase::Stopping | Phase::Backoff, _) => Tint::Pending,
        (Phase::Failed, _) => Tint::Bad,
        (Phase::Stopped | Phase::Completed, _) => Tint::Dim,
    }
}

/// What somebody else wrote, safe for a terminal: one line, no escapes.
pub fn clean(text: &str) -> String {
    text::plain_str(text).into_owned()
}

/// Standard output. It is flushed after each call, so that a reader on a pipe sees a line when it happens.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// How it looks.
    pub style: Style,
}

impl Output {
    /// Prints text that is safe, as it is.
    pub fn print(self, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    }

    /// Prints a line of text that is safe.
    pub fn line(self, text: &str) -> Result<(), Failure> {
        self.print(&format!("{text}\n"))
    }

    /// Prints JSON on one line, or indented for people. JSON escapes whatever a terminal might obey, but for C1
    /// controls and the like, which are escaped here.
    pub fn json(self, value: &impl Serialize, indented: bool) -> Result<(), Failure> {
        let text = if indented { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
        let text = text.map_err(|error| Failure::new(format!("cannot write JSON: {error}")))?;
        self.line(&escape_json(&text))
    }
}

/// Within JSON's strings, whatever may not be shown becomes `\u…`, above U+FFFF as a surrogate pair (RFC 8259,
/// section 7). Below U+007F the serializer did that, and only the line breaks of the layout are left.
pub(super) fn escape_json(json: &str) -> String {
    use std::fmt::Write as _;
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        if c >= '\u{7f}' && text::is_unsafe(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Tells a failure on standard error, as `error: what` and `  hint: what to do`. Where even that can't be written,
/// the exit code has to do.
pub fn tell(failure: &Failure) {
    if let Failure::Told { what, hint, .. } = failure {
        let _ = io::stderr().lock().write_all(told(what, hint.as_deref()).as_bytes());
    }
}

/// A remark on standard error: it is no part of the output.
pub fn note(text: &str) {
    let _ = io::stderr().lock().write_all(format!("ostler: {}\n", clean(text)).as_bytes());
}

fn told(what: &str, hint: Option<&str>) -> String {
    // a line that is indented, as the hints between a config's problems are, stays as it is
    let indented = |line: String| if line.starts_with(' ') { line } else { format!("  {line}") };
    let clean = |text: &str| {
        let mut lines = text.lines().map(clean);
        let first = lines.next().unwrap_or_default();
        std::iter::once(first).chain(lines.map(indented)).collect::<Vec<_>>().join("\n")
    };
    let hint = hint.map(|hint| format!("  hint: {}\n", clean(hint))).unwrap_or_default();
    format!("error: {}\n{hint}", clean(what))
}

/// Whether a dashboard can be shown: both ends are a terminal.
pub fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Style = Style { color: false, glyphs: Glyphs::Unicode };

    #[test]
    fn colour_is_put_around_text_only_where_it_is_wanted() {
        assert_eq!(PLAIN.paint(Tint::Bad, "failed"), "failed");
        let coloured = Style { color: true, ..PLAIN };
        assert_eq!(coloured.paint(Tint::Bad, "failed"), "\x1b[31mfailed\x1b[0m");
        assert_eq!(coloured.paint(Tint::Bad, ""), "");
    }

    #[test]
    fn an_error_is_told_with_its_hint_and_without_escapes() {
        assert_eq!(told("no", None), "error: no\n");
        assert_eq!(told("a\nb", Some("c")), "error: a\n  b\n  hint: c\n");
        assert_eq!(
            told("f:1: a\n  hint: b\nf:2: c\n  hint: d", None),
            "error: f:1: a\n  hint: b\n  f:2: c\n  hint: d\n"
        );
        assert!(!told("\x1b]0;owned\x07", Some("\u{9b}2J")).contains(['\x1b', '\x07', '\u{9b}']));
    }

    #[test]
    fn json_holds_nothing_that_a_terminal_obeys_and_means_the_same() {
        let hostile = "a\u{9b}2J\x1b[m\u{202e}\u{61c}\u{ad}\u{7f}\u{e0041}";
        let value = serde_json::json!({"name": format!("{hostile}é日👍")});
        let safe = escape_json(&serde_json::to_string_pretty(&value).unwrap());
        assert!(!safe.chars().any(|c| c != '\n' && text::is_unsafe(c)), "{safe}");
        assert!(safe.ends_with("\\udb40\\udc41é日👍\"\n}"), "{safe}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }
}
