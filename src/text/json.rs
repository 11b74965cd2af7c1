//! A log line that is a JSON object, written for people: `level message key=value …`.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Level, level, plain_str, stamp};

/// Objects within objects are taken apart so deep; what is deeper stays JSON.
const DEPTH: usize = 4;
/// A key with those before it, in bytes: where it is longer, its object stays JSON.
const KEY_MAX: usize = 64;
/// Columns of a level.
const LEVEL: usize = 5;
/// Keys of the message, the likeliest first.
const MESSAGES: [&str; 6] = ["msg", "message", "event", "short_message", "@m", "@mt"];
/// Keys of the time.
const TIMES: [&str; 9] = ["time", "timestamp", "ts", "@timestamp", "@t", "t", "datetime", "date", "asctime"];

/// What a part of the text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The level's word.
    Level(Level),
    /// The message.
    Message,
    /// A key, with its `=`.
    Key,
    /// A value.
    Value,
}

/// A JSON line as people read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pretty {
    /// Safe text on one line.
    pub text: String,
    /// Byte ranges of it, in order; what is between them keeps them apart.
    pub parts: Vec<(Range<usize>, Part)>,
}

/// Writes `line` as `level message key=value …`, in the line's own order; `None` if it is not a JSON object as a whole.
///
/// An object within it becomes `a.b=value`. A text is quoted where it would be mistaken. The time is left out where
/// `at_us` (microseconds since 1970) is given, since it is shown before the line, and agrees. Whatever escapes stand
/// for, the result is safe. Linear in the line's length, in time and memory.
pub fn pretty(line: &str, at_us: Option<i64>) -> Option<Pretty> {
    let line = line.trim();
    if !line.starts_with('{') {
        return None;
    }
    let Fields(fields) = serde_json::from_str(line).ok()?;
    let mut out = Pretty::default();
    let level = fields.iter().position(|(key, value)| level::of_field(key, value.get()).is_some());
    if let Some(at) = level {
        let (key, value) = &fields[at];
        if let Some(level) = level::of_field(key, value.get()) {
            let word = format!("{level:?}").to_lowercase();
            out.push(&format!("{word:LEVEL$}"), Part::Level(level));
        }
    }
    let message = MESSAGES.iter().find_map(|known| {
        fields.iter().position(|(key, value)| key == known && value.get().starts_with('"'))
    });
    if let Some(text) = message.and_then(|at| serde_json::from_str::<String>(fields[at].1.get()).ok()) {
        out.push(&plain_str(&text), Part::Message);
    }
    for (at, (key, value)) in fields.iter().enumerate() {
        let is_told = Some(at) == level || Some(at) == message || repeats(key, value.get(), at_us);
        if !is_told {
            out.field("", key, value, DEPTH);
        }
    }
    Some(out)
}

/// Whether this field is the line's time, and agrees with the one that is shown.
fn repeats(key: &str, value: &str, at_us: Option<i64>) -> bool {
    at_us.is_some_and(|at_us| TIMES.contains(&key) && stamp::agrees(value.trim_matches('"'), at_us))
}

impl Pretty {
    fn push(&mut self, text: &str, part: Part) {
        if text.is_empty() {
            return;
        }
        if !self.text.is_empty() && !self.text.ends_with('=') {
            self.text.push(' ');
        }
        let start = self.text.len();
        self.text.push_str(text);
        self.parts.push((start..self.text.len(), part));
    }

    fn field(&mut self, before: &str, key: &str, value: &RawValue, depth: usize) {
        let json = value.get();
        let name = if before.is_empty() { key.to_owned() } else { format!("{before}.{key}") };
        if json.starts_with('{')
            && depth > 1
            && name.len() <= KEY_MAX
            && let Ok(Fields(fields)) = serde_json::from_str(json)
            && !fields.is_empty()
        {
            for (key, value) in &fields {
                self.field(&name, key, value, depth - 1);
            }
            return;
        }
        self.push(&format!("{}=", bare(&plain_str(&name))), Part::Key);
        let value = match serde_json::from_str::<String>(json) {
            Ok(text) => bare(&plain_str(&text)).into_owned(),
            Err(_) => plain_str(json).into_owned(),
        };
        self.push(&value, Part::Value);
    }
}

