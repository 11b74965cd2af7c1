//! `--name value`, and values as people write them.

use std::str::FromStr;
use std::time::Duration;

/// What is wrong with the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage(pub String);

/// What was typed behind the kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options(Vec<(&'static str, String)>);

impl Options {
    /// Reads pairs of these names and a value.
    pub fn parse(
        known: &'static [&'static str],
        mut args: impl Iterator<Item = String>,
    ) -> Result<Self, Usage> {
        let mut options = Vec::new();
        while let Some(arg) = args.next() {
            let name = arg.strip_prefix("--").and_then(|arg| known.iter().find(|name| **name == arg));
            let Some(name) = name else {
                return Err(Usage(format!("`{}` is no option of it", arg.escape_debug())));
            };
            let Some(value) = args.next() else { return Err(Usage(format!("--{name} needs a value"))) };
            options.push((*name, value));
        }
        Ok(Self(options))
    }

    /// As it was typed.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    fn read<T>(&self, name: &str, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Usage> {
        let bad = |text: &str| Usage(format!("--{name} can't be `{}`", text.escape_debug()));
        self.text(name).map(|text| read(text).ok_or_else(|| bad(text))).transpose()
    }

    /// A number.
    pub fn number<T: FromStr>(&self, name: &str) -> Result<Option<T>, Usage> {
        self.read(name, |text| text.parse().ok())
    }

    /// `250ms`, `9s`, `2m`.
    pub fn span(&self, name: &str) -> Result<Option<Duration>, Usage> {
        self.read(name, parse_span)
    }

    /// `100`, `64KiB`, `1MiB`.
    pub fn size(&self, name: &str) -> Result<Option<usize>, Usage> {
        self.read(name, parse_size)
    }
}

fn parse_span(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let number: u64 = number.parse().ok()?;
    match unit {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_secs(number.checked_mul(60)?)),
        _ => None,
    }
}

fn parse_size(text: &str) -> Option<usize> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: usize = text[..digits].parse().ok()?;
    let scale = match &text[digits..] {
        "" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        _ => return None,
    };
    number.checked_mul(scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, Usage> {
        Options::parse(&["after", "cap", "code"], line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn values_are_read_and_the_last_one_counts() {
        let options = parse("--after 250ms --cap 2MiB --code 3 --code 4").unwrap();
        assert_eq!(options.span("after").unwrap(), Some(Duration::from_millis(250)));
        assert_eq!(options.size("cap").unwrap(), Some(2 << 20));
        assert_eq!(options.number::<u8>("code").unwrap(), Some(4));
        assert_eq!(parse("").unwrap().span("after").unwrap(), None);
    }

    #[test]
    fn bad_values_are_refused() {
        for line in ["--after 9", "--after s", "--after 1h", "--after 99999999999999999999m"] {
            assert!(parse(line).unwrap().span("after").is_err(), "{line}");
        }
        for line in ["--cap x", "--cap 1GB", "--cap 99999999999999999999KiB"] {
            assert!(parse(line).unwrap().size("cap").is_err(), "{line}");
        }
        assert!(parse("--code 300").unwrap().number::<u8>("code").is_err());
    }
}
