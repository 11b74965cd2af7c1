//! One character of bytes that may be no UTF-8.

/// The first character of `bytes` and how many bytes it has; without a character, how many bytes together are none,
/// after Unicode 16, section 3.9, "substitution of maximal subparts", as in [`std::str::Utf8Chunks`]. `None`: no bytes.
pub(super) fn decode(bytes: &[u8]) -> Option<(Option<char>, usize)> {
    let first = *bytes.first()?;
    // table 3-7: which bytes may come second
    let (more, second) = match first {
        0..=0x7f => return Some((Some(char::from(first)), 1)),
        0xc2..=0xdf => (1, 0x80..=0xbf),
        0xe0 => (2, 0xa0..=0xbf),
        0xed => (2, 0x80..=0x9f),
        0xe1..=0xef => (2, 0x80..=0xbf),
        0xf0 => (3, 0x90..=0xbf),
        0xf1..=0xf3 => (3, 0x80..=0xbf),
        0xf4 => (3, 0x80..=0x8f),
        _ => return Some((None, 1)),
    };
    let Some(next) = bytes.get(1).copied().filter(|byte| second.contains(byte)) else {
        return Some((None, 1));
    };
    let mut value = u32::from(first & (0x3f >> more)) << 6 | u32::from(next & 0x3f);
    for at in 2..=more {
        match bytes.get(at) {
            Some(byte @ 0x80..=0xbf) => value = value << 6 | u32::from(byte & 0x3f),
            _ => return Some((None, at)),
        }
    }
    Some((char::from_u32(value), more + 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// With U+FFFD for each part that is no character.
    fn decoded(mut bytes: &[u8]) -> String {
        let mut out = String::new();
        while let Some((c, len)) = decode(bytes) {
            out.push(c.unwrap_or(char::REPLACEMENT_CHARACTER));
            bytes = &bytes[len..];
        }
        out
    }

    proptest! {
        #[test]
        fn it_is_what_the_standard_library_makes_of_it(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), 0x80..=0xffu8, 0xe0..=0xf5u8], 0..12),
            text in any::<String>(),
        ) {
            prop_assert_eq!(decoded(&bytes), String::from_utf8_lossy(&bytes));
            prop_assert_eq!(decoded(text.as_bytes()), text);
        }
    }

    #[test]
    fn every_character_is_decoded() {
        for c in (0..=u32::from(char::MAX)).filter_map(char::from_u32) {
            let mut buffer = [0; 4];
            let bytes = c.encode_utf8(&mut buffer).as_bytes();
            assert_eq!(decode(bytes), Some((Some(c), bytes.len())));
        }
    }
}
