//! `${VAR}`, `${VAR:-default}` and `$$` in strings of the config file.
//!
//! What a variable holds is taken as it is and not looked at again, so nothing can loop. A `$` before anything else
//! stays a `$`.

/// Longest result, in bytes: what Linux takes as one argument or variable, `MAX_ARG_STRLEN` of execve(2).
pub(super) const MAX_LENGTH: usize = 128 * 1024;

/// A part of a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// As it is.
    Text(&'a str),
    /// `${name}` or `${name:-default}`.
    Variable {
        /// The name.
        name: &'a str,
        /// What stands for it when it is not set or empty.
        default: Option<&'a str>,
    },
}

/// Why a string can never be expanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum BadTemplate<'a> {
    /// `${` without `}`.
    Unterminated,
    /// What stands between the braces is no variable.
    Name(&'a str),
    /// A `${` in a default.
    Nested,
}

/// Why a string cannot be expanded now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ExpandError {
    /// It could never be; the file's check has said so.
    Bad,
    /// This variable is not set and has no default.
    Unset(String),
    /// The result would be longer than [`MAX_LENGTH`].
    TooLong,
}

/// Whether `name` is a variable's name as a shell takes it.
pub(super) fn is_variable(name: &str) -> bool {
    name.bytes()
        .enumerate()
        .all(|(i, b)| b == b'_' || b.is_ascii_alphabetic() || (i > 0 && b.is_ascii_digit()))
        && !name.is_empty()
}

/// The parts of a string.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece<'_>>, BadTemplate<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        if let Some(after) = after.strip_prefix('$') {
            pieces.push(Piece::Text(&rest[..=at]));
            rest = after;
        } else if let Some(inner) = after.strip_prefix('{') {
            pieces.push(Piece::Text(before));
            let end = inner.find('}').ok_or(BadTemplate::Unterminated)?;
            pieces.push(variable(&inner[..end])?);
            rest = &inner[end + 1..];
        } else {
            pieces.push(Piece::Text(&rest[..=at]));
            rest = after;
        }
    }
    pieces.push(Piece::Text(rest));
    Ok(pieces)
}

fn variable(inner: &str) -> Result<Piece<'_>, BadTemplate<'_>> {
    let (name, default) = match inner.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inner, None),
    };
    if !is_variable(name) {
        return Err(BadTemplate::Name(inner));
    }
    if default.is_some_and(|default| default.contains("${")) {
        return Err(BadTemplate::Nested);
    }
    Ok(Piece::Variable { name, default })
}

/// The string with every variable replaced by what `lookup` says.
pub(super) fn expand(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String, ExpandError> {
    let mut out = String::new();
    for piece in pieces(text).map_err(|_| ExpandError::Bad)? {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Variable { name, default } => match (lookup(name), default) {
                (Some(value), _) if !value.is_empty() => out.push_str(&value),
                (_, Some(default)) => out.push_str(default),
                (Some(_), None) => {}
                (None, None) => return Err(ExpandError::Unset(name.to_owned())),
            },
        }
        if out.len() > MAX_LENGTH {
            return Err(ExpandError::TooLong);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str) -> Result<String, ExpandError> {
        expand(text, &|name| match name {
            "A" => Some("1".to_owned()),
            "EMPTY" => Some(String::new()),
            "LOOP" => Some("${LOOP}$$".to_owned()),
            "BIG" => Some("x".repeat(1000)),
            _ => None,
        })
    }

    #[test]
    fn variables_defaults_and_dollars() {
        for (text, expected) in [
            ("", ""),
            ("plain", "plain"),
            ("${A}", "1"),
            ("x${A}y${A}z", "x1y1z"),
            ("${NOPE:-d}", "d"),
            ("${NOPE:-}", ""),
            ("${EMPTY}", ""),
            ("${EMPTY:-d}", "d"),
            ("${A:-d}", "1"),
            ("${NOPE:-a:-b $x é}", "a:-b $x é"),
            ("$$", "$"),
            ("$${A}", "${A}"),
            ("$$${A}", "$1"),
            ("$A $ 5$", "$A $ 5$"),
            ("é${A}é", "é1é"),
            ("${LOOP}", "${LOOP}$$"),
        ] {
            assert_eq!(with(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_expanded_says_why() {
        assert_eq!(with("${NOPE}"), Err(ExpandError::Unset("NOPE".into())));
        assert_eq!(with(&"${BIG}".repeat(200)), Err(ExpandError::TooLong));
        assert_eq!(pieces("a ${A"), Err(BadTemplate::Unterminated));
        assert_eq!(pieces("${A:-${B}}"), Err(BadTemplate::Nested));
        for bad in ["${}", "${1A}", "${A-b}", "${A b}", "${:-x}", "${é}"] {
            assert!(matches!(pieces(bad), Err(BadTemplate::Name(_))), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic_and_plain_text_stays(text in "[Aé$ {}:-]{0,40}") {
            let out = with(&text);
            if !text.contains('$') {
                proptest::prop_assert_eq!(out, Ok(text));
            }
        }
    }
}
