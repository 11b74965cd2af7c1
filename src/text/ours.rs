//! The mark of ostler's own lines where lines are plain text: a server's line that looks like one is told apart.

/// Begins a line of ostler's own.
pub const MARK: &str = "[ostler]";

/// Whether a server's line, as it is shown, would be read as a line of ostler's own.
pub fn is_like(text: &str) -> bool {
    // U+2800, a pattern of Braille without dots, looks like a space and is none to Unicode
    text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{2800}').starts_with(MARK)
}
