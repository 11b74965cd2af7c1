//! From bytes to what they mean. Sequences may come in parts, late, or cut off; whatever a terminal says of itself
//! never becomes a key, and Ctrl-C always is one.

use std::collections::VecDeque;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Input, answers, csi};

/// Bytes of a paste that are kept; the others are dropped.
pub(super) const PASTE_MAX: usize = 64 << 10;
/// Bytes of a sequence that are kept.
const SEQUENCE_MAX: usize = 1024;
const PASTE_END: &[u8] = b"\x1b[201~";
const CTRL_C: u8 = 3;

/// How long an Esc waits for what makes it the beginning of a sequence: longer than the gap within one that comes in
/// parts, shorter than what a user sees.
const ESC: Duration = Duration::from_millis(30);
/// The same for what is a key with Alt if nothing follows.
const ALT: Duration = Duration::from_millis(100);
/// How long the rest of a sequence is waited for.
const REST: Duration = Duration::from_secs(1);
/// The same for a paste: what comes behind it would be taken for keys.
const PASTE: Duration = Duration::from_secs(10);
/// For this long the end of an answer that was given up is known as such.
const TORN: Duration = Duration::from_secs(10);
/// Answers are expected for this long.
const ASKED: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Ground,
    /// Within a character of several bytes; so many are missing, and Alt was held.
    Character(u8, bool),
    Esc,
    /// `ESC [` and more.
    Csi,
    /// `ESC O`.
    Ss3,
    /// A click as old terminals report it: so many bytes are still to come, and mean nothing here.
    OldClick(u8),
    /// `ESC [ [`, as the Linux console begins F1 to F5.
    Console,
    /// `ESC ]` or `ESC P`, which begin an answer.
    Answer,
    /// The same, then ESC.
    AnswerEsc,
    Paste,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    state: State,
    /// What belongs to the state.
    held: Vec<u8>,
    /// Until when answers are expected.
    asked: Duration,
    /// Until when the end of an answer may come whose beginning is gone.
    torn: Duration,
    /// Of that end, only the last byte is missing.
    torn_at_end: bool,
}

impl Decoder {
    /// The terminal was asked something.
    pub(super) fn expect(&mut self, now: Duration) {
        self.asked = now + ASKED;
    }

    /// Takes what was read at once.
    pub(super) fn feed(&mut self, bytes: &[u8], now: Duration, out: &mut VecDeque<Input>) {
        let mut bytes = bytes;
        // The one key that ends a paste whose end got lost: typed, it comes alone.
        if self.state == State::Paste && bytes == [CTRL_C] {
            self.give_up();
        }
        if self.state == State::Ground && now < self.torn {
            bytes = match bytes {
                [b'\\', rest @ ..] if self.torn_at_end => rest,
                _ => behind_answer(bytes),
            };
            self.torn_at_end = false;
        }
        for byte in bytes {
            self.take(*byte, out);
        }
    }

    /// How long it may be quiet before [`Self::quiet`] is due; `None`: nothing is under way.
    pub(super) fn patience(&self) -> Option<Duration> {
        Some(match self.state {
            State::Ground => return None,
            State::Esc => ESC,
            State::Csi | State::Ss3 | State::Answer if self.held.len() <= 1 => ALT,
            State::Paste => PASTE,
            _ => REST,
        })
    }

    /// Nothing came for that long: what is under way was meant as it is, or is lost.
    pub(super) fn quiet(&mut self, now: Duration, out: &mut VecDeque<Input>) {
        match self.state {
            State::Esc => {
                out.push_back(plain(KeyCode::Esc));
                self.may_be_torn(now);
            }
            State::Csi | State::Ss3 | State::Answer if self.held.len() <= 1 => {
                self.alt(out);
                self.may_be_torn(now);
            }
            State::Answer => self.torn = now + TORN,
            State::AnswerEsc => {
                out.extend(answers::parse(&self.held).map(Input::Said));
                self.torn = now + TORN;
                self.torn_at_end = true;
            }
            State::Paste => self.paste(out),
            _ => {}
        }
        self.give_up();
    }

    /// What looks like a key may have been the beginning of an answer, as long as one is expected.
    fn may_be_torn(&mut self, now: Duration) {
        if now < self.asked {
            self.torn = now + TORN;
        }
    }

    fn give_up(&mut self) {
        self.state = State::Ground;
        self.held = Vec::new();
    }

    fn go(&mut self, state: State) {
        self.state = state;
        self.held.clear();
    }

    /// The letter that could have begun a sequence, as a key.
    fn alt(&mut self, out: &mut VecDeque<Input>) {
        if let Some(letter) = self.held.first() {
            out.push_back(with(KeyCode::Char(char::from(*letter)), KeyModifiers::ALT));
        }
    }

    fn take(&mut self, byte: u8, out: &mut VecDeque<Input>) {
        match self.state {
            State::Paste => self.pasted(byte, out),
            _ if byte == CTRL_C => {
                if self.state == State::Esc {
                    out.push_back(plain(KeyCode::Esc));
                }
                self.ground(byte, false, out);
            }
            State::Ground => self.ground(byte, false, out),
            State::Character(missing, alt) => self.character(byte, missing, alt, out),
            State::Esc => self.escaped(byte, out),
            State::Csi => self.csi(byte, out),
            State::Ss3 => {
                self.go(State::Ground);
                out.extend(csi::ss3(byte));
            }
            State::OldClick(1) => self.go(State::Ground),
            State::OldClick(left) => self.state = State::OldClick(left - 1),
            State::Console => {
                self.go(State::Ground);
                if let b'A'..=b'E' = byte {
                    out.push_back(plain(KeyCode::F(byte - b'A' + 1)));
                }
            }
            State::Answer => self.answer(byte, out),
            State::AnswerEsc => {
                if byte == b'\\' {
                    out.extend(answers::parse(&self.held).map(Input::Said));
                    self.go(State::Ground);
                } else {
                    self.go(State::Esc);
                    self.take(byte, out);
                }
            }
        }
    }

