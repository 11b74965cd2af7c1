//! Regular expressions as users write them.

/// Whether the pattern has a capital letter that stands for itself: not that of `\\S`, `\\P{…}` or `(?P<…>`. One without
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
            '?' if chars.next_if_eq(&'P').is_some() || chars.peek() == Some(&'<') => {
                chars.by_ref().find(|c| *c == '>');
            }
            _ if c.is_uppercase() => return true,
            _ => {}
        }
    }
    false
}
