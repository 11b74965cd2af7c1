//! Regular expressions as users write them.

/// Whether the pattern has a capital letter that stands for itself: not that of `\S`, `\P{…}` or `(?P<…>`. One without
/// matches capitals too ("smart case").
pub fn has_capital(pattern: &str) -> bool {
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                chars.next();
                if chars.next_if_eq(&'{').is_some() {
                    chars.by_ref().find(|c| *c == '}');
                }
            }
            // the name of a group
            '(' if chars.next_if_eq(&'?').is_some() => {
                chars.next_if_eq(&'P');
                if chars.next_if_eq(&'<').is_some() {
                    chars.by_ref().find(|c| *c == '>');
                }
            }
            _ if c.is_uppercase() => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_letters_that_stand_for_themselves_count() {
        for without in ["get", r"\S+", r"\P{L}x", "(?P<Name>x)", "(?<Name>x)", "a?b", "(?:x)?"] {
            assert!(!has_capital(without), "{without}");
        }
        for with in ["Get", "é?É", "ab?Post", "x?PFATAL", "a?<FOO", r"\d+MB", "(?P<n>x)Y", "(Y)"] {
            assert!(has_capital(with), "{with}");
        }
    }
}
