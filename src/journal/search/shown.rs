//! A block of lines as a pattern sees them: without escapes, and without the carriage return before a newline.

use crate::text;

const ESC: u8 = 0x1b;
/// A longer escape sequence is left to [`text::plain`], which has a limit of its own, of 4096 bytes.
const SEQUENCE_MAX: usize = 4000;

/// A block's lines, and where they are in the block.
#[derive(Debug, Default)]
pub(super) struct Shown {
    bytes: Vec<u8>,
    /// After each line that was changed: where the next begins, here and in the block.
    shifts: Vec<(usize, usize)>,
}

impl Shown {
    /// Whether a block may be seen otherwise than as it is.
    pub(super) fn differs(block: &[u8]) -> bool {
        memchr::memchr2(ESC, b'\r', block).is_some()
    }

    /// Takes the lines of `block`, each of which ends in a newline.
    pub(super) fn fill(&mut self, block: &[u8]) {
        self.bytes.clear();
        self.shifts.clear();
        let mut at = 0;
        // up to here is copied, from `line` on it is the line's own
        let mut from = 0;
        while let Some(hit) = memchr::memchr2(ESC, b'\r', &block[from..]).map(|n| from + n) {
            if block[hit] == b'\r' && block.get(hit + 1) != Some(&b'\n') {
                from = hit + 1;
                continue;
            }
            let line = memchr::memrchr(b'\n', &block[at..hit]).map_or(at, |n| at + n + 1);
            self.bytes.extend_from_slice(&block[at..line]);
            let end = if block[hit] == ESC {
                strip(block, line, &mut self.bytes)
            } else {
                self.bytes.extend_from_slice(&block[line..hit]);
                hit + 1
            };
            self.bytes.push(b'\n');
            at = (end + 1).min(block.len());
            from = at;
            self.shifts.push((self.bytes.len(), at));
        }
        self.bytes.extend_from_slice(&block[at..]);
    }

    /// The lines.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where in the block the line is that begins here at `at`.
    pub(super) fn place(&self, at: usize) -> usize {
        let before = self.shifts.partition_point(|(here, _)| *here <= at);
        let (here, there) = before.checked_sub(1).map_or((0, 0), |n| self.shifts[n]);
        there + (at - here)
    }
}

/// Adds the line of `block` that begins at `line` as [`text::plain`] shows it: where its newline is. Of the usual coloured
/// line, only the sequences are taken out; the others go through the whole machine.
fn strip(block: &[u8], line: usize, out: &mut Vec<u8>) -> usize {
    let (start, mut at) = (out.len(), line);
    loop {
        let run = block[at..].iter().position(|b| !matches!(b, b' '..=b'~')).map_or(block.len(), |n| at + n);
        out.extend_from_slice(&block[at..run]);
        match &block[run..] {
            [] | [b'\n', ..] => return run,
            [b'\r', b'\n', ..] => return run + 1,
            [ESC, b'[', rest @ ..] => {
                let end = rest.iter().position(|b| !matches!(b, b' '..=b'?'));
                if let Some(end) = end.filter(|n| matches!(rest[*n], b'@'..=b'~') && *n < SEQUENCE_MAX) {
                    at = run + 2 + end + 1;
                    continue;
                }
            }
            _ => {}
        }
        let end = memchr::memchr(b'\n', &block[run..]).map_or(block.len(), |n| run + n);
        let own = &block[line..end];
        out.truncate(start);
        out.extend_from_slice(text::plain(own.strip_suffix(b"\r").unwrap_or(own)).as_bytes());
        return end;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As a single line is shown.
    fn alone(line: &[u8]) -> Vec<u8> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.contains(&ESC) { text::plain(line).into_owned().into_bytes() } else { line.to_vec() }
    }

    fn agrees(block: &[u8]) {
        let mut shown = Shown::default();
        shown.fill(b"\x1b[1mleft of an earlier use\n\n");
        shown.fill(block);
        let mut raw = 0;
        let mut here = 0;
        for line in block.split_inclusive(|b| *b == b'\n') {
            assert_eq!(shown.place(here), raw, "{:?}", block.escape_ascii().to_string());
            let wanted = [alone(&line[..line.len() - 1]), b"\n".to_vec()].concat();
            assert!(shown.bytes()[here..].starts_with(&wanted), "{:?}", block.escape_ascii().to_string());
            raw += line.len();
            here += wanted.len();
        }
        assert_eq!(here, shown.bytes().len());
    }

    #[test]
    fn lines_are_shown_as_each_alone() {
        agrees(b"");
        agrees(b"plain\n\n");
        agrees(b"a\r\nb\rc\r\n\r\n\r\r\nd\n");
        agrees(b"err\x1b[0mor\n\x1b[38;5;1mred\x1b[m\r\nplain\n\x1b]0;title\x07text\n\x1b[31\n\x1b\n\x1b[\n\x1b[\x07m\n");
        agrees("\x1b[1m✓ ok\tdone\x1b[0m\n10%\r\x1b[K20%\r\n".as_bytes());
        agrees(&[b"\x1b[".as_slice(), &[b'1'; 5000], b"mtext\n"].concat());
    }

    proptest! {
        #[test]
        fn whatever_the_lines(bytes in prop::collection::vec(
            prop_oneof![Just(b'\n'), Just(b'\r'), Just(ESC), Just(b'['), Just(b'm'), Just(b'1'), any::<u8>()],
            0..80,
        )) {
            agrees(&[&bytes[..], b"\n"].concat());
        }
    }
}
