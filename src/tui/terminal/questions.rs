//! What the terminal is asked at the start, without waiting: the colour of its background, and whether it has all
//! colours. The answers come among the keys, see [`crate::tui::input`].

use crate::tui::theme::Depth;

/// OSC 11: the background.
const BACKGROUND: &[u8] = b"\x1b]11;?\x1b\\";
/// XTGETTCAP of `RGB`; then DECRQSS, for those who know only that: which background is set after one of all colours
/// was chosen?
const TRUE_COLOR: &[u8] = b"\x1bP+q524742\x1b\\\x1b[48;2;1;2;3m\x1bP$qm\x1b\\\x1b[0m";

/// The bytes that ask; none where the terminal would take them for text, or where the answer changes nothing.
pub(crate) fn questions(depth: Depth, env: impl Fn(&str) -> Option<String>) -> Vec<u8> {
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    let term = set("TERM").unwrap_or_default();
    let is_in_tmux = set("TMUX").is_some() || term.starts_with("tmux");
    // GNU screen gives neither question on nor an answer back.
    let is_in_screen = !is_in_tmux && (set("STY").is_some() || term.starts_with("screen"));
    let is_simple = matches!(term.as_str(), "" | "dumb" | "linux" | "cons25" | "vt100" | "vt220" | "ansi");
    if depth == Depth::Mono || is_in_screen || is_simple {
        return Vec::new();
    }
    // tmux answers for the colours of all its clients, and knows nothing of the rest.
    let asks_depth = depth == Depth::Ansi256 && !is_in_tmux;
    [BACKGROUND, if asks_depth { TRUE_COLOR } else { b"" }].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(depth: Depth, pairs: &[(&str, &str)]) -> Vec<u8> {
        questions(depth, |name| {
            pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn only_who_may_answer_is_asked_and_only_what_matters() {
        let xterm = ("TERM", "xterm-256color");
        assert_eq!(asked(Depth::Ansi256, &[xterm]), [BACKGROUND, TRUE_COLOR].concat());
        assert_eq!(asked(Depth::Rgb, &[xterm]), BACKGROUND);
        assert_eq!(asked(Depth::Ansi256, &[("TERM", "tmux-256color")]), BACKGROUND);
        assert_eq!(asked(Depth::Ansi256, &[("TERM", "screen-256color"), ("TMUX", "/t,1,0")]), BACKGROUND);
        for silent in [
            &[("TERM", "linux")][..],
            &[("TERM", "dumb")],
            &[],
            &[("TERM", "screen")],
            &[xterm, ("STY", "1.a")],
        ] {
            assert!(asked(Depth::Ansi256, silent).is_empty(), "{silent:?}");
        }
        assert!(asked(Depth::Mono, &[xterm]).is_empty());
    }
}
