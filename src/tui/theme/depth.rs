//! How many colours a terminal has, and what becomes of a colour that it has not.

use ratatui::style::Color;

/// Whether colours are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// As `NO_COLOR` and the terminal say.
    #[default]
    Auto,
    /// Even with `NO_COLOR`.
    Always,
    /// None.
    Never,
}

/// How many colours there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None: bold, dim, underline and reverse only.
    Mono,
    /// The terminal's own 16.
    Ansi16,
    /// Those, a cube and greys.
    Ansi256,
    /// All.
    Rgb,
}

/// The six levels of the colour cube of 256 colours, as in xterm's 256colres.h.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// xterm's default values of the 16 colours, for the search of the nearest one.
pub(crate) const ANSI: [(Color, [u8; 3]); 16] = [
    (Color::Black, [0, 0, 0]),
    (Color::Red, [205, 0, 0]),
    (Color::Green, [0, 205, 0]),
    (Color::Yellow, [205, 205, 0]),
    (Color::Blue, [0, 0, 238]),
    (Color::Magenta, [205, 0, 205]),
    (Color::Cyan, [0, 205, 205]),
    (Color::Gray, [229, 229, 229]),
    (Color::DarkGray, [127, 127, 127]),
    (Color::LightRed, [255, 0, 0]),
    (Color::LightGreen, [0, 255, 0]),
    (Color::LightYellow, [255, 255, 0]),
    (Color::LightBlue, [92, 92, 255]),
    (Color::LightMagenta, [255, 0, 255]),
    (Color::LightCyan, [0, 255, 255]),
    (Color::White, [255, 255, 255]),
];

impl Depth {
    /// Choice, then `NO_COLOR`, then COLORTERM, then TERM; 256 where nothing says anything else.
    pub fn choose(choice: ColorChoice, env: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| env(name).filter(|value| !value.is_empty());
        let off = match choice {
            ColorChoice::Always => false,
            ColorChoice::Never => true,
            ColorChoice::Auto => set("NO_COLOR").is_some(),
        };
        let term = set("TERM").unwrap_or_default();
        match set("COLORTERM").as_deref() {
            _ if off => Self::Mono,
            Some("truecolor" | "24bit") => Self::Rgb,
            _ if term.ends_with("-direct") => Self::Rgb,
            _ if term == "dumb" && choice == ColorChoice::Auto => Self::Mono,
            _ if term.ends_with("-16color") => Self::Ansi16,
            _ if matches!(term.as_str(), "linux" | "ansi" | "xterm" | "screen" | "vt220" | "dumb") => {
                Self::Ansi16
            }
            _ => Self::Ansi256,
        }
    }

    /// The colour itself, the nearest that there is, or none at all.
    pub(crate) fn fit(self, color: Color) -> Option<Color> {
        match (self, color) {
            (Self::Mono, _) => None,
            (_, Color::Reset) | (Self::Rgb, _) => Some(color),
            (Self::Ansi256, Color::Rgb(r, g, b)) => Some(Color::Indexed(nearest_256([r, g, b]))),
            (Self::Ansi16, Color::Rgb(r, g, b)) => Some(nearest_16([r, g, b])),
            (Self::Ansi16, Color::Indexed(index)) => Some(nearest_16(rgb_of(index))),
            (Self::Ansi256 | Self::Ansi16, named) => Some(named),
        }
    }
}

fn distance(a: [u8; 3], b: [u8; 3]) -> u32 {
    a.into_iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
}

/// Channels that differ by less are grey.
const GREY: u8 = 40;
/// A colour of which no channel is higher is one of the first eight, not a bright one.
const BRIGHT: u8 = 216;

