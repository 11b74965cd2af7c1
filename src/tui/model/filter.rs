//! The language of the table's filter: terms with spaces between them, all of which must hold.
//!
//! `text` stands for servers in whose name, project, group or state it occurs; `!` before any term turns it round;
//! `phase:failed`, `port:3000`, `group:x`, `project:x`, `cpu>50`, `cpu<1`, `mem>500M` say what they look at.

use crate::model::{Phase, ServerStatus};

/// What a server must be like to be shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Filter {
    text: String,
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq)]
struct Term {
    negated: bool,
    test: Test,
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    Text(String),
    Phase(Phase),
    Word(String),
    Port(u16),
    Group(String),
    Project(String),
    Cpu(Bound),
    Memory(Bound),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Bound {
    Above(f64),
    Below(f64),
}

impl Bound {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::Above(limit) => value > limit,
            Self::Below(limit) => value < limit,
        }
    }
}

impl Filter {
    /// Reads what was typed; the error says what was expected instead.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let terms = text.split_whitespace().map(term).collect::<Result<_, _>>()?;
        Ok(Self { text: text.trim().to_owned(), terms })
    }

    /// As it was typed.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it lets everything through.
    pub(crate) fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether this server is shown.
    pub(crate) fn matches(&self, server: &ServerStatus) -> bool {
        self.terms.iter().all(|term| term.test.holds(server) != term.negated)
    }
}

fn term(text: &str) -> Result<Term, String> {
    let (negated, rest) = match text.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let what = if let Some(word) = rest.strip_prefix("phase:") {
        phase(word)?
    } else if let Some(port) = rest.strip_prefix("port:") {
        Test::Port(port.parse().map_err(|_| "port: takes a number, as in port:3000".to_owned())?)
    } else if let Some(group) = rest.strip_prefix("group:") {
        Test::Group(named("group", group)?)
    } else if let Some(project) = rest.strip_prefix("project:") {
        Test::Project(named("project", project)?)
    } else if let Some(comparison) = rest.strip_prefix("cpu").and_then(Comparison::read) {
        let number = comparison.value.trim_end_matches('%').parse();
        Test::Cpu(comparison.bound(number.map_err(|_| "cpu takes a number, as in cpu>50".to_owned())?))
    } else if let Some(comparison) = rest.strip_prefix("mem").and_then(Comparison::read) {
        Test::Memory(comparison.bound(bytes(comparison.value).ok_or("mem takes a size, as in mem>500M")?))
    } else if rest.is_empty() {
        return Err("! takes what is not to be shown, as in !web".to_owned());
    } else {
        Test::Text(rest.to_lowercase())
    };
    Ok(Term { negated, test: what })
}

fn named(what: &str, name: &str) -> Result<String, String> {
    if name.is_empty() {
        Err(format!("{what}: takes a name, as in {what}:shop"))
    } else {
        Ok(name.to_owned())
    }
}

fn phase(word: &str) -> Result<Test, String> {
    if let Some(phase) = Phase::ALL.into_iter().find(|phase| phase.word() == word) {
        return Ok(Test::Phase(phase));
    }
    match word {
        "unhealthy" | "hung" | "healthy" => Ok(Test::Word(word.to_owned())),
        _ => {
            let words: Vec<_> = Phase::ALL.iter().map(|phase| phase.word()).collect();
            Err(format!("phase: takes one of {}, unhealthy", words.join(", ")))
        }
    }
}

/// `>50`, `<500M`
struct Comparison<'a> {
    above: bool,
    value: &'a str,
}

impl<'a> Comparison<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let above = text.strip_prefix('>').map(|value| Self { above: true, value });
        above.or(text.strip_prefix('<').map(|value| Self { above: false, value }))
    }

    fn bound(&self, limit: f64) -> Bound {
        if self.above { Bound::Above(limit) } else { Bound::Below(limit) }
    }
}

/// `500M`, `1.5GiB`, `20000`: units are powers of 1024, as in the memory column.
fn bytes(text: &str) -> Option<f64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let scale: f64 = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" | "kib" => 1024.0,
        "m" | "mb" | "mib" => 1024.0 * 1024.0,
        "g" | "gb" | "gib" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    digits.parse::<f64>().ok().map(|number| number * scale)
}

impl Test {
    fn holds(&self, server: &ServerStatus) -> bool {
        match self {
            Self::Text(text) => {
                let state = server.state_word();
                [server.name.as_str(), &server.project, server.group.as_deref().unwrap_or(""), &state]
                    .iter()
                    .any(|field| field.to_lowercase().contains(text))
            }
            Self::Phase(phase) => server.phase == *phase,
            Self::Word(word) => server.phase == Phase::Running && server.health.word() == word,
            Self::Port(port) => server.ports.iter().any(|status| status.port == *port),
            Self::Group(group) => server.group.as_deref() == Some(group),
            Self::Project(project) => server.project == *project,
            Self::Cpu(bound) => server.cpu_percent.is_some_and(|cpu| bound.holds(f64::from(cpu))),
            Self::Memory(bound) => server.memory_bytes.is_some_and(|bytes| bound.holds(bytes as f64)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{PortState, PortStatus, ServerId};

    fn server() -> ServerStatus {
        ServerStatus {
            phase: Phase::Running,
            group: Some("back".into()),
            cpu_percent: Some(60.0),
            memory_bytes: Some(600 << 20),
            ports: vec![PortStatus {
                port: 3000,
                declared: true,
                state: PortState::Listening,
                latency_ms: None,
                holder: None,
            }],
            ..ServerStatus::blank(ServerId::new("shop", "api").unwrap())
        }
    }

    #[test]
    fn each_form_of_a_term_selects() {
        for text in [
            "",
            "api",
            "API",
            "shop",
            "!web",
            "phase:running",
            "!phase:failed",
            "port:3000",
            "cpu>50",
            "cpu<61",
            "cpu>50%",
            "mem>500M",
            "mem<1g",
            "group:back",
            "project:shop",
            "!project:tools",
            "running api port:3000",
        ] {
            assert!(Filter::parse(text).unwrap().matches(&server()), "{text}");
        }
        for text in [
            "web",
            "!api",
            "phase:failed",
            "port:3001",
            "cpu>60",
            "mem>600M",
            "group:front",
            "project:sho",
            "api web",
            "phase:unhealthy",
        ] {
            assert!(!Filter::parse(text).unwrap().matches(&server()), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_said() {
        for text in [
            "phase:happy",
            "port:many",
            "port:70000",
            "cpu>hot",
            "mem>big",
            "mem>5X",
            "group:",
            "project:",
            "!",
        ] {
            let error = Filter::parse(text).unwrap_err();
            assert!(error.contains("takes"), "{text}: {error}");
        }
    }

    #[test]
    fn a_name_that_begins_like_a_key_is_text() {
        assert!(Filter::parse("memcached").unwrap() != Filter::default());
        assert!(!Filter::parse("cpuburn").unwrap().matches(&server()));
    }
}
