//! Reading a theme file.

use std::path::Path;

use ratatui::style::{Color, Modifier, Style};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::depth::ANSI;
use super::{Depth, LISTS, SHIPPED, SINGLE, Theme, Token};
use crate::model::color;

/// Themes that inherit one from the other, at most.
const CHAIN: usize = 4;

/// Why a theme can't be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// No shipped theme has this name.
    #[error("there is no theme `{}`; there are {}", .0.escape_debug(), SHIPPED.map(|(name, _)| name).join(", "))]
    Unknown(String),
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

/// A shipped theme by name, or a file by a path that ends in `.toml`.
pub(super) fn load(name: &str, depth: Depth) -> Result<Theme, ThemeError> {
    let mut styles = Vec::new();
    let mut next = Some(name.to_owned());
    for _ in 0..CHAIN {
        let Some(name) = next.take() else { break };
        let (file, text) = find(&name)?;
        next = Reader { file, text: &text, palette: Vec::new(), depth }.read(&mut styles)?;
    }
    Ok(Theme { styles, depth })
}

fn find(name: &str) -> Result<(String, String), ThemeError> {
    let path = Path::new(name);
    if path.extension().is_some_and(|extension| extension == "toml") {
        let file = path.file_name().unwrap_or_default().to_string_lossy().escape_debug().to_string();
        return match std::fs::read_to_string(path) {
            Ok(text) => Ok((file, text)),
            Err(error) => Err(ThemeError::Unreadable { file, reason: error.to_string() }),
        };
    }
    let shipped = SHIPPED.iter().find(|(known, _)| *known == name);
    let (name, text) = shipped.ok_or_else(|| ThemeError::Unknown(name.to_owned()))?;
    Ok((format!("{name}.toml"), (*text).to_owned()))
}

struct Reader<'a> {
    file: String,
    text: &'a str,
    palette: Vec<(String, Color)>,
    depth: Depth,
}

type Value<'a> = Spanned<DeValue<'a>>;