    fn pasted(&mut self, byte: u8, out: &mut VecDeque<Input>) {
        self.held.push(byte);
        if self.held.ends_with(PASTE_END) {
            let end = self.held.len() - PASTE_END.len();
            self.held.truncate(end);
            self.paste(out);
            self.give_up();
        } else if self.held.len() > PASTE_MAX + PASTE_END.len() {
            // The window in which the end is looked for moves on; what it leaves is dropped.
            self.held.remove(PASTE_MAX);
        }
    }

    fn ground(&mut self, byte: u8, alt: bool, out: &mut VecDeque<Input>) {
        let held = if alt { KeyModifiers::ALT } else { KeyModifiers::NONE };
        self.go(State::Ground);
        let (code, modifiers) = match byte {
            0x1b => return self.go(State::Esc),
            0 => (KeyCode::Char(' '), KeyModifiers::CONTROL),
            b'\r' => (KeyCode::Enter, KeyModifiers::NONE),
            b'\t' => (KeyCode::Tab, KeyModifiers::NONE),
            0x7f => (KeyCode::Backspace, KeyModifiers::NONE),
            0x01..=0x1a => (KeyCode::Char(char::from(byte - 1 + b'a')), KeyModifiers::CONTROL),
            0x1c..=0x1f => (KeyCode::Char(char::from(byte - 0x1c + b'4')), KeyModifiers::CONTROL),
            0x20..=0x7e => (KeyCode::Char(char::from(byte)), shift(char::from(byte))),
            0x80.. => {
                let missing = match byte {
                    0xc2..=0xdf => 1,
                    0xe0..=0xef => 2,
                    0xf0..=0xf4 => 3,
                    _ => return,
                };
                self.held.push(byte);
                self.state = State::Character(missing, alt);
                return;
            }
        };
        out.push_back(with(code, modifiers | held));
    }

    fn character(&mut self, byte: u8, missing: u8, alt: bool, out: &mut VecDeque<Input>) {
        if byte & 0xc0 != 0x80 {
            return self.ground(byte, false, out);
        }
        self.held.push(byte);
        if missing > 1 {
            self.state = State::Character(missing - 1, alt);
            return;
        }
        let character = std::str::from_utf8(&self.held).ok().and_then(|text| text.chars().next());
        self.go(State::Ground);
        if let Some(c) = character {
            let held = if alt { KeyModifiers::ALT } else { KeyModifiers::NONE };
            out.push_back(with(KeyCode::Char(c), shift(c) | held));
        }
    }

    fn escaped(&mut self, byte: u8, out: &mut VecDeque<Input>) {
        match byte {
            0x1b => out.push_back(plain(KeyCode::Esc)),
            b'[' | b'O' | b']' | b'P' => {
                self.go(match byte {
                    b'[' => State::Csi,
                    b'O' => State::Ss3,
                    _ => State::Answer,
                });
                self.held.push(byte);
            }
            _ => self.ground(byte, true, out),
        }
    }

    fn csi(&mut self, byte: u8, out: &mut VecDeque<Input>) {
        match byte {
            b'[' if self.held.len() == 1 => self.go(State::Console),
            b'M' if self.held.len() == 1 => self.go(State::OldClick(3)),
            0x40..=0x7e => {
                let held = std::mem::take(&mut self.held);
                let sequence = &held[1..];
                if (sequence, byte) == (b"200", b'~') {
                    self.go(State::Paste);
                    return;
                }
                self.go(State::Ground);
                out.extend(csi::parse(sequence, byte));
            }
            0x20..=0x3f => self.hold(byte),
            // No byte of a sequence: the sequence was cut off.
            _ => self.ground(byte, false, out),
        }
    }

    fn answer(&mut self, byte: u8, out: &mut VecDeque<Input>) {
        let begins = |byte: u8| byte.is_ascii_digit() || b">!+$|".contains(&byte);
        match byte {
            b'\x07' => {
                out.extend(answers::parse(&self.held).map(Input::Said));
                self.go(State::Ground);
            }
            0x1b => self.state = State::AnswerEsc,
            0x00..=0x1f => self.ground(byte, false, out),
            // A key with Alt and the next one.
            _ if self.held.len() == 1 && !begins(byte) => {
                self.alt(out);
                self.ground(byte, false, out);
            }
            _ => self.hold(byte),
        }
    }

    fn hold(&mut self, byte: u8) {
        if self.held.len() < SEQUENCE_MAX {
            self.held.push(byte);
        }
    }

    fn paste(&mut self, out: &mut VecDeque<Input>) {
        self.held.truncate(PASTE_MAX);
        out.push_back(Input::Paste(String::from_utf8_lossy(&self.held).into_owned()));
    }
}

/// What follows the end of an answer; all of it where there is no such end.
fn behind_answer(bytes: &[u8]) -> &[u8] {
    let Some(end) = bytes.iter().position(|byte| *byte < 0x20) else { return bytes };
    match &bytes[end..] {
        [0x07, rest @ ..] | [0x1b, b'\\', rest @ ..] => rest,
        _ => bytes,
    }
}

fn plain(code: KeyCode) -> Input {
    with(code, KeyModifiers::NONE)
}

fn with(code: KeyCode, modifiers: KeyModifiers) -> Input {
    Input::Key(KeyEvent::new(code, modifiers))
}

fn shift(c: char) -> KeyModifiers {
    if c.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE }
}

#[cfg(test)]
mod tests;
