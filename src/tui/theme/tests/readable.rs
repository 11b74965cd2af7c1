//! Contrast of text on what is behind it.

use ratatui::style::Color;

use super::{COLOUR_BLIND, shipped, text_color, texts, tokens};
use crate::tui::theme::contrast::ratio;
use crate::tui::theme::{Depth, Theme, Token, depth};

/// For text, WCAG 2.2, success criterion 1.4.3.
const TEXT: f64 = 4.5;
/// For text and weak eyes, criterion 1.4.6.
const ENHANCED: f64 = 7.0;
/// For large text and for signs, criteria 1.4.3 and 1.4.11: what is left where a terminal has only the nearest of 240
/// colours for text and ground.
const NEAREST: f64 = 3.0;

/// What text of every token stands on: the panes, the top bar, the selected row.
fn grounds(theme: &Theme) -> [(&'static str, [u8; 3]); 3] {
    let ground = |token| theme.base().patch(theme.style(token)).bg.and_then(depth::rgb).unwrap();
    [("bg", ground(Token::Bg)), ("bar", ground(Token::Bar)), ("selection", ground(Token::Selection))]
}

/// Every text that is below the goal.
fn too_weak(name: &str, theme: &Theme, goal: f64) -> Vec<String> {
    let mut found = Vec::new();
    let mut judge = |what: String, text: [u8; 3], ground: [u8; 3]| {
        let reached = ratio(text, ground);
        if reached < goal {
            found.push(format!("{name}: {what}: {reached:.2} and not {goal}"));
        }
    };
    for token in texts() {
        for (word, ground) in grounds(theme) {
            judge(format!("{token:?} on {word}"), text_color(theme, token), ground);
        }
    }
    for token in [Token::Match, Token::MatchCurrent] {
        let style = theme.style(token);
        let (text, ground) = (style.fg.and_then(depth::rgb).unwrap(), style.bg.and_then(depth::rgb).unwrap());
        judge(format!("{token:?}"), text, ground);
    }
    found
}

#[test]
fn all_text_can_be_read() {
    let mut found = Vec::new();
    for (name, theme) in shipped(Depth::Rgb).filter(|(_, theme)| theme.ground().is_some()) {
        found.extend(too_weak(name, &theme, if name == COLOUR_BLIND { ENHANCED } else { TEXT }));
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn all_text_can_be_read_in_256_colours() {
    let mut found = Vec::new();
    for (name, theme) in shipped(Depth::Ansi256).filter(|(_, theme)| theme.ground().is_some()) {
        found.extend(too_weak(name, &theme, if name == COLOUR_BLIND { ENHANCED } else { NEAREST }));
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// The contrast of the terminal's own 16 colours is that of its owner's palette, which nobody here knows: so a theme
/// that paints no background may use nothing else, or it would put a colour of its own on an unknown one.
#[test]
fn a_theme_on_the_terminals_own_background_has_only_the_terminals_own_colours() {
    let own: Vec<_> = shipped(Depth::Rgb).filter(|(_, theme)| theme.ground().is_none()).collect();
    assert_eq!(own.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["default", "default-light", "mono"]);
    for (name, theme) in own {
        for token in tokens() {
            let style = theme.style(token);
            for color in [style.fg, style.bg].into_iter().flatten() {
                let is_own = !matches!(color, Color::Rgb(..) | Color::Indexed(_));
                assert!(is_own, "{name}: {token:?} is {color:?}");
            }
        }
    }
}

/// Yellow and the bright colours can't be read on white, whatever a terminal's palette makes of them.
#[test]
fn the_default_theme_for_light_terminals_has_no_light_text() {
    let theme = Theme::load(Some("default-light"), Depth::Rgb).unwrap();
    for token in texts() {
        let light = [
            Color::Yellow,
            Color::Gray,
            Color::White,
            Color::LightRed,
            Color::LightGreen,
            Color::LightYellow,
            Color::LightBlue,
            Color::LightMagenta,
            Color::LightCyan,
        ];
        let color = theme.style(token).fg;
        assert!(color.is_none_or(|color| !light.contains(&color)), "{token:?} is {color:?}");
    }
}
