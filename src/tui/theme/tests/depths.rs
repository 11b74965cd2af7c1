//! Every theme where there are all colours, 256, 16 or none.

use ratatui::style::{Color, Modifier};

use super::{COLOUR_BLIND, shipped, tokens};
use crate::tui::theme::{Depth, Theme, Token};

const DEPTHS: [Depth; 4] = [Depth::Mono, Depth::Ansi16, Depth::Ansi256, Depth::Rgb];

#[test]
fn no_theme_has_a_colour_that_the_terminal_has_not() {
    for depth in DEPTHS {
        for (name, theme) in shipped(depth) {
            for token in tokens() {
                let style = theme.style(token);
                for color in [style.fg, style.bg].into_iter().flatten() {
                    let fits = !matches!(
                        (depth, color),
                        (Depth::Mono, _)
                            | (Depth::Ansi16, Color::Indexed(_) | Color::Rgb(..))
                            | (Depth::Ansi256, Color::Rgb(..))
                    );
                    assert!(fits, "{name} at {depth:?}: {token:?} is {color:?}");
                }
            }
        }
    }
}

#[test]
fn well_ailing_and_broken_are_three_colours_wherever_there_are_any() {
    for depth in [Depth::Ansi16, Depth::Ansi256, Depth::Rgb] {
        for (name, theme) in shipped(depth).filter(|(name, _)| *name != "mono") {
            let color = |token| theme.style(token).fg;
            for [a, b, c] in [
                [Token::Ok, Token::Warn, Token::Fail],
                [Token::Cpu(0), Token::Cpu(1), Token::Cpu(2)],
                [Token::Mem(0), Token::Mem(1), Token::Mem(2)],
                [Token::LogInfo, Token::LogWarn, Token::LogError],
            ] {
                let (x, y, z) = (color(a), color(b), color(c));
                assert!(x != y && y != z && x != z, "{name} at {depth:?}: {a:?} {x:?}, {y:?}, {z:?}");
            }
        }
    }
}

#[test]
fn without_colours_broken_is_not_well_and_the_signs_tell_the_rest() {
    for (name, theme) in shipped(Depth::Mono) {
        assert_eq!(theme, Theme::load(Some("mono"), Depth::Mono).unwrap(), "{name}");
        assert_ne!(theme.style(Token::Ok), theme.style(Token::Fail));
        assert_ne!(theme.style(Token::Ok), theme.style(Token::Off));
        assert!(theme.style(Token::Selection).add_modifier.contains(Modifier::REVERSED));
        assert_eq!(theme.color(Color::Red), None);
    }
}

#[test]
fn what_is_selected_or_found_can_be_seen_in_every_theme_at_every_depth() {
    for depth in DEPTHS {
        for (name, theme) in shipped(depth) {
            let base = theme.base();
            for token in [Token::Selection, Token::Match, Token::MatchCurrent] {
                let style = theme.style(token);
                let is_turned = style.add_modifier.intersects(Modifier::REVERSED | Modifier::UNDERLINED);
                let is_painted = style.bg.is_some() && base.patch(style).bg != base.bg;
                assert!(is_turned || is_painted, "{name} at {depth:?}: {token:?} is {style:?}");
            }
            assert_ne!(theme.style(Token::Match), theme.style(Token::MatchCurrent), "{name} at {depth:?}");
        }
    }
}

#[test]
fn with_16_colours_a_theme_leaves_the_background_to_the_terminal() {
    for (name, theme) in shipped(Depth::Ansi16) {
        let ground = theme.base().bg;
        assert_eq!(ground, Some(Color::Reset), "{name}: text of 16 colours on a ground that is none of them");
    }
    let theme = Theme::load(Some(COLOUR_BLIND), Depth::Ansi16).unwrap();
    assert_eq!(theme.style(Token::Ok).fg, Some(Color::LightBlue), "healthy is blue there too");
    let nord = Theme::load(Some("nord"), Depth::Ansi16).unwrap();
    assert_eq!(nord.style(Token::Ok), Theme::fallback(Depth::Ansi16).style(Token::Ok));
}
