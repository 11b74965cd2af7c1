//! Colours as people write them, in a config and in a theme.

/// The 16 colours of a terminal; a name's place is the colour's number (ECMA-48 for the first 8, aixterm for the bright
/// ones).
pub const NAMES: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
    "bright-black",
    "bright-red",
    "bright-green",
    "bright-yellow",
    "bright-blue",
    "bright-magenta",
    "bright-cyan",
    "bright-white",
];

/// A colour that has a meaning of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// One of the terminal's 16, from 0: its user decides how it looks.
    Ansi(u8),
    /// Red, green and blue.
    Rgb([u8; 3]),
}

impl Color {
    /// One of [`NAMES`], `gray` for `bright-black`, or `#rrggbb`.
    pub fn parse(text: &str) -> Option<Self> {
        let name = if text == "gray" { "bright-black" } else { text };
        if let Some(number) = NAMES.iter().position(|known| *known == name) {
            return Some(Self::Ansi(number as u8));
        }
        let hex = text.strip_prefix('#')?;
        // from_str_radix would take a sign as well
        if hex.len() != 6 || !hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let [_, red, green, blue] = u32::from_str_radix(hex, 16).ok()?.to_be_bytes();
        Some(Self::Rgb([red, green, blue]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_a_name_or_six_digits() {
        assert_eq!(Color::parse("black"), Some(Color::Ansi(0)));
        assert_eq!(Color::parse("gray"), Color::parse("bright-black"));
        assert_eq!(Color::parse("bright-white"), Some(Color::Ansi(15)));
        assert_eq!(Color::parse("#0aFF10"), Some(Color::Rgb([10, 255, 16])));
        for bad in ["", "#", "#12345", "#1234567", "#+12345", "#12345é", "0aff10", "Red", "default"] {
            assert_eq!(Color::parse(bad), None, "{bad}");
        }
    }
}
