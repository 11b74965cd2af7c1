//! A key of a keyboard: as the list of actions and the config write it, and as a terminal sends it.

use std::fmt;

/// What is pressed, without Ctrl.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// What types a character; Shift is part of it.
    Char(char),
    /// Enter
    Enter,
    /// Esc
    Esc,
    /// Tab
    Tab,
    /// Tab with Shift
    BackTab,
    /// Backspace
    Backspace,
    /// Del
    Delete,
    /// Ins
    Insert,
    /// An arrow
    Up,
    /// An arrow
    Down,
    /// An arrow
    Left,
    /// An arrow
    Right,
    /// Home
    Home,
    /// End
    End,
    /// Page up
    PageUp,
    /// Page down
    PageDown,
    /// A function key, 1 to 12.
    F(u8),
}

/// The keys that have a name, and further spellings of it. The first of each is the one that is written.
const NAMES: [(&str, Code); 25] = [
    ("enter", Code::Enter),
    ("esc", Code::Esc),
    ("tab", Code::Tab),
    ("shift-tab", Code::BackTab),
    ("backspace", Code::Backspace),
    ("del", Code::Delete),
    ("ins", Code::Insert),
    ("space", Code::Char(' ')),
    ("up", Code::Up),
    ("down", Code::Down),
    ("left", Code::Left),
    ("right", Code::Right),
    ("home", Code::Home),
    ("end", Code::End),
    ("pgup", Code::PageUp),
    ("pgdn", Code::PageDown),
    ("return", Code::Enter),
    ("escape", Code::Esc),
    ("backtab", Code::BackTab),
    ("delete", Code::Delete),
    ("insert", Code::Insert),
    ("pageup", Code::PageUp),
    ("page-up", Code::PageUp),
    ("pagedown", Code::PageDown),
    ("page-down", Code::PageDown),
];

/// A key with Ctrl or without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Which.
    pub code: Code,
    /// With Ctrl; a letter is a small one then.
    pub ctrl: bool,
}

impl Key {
    /// Reads a key: a character, or a name as in `enter`, `pgdn`, `f1`, with `ctrl-` before. Names are taken in small
    /// letters and capitals. `None` for what no terminal sends, as `ctrl-i`, which is Tab.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(c) = only(text) {
            return (!c.is_control()).then_some(Self { code: Code::Char(c), ctrl: false });
        }
        let lower = text.to_ascii_lowercase();
        let (ctrl, rest) = match ["ctrl-", "ctrl+"].iter().find_map(|prefix| lower.strip_prefix(prefix)) {
            Some(rest) => (true, rest),
            None => (false, lower.as_str()),
        };
        let code = match only(rest) {
            // These are Tab, Enter and Esc.
            Some('i' | 'm' | '[') if ctrl => return None,
            Some(c) if !c.is_control() => Code::Char(c),
            Some(_) => return None,
            None => named(rest)?,
        };
        Some(Self { code, ctrl })
    }

    /// The character that it types.
    pub fn typed(self) -> Option<char> {
        match self.code {
            Code::Char(c) if !self.ctrl && !c.is_control() => Some(c),
            _ => None,
        }
    }
}

/// As [`Key::parse`] reads it.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("ctrl-")?;
        }
        match (NAMES.iter().find(|(_, code)| *code == self.code), self.code) {
            (Some((name, _)), _) => f.write_str(name),
            (None, Code::Char(c)) => write!(f, "{c}"),
            (None, Code::F(number)) => write!(f, "f{number}"),
            (None, other) => write!(f, "{other:?}"),
        }
    }
}

fn only(text: &str) -> Option<char> {
    let mut characters = text.chars();
    let first = characters.next()?;
    characters.next().is_none().then_some(first)
}

fn named(text: &str) -> Option<Code> {
    if let Some((_, code)) = NAMES.iter().find(|(name, _)| *name == text) {
        return Some(*code);
    }
    let number = text.strip_prefix('f').filter(|digits| !digits.starts_with('0'))?;
    number.parse().ok().filter(|number| (1..=12).contains(number)).map(Code::F)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_the_same_key() {
        for (text, written) in [
            ("r", "r"),
            ("R", "R"),
            ("Ctrl-R", "ctrl-r"),
            ("ctrl+r", "ctrl-r"),
            ("Enter", "enter"),
            ("return", "enter"),
            (" ", "space"),
            ("ctrl-space", "ctrl-space"),
            ("-", "-"),
            ("ctrl--", "ctrl--"),
            ("PageDown", "pgdn"),
            ("F12", "f12"),
            ("é", "é"),
        ] {
            let key = Key::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(key.to_string(), written, "{text}");
            assert_eq!(Key::parse(written), Some(key), "{text}");
        }
    }

    #[test]
    fn what_no_terminal_sends_is_no_key() {
        for bad in [
            "", "ctrl-", "hyper-x", "f13", "f0", "f01", "enterr", "ctrl-i", "Ctrl-M", "ctrl-[", "\u{1b}",
            "alt-x", "rr",
        ] {
            assert_eq!(Key::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn only_characters_without_ctrl_are_typed() {
        assert_eq!(Key::parse("space").unwrap().typed(), Some(' '));
        assert_eq!(Key::parse("ctrl-u").unwrap().typed(), None);
        assert_eq!(Key::parse("enter").unwrap().typed(), None);
    }
}