/// By hue and not by distance: a pale green is a green, where white would be nearer.
fn nearest_16(rgb: [u8; 3]) -> Color {
    let [r, g, b] = rgb;
    let (high, low) = (r.max(g).max(b), r.min(g).min(b));
    if high - low < GREY {
        let greys = [Color::Black, Color::DarkGray, Color::Gray, Color::White];
        let value = |color: &Color| ANSI.iter().find(|(known, _)| known == color).map_or([0; 3], |(_, v)| *v);
        return greys.into_iter().min_by_key(|color| distance(value(color), rgb)).unwrap_or(Color::Reset);
    }
    // what lies above half of the range is on
    let half = low + (high - low) / 2;
    match (r > half, g > half, b > half, high > BRIGHT) {
        (true, false, false, false) => Color::Red,
        (false, true, false, false) => Color::Green,
        (true, true, false, false) => Color::Yellow,
        (false, false, true, false) => Color::Blue,
        (true, false, true, false) => Color::Magenta,
        (false, true, true, false) => Color::Cyan,
        (true, false, false, true) => Color::LightRed,
        (false, true, false, true) => Color::LightGreen,
        (true, true, false, true) => Color::LightYellow,
        (false, false, true, true) => Color::LightBlue,
        (true, false, true, true) => Color::LightMagenta,
        (false, true, true, true) => Color::LightCyan,
        (true, true, true, _) | (false, false, false, _) => Color::Gray,
    }
}

/// Colours 0 to 15 are the user's own and unknown, so only the cube and the greys are candidates.
fn nearest_256(rgb: [u8; 3]) -> u8 {
    (16..=255).min_by_key(|&index| distance(rgb_of(index), rgb)).unwrap_or(16)
}

/// The value of an indexed colour.
pub(crate) fn rgb_of(index: u8) -> [u8; 3] {
    match index {
        0..=15 => ANSI[usize::from(index)].1,
        16..=231 => {
            let cube = usize::from(index - 16);
            [CUBE[cube / 36], CUBE[cube / 6 % 6], CUBE[cube % 6]]
        }
        232..=255 => [8 + (index - 232) * 10; 3],
    }
}

/// A colour's value; the terminal's 16 as xterm has them. `None`: the terminal's own text or background.
pub(crate) fn rgb(color: Color) -> Option<[u8; 3]> {
    match color {
        Color::Reset => None,
        Color::Rgb(r, g, b) => Some([r, g, b]),
        Color::Indexed(index) => Some(rgb_of(index)),
        named => ANSI.iter().find(|(known, _)| *known == named).map(|(_, value)| *value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(choice: ColorChoice, pairs: &[(&str, &str)]) -> Depth {
        Depth::choose(choice, |name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_choice_comes_before_no_color_and_that_before_the_terminal() {
        let terminal = ("COLORTERM", "truecolor");
        assert_eq!(with(ColorChoice::Auto, &[terminal]), Depth::Rgb);
        assert_eq!(with(ColorChoice::Auto, &[terminal, ("NO_COLOR", "1")]), Depth::Mono);
        assert_eq!(with(ColorChoice::Auto, &[terminal, ("NO_COLOR", "")]), Depth::Rgb);
        assert_eq!(with(ColorChoice::Always, &[terminal, ("NO_COLOR", "1")]), Depth::Rgb);
        assert_eq!(with(ColorChoice::Never, &[terminal]), Depth::Mono);
        assert_eq!(with(ColorChoice::Auto, &[("TERM", "linux")]), Depth::Ansi16);
        assert_eq!(with(ColorChoice::Auto, &[("TERM", "xterm-16color")]), Depth::Ansi16);
        assert_eq!(with(ColorChoice::Auto, &[("TERM", "xterm-256color")]), Depth::Ansi256);
    }

    #[test]
    fn a_colour_becomes_the_nearest_that_there_is() {
        assert_eq!(Depth::Ansi256.fit(Color::Rgb(255, 0, 0)), Some(Color::Indexed(196)));
        assert_eq!(Depth::Ansi16.fit(Color::Rgb(250, 5, 5)), Some(Color::LightRed));
        assert_eq!(Depth::Ansi16.fit(Color::Indexed(196)), Some(Color::LightRed));
        assert_eq!(Depth::Ansi16.fit(Color::Green), Some(Color::Green));
        // pale ones keep their hue
        assert_eq!(Depth::Ansi16.fit(Color::Rgb(0xa6, 0xe3, 0xa1)), Some(Color::LightGreen));
        assert_eq!(Depth::Ansi16.fit(Color::Rgb(0xd2, 0x0f, 0x39)), Some(Color::Red));
        assert_eq!(Depth::Ansi16.fit(Color::Rgb(0x1e, 0x1e, 0x2e)), Some(Color::Black));
        assert_eq!(Depth::Mono.fit(Color::Green), None);
    }
}
