//! The sequence by which a terminal fills its clipboard.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Base64 that every terminal takes: xterm, and others after it, give up at 75,000 bytes with what stands around it.
const BASE64_MAX: usize = 74_994;
/// Bytes that become that many.
const TEXT_MAX: usize = BASE64_MAX / 4 * 3;
/// GNU screen passes strings on up to 768 bytes.
const PASSED_ON: usize = 512;

/// The bytes for the terminal, and how much of the text they hold: up to the last line, or character, that fits.
pub(crate) fn osc52(text: &str, is_in_screen: bool) -> (Vec<u8>, usize) {
    let taken = fitting(text);
    let sequence = format!("\x1b]52;c;{}\x07", STANDARD.encode(&text.as_bytes()[..taken]));
    if !is_in_screen {
        return (sequence.into_bytes(), taken);
    }
    let mut passed = Vec::new();
    for part in sequence.as_bytes().chunks(PASSED_ON) {
        passed.extend([b"\x1bP", part, b"\x1b\\"].concat());
    }
    (passed, taken)
}

fn fitting(text: &str) -> usize {
    if text.len() <= TEXT_MAX {
        return text.len();
    }
    let end = text.floor_char_boundary(TEXT_MAX);
    // not for a short line before one that is too long by itself
    text[..end].rfind('\n').filter(|newline| *newline > end / 2).map_or(end, |newline| newline + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_a_line_or_else_at_a_character() {
        assert_eq!(osc52("hi", false), (b"\x1b]52;c;aGk=\x07".to_vec(), 2));
        let lines = "0123456789\n".repeat(10_000);
        let (bytes, taken) = osc52(&lines, false);
        assert!(bytes.len() <= BASE64_MAX + 8 && taken % 11 == 0 && taken > TEXT_MAX - 11, "{taken}");
        let (bytes, taken) = osc52(&"漢".repeat(30_000), false);
        assert!(bytes.len() <= BASE64_MAX + 8 && taken == TEXT_MAX / 3 * 3, "{taken}");
        assert_eq!(osc52("", false).1, 0);
    }

    #[test]
    fn screen_gets_it_in_parts_that_it_passes_on() {
        let (bytes, _) = osc52(&"x".repeat(2000), true);
        let text = String::from_utf8(bytes).unwrap();
        let inner: String = text.split("\x1b\\").map(|part| part.trim_start_matches("\x1bP")).collect();
        assert_eq!(inner.into_bytes(), osc52(&"x".repeat(2000), false).0);
        assert!(text.split("\x1b\\").all(|part| part.len() < 768));
    }
}
