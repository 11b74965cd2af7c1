//! Lines that belong together: a record and its stack trace.
//!
//! [`Run`] is fed the lines of one stream in their order, and says for each whether it goes on with the record before, and
//! the level that it counts as. So an error and its stack trace stay together where only errors are wanted. It keeps no
//! text, and every line costs the same.

use super::level::{self, detect, is_exception};
use crate::model::Level;

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Its own level, or that of the record that it goes on with; `None`: none is known.
    pub level: Option<Level>,
    /// It goes on with the record before.
    pub continues: bool,
}

/// Where in a stack trace a stream is that has lines without a mark of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Trace {
    #[default]
    None,
    /// After Python's `Traceback`, until the exception's own line.
    Python,
    /// After that line: another one may follow, with a sentence and empty lines between.
    PythonEnded,
    /// After Rust's `panicked at`: one line of message.
    Rust,
    /// After Go's `panic:`, `fatal error:` or `goroutine 1 [running]:`.
    Go,
}

/// One stream's place among records.
#[derive(Clone, Copy, Debug, Default)]
pub struct Run {
    level: Option<Level>,
    trace: Trace,
    /// The record's first line came, and no empty line since.
    open: bool,
    /// The line before was indented.
    indented: bool,
}

impl Run {
    /// Takes the stream's next line: safe text without colours.
    pub fn take(&mut self, line: &str) -> Counted {
        let continues = self.goes_on(line);
        if !continues {
            self.level = detect(line);
            self.trace = begun(line);
            self.open = !line.is_empty();
        }
        self.indented = line.starts_with(' ');
        Counted { level: self.level, continues }
    }

    fn goes_on(&mut self, line: &str) -> bool {
        if let Some(answer) = self.within_trace(line) {
            return answer;
        }
        if !self.open {
            return false;
        }
        if line.trim_start().is_empty() {
            self.open = false;
            return false;
        }
        if continues(line) || self.indented && is_closing(line) {
            return true;
        }
        let is_bad = self.level >= Some(Level::Warn);
        if is_bad && line.starts_with("Traceback (most recent call last)") {
            self.trace = Trace::Python;
            return true;
        }
        if is_bad && line.starts_with("goroutine ") {
            self.trace = Trace::Go;
            return true;
        }
        is_bad && (is_exception(line) || is_ruby_frame(line))
    }

    /// What the stack trace says whose inside this line may be; `None`: nothing.
    fn within_trace(&mut self, line: &str) -> Option<bool> {
        let is_empty = line.trim_start().is_empty();
        match self.trace {
            Trace::None => None,
            Trace::Python => {
                if !is_empty && !line.starts_with(' ') {
                    self.trace = Trace::PythonEnded;
                }
                Some(true)
            }
            Trace::PythonEnded => {
                let is_more = line.starts_with("During handling of the above exception")
                    || line.starts_with("The above exception was the direct cause");
                if line.starts_with("Traceback (most recent call last)") {
                    self.trace = Trace::Python;
                    return Some(true);
                }
                (is_empty || is_more).then_some(true)
            }
            Trace::Rust => {
                self.trace = Trace::None;
                (!is_empty && detect(line).is_none()).then_some(true)
            }
            Trace::Go => {
                let is_inside = is_empty || line.starts_with(' ') || is_go_frame(line);
                if !is_inside {
                    self.trace = Trace::None;
                }
                is_inside.then_some(true)
            }
        }
    }
}

/// The stack trace that begins with this line.
fn begun(line: &str) -> Trace {
    if line.starts_with("Traceback (most recent call last)") {
        Trace::Python
    } else if line.starts_with("thread '") && line.trim_end().ends_with(':') && line.contains(" panicked at ")
    {
        Trace::Rust
    } else if ["panic: ", "fatal error: ", "goroutine ", "SIGQUIT: quit"]
        .iter()
        .any(|go| line.starts_with(go))
    {
        Trace::Go
    } else {
        Trace::None
    }
}