impl Reader<'_> {
    fn bad(&self, at: usize, problem: impl Into<String>) -> ThemeError {
        let line = self.text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
        ThemeError::Bad { file: self.file.clone(), line, problem: problem.into() }
    }

    /// Adds the tokens that are not known yet; the theme that this one inherits.
    fn read(mut self, styles: &mut Vec<(Token, Style)>) -> Result<Option<String>, ThemeError> {
        let table = DeTable::parse(self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            self.bad(at, error.message())
        })?;
        let table = table.get_ref();
        if let Some(palette) = table.iter().find(|(key, _)| key.get_ref() == "palette") {
            let DeValue::Table(colors) = palette.1.get_ref() else {
                return Err(self.bad(palette.1.span().start, "`palette` is a table of colours"));
            };
            for (name, value) in colors {
                let color = self.color(value)?;
                self.palette.push((name.get_ref().to_string(), color));
            }
        }
        let mut inherits = None;
        for (key, value) in table {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("palette", _) => {}
                ("inherits", DeValue::String(name)) => inherits = Some(name.to_string()),
                (name, _) => self.token(name, key.span().start, value, styles)?,
            }
        }
        Ok(inherits)
    }

    fn token(
        &self,
        name: &str,
        at: usize,
        value: &Value<'_>,
        styles: &mut Vec<(Token, Style)>,
    ) -> Result<(), ThemeError> {
        let mut add = |token: Token, style: Style| {
            if styles.iter().all(|(known, _)| *known != token) {
                styles.push((token, style));
            }
        };
        if let Some((_, token)) = SINGLE.iter().find(|(known, _)| *known == name) {
            add(*token, self.style(value, *token == Token::Bg)?);
            return Ok(());
        }
        let Some((_, token, size)) = LISTS.iter().find(|(known, _, _)| *known == name) else {
            return Err(self.bad(at, format!("unknown token `{}`", name.escape_debug())));
        };
        let DeValue::Array(values) = value.get_ref() else {
            return Err(self.bad(value.span().start, format!("`{name}` is a list of {size}")));
        };
        if values.len() != usize::from(*size) {
            return Err(self.bad(value.span().start, format!("`{name}` is a list of {size}")));
        }
        for (index, value) in values.iter().enumerate() {
            add(token(index as u8), self.style(value, false)?);
        }
        Ok(())
    }

    /// A colour, or a table with `fg`, `bg`, attributes, and `ansi`: the colour of text where there are only 16.
    fn style(&self, value: &Value<'_>, is_background: bool) -> Result<Style, ThemeError> {
        let fit = |color| self.depth.fit(color);
        let DeValue::Table(parts) = value.get_ref() else {
            let color = fit(self.color(value)?);
            return Ok(if is_background {
                Style { bg: color, ..Style::new() }
            } else {
                Style { fg: color, ..Style::new() }
            });
        };
        let mut style = Style::new();
        let mut ansi = None;
        for (key, value) in parts {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("fg", _) => style.fg = fit(self.color(value)?),
                ("bg", _) => style.bg = fit(self.color(value)?),
                ("ansi", _) => ansi = fit(self.color(value)?),
                (name, DeValue::Boolean(on)) => {
                    let Some(modifier) = modifier(name) else {
                        return Err(self
                            .bad(key.span().start, format!("unknown attribute `{}`", name.escape_debug())));
                    };
                    style = if *on { style.add_modifier(modifier) } else { style.remove_modifier(modifier) };
                }
                (name, _) => {
                    return Err(
                        self.bad(key.span().start, format!("`{}` is true or false", name.escape_debug()))
                    );
                }
            }
        }
        if self.depth == Depth::Ansi16 && ansi.is_some() {
            style.fg = ansi;
        }
        Ok(style)
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

    fn read(text: &str) -> Result<Vec<(Token, Style)>, String> {
        let mut styles = Vec::new();
        let reader = Reader { file: "mocha.toml".into(), text, palette: Vec::new(), depth: Depth::Rgb };
        reader.read(&mut styles).map_err(|error| error.to_string())?;
        Ok(styles)
    }

    #[test]
    fn a_token_is_a_colour_or_a_table() {
        let styles = read(
            "ok = \"leaf\"\nfail = { fg = 1, bold = true }\nbg = \"#101010\"\n[palette]\nleaf = \"#00ff00\"\n",
        );
        let styles = styles.unwrap();
        let style = |token| styles.iter().find(|(known, _)| *known == token).unwrap().1;
        assert_eq!(style(Token::Ok).fg, Some(Color::Rgb(0, 255, 0)));
        assert_eq!(style(Token::Fail), Style::new().fg(Color::Indexed(1)).add_modifier(Modifier::BOLD));
        assert_eq!(style(Token::Bg).bg, Some(Color::Rgb(16, 16, 16)));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, expected) in [
            ("\nok = \"grean\"", "mocha.toml:2: unknown colour `grean`"),
            ("okay = \"green\"", "mocha.toml:1: unknown token `okay`"),
            ("ok = { blink = true }", "mocha.toml:1: unknown attribute `blink`"),
            ("cpu = [\"red\"]", "mocha.toml:1: `cpu` is a list of 3"),
            ("ok = 256", "mocha.toml:1: a colour's number is 0 to 255"),
            ("ok = \"#12345\"", "mocha.toml:1: unknown colour `#12345`"),
        ] {
            assert_eq!(read(text).unwrap_err(), expected);
        }
        assert!(read("ok = ").unwrap_err().starts_with("mocha.toml:1: "));
    }

    #[test]
    fn an_unknown_theme_is_an_error_that_names_the_known() {
        let error = load("nope", Depth::Rgb).unwrap_err().to_string();
        assert!(error.contains("default, mono"), "{error}");
        assert!(load("/nowhere/x.toml", Depth::Rgb).unwrap_err().to_string().starts_with("x.toml: "));
    }
}
