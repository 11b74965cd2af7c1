//! The terminal's answers.

use crate::tui::message::TerminalAnswer;

/// What an OSC (`]` and what follows) or a DCS (`P`) says; `None` for anything that was not asked, and for a no.
pub(super) fn parse(held: &[u8]) -> Option<TerminalAnswer> {
    let text = std::str::from_utf8(held).ok()?;
    if let Some(color) = text.strip_prefix("]11;") {
        let [red, green, blue] = color_of(color)?;
        return Some(TerminalAnswer::Background(red, green, blue));
    }
    // XTGETTCAP: a name that is not known is answered with 0+r.
    let has_name = text.strip_prefix("P1+r").is_some_and(|names| names.starts_with("524742"));
    let keeps_color = text.strip_prefix("P1$r").and_then(|sgr| sgr.strip_suffix('m')).is_some_and(is_as_set);
    (has_name || keeps_color).then_some(TerminalAnswer::TrueColor)
}

/// `rgb:1e1e/1e1e/2e2e` with one to four digits each, or `#1e1e2e`.
fn color_of(text: &str) -> Option<[u8; 3]> {
    if let Some(digits) = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii()) {
        let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
        return Some([part(0)?, part(2)?, part(4)?]);
    }
    let parts = text.strip_prefix("rgb:").or_else(|| text.strip_prefix("rgba:"))?;
    let mut parts = parts.split('/').map(|digits| {
        let value = u32::from_str_radix(digits, 16).ok().filter(|_| (1..=4).contains(&digits.len()))?;
        let largest = (1_u32 << (4 * digits.len())) - 1;
        Some((value * 255 / largest) as u8)
    });
    Some([parts.next()??, parts.next()??, parts.next()??])
}

/// Whether the background is the one that the question had set: `48:2::1:2:3` or the like.
fn is_as_set(sgr: &str) -> bool {
    let numbers: Vec<&str> = sgr.split([';', ':']).filter(|number| !number.is_empty()).collect();
    numbers.windows(5).any(|part| part == ["48", "2", "1", "2", "3"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backgrounds_and_all_colours_are_understood_and_nothing_else() {
        let color = |r, g, b| Some(TerminalAnswer::Background(r, g, b));
        for (text, expected) in [
            ("]11;rgb:1e1e/1e1e/2e2e", color(0x1e, 0x1e, 0x2e)),
            ("]11;rgb:ff/80/00", color(255, 128, 0)),
            ("]11;rgb:f/0/8", color(255, 0, 136)),
            ("]11;rgba:0000/ffff/0000/ffff", color(0, 255, 0)),
            ("]11;#1e1e2e", color(0x1e, 0x1e, 0x2e)),
            ("]11;rgb:12345/0/0", None),
            ("]11;rgb:1/2", None),
            ("]11;#12345ü", None),
            ("]10;rgb:ff/ff/ff", None),
            ("P1+r524742=382F382F38", Some(TerminalAnswer::TrueColor)),
            ("P1+r524742", Some(TerminalAnswer::TrueColor)),
            ("P0+r524742", None),
            ("P1$r0;48:2::1:2:3m", Some(TerminalAnswer::TrueColor)),
            ("P1$r0;48;2;1;2;3m", Some(TerminalAnswer::TrueColor)),
            ("P1$r0;48;5;16m", None),
            ("P0$r", None),
        ] {
            assert_eq!(parse(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(parse(b"]11;rgb:\xff/0/0"), None);
    }
}
