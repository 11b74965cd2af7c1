//! The table of keys in the README is made from the list. `OSTLER_REWRITE=1 cargo test --lib readme` writes it anew.

use std::fmt::Write as _;
use std::path::Path;

use super::{Scope, Spec, actions};

const BEGIN: &str =
    "<!-- keys: made from the list of actions by a test, see src/model/action/readme.rs -->\n";
const END: &str = "<!-- end of keys -->\n";

/// Where an action can be had, as a row of the table is called. `None`: it is not in the table, since it stands on the
/// screen where it can be had (dialogs, lists, lines that are typed).
fn group(spec: &Spec) -> Option<&'static str> {
    let has = |scope| spec.scopes.contains(&scope);
    let found = match spec.scopes {
        _ if has(Scope::Table) && has(Scope::Logs) && has(Scope::Detail) => 0,
        _ if has(Scope::Table) && has(Scope::Detail) => 1,
        _ if has(Scope::Global) => 5,
        [Scope::Table] => 2,
        [Scope::Logs] => 3,
        [Scope::Detail] => 4,
        _ => return None,
    };
    Some(GROUPS[found])
}

const GROUPS: [&str; 6] = ["every pane", "the selected server", "table", "logs", "detail", "everywhere"];

/// As people say it: `Ctrl-D`, `PgUp`.
fn shown(key: &str) -> String {
    let capital = |text: &str| {
        let mut letters = text.chars();
        letters
            .next()
            .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect::<String>())
    };
    match key {
        "pgup" => "PgUp".to_owned(),
        "pgdn" => "PgDn".to_owned(),
        _ if key.chars().count() == 1 => key.to_owned(),
        _ => key.split('-').map(capital).collect::<Vec<_>>().join("-"),
    }
}

/// `s` start: the keys, or how the palette is asked for it, and the action's name.
fn entry(spec: &Spec) -> String {
    if spec.keys.is_empty() {
        return format!("`:{}`", spec.name);
    }
    let keys: Vec<String> = spec.keys.iter().map(|key| format!("`{}`", shown(key))).collect();
    format!("{} {}", keys.join(" "), spec.name.replace('-', " ")).replace('|', "\\|")
}

fn table() -> String {
    let mut text = "| where | keys |\n|---|---|\n".to_owned();
    for name in GROUPS {
        let entries: Vec<String> = actions().filter(|spec| group(spec) == Some(name)).map(entry).collect();
        let _ = writeln!(text, "| {name} | {} |", entries.join(" · "));
    }
    text.push('\n');
    text
}

#[test]
fn the_readme_has_the_keys_of_the_list() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(BEGIN).expect("the README has no place for the keys");
    let (is, after) = rest.split_once(END).expect("the table of keys has no end");
    let wanted = format!("\n{}", table());
    if std::env::var_os("OSTLER_REWRITE").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{wanted}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(
        is, wanted,
        "`OSTLER_REWRITE=1 cargo test --lib readme` writes the README's table of keys anew"
    );
}

#[test]
fn every_action_of_a_pane_has_its_place_in_the_table() {
    let table = table();
    let panes = [Scope::Global, Scope::Table, Scope::Logs, Scope::Detail];
    for spec in actions() {
        let is_of_a_pane = spec.scopes.iter().any(|scope| panes.contains(scope));
        assert_eq!(group(spec).is_some(), is_of_a_pane, "{}", spec.name);
        assert!(!is_of_a_pane || table.contains(&entry(spec)), "{}", spec.name);
    }
    assert!(GROUPS.iter().all(|name| actions().any(|spec| group(spec) == Some(name))));
    assert_eq!(
        ["ctrl-d", "shift-tab", "f1", "G", "pgup"].map(shown),
        ["Ctrl-D", "Shift-Tab", "F1", "G", "PgUp"]
    );
}
