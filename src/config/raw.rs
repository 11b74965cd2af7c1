//! What was typed: the file as a tree in its own order, where every key and value knows its place. Nothing is judged
//! here but the grammar of TOML.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Sink, quote, safe};

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Value {
    /// Its first byte in the text.
    pub(super) at: usize,
    /// What it is.
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A string, without its quotes and escapes.
    Text(String),
    /// An integer; one beyond `i64` is the nearest that is not.
    Number(i64),
    /// A float as it was typed.
    Float(String),
    /// `true` or `false`.
    Bool(bool),
    /// A date or a time.
    Time,
    /// `[…]`
    List(Vec<Value>),
    /// `{…}` or `[header]`, in the order of the file.
    Table(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The key.
    pub(super) key: String,
    /// The key's first byte in the text.
    pub(super) at: usize,
    /// The value.
    pub(super) value: Value,
}

impl Kind {
    /// Its name, for people, with an article.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Number(_) => "a number",
            Self::Float(_) => "a number with a fraction",
            Self::Bool(_) => "a boolean",
            Self::Time => "a date or time",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

/// The entries of the text's top table. `None` when its grammar is broken so that a further look would find
/// problems that are none; the sink has the grammar's in any case.
pub(super) fn read(text: &str, sink: &mut Sink<'_>) -> Option<Vec<Entry>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut whole = true;
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start.min(text.len()));
        let message = error.message().lines().collect::<Vec<_>>().join(", ");
        if message.starts_with("duplicate key") {
            let key = error.span().and_then(|span| text.get(span)).unwrap_or_default();
            sink.add(at, format!("key {} is there twice", quote(key)), "keep one of them");
        } else {
            // After a key that is there twice the rest is still what was meant; here it may not be.
            whole = false;
            sink.add(at, safe(&message), hint(&message, text, at));
        }
    }
    whole.then(|| entries(table.get_ref()))
}

fn hint(message: &str, text: &str, at: usize) -> &'static str {
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    if message.contains("escape") {
        "write `\\\\` for a backslash, or put the string between single quotes"
    } else if line.trim_start().starts_with('[') {
        "a header is as in `[servers.api]`"
    } else if line.contains('=') {
        "a string stands between quotes, as in `command = \"npm start\"`"
    } else {
        "a line is `key = value`, `[table]` or a `# comment`"
    }
}

fn entries(table: &DeTable<'_>) -> Vec<Entry> {
    let entry = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
        let name: &std::borrow::Cow<'_, str> = key.get_ref();
        Entry { key: name.clone().into_owned(), at: key.span().start, value: convert(value) }
    };
    let mut entries: Vec<Entry> = table.iter().map(entry).collect();
    entries.sort_by_key(|entry| entry.at);
    entries
}

fn convert(value: &Spanned<DeValue<'_>>) -> Value {
    let kind = match value.get_ref() {
        DeValue::String(text) => Kind::Text(text.clone().into_owned()),
        DeValue::Integer(number) => {
            let digits = number.as_str();
            let beyond = if digits.starts_with('-') { i64::MIN } else { i64::MAX };
            Kind::Number(i64::from_str_radix(digits, number.radix()).unwrap_or(beyond))
        }
        DeValue::Float(number) => Kind::Float(number.as_str().to_owned()),
        DeValue::Boolean(value) => Kind::Bool(*value),
        DeValue::Datetime(_) => Kind::Time,
        DeValue::Array(list) => Kind::List(list.iter().map(convert).collect()),
        DeValue::Table(table) => Kind::Table(entries(table)),
    };
    Value { at: value.span().start, kind }
}