/// In quotes, unless it can't be mistaken without.
fn bare(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c > ' ' && !matches!(c, '"' | '=' | '\u{a0}' | '\u{3000}');
    if !text.is_empty() && text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("\"{}\"", text.replace('\\', r"\\").replace('"', r#"\""#)))
}

/// The fields of an object, in their order.
struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Fields<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 2026-11-20T08:00:00Z
    const AT: i64 = 1_795_161_600_000_000;

    fn text(line: &str) -> String {
        pretty(line, Some(AT)).unwrap().text
    }

    #[test]
    fn an_object_is_written_for_people() {
        for (line, wanted) in [
            (
                r#"{"level":30,"time":1795161600123,"pid":7,"hostname":"box","msg":"ready"}"#,
                "info  ready pid=7 hostname=box",
            ),
            (
                r#"{"level":"error","message":"no: such","err":{"code":1,"stack":"a\n  b"}}"#,
                r#"error no: such err.code=1 err.stack="a   b""#,
            ),
            (r#" {"ts":"2026-11-20T08:00:00Z","lvl":"warn","event":"x"} "#, "warn  x"),
            (
                r#"{"ts":"2020-11-20T08:00:00Z","severity":"NOTICE","msg":"x"}"#,
                "info  x ts=2020-11-20T08:00:00Z",
            ),
            (
                r#"{"z":1.50,"a":12345678901234567890123,"n":null,"l":[1, "x y"],"e":{},"s":""}"#,
                r#"z=1.50 a=12345678901234567890123 n=null l=[1, "x y"] e={} s="""#,
            ),
            (r#"{"msg":"a","message":"b","level":"purple"}"#, "a message=b level=purple"),
            (
                r#"{"msg":7,"k":"a=b","q":"say \"hi\"","k":"again"}"#,
                r#"msg=7 k="a=b" q="say \"hi\"" k=again"#,
            ),
            (r#"{"a":{"b":{"c":{"d":{"e":1}}}}}"#, r#"a.b.c.d={"e":1}"#),
            (r#"{"a b":1,"":2}"#, r#""a b"=1 ""=2"#),
            (r#"{"t":{"$date":"2026"},"s":"W","msg":"x"}"#, "warn  x t.$date=2026"),
            ("{}", ""),
        ] {
            assert_eq!(text(line), wanted, "{line}");
        }
    }

    #[test]
    fn what_is_no_object_as_a_whole_is_left_alone() {
        for line in ["", "x", "[1]", "7", "{", "{\"a\":1", "{\"a\":1} x", "{a:1}", "x {\"a\":1}"] {
            assert_eq!(pretty(line, None), None, "{line}");
        }
    }

    #[test]
    fn what_is_deep_stays_json() {
        let deep = "{\"a\":".repeat(10_000) + "1" + &"}".repeat(10_000);
        assert_eq!(text(&deep).split_once('='), Some(("a.a.a.a", &deep[20..deep.len() - 4])));
    }

    #[test]
    fn what_escapes_stand_for_is_made_safe() {
        let line = r#"{"msg":"\u001b[31mred\u001b]0;title\u0007\u009b2J\u202ex\r\n","\u001b[2J":"\u001b[H\t\u0000"}"#;
        assert_eq!(text(line), "redx   \"\"=\"        \"");
        let time = pretty(r#"{"time":1795161600,"msg":"x"}"#, None).unwrap();
        assert_eq!(time.text, "x time=1795161600");
    }

    #[test]
    fn nesting_makes_nothing_large() {
        let fields: Vec<String> = (0..5000).map(|n| format!("\"{n}\":0")).collect();
        let line = format!("{{\"{}\":{{{}}}}}", "k".repeat(30_000), fields.join(","));
        assert!(text(&line).len() < 2 * line.len());
    }

    fn value() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            any::<String>().prop_map(Into::into),
            "[\\x00-\\x20\\x7f-\\u{9f}\\u{202a}-\\u{202e}\\u{300}\"=]{0,6}".prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<bool>().prop_map(Into::into),
        ];
        leaf.prop_recursive(6, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                prop::collection::hash_map(
                    prop_oneof![any::<String>(), "level|msg|time|a|b", "[\\x00-\\x20\u{9b}]{0,3}"],
                    inner,
                    0..5
                )
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_object_becomes_one_safe_line(value in value(), at in prop::option::of(any::<i64>())) {
            let line = value.to_string();
            let Some(Pretty { text, parts }) = pretty(&line, at) else {
                prop_assert!(!value.is_object());
                return Ok(());
            };
            prop_assert!(!text.chars().any(crate::text::is_unsafe), "{line:?} -> {text:?}");
            prop_assert_eq!(&*plain_str(&text), &text);
            let mut end = 0;
            for (range, _) in parts {
                prop_assert!(range.start >= end && range.end > range.start && text.is_char_boundary(range.end));
                prop_assert!(text[end..range.start].trim().is_empty());
                end = range.end;
            }
            prop_assert_eq!(end, text.len());
        }

        #[test]
        fn any_text_is_no_trouble(line in any::<String>()) {
            pretty(&line, Some(AT));
            pretty(&format!("{{{line}}}"), None);
        }
    }
}
