//! The state machine behind every sanitizer: it tells text from escape sequences.
//!
//! The states are those of Paul Williams' parser for DEC-compatible terminals
//! (<https://vt100.net/emu/dec_ansi_parser>), with the string sequences (OSC, DCS, APC, PM, SOS) in one state. An
//! ESC inside a sequence ends it and begins the next; CAN and SUB end it; BEL ends an OSC, as in xterm. The 8-bit
//! introducers count both as U+0080 to U+009F and as single bytes that are no UTF-8.
//!
//! It goes over bytes, not characters, and takes what changes no state in runs: that is most of most logs.

use super::chars::{is_common, is_mark, is_unsafe};
use super::noise;
use super::utf8;

/// The longest escape sequence, in bytes. What goes on longer is not one: it is dropped this far, the rest is text.
pub(super) const SEQUENCE_MAX: usize = 4096;

/// How many combining marks a character keeps. Real scripts need four or five.
const MARKS_MAX: u8 = 8;

/// Who takes what the machine finds.
pub(super) trait Sink {
    /// Safe text: valid UTF-8.
    fn text(&mut self, run: &[u8]);
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
    let mut rest = bytes;
    while !rest.is_empty() {
        let taken = match machine.state {
            State::Ground => machine.of_ground(rest),
            State::Text { .. } => machine.of_text(rest),
            State::Escape | State::Csi => machine.next(rest),
        };
        rest = &rest[taken..];
    }
}

/// How many bytes at the beginning are printable ASCII.
fn printable(bytes: &[u8]) -> usize {
    let is_printable = |byte: &u8| byte.wrapping_sub(b' ') < 0x5f;
    let mut at = 0;
    // blocks of a fixed size become vector instructions
    for block in bytes.chunks_exact(16) {
        if !block.iter().fold(true, |all, byte| all & is_printable(byte)) {
            break;
        }
        at += 16;
    }
    at + bytes[at..].iter().take_while(|byte| is_printable(byte)).count()
}

/// The parameters at the beginning of `bytes`, if it begins with a whole colour sequence.
fn colour(bytes: &[u8]) -> Option<&[u8]> {
    let after = bytes.strip_prefix(b"\x1b[")?;
    let len = after.iter().take(SEQUENCE_MAX - 1).position(|b| !matches!(b, b'0'..=b';'))?;
    (after[len] == b'm').then(|| &after[..len])
}

impl<S: Sink> Machine<'_, S> {
    /// Takes what stands at the beginning of `bytes`, and returns how many that are.
    fn of_ground(&mut self, bytes: &[u8]) -> usize {
        let mut run = 0;
        loop {
            run += printable(&bytes[run..]);
            match utf8::decode(&bytes[run..]) {
                Some((Some(c), len)) if is_common(c) => run += len,
                _ => break,
            }
        }
        if run > 0 {
            self.visible(&bytes[..run]);
            self.marks = 0;
        }
        let rest = &bytes[run..];
        match rest.first() {
            None => run,
            Some(b'\x1b') => match colour(rest) {
                Some(params) => {
                    self.sink.sgr(params);
                    run + params.len() + 3
                }
                None => run + self.next(rest),
            },
            Some(_) => match self.noise(rest) {
                0 => run + self.next(rest),
                taken => run + taken,
            },
        }
    }

    /// Takes what is no text but simple: see [`noise`].
    fn noise(&mut self, bytes: &[u8]) -> usize {
        let mut out = [0; noise::OUT];
        let (taken, len) = noise::take(bytes, &mut out);
        if len > 0 {
            self.visible(&out[..len]);
            self.marks = 0;
        }
        taken
    }

    /// The same within a string: nothing of it is seen.
    fn of_text(&mut self, bytes: &[u8]) -> usize {
        let max = (SEQUENCE_MAX - self.taken).min(bytes.len());
        let dull = noise::within_string(&bytes[..max]);
        self.taken += dull;
        match &bytes[dull..] {
            [] => dull,
            rest => dull + self.next(rest),
        }
    }

    /// Takes one character.
    fn next(&mut self, bytes: &[u8]) -> usize {
        match utf8::decode(bytes) {
            None => 0,
            Some((Some(c), len)) => {
                self.step(c);
                len
            }
            Some((None, len)) => {
                match bytes[0] {
                    byte @ 0x80..=0x9f => self.step(char::from(byte)),
                    _ => self.step(char::REPLACEMENT_CHARACTER),
                }
                len
            }
        }
    }

    fn visible(&mut self, run: &[u8]) {
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
                self.visible(b"");
                self.sink.tab();
            }
            '\n' | '\x0b' | '\x0c' | '\r' | '\u{2028}' | '\u{2029}' => self.visible(b" "),
            char::REPLACEMENT_CHARACTER => self.visible("\u{fffd}".as_bytes()),
            _ if is_unsafe(c) => return,
            _ if is_mark(c) => {
                if self.returned {
                    self.marks = 0;
                }
                if self.marks < MARKS_MAX {
                    self.marks += 1;
                    self.visible(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
                return;
            }
            _ => self.visible(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        self.marks = 0;
    }
}