/// What lines of stack traces begin with.
const BEGINNINGS: [&str; 11] = [
    "at ",
    "Caused by:",
    "... ",
    "Suppressed: ",
    "from ",
    "stack backtrace:",
    "note: run with `RUST_BACKTRACE",
    "note: Some details are omitted",
    "Stack trace:",
    "--- End of ",
    "created by ",
];

/// Whether a line looks like one that goes on with the record before it, whatever that is: indented, a frame of a stack
/// trace, a cause, a detail of `PostgreSQL`'s. What only the lines before can tell, [`Run`] knows.
pub fn continues(line: &str) -> bool {
    if line.starts_with(' ') {
        let text = line.trim_start();
        return !text.is_empty() && !begins_a_record(text);
    }
    BEGINNINGS.iter().any(|beginning| line.starts_with(beginning)) && is_trace_line(line)
        || is_numbered_frame(line)
        || is_postgres_detail(line)
}

/// `at home`, `from now on` and `... and so on` are sentences.
fn is_trace_line(line: &str) -> bool {
    match line.split(' ').next().unwrap_or_default() {
        "at" => line.contains(['(', ':', '/', '.', '<']),
        "from" => is_ruby_frame(&line[5..]),
        "..." => line.ends_with("more") || line.ends_with("omitted"),
        _ => true,
    }
}

/// `#0 /app/x.php(12): f()`
fn is_numbered_frame(line: &str) -> bool {
    let Some(rest) = line.strip_prefix('#') else { return false };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    (1..=4).contains(&digits) && rest[digits..].starts_with(' ')
}

/// An indented line that begins a record of its own all the same, as some loggers indent every one.
fn begins_a_record(text: &str) -> bool {
    let first = text.split([' ', ':']).next().unwrap_or_default();
    let is_time =
        first.len() >= 8 && first.starts_with(|c: char| c.is_ascii_digit()) && first.contains(['-', '/']);
    let is_level = first.len() > 2 && first.bytes().all(|b| b.is_ascii_uppercase());
    (is_time || is_level || text.starts_with('{')) && detect(text).is_some()
}

/// The end of an object that was printed over several lines.
fn is_closing(line: &str) -> bool {
    let text = line.trim_end();
    !text.is_empty() && text.len() <= 4 && text.bytes().all(|b| matches!(b, b'}' | b']' | b')' | b',' | b';'))
}

/// `/app/x.rb:12:in 'f'`
fn is_ruby_frame(line: &str) -> bool {
    let Some((place, _)) = line.split_once(":in ") else { return false };
    let Some((file, number)) = place.rsplit_once(':') else { return false };
    !file.is_empty()
        && !file.contains(' ')
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
}

/// `main.f(0x1)`, `created by main.main`, `goroutine 7 [select]:`, `[signal SIGSEGV: …]`, `exit status 2`
fn is_go_frame(line: &str) -> bool {
    let line = line.trim_end();
    let name = line.split('(').next().unwrap_or_default();
    let is_call = line.ends_with(')') && name.contains('.') && !name.contains(' ');
    is_call
        || [
            "created by ",
            "goroutine ",
            "[signal ",
            "exit status ",
            "panic: ",
            "runtime stack:",
            "rax ",
            "rip ",
        ]
        .iter()
        .any(|beginning| line.starts_with(beginning))
}

