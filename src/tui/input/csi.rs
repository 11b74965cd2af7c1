//! Control sequences: keys with a name, clicks, the wheel. As xterm, VTE, the Linux console, rxvt and tmux send them.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::Input;

/// What `ESC [`, these bytes and this last one mean; `None`: nothing that matters here, such as an answer.
pub(super) fn parse(held: &[u8], last: u8) -> Option<Input> {
    let text = std::str::from_utf8(held).ok()?;
    if let (Some(numbers), b'M' | b'm') = (text.strip_prefix('<'), last) {
        return mouse(numbers, last == b'M').map(Input::Mouse);
    }
    let mut numbers = text.split(';').map(|number| number.split(':').next().unwrap_or_default());
    let first = numbers.next().unwrap_or_default();
    let modifiers = match numbers.next() {
        Some(number) => modifiers(number.parse().ok()?),
        None => KeyModifiers::NONE,
    };
    let code = match last {
        b'~' => numbered(first.parse().ok()?)?,
        b'Z' => return Some(key(KeyCode::BackTab, modifiers | KeyModifiers::SHIFT)),
        // With a number that is no 1 it is something else: `ESC [ 3 R` tells where the cursor is.
        _ if matches!(first, "" | "1") => lettered(last)?,
        _ => return None,
    };
    Some(key(code, modifiers))
}

/// What `ESC O` and this letter mean.
pub(super) fn ss3(letter: u8) -> Option<Input> {
    let code = match letter {
        b'M' => KeyCode::Enter,
        b'R' => KeyCode::F(3),
        // the digits of a keypad
        b'p'..=b'y' => KeyCode::Char(char::from(letter - b'p' + b'0')),
        _ => lettered(letter)?,
    };
    Some(key(code, KeyModifiers::NONE))
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Input {
    Input::Key(KeyEvent::new(code, modifiers))
}

fn lettered(letter: u8) -> Option<KeyCode> {
    Some(match letter {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        b'P' => KeyCode::F(1),
        b'Q' => KeyCode::F(2),
        b'S' => KeyCode::F(4),
        _ => return None,
    })
}

fn numbered(number: u8) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F(number - 10),
        17..=21 => KeyCode::F(number - 11),
        23..=24 => KeyCode::F(number - 12),
        _ => return None,
    })
}

/// xterm's number: 1 more than the sum of the keys that are held.
fn modifiers(number: u8) -> KeyModifiers {
    let bits = number.saturating_sub(1);
    let pairs = [(1, KeyModifiers::SHIFT), (2, KeyModifiers::ALT), (4, KeyModifiers::CONTROL)];
    pairs.into_iter().filter(|(bit, _)| bits & bit != 0).map(|(_, held)| held).collect()
}

/// `button;column;row`, counted from 1. Motion is not asked for, and not reported if it comes all the same.
fn mouse(numbers: &str, pressed: bool) -> Option<MouseEvent> {
    let mut numbers = numbers.split(';').map(|number| number.parse::<u16>().ok());
    let (button, column, row) = (numbers.next()??, numbers.next()??, numbers.next()??);
    let kind = match (button & !0b1_1100, pressed) {
        (0, true) => MouseEventKind::Down(MouseButton::Left),
        (1, true) => MouseEventKind::Down(MouseButton::Middle),
        (2, true) => MouseEventKind::Down(MouseButton::Right),
        (0, false) => MouseEventKind::Up(MouseButton::Left),
        (64, true) => MouseEventKind::ScrollUp,
        (65, true) => MouseEventKind::ScrollDown,
        _ => return None,
    };
    let held = [(4, KeyModifiers::SHIFT), (8, KeyModifiers::ALT), (16, KeyModifiers::CONTROL)];
    let modifiers = held.into_iter().filter(|(bit, _)| button & bit != 0).map(|(_, held)| held).collect();
    Some(MouseEvent { kind, column: column.checked_sub(1)?, row: row.checked_sub(1)?, modifiers })
}
