//! The state machine behind every sanitizer: it tells text from escape sequences.
//!
//! The states are those of Paul Williams' parser for DEC-compatible terminals
//! (<https://vt100.net/emu/dec_ansi_parser>), with the string sequences (OSC, DCS, APC, PM, SOS) in one state. An
//! ESC inside a sequence ends it and begins the next; CAN and SUB end it; BEL ends an OSC, as in xterm. The 8-bit
//! introducers count both as U+0080 to U+009F and as single bytes that are no UTF-8.

use super::chars::{is_common, is_mark, is_unsafe};

/// The longest escape sequence, in bytes. What goes on longer is not one: it is dropped this far, the rest is text.
pub(super) const SEQUENCE_MAX: usize = 4096;

/// How many combining marks a character keeps. Real scripts need four or five.
const MARKS_MAX: u8 = 8;

/// Who takes what the machine finds.
pub(super) trait Sink {
    /// Safe text.
    fn text(&mut self, run: &str);
    /// A tab.
    fn tab(&mut self);
    /// A colour sequence: what stands between `ESC [` and `m`, digits and separators only.
    fn sgr(&mut self, params: &[u8]);
    /// The line begins anew: forget the text so far, but not the colour.
    fn restart(&mut self);
}

/// What a carriage return means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Return {
    /// The line is written over by what follows, if anything visible does: progress bars, CRLF.
    Restart,
    /// A space: in a name, nothing may hide what stands before it.
    Space,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Ground,
    /// After ESC, and after its intermediate bytes.
    Escape,
    /// After `ESC [`.
    Csi,
    /// In OSC (`bel`: ended by BEL too), DCS, APC, PM, SOS.
    Text {
        bel: bool,
    },
}

struct Machine<'a, S> {
    sink: &'a mut S,
    returns: Return,
    state: State,
    /// A carriage return came, and nothing visible since.
    returned: bool,
    marks: u8,
    /// Bytes of the current sequence so far.
    taken: usize,
    params: Vec<u8>,
}

/// Runs `bytes` (one line) through the machine.
pub(super) fn run(bytes: &[u8], returns: Return, sink: &mut impl Sink) {
    let mut machine = Machine {
        sink,
        returns,
        state: State::Ground,
        returned: false,
        marks: 0,
        taken: 0,
        params: Vec::new(),
    };
    if let Ok(text) = std::str::from_utf8(bytes) {
        machine.valid(text);
        return;
    }
    for chunk in bytes.utf8_chunks() {
        machine.valid(chunk.valid());
        match chunk.invalid() {
            [] => {}
            [byte @ 0x80..=0x9f] => machine.step(char::from(*byte)),
            _ => machine.step(char::REPLACEMENT_CHARACTER),
        }
    }
}

fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

impl<S: Sink> Machine<'_, S> {
    fn valid(&mut self, text: &str) {
        let mut rest = text;
        loop {
            let run = self.quick(rest);
            if run > 0 {
                if self.state == State::Ground {
                    self.visible(&rest[..run]);
                    self.marks = 0;
                } else {
                    self.taken += run;
                }
                rest = &rest[run..];
            }
            let mut chars = rest.chars();
            let Some(c) = chars.next() else { return };
            self.step(c);
            rest = chars.as_str();
        }
    }

    /// How many bytes at the beginning of `text` change no state: they can be taken at once.
    fn quick(&self, text: &str) -> usize {
        let printable = |max: usize| {
            let bytes = &text.as_bytes()[..max.min(text.len())];
            bytes.iter().position(|b| !is_printable(*b)).unwrap_or(bytes.len())
        };
        match self.state {
            State::Ground => {
                let ascii = printable(text.len());
                let rest = &text[ascii..];
                ascii + rest.find(|c| !is_common(c)).unwrap_or(rest.len())
            }
            State::Text { .. } => printable(SEQUENCE_MAX - self.taken),
            State::Escape | State::Csi => 0,
        }
    }

    fn visible(&mut self, run: &str) {
        if std::mem::take(&mut self.returned) {
            self.sink.restart();
        }
        self.sink.text(run);
    }

    fn step(&mut self, c: char) {
        if self.state != State::Ground {
            self.taken += c.len_utf8();
            if self.taken > SEQUENCE_MAX {
                self.state = State::Ground;
            }
        }
        match c {
            '\x1b' => self.begin(State::Escape),
            '\x18' | '\x1a' => self.state = State::Ground,
            '\u{80}'..='\u{9f}' => self.c1(c),
            _ => match self.state {
                State::Ground => self.ground(c),
                State::Escape => self.escape(c),
                State::Csi => self.csi(c),
                State::Text { bel } => {
                    if bel && c == '\x07' {
                        self.state = State::Ground;
                    }
                }
            },
        }
    }

    fn begin(&mut self, state: State) {
        self.state = state;
        self.taken = 0;
        self.params.clear();
    }

    fn c1(&mut self, c: char) {
        match c {
            '\u{9b}' => self.begin(State::Csi),
            '\u{9d}' => self.begin(State::Text { bel: true }),
            '\u{90}' | '\u{98}' | '\u{9e}' | '\u{9f}' => self.begin(State::Text { bel: false }),
            _ => self.state = State::Ground,
        }
    }

    fn escape(&mut self, c: char) {
        match c {
            '[' => self.begin(State::Csi),
            ']' => self.begin(State::Text { bel: true }),
            'P' | 'X' | '^' | '_' => self.begin(State::Text { bel: false }),
            ' '..='/' | '\0'..='\x1f' | '\x7f' => {}
            '0'..='~' => self.state = State::Ground,
            _ => {
                self.state = State::Ground;
                self.ground(c);
            }
        }
    }

    fn csi(&mut self, c: char) {
        match c {
            ' '..='?' => self.params.push(c as u8),
            'm' => {
                self.state = State::Ground;
                if self.params.iter().all(|b| matches!(b, b'0'..=b'9' | b';' | b':')) {
                    self.sink.sgr(&self.params);
                }
            }
            '@'..='~' => self.state = State::Ground,
            '\0'..='\x1f' | '\x7f' => {}
            _ => {
                self.state = State::Ground;
                self.ground(c);
            }
        }
    }

    fn ground(&mut self, c: char) {
        match c {
            '\r' if self.returns == Return::Restart => {
                self.returned = true;
                return;
            }
            '\t' => {
                self.visible("");
                self.sink.tab();
            }
            '\n' | '\x0b' | '\x0c' | '\r' | '\u{2028}' | '\u{2029}' => self.visible(" "),
            _ if is_unsafe(c) => return,
            _ if is_mark(c) => {
                if self.returned {
                    self.marks = 0;
                }
                if self.marks < MARKS_MAX {
                    self.marks += 1;
                    self.visible(c.encode_utf8(&mut [0; 4]));
                }
                return;
            }
            _ => self.visible(c.encode_utf8(&mut [0; 4])),
        }
        self.marks = 0;
    }
}