/// `… [7] DETAIL:  x`
fn is_postgres_detail(line: &str) -> bool {
    const DETAILS: [&str; 6] =
        ["DETAIL:  ", "HINT:  ", "STATEMENT:  ", "CONTEXT:  ", "QUERY:  ", "LOCATION:  "];
    let near = level::head(line, 120);
    let Some((before, _)) = near.split_once(":  ") else { return false };
    let word = before.rsplit(' ').next().unwrap_or_default();
    DETAILS.iter().any(|detail| detail.trim_end_matches(":  ") == word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The lines with the level that each counts as; `+` marks those that go on.
    fn counted(lines: &str) -> String {
        let mut run = Run::default();
        let letter = |line: &str| {
            let Counted { level, continues } = run.take(line);
            let letter = level.map_or('-', |level| format!("{level:?}").chars().next().unwrap_or('?'));
            if continues { format!("{letter}+") } else { letter.to_string() }
        };
        lines.lines().map(letter).collect::<Vec<_>>().join(" ")
    }

    /// What it is, its lines, and the first letter of each one's level.
    const TRACES: &[(&str, &str, &str)] = &[
        (
            "Python, logged",
            "ERROR:root:no\nTraceback (most recent call last):\n  File \"x.py\", line 1, in f\n    raise ValueError\n\
             ValueError: bad\nready",
            "E E+ E+ E+ E+ -",
        ),
        (
            "Python, chained",
            "Traceback (most recent call last):\n  File \"x\"\nKeyError: 'a'\n\nDuring handling of the above exception, \
             another exception occurred:\n\nTraceback (most recent call last):\n  File \"y\"\nshop.Odd: b\nINFO next",
            "E E+ E+ E+ E+ E+ E+ E+ E+ I",
        ),
        (
            "Java, logged",
            "08:00:00 ERROR a.B - no\njava.lang.IllegalStateException: no\n        at a.B.c(B.java:7)\n\
             Caused by: java.io.IOException: x\n        ... 12 more\n08:00:01 INFO a.B - yes",
            "E E+ E+ E+ E+ I",
        ),
        ("Java, a file that lost its tabs", "ERROR x\nat a.B.c(B.java:7)\nat home again", "E E+ -"),
        (
            "Rust",
            "thread 'main' panicked at src/main.rs:5:9:\nit is broken\nnote: run with `RUST_BACKTRACE=1`\n\
             stack backtrace:\n   0: f\n             at ./src/main.rs:5:9\nlistening",
            "F F+ F+ F+ F+ F+ -",
        ),
        (
            "Go",
            "panic: nil map\n\ngoroutine 1 [running]:\nmain.f(0x1)\n        /app/main.go:7 +0x1d\n\
             created by main.main in goroutine 1\nexit status 2\nlistening on (a) port",
            "F F+ F+ F+ F+ F+ F+ -",
        ),
        (
            "Ruby",
            "E, [x] ERROR -- : no (RuntimeError)\n/app/x.rb:12:in 'f'\n        from /app/x.rb:1:in 'g'\nPuma starts",
            "E E+ E+ -",
        ),
        (
            "Node",
            "Error: no\n    at f (/app/x.js:1:2) {\n  code: 'ENOENT'\n}\n\nserver ready",
            "E E+ E+ E+ - -",
        ),
        (".NET", "fail: Host[0]\n      no\n         at A.B() in x.cs:line 1\ninfo: Host[0]", "E E+ E+ I"),
        (
            "PHP",
            "PHP Warning:  x in y on line 3\nStack trace:\n#0 /app/x.php(12): f()\n#1 {main}\n#hash",
            "W W+ W+ W+ -",
        ),
        (
            "PostgreSQL",
            "2026-11-20 08:00:00 UTC [7] ERROR:  no\n2026-11-20 08:00:00 UTC [7] DETAIL:  x\n\
             2026-11-20 08:00:00 UTC [7] LOG:  ready",
            "E E+ I",
        ),
        (
            "every line indented",
            "  2026-11-20T08:00:00Z ERROR a: x\n    at src/a.rs:1\n  2026-11-20T08:00:01Z  INFO b: y",
            "E E+ I",
        ),
        ("nothing known", "one\n  two\nthree", "- -+ -"),
        ("an empty line ends it", "ERROR x\n\n  y", "E - -"),
    ];

    #[test]
    fn a_stack_trace_counts_as_what_it_goes_on_with() {
        for (what, lines, wanted) in TRACES {
            assert_eq!(counted(lines), *wanted, "{what}");
        }
    }

    #[test]
    fn sentences_go_on_with_nothing() {
        for line in [
            "at home again",
            "from now on",
            "... and so on",
            "#hash",
            "# 1 title",
            "created",
            "",
            " ",
            "DETAIL: x",
        ] {
            assert!(!continues(line), "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_lines_are_counted(lines in prop::collection::vec(any::<String>(), 0..8)) {
            let mut run = Run::default();
            for line in &lines {
                let before = run.level;
                let counted = run.take(line);
                prop_assert!(!counted.continues || counted.level == before);
            }
        }
    }
}
