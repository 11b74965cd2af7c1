//! Reading a theme file.

use ratatui::style::{Color, Modifier, Style};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::depth::ANSI;
use super::{Depth, LISTS, SINGLE, Token};
use crate::model::color;

/// Why a theme can't be had. Safe to show.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// No theme has this name.
    #[error("there is no theme `{name}`; there are {known}")]
    Unknown {
        /// The name.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// The file can't be read.
    #[error("{file}: {reason}")]
    Unreadable {
        /// Which.
        file: String,
        /// What the system says.
        reason: String,
    },
    /// The file says something that can't be meant.
    #[error("{file}:{line}: {problem}")]
    Bad {
        /// Which.
        file: String,
        /// Where, counted from 1.
        line: usize,
        /// What.
        problem: String,
    },
}

/// What a file says besides its tokens: the theme that has the tokens which it leaves out, and in which line it says so.
pub(super) type Beneath = Option<(String, usize)>;

/// Adds the tokens of a file that are not known yet. `file` is what it is called in errors.
pub(super) fn read(
    file: &str,
    text: &str,
    depth: Depth,
    styles: &mut Vec<(Token, Style)>,
) -> Result<Beneath, ThemeError> {
    Reader { file, text, palette: Vec::new(), depth }.read(styles)
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    palette: Vec<(String, Color)>,
    depth: Depth,
}

type Value<'a> = Spanned<DeValue<'a>>;

impl Reader<'_> {
    fn line(&self, at: usize) -> usize {
        self.text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
    }

    fn bad(&self, at: usize, problem: impl Into<String>) -> ThemeError {
        ThemeError::Bad { file: self.file.to_owned(), line: self.line(at), problem: problem.into() }
    }

    fn read(mut self, styles: &mut Vec<(Token, Style)>) -> Result<Beneath, ThemeError> {
        let table = DeTable::parse(self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            self.bad(at, error.message().lines().collect::<Vec<_>>().join(", ").escape_debug().to_string())
        })?;
        let table = table.get_ref();
        if let Some((_, palette)) = table.iter().find(|(key, _)| key.get_ref() == "palette") {
            let DeValue::Table(colors) = palette.get_ref() else {
                return Err(self.bad(palette.span().start, "`palette` is a table of colours"));
            };
            for (name, value) in colors {
                let color = self.color(value)?;
                self.palette.push((name.get_ref().to_string(), color));
            }
        }
        let inherits = self.name_of(table, "inherits")?;
        let ansi = self.name_of(table, "ansi")?.filter(|_| self.depth == Depth::Ansi16);
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "palette" | "inherits" | "ansi" => {}
                name => self.token(name, key.span().start, value, ansi.is_some(), styles)?,
            }
        }
        Ok(ansi.or(inherits))
    }

    /// The theme that is named by this key, and the line.
    fn name_of(&self, table: &DeTable<'_>, key: &str) -> Result<Beneath, ThemeError> {
        let Some((_, value)) = table.iter().find(|(known, _)| known.get_ref() == key) else {
            return Ok(None);
        };
        let at = value.span().start;
        match value.get_ref() {
            DeValue::String(name) => Ok(Some((name.to_string(), self.line(at)))),
            _ => Err(self.bad(at, format!("`{key}` is the name of a theme"))),
        }
    }

    /// Adds a token, or each of a list. With `only_ansi` one counts only where it names its own colour of the 16.
    fn token(
        &self,
        name: &str,
        at: usize,
        value: &Value<'_>,
        only_ansi: bool,
        styles: &mut Vec<(Token, Style)>,
    ) -> Result<(), ThemeError> {
        let mut add = |token: Token, value: &Value<'_>| {
            let style = self.style(value, token == Token::Bg)?;
            if styles.iter().all(|(known, _)| *known != token) && (!only_ansi || names_ansi(value)) {
                styles.push((token, style));
            }
            Ok(())
        };
        if let Some((_, token)) = SINGLE.iter().find(|(known, _)| *known == name) {
            return add(*token, value);
        }
        let Some((_, token, size)) = LISTS.iter().find(|(known, _, _)| *known == name) else {
            return Err(self.bad(at, format!("unknown token `{}`", name.escape_debug())));
        };
        match value.get_ref() {
            DeValue::Array(values) if values.len() == usize::from(*size) => {
                values.iter().enumerate().try_for_each(|(index, value)| add(token(index as u8), value))
            }
            _ => Err(self.bad(value.span().start, format!("`{name}` is a list of {size}"))),
        }
    }

    /// A colour, or a table with `fg`, `bg`, attributes, and `ansi`: the colour, or such a table, where there are 16.
    fn style(&self, value: &Value<'_>, is_background: bool) -> Result<Style, ThemeError> {
        let of = |color| {
            if is_background {
                Style { bg: color, ..Style::new() }
            } else {
                Style { fg: color, ..Style::new() }
            }
        };
        let DeValue::Table(parts) = value.get_ref() else {
            return Ok(of(self.depth.fit(self.color(value)?)));
        };
        let mut style = Style::new();
        let (mut ansi_color, mut ansi_style) = (None, None);
        for (key, value) in parts {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("fg", _) => style.fg = self.depth.fit(self.color(value)?),
                ("bg", _) => style.bg = self.depth.fit(self.color(value)?),
                ("ansi", DeValue::Table(inner)) if names_ansi(value) => {
                    let at = inner.iter().next().map_or(value.span().start, |(key, _)| key.span().start);
                    return Err(self.bad(at, "there is no `ansi` within `ansi`"));
                }
                ("ansi", DeValue::Table(_)) => ansi_style = Some(self.style(value, is_background)?),
                ("ansi", _) => ansi_color = self.depth.fit(self.color(value)?),
                (name, DeValue::Boolean(on)) => {
                    let Some(modifier) = modifier(name) else {
                        return Err(self
                            .bad(key.span().start, format!("unknown attribute `{}`", name.escape_debug())));
                    };
                    if *on {
                        style = style.add_modifier(modifier);
                    }
                }
                (name, _) => {
                    return Err(
                        self.bad(key.span().start, format!("`{}` is true or false", name.escape_debug()))
                    );
                }
            }
        }
        Ok(match ansi_style {
            _ if self.depth != Depth::Ansi16 => style,
            Some(own) => own,
            None => style.patch(of(ansi_color)),
        })
    }

    fn color(&self, value: &Value<'_>) -> Result<Color, ThemeError> {
        let at = value.span().start;
        match value.get_ref() {
            DeValue::String(text) => named(text, &self.palette)
                .ok_or_else(|| self.bad(at, format!("unknown colour `{}`", text.escape_debug()))),
            DeValue::Integer(number) => {
                let index = u8::from_str_radix(number.as_str(), number.radix());
                index.map(Color::Indexed).map_err(|_| self.bad(at, "a colour's number is 0 to 255"))
            }
            _ => Err(self.bad(at, "a colour is a name, \"#rrggbb\" or a number from 0 to 255")),
        }
    }
}

