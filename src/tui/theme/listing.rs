//! The themes as a list, for those who choose one without the dashboard.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use ratatui::style::{Color, Modifier, Style};

use super::{Depth, Ground, Library, Origin, Theme, ThemeError, Token};
use crate::model::Glyphs;

/// A theme in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its file; `None`: it is compiled in.
    pub file: Option<PathBuf>,
    /// The background that it paints; `None`: the terminal's own.
    pub ground: Option<Ground>,
    /// Why it can't be had. Safe to show.
    pub problem: Option<String>,
    /// Its colours, as text for a terminal of the depth that was asked for.
    pub swatch: String,
}

/// Every theme, the user's own from their directory.
pub fn list(dir: Option<&Path>, depth: Depth, glyphs: Glyphs) -> Vec<Listed> {
    let library = Library::read(dir, []);
    let listed = |name: &str| {
        let file = match library.origin(name) {
            Origin::Shipped => None,
            Origin::File(path) => Some(path),
        };
        // of the theme as it is meant, whatever the terminal can
        let meant = library.load(name, Depth::Rgb);
        let shown = library.load(name, depth);
        Listed {
            name: name.to_owned(),
            file,
            ground: meant.as_ref().ok().and_then(Theme::ground),
            problem: meant.err().map(|error| error.to_string()),
            swatch: shown.map(|theme| swatch(&theme, glyphs)).unwrap_or_default(),
        }
    };
    library.names().map(listed).collect()
}

/// The text of a theme's file, to begin one's own with.
pub fn text(dir: Option<&Path>, name: &str) -> Result<String, ThemeError> {
    Library::read(dir, []).text(name).map(str::to_owned)
}

/// The signs of the states and the colours of the servers, each with its style.
pub(crate) fn samples(glyphs: Glyphs) -> Vec<(&'static str, Token)> {
    let states = [
        (glyphs.pick("●", "*"), Token::Ok),
        (glyphs.pick("◐", "~"), Token::Pending),
        (glyphs.pick("▲", "!"), Token::Warn),
        (glyphs.pick("✗", "x"), Token::Fail),
        (glyphs.pick("○", "o"), Token::Off),
    ];
    let servers = (0..8).map(|number| (glyphs.pick("█", "#"), Token::Server(number)));
    states.into_iter().chain(servers).collect()
}

fn swatch(theme: &Theme, glyphs: Glyphs) -> String {
    let mut out = String::new();
    let base = theme.base();
    let mut put = |style: Style, text: &str| {
        let _ = write!(out, "\x1b[0{}m{text}", sgr(base.patch(style)));
    };
    put(Style::new(), " ");
    for (at, (sign, token)) in samples(glyphs).into_iter().enumerate() {
        put(theme.style(token), sign);
        if at < 5 {
            put(Style::new(), " ");
        }
    }
    put(Style::new(), " ");
    put(theme.style(Token::Selection), glyphs.pick(" selected ", " selected "));
    out.push_str("\x1b[0m");
    out
}

/// The parameters of a style after `0`: ECMA-48 for 30 to 47 and the attributes, aixterm for 90 to 107, ITU T.416 as
/// xterm reads it for 38 and 48.
fn sgr(style: Style) -> String {
    let mut out = String::new();
    for (modifier, code) in [
        (Modifier::BOLD, 1),
        (Modifier::DIM, 2),
        (Modifier::ITALIC, 3),
        (Modifier::UNDERLINED, 4),
        (Modifier::REVERSED, 7),
    ] {
        if style.add_modifier.contains(modifier) {
            let _ = write!(out, ";{code}");
        }
    }
    for (color, base) in [(style.fg, 30), (style.bg, 40)] {
        let _ = match color {
            None | Some(Color::Reset) => Ok(()),
            Some(Color::Rgb(r, g, b)) => write!(out, ";{};2;{r};{g};{b}", base + 8),
            Some(Color::Indexed(index)) => write!(out, ";{};5;{index}", base + 8),
            Some(named) => {
                let place = super::depth::ANSI.iter().position(|(known, _)| *known == named).unwrap_or(7);
                let code = if place < 8 { base + place } else { base + 52 + place };
                write!(out, ";{code}")
            }
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_becomes_the_sequence_that_terminals_know() {
        let style = Style::new().fg(Color::Green).bg(Color::LightBlue).add_modifier(Modifier::BOLD);
        assert_eq!(sgr(style), ";1;32;104");
        assert_eq!(sgr(Style::new().fg(Color::Rgb(1, 2, 3)).bg(Color::Indexed(9))), ";38;2;1;2;3;48;5;9");
        assert_eq!(sgr(Style::new().fg(Color::DarkGray)), ";90");
        assert_eq!(sgr(Style::reset()), "");
    }

    #[test]
    fn every_theme_is_listed_with_its_background_and_a_bad_one_with_its_problem() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("bad.toml"), "\nok = \"grean\"").unwrap();
        let listed = list(Some(dir.path()), Depth::Ansi256, Glyphs::Unicode);
        let of = |name: &str| listed.iter().find(|theme| theme.name == name).unwrap();
        assert_eq!(of("default").ground, None);
        assert_eq!(of("nord").ground, Some(Ground::Dark));
        assert_eq!(of("solarized-light").ground, Some(Ground::Light));
        assert_eq!(of("bad").problem.as_deref(), Some("bad.toml:2: unknown colour `grean`"));
        assert_eq!(of("bad").file, Some(dir.path().join("bad.toml")));
        assert!(of("nord").swatch.starts_with("\x1b[0;") && of("nord").swatch.ends_with("\x1b[0m"));
        let plain = list(None, Depth::Mono, Glyphs::Ascii);
        assert!(
            plain.iter().all(|theme| theme.swatch.is_ascii() && !theme.swatch.contains(";3")),
            "{plain:?}"
        );
        assert_eq!(text(None, "nord").unwrap(), include_str!("../../../themes/nord.toml"));
    }
}
