//! Every shipped theme: it can be read, by weak and by colour-blind eyes too, and nothing of its meaning is lost where
//! there are few colours or none.

mod depths;
mod readable;
mod vision;

use super::{LISTS, SHIPPED, SINGLE, Theme, Token, depth};

/// The one for colour-blind eyes.
const COLOUR_BLIND: &str = "colour-blind";

fn shipped(at: super::Depth) -> impl Iterator<Item = (&'static str, Theme)> {
    SHIPPED.iter().map(move |(name, _)| (*name, Theme::load(Some(name), at).unwrap()))
}

fn tokens() -> impl Iterator<Item = Token> {
    let lists = LISTS.iter().flat_map(|(_, token, size)| (0..*size).map(token));
    SINGLE.iter().map(|(_, token)| *token).chain(lists)
}

/// Tokens that colour words or signs; the others are lines between panes and grounds.
fn texts() -> impl Iterator<Item = Token> {
    let is_text = |token: &Token| match token {
        Token::Bg | Token::Border | Token::Bar | Token::Selection | Token::Match | Token::MatchCurrent => {
            false
        }
        Token::Fg
        | Token::Muted
        | Token::Accent
        | Token::BorderFocus
        | Token::Key
        | Token::Ok
        | Token::Pending
        | Token::Warn
        | Token::Fail
        | Token::Off
        | Token::Cpu(_)
        | Token::Mem(_)
        | Token::GraphAxis
        | Token::LogError
        | Token::LogWarn
        | Token::LogInfo
        | Token::LogDebug
        | Token::LogTime
        | Token::Server(_) => true,
    };
    tokens().filter(is_text)
}

/// The colour of a text; that of all text where the token has none.
fn text_color(theme: &Theme, token: Token) -> [u8; 3] {
    let style = theme.base().patch(theme.style(token));
    style.fg.and_then(depth::rgb).unwrap_or_else(|| panic!("{token:?} has the terminal's colour"))
}

#[test]
fn every_theme_has_its_picture() {
    let assets = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let read =
        |file: &str| std::fs::read_to_string(assets.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
    let (page, sheet) = (read("themes.md"), read("themes.svg"));
    // `just theme-pictures` makes them
    for (name, _) in SHIPPED {
        assert!(page.contains(&format!("(themes/{name}.svg)")) && sheet.contains(&format!(">{name}</text>")));
        assert!(read(&format!("themes/{name}.svg")).ends_with("</svg>\n"), "{name}");
    }
}
