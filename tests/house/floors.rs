//! Who may import whom.

use super::source::{Source, below, code};

const FLOORS_0_TO_2: &[&str] =
    &["model", "lifecycle", "config", "paths", "text", "api", "os", "journal", "run_dir", "boot"];
const OF_A_SERVERS_FILES: &[&str] = &["model", "os", "text"];
const OF_A_FRONT_END: &[&str] = &["model", "api", "client", "config", "paths", "text"];

/// Each module and what it may name, from the lowest floor up. `a::b` allows that one name of `a`.
const FLOORS: [(&str, &[&[&str]]); 16] = [
    ("model", &[]),
    ("lifecycle", &[&["model"]]),
    ("config", &[&["model"]]),
    ("paths", &[]),
    ("text", &[&["model::Level", "model::EventKind", "model::Exit", "model::Asker", "model::Holder"]]),
    ("api", &[&["model"]]),
    ("os", &[&["model::Signal"]]),
    ("journal", &[OF_A_SERVERS_FILES]),
    ("run_dir", &[OF_A_SERVERS_FILES]),
    ("boot", &[&["paths", "os"]]),
    ("keeper", &[&["model", "run_dir", "journal", "boot", "os", "paths"]]),
    ("client", &[&["model", "api", "paths", "boot", "os"]]),
    ("supervisor", &[FLOORS_0_TO_2, &["keeper::handle", "keeper::protocol"]]),
    ("cli", &[OF_A_FRONT_END]),
    ("tui", &[OF_A_FRONT_END]),
    ("demo", &[&["model"]]),
];

/// What `module` does wrong by naming `path`.
fn offence(module: &str, path: &[String]) -> Option<String> {
    let first = path.first()?;
    if first == module {
        return None;
    }
    let Some((_, allowed)) = FLOORS.iter().find(|(name, _)| *name == module) else {
        return Some(format!("`{module}` has no row in the table of floors"));
    };
    let full = path.join("::");
    let fits = |entry: &&str| *entry == first || full == **entry || full.starts_with(&format!("{entry}::"));
    let allowed = allowed.iter().flat_map(|group| group.iter()).any(fits);
    (!allowed).then(|| format!("`{module}` names `crate::{full}`"))
}

/// Every path that begins with `crate::`.
fn named(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, prefix) in code.match_indices("crate::") {
        if !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            use_tree(&code[at + prefix.len()..], &mut Vec::new(), &mut found);
        }
    }
    found
}

/// Reads `a::{b, c::d}` into its paths; returns what follows.
fn use_tree<'a>(text: &'a str, prefix: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        while !rest.trim_start().starts_with('}') && !rest.trim().is_empty() {
            rest = use_tree(rest, prefix, found);
            let end = rest.find([',', '}']).unwrap_or(rest.len());
            rest = rest[end..].strip_prefix(',').unwrap_or(&rest[end..]);
        }
        return rest.trim_start().strip_prefix('}').unwrap_or("");
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let depth = prefix.len();
    let (word, mut rest) = text.split_at(end);
    if !word.is_empty() && word != "self" {
        prefix.push(word.to_owned());
    }
    match rest.strip_prefix("::") {
        Some(inner) => rest = use_tree(inner, prefix, found),
        None => found.push(prefix.clone()),
    }
    prefix.truncate(depth);
    rest
}

/// The longest chain of `super::` in this code.
fn steps_up(code: &str) -> usize {
    let mut rest = code;
    let mut longest = 0;
    while let Some(at) = rest.find("super::") {
        rest = &rest[at..];
        let mut steps = 0;
        while let Some(inner) = rest.strip_prefix("super::") {
            rest = inner;
            steps += 1;
        }
        longest = longest.max(steps);
    }
    longest
}

/// Whether a chain of `super::` leaves the module below `src`. Behind `#[cfg(test)]` one is the way out of the
/// inner module of tests.
fn leaves(source: &Source) -> bool {
    let (depth, inner) = (source.module().len(), source.code.find("#[cfg(test)]"));
    let (own, tests) = source.code.split_at(inner.unwrap_or(source.code.len()));
    depth <= steps_up(own) && steps_up(own) > 0 || depth < steps_up(tests)
}

#[test]
fn nobody_imports_from_a_floor_where_he_has_no_business() {
    let mut offences = Vec::new();
    for source in below("src") {
        let Some(module) = source.module().first().map(ToString::to_string) else { continue };
        let place = source.path.display();
        offences.extend(
            named(&source.code)
                .iter()
                .filter_map(|path| offence(&module, path))
                .map(|what| format!("{place}: {what}")),
        );
        if leaves(&source) {
            offences.push(format!("{place}: `super::` leaves `{module}`; write `crate::`, which is checked"));
        }
    }
    assert!(offences.is_empty(), "see the table FLOORS:\n{}", offences.join("\n"));
}

#[test]
fn the_table_has_no_cycle_and_every_module_a_row() {
    for (at, (module, allowed)) in FLOORS.iter().enumerate() {
        for entry in allowed.iter().flat_map(|group| group.iter()) {
            let name = entry.split("::").next();
            assert!(FLOORS[..at].iter().any(|(below, _)| Some(*below) == name), "{module} names {entry}");
        }
    }
    for source in below("src") {
        if let Some(module) = source.module().first() {
            assert!(FLOORS.iter().any(|(name, _)| name == module), "no row for {module}");
        }
    }
}

#[test]
fn an_offence_is_found_however_it_is_written() {
    let offences =
        |module: &str, text: &str| named(&code(text)).iter().filter_map(|path| offence(module, path)).count();
    assert_eq!(offences("model", "use crate::os::pidfd;"), 1);
    assert_eq!(offences("tui", "use crate::{api, model::{Phase, Health}, supervisor::handle};"), 1);
    assert_eq!(offences("tui", "fn f() { crate::keeper::run() } // crate::keeper"), 1);
    assert_eq!(offences("os", "use crate::model::{Signal, Phase};"), 1);
    assert_eq!(offences("supervisor", "use crate::keeper::{handle::Link, protocol, pump};"), 1);
    assert_eq!(offences("supervisor", "use crate::journal::{self, Reader};\nuse crate::model::Phase;"), 0);
    assert_eq!(steps_up("use super::super::super::x; use super::y;"), 3);
}
