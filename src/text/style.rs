//! Colours and attributes, as the SGR sequences of ECMA-48 and xterm set them.

/// A colour of text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Color {
    /// The terminal's own.
    #[default]
    Default,
    /// One of the sixteen that a terminal's palette names: 0 to 7, and 8 to 15 for the bright ones.
    Ansi(u8),
    /// One of xterm's 256.
    Indexed(u8),
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

/// How a piece of text looks. Blinking and concealment are left out on purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::struct_excessive_bools, reason = "each is an SGR attribute that is set independently")]
pub struct Style {
    /// Of the letters.
    pub fg: Color,
    /// Behind them.
    pub bg: Color,
    /// SGR 1
    pub bold: bool,
    /// SGR 2
    pub dim: bool,
    /// SGR 3
    pub italic: bool,
    /// SGR 4, of any kind
    pub underline: bool,
    /// SGR 7
    pub reverse: bool,
    /// SGR 9
    pub strike: bool,
}

impl Style {
    /// Applies the parameters of one SGR sequence, as in `1;38;5;208`. What it does not know, it skips.
    pub(super) fn apply(&mut self, params: &[u8]) {
        if let [] | [b'0'] = params {
            *self = Self::default();
            return;
        }
        let mut fields = params.split(|b| *b == b';');
        while let Some(field) = fields.next() {
            let mut subs = field.split(|b| *b == b':').map(number);
            let code = subs.next().unwrap_or(0);
            match code {
                38 | 48 | 58 => {
                    let color = if field.contains(&b':') {
                        color_of_subs(&subs.collect::<Vec<_>>())
                    } else {
                        color_of_fields(&mut fields)
                    };
                    match (code, color) {
                        (38, Some(color)) => self.fg = color,
                        (48, Some(color)) => self.bg = color,
                        _ => {}
                    }
                }
                4 => self.underline = subs.next() != Some(0),
                _ => self.set(code),
            }
        }
    }

    fn set(&mut self, code: u16) {
        match code {
            0 => *self = Self::default(),
            1 => self.bold = true,
            2 => self.dim = true,
            3 => self.italic = true,
            7 => self.reverse = true,
            9 => self.strike = true,
            21 => self.underline = true,
            22 => (self.bold, self.dim) = (false, false),
            23 => self.italic = false,
            24 => self.underline = false,
            27 => self.reverse = false,
            29 => self.strike = false,
            30..=37 => self.fg = Color::Ansi((code - 30) as u8),
            39 => self.fg = Color::Default,
            40..=47 => self.bg = Color::Ansi((code - 40) as u8),
            49 => self.bg = Color::Default,
            90..=97 => self.fg = Color::Ansi((code - 90 + 8) as u8),
            100..=107 => self.bg = Color::Ansi((code - 100 + 8) as u8),
            _ => {}
        }
    }
}

impl Style {
    /// Appends `ESC [ … m`, which sets exactly this style, whatever was set before.
    pub(super) fn push_to(&self, out: &mut String) {
        out.push_str("\x1b[0");
        let switches = [
            (self.bold, ";1"),
            (self.dim, ";2"),
            (self.italic, ";3"),
            (self.underline, ";4"),
            (self.reverse, ";7"),
            (self.strike, ";9"),
        ];
        for (_, code) in switches.into_iter().filter(|(on, _)| *on) {
            out.push_str(code);
        }
        push_color(out, self.fg, 30);
        push_color(out, self.bg, 40);
        out.push('m');
    }
}

/// `base` is 30 for the foreground, 40 for the background.
fn push_color(out: &mut String, color: Color, base: u8) {
    let mut push = |numbers: &[u8]| {
        for number in numbers {
            out.push(';');
            push_number(out, *number);
        }
    };
    match color {
        Color::Default => {}
        Color::Ansi(n @ 0..=7) => push(&[base + n]),
        Color::Ansi(n) => push(&[base + 60 + (n - 8) % 8]),
        Color::Indexed(n) => push(&[base + 8, 5, n]),
        Color::Rgb(r, g, b) => push(&[base + 8, 2, r, g, b]),
    }
}

/// In decimal; without `fmt`, since it is done for each change of colour.
fn push_number(out: &mut String, number: u8) {
    let digit = |of: u8| char::from(b'0' + of % 10);
    if number >= 100 {
        out.push(digit(number / 100));
    }
    if number >= 10 {
        out.push(digit(number / 10));
    }
    out.push(digit(number));
}

/// A decimal number, 0 where nothing stands; one too large stays too large.
fn number(digits: &[u8]) -> u16 {
    digits
        .iter()
        .fold(0, |sum: u16, b| sum.saturating_mul(10).saturating_add(u16::from(b.wrapping_sub(b'0'))))
}

fn byte(number: u16) -> Option<u8> {
    u8::try_from(number).ok()
}

/// After `38;`: `5;n` or `2;r;g;b`. Takes the fields that belong to it, even where they make no colour.
fn color_of_fields<'a>(fields: &mut impl Iterator<Item = &'a [u8]>) -> Option<Color> {
    let mut next = || fields.next().map(number);
    match next()? {
        5 => Some(Color::Indexed(byte(next()?)?)),
        2 => {
            let (r, g, b) = (next()?, next()?, next()?);
            Some(Color::Rgb(byte(r)?, byte(g)?, byte(b)?))
        }
        _ => None,
    }
}

/// After `38:`: `5:n`, `2:r:g:b`, or `2:space:r:g:b` as ITU-T T.416 has it.
fn color_of_subs(subs: &[u16]) -> Option<Color> {
    match *subs {
        [5, n, ..] => Some(Color::Indexed(byte(n)?)),
        [2, r, g, b] | [2, _, r, g, b, ..] => Some(Color::Rgb(byte(r)?, byte(g)?, byte(b)?)),
        _ => None,
    }
}
