//! Bytes that need no state and no character table, though they are no plain text: most of what binary garbage is.
//!
//! A table says for each byte what of it is seen. The loop has one branch that is hard to foretell, so that garbage,
//! where every byte is a surprise, is no way to keep a reader busy.

/// Bytes that are looked at in one call.
const IN: usize = 64;
/// Bytes that may come of them, and room for one write more.
pub(super) const OUT: usize = IN * 3 + 4;

/// Needs the machine.
const STOP: u8 = 1;
/// Begins a character if a byte goes on with it.
const LEAD: u8 = 2;
/// May go on with a character.
const NEXT: u8 = 4;
/// Means something within a string sequence.
const IN_STRING: u8 = 8;

/// What of a byte is seen.
#[derive(Clone, Copy)]
struct Seen {
    bytes: [u8; 4],
    len: u8,
    flags: u8,
}

const TABLE: [Seen; 256] = table();

const fn table() -> [Seen; 256] {
    let mut table = [Seen { bytes: [0; 4], len: 0, flags: 0 }; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        table[at] = match byte {
            b' '..=b'~' => Seen { bytes: [byte, 0, 0, 0], len: 1, flags: 0 },
            // line breaks, tab, ESC
            b'\t'..=b'\r' => stop(0),
            0x1b => stop(IN_STRING),
            // BEL, CAN, SUB
            0x07 | 0x18 | 0x1a => Seen { bytes: [0; 4], len: 0, flags: IN_STRING },
            0..=0x1f | 0x7f => Seen { bytes: [0; 4], len: 0, flags: 0 },
            // DCS, SOS, CSI, OSC, PM, APC
            0x90 | 0x98 | 0x9b | 0x9d..=0x9f => stop(IN_STRING | NEXT),
            0x80..=0x9f => Seen { bytes: [0; 4], len: 0, flags: IN_STRING | NEXT },
            0xa0..=0xbf => replaced(NEXT),
            0xc2..=0xf4 => replaced(LEAD | IN_STRING),
            0xc0..=0xc1 | 0xf5..=0xff => replaced(0),
        };
        at += 1;
    }
    table
}

const fn stop(flags: u8) -> Seen {
    Seen { bytes: [0; 4], len: 0, flags: STOP | flags }
}

/// U+FFFD
const fn replaced(flags: u8) -> Seen {
    Seen { bytes: [0xef, 0xbf, 0xbd, 0], len: 3, flags }
}

/// Takes bytes as long as they are simple, and writes what is seen of them to `out`: how many were taken, how many are
/// written.
pub(super) fn take(bytes: &[u8], out: &mut [u8; OUT]) -> (usize, usize) {
    let mut len = 0;
    let mut taken = 0;
    let most = bytes.len().min(IN);
    while taken < most {
        let seen = &TABLE[usize::from(bytes[taken])];
        let next = bytes.get(taken + 1).map_or(0, |next| TABLE[usize::from(*next)].flags);
        // LEAD and NEXT are neighbours
        if seen.flags & (STOP | LEAD & next >> 1) != 0 {
            break;
        }
        if let Some(room) = out.get_mut(len..len + 4) {
            room.copy_from_slice(&seen.bytes);
        }
        len += usize::from(seen.len);
        taken += 1;
    }
    (taken, len)
}

/// How many bytes at the beginning mean nothing within a string sequence.
pub(super) fn within_string(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| TABLE[usize::from(**byte)].flags & IN_STRING == 0).count()
}