/// Whether a token says what it is where there are only 16 colours.
fn names_ansi(value: &Value<'_>) -> bool {
    matches!(value.get_ref(), DeValue::Table(parts) if parts.iter().any(|(key, _)| key.get_ref() == "ansi"))
}

fn modifier(name: &str) -> Option<Modifier> {
    Some(match name {
        "bold" => Modifier::BOLD,
        "dim" => Modifier::DIM,
        "italic" => Modifier::ITALIC,
        "underline" => Modifier::UNDERLINED,
        "reverse" => Modifier::REVERSED,
        _ => return None,
    })
}

fn named(text: &str, palette: &[(String, Color)]) -> Option<Color> {
    if let Some((_, color)) = palette.iter().find(|(name, _)| name == text) {
        return Some(*color);
    }
    if text == "default" {
        return Some(Color::Reset);
    }
    match color::Color::parse(text)? {
        color::Color::Ansi(number) => ANSI.get(usize::from(number)).map(|(color, _)| *color),
        color::Color::Rgb([r, g, b]) => Some(Color::Rgb(r, g, b)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_at(text: &str, depth: Depth) -> Result<Vec<(Token, Style)>, String> {
        let mut styles = Vec::new();
        read("mocha.toml", text, depth, &mut styles).map_err(|error| error.to_string())?;
        Ok(styles)
    }

    fn style(text: &str, token: Token, depth: Depth) -> Option<Style> {
        let styles = read_at(text, depth).unwrap();
        styles.iter().find(|(known, _)| *known == token).map(|(_, style)| *style)
    }

    #[test]
    fn a_token_is_a_colour_or_a_table() {
        let text = "ok = \"leaf\"\nfail = { fg = 1, bold = true }\nbg = \"#101010\"\n[palette]\nleaf = \"#00ff00\"\n";
        let of = |token| style(text, token, Depth::Rgb).unwrap();
        assert_eq!(of(Token::Ok).fg, Some(Color::Rgb(0, 255, 0)));
        assert_eq!(of(Token::Fail), Style::new().fg(Color::Indexed(1)).add_modifier(Modifier::BOLD));
        assert_eq!(of(Token::Bg).bg, Some(Color::Rgb(16, 16, 16)));
        let plain = style("ok = { fg = \"red\", bold = false }", Token::Ok, Depth::Rgb);
        assert_eq!(plain, Some(Style::new().fg(Color::Red)), "false is as if it were left out");
    }

    #[test]
    fn a_token_has_its_own_look_where_there_are_only_16_colours() {
        let colour = "ok = { bold = true, fg = \"#00ff00\", ansi = \"blue\" }";
        let bold = Style::new().add_modifier(Modifier::BOLD);
        assert_eq!(style(colour, Token::Ok, Depth::Ansi16), Some(bold.fg(Color::Blue)));
        assert_eq!(style(colour, Token::Ok, Depth::Rgb), Some(bold.fg(Color::Rgb(0, 255, 0))));
        let table = "selection = { bg = \"#303030\", bold = true, ansi = { reverse = true } }";
        let reversed = Style::new().add_modifier(Modifier::REVERSED);
        assert_eq!(style(table, Token::Selection, Depth::Ansi16), Some(reversed));
        let ground = "bg = { bg = \"#101010\", ansi = \"default\" }";
        assert_eq!(style(ground, Token::Bg, Depth::Ansi16), Some(Style::new().bg(Color::Reset)));
        assert_eq!(style(colour, Token::Ok, Depth::Mono), Some(bold), "no colour at all");
    }

    #[test]
    fn a_theme_for_16_colours_leaves_only_what_names_one() {
        let text = "ansi = \"default\"\ninherits = \"nord\"\nok = \"#00ff00\"\nfail = { fg = \"#ff0000\", ansi = \"red\" }\n";
        assert_eq!(style(text, Token::Ok, Depth::Ansi16), None);
        assert_eq!(style(text, Token::Fail, Depth::Ansi16), Some(Style::new().fg(Color::Red)));
        assert!(style(text, Token::Ok, Depth::Ansi256).is_some());
        let beneath = |depth| read("x.toml", text, depth, &mut Vec::new()).unwrap();
        assert_eq!(beneath(Depth::Ansi16), Some(("default".to_owned(), 1)));
        assert_eq!(beneath(Depth::Ansi256), Some(("nord".to_owned(), 2)));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, expected) in [
            ("\nok = \"grean\"", "mocha.toml:2: unknown colour `grean`"),
            ("okay = \"green\"", "mocha.toml:1: unknown token `okay`"),
            ("ok = { blink = true }", "mocha.toml:1: unknown attribute `blink`"),
            ("ok = { bold = 1 }", "mocha.toml:1: `bold` is true or false"),
            ("cpu = [\"red\"]", "mocha.toml:1: `cpu` is a list of 3"),
            ("ok = 256", "mocha.toml:1: a colour's number is 0 to 255"),
            ("ok = \"#12345\"", "mocha.toml:1: unknown colour `#12345`"),
            ("ok = \"\\u001b[2J\"", "mocha.toml:1: unknown colour `\\u{1b}[2J`"),
            ("\n\ninherits = 1", "mocha.toml:3: `inherits` is the name of a theme"),
            ("ok = { ansi = { ansi = \"red\" } }", "mocha.toml:1: there is no `ansi` within `ansi`"),
            ("palette = 1", "mocha.toml:1: `palette` is a table of colours"),
        ] {
            for depth in [Depth::Mono, Depth::Ansi16, Depth::Rgb] {
                assert_eq!(read_at(text, depth).unwrap_err(), expected);
            }
        }
        assert!(read_at("ok = ", Depth::Rgb).unwrap_err().starts_with("mocha.toml:1: "));
    }
}
