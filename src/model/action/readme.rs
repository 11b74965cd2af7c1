//! The table of keys in the README is made from the list. `OSTLER_REWRITE=1 cargo test --lib readme` writes it anew.

use std::fmt::Write as _;
use std::path::Path;

use super::{Scope, Spec, actions};

const BEGIN: &str =
    "<!-- keys: made from the list of actions by a test, see src/model/action/readme.rs -->\n";
const END: &str = "<!-- end of keys -->\n";

/// What a group of the table is called, by where its actions can be had.
fn group(spec: &Spec) -> &'static str {
    let has = |scope| spec.scopes.contains(&scope);
    match spec.scopes {
        _ if has(Scope::Table) && has(Scope::Logs) && has(Scope::Detail) => "every pane",
        _ if has(Scope::Table) && has(Scope::Detail) => "table and detail: the selected server",
        _ if has(Scope::Global) => "everywhere",
        [Scope::Table] => "table",
        [Scope::Logs] => "logs",
        [Scope::Detail] => "detail",
        [Scope::Copy] => "after the key that copies",
        _ if has(Scope::Dialog) => "dialogs and lists",
        _ => "where something is typed",
    }
}

const GROUPS: [&str; 9] = [
    "every pane",
    "table and detail: the selected server",
    "table",
    "after the key that copies",
    "logs",
    "detail",
    "everywhere",
    "dialogs and lists",
    "where something is typed",
];

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
        _ if key.chars().count() == 1 => format!("`{key}`"),
        _ => key.split('-').map(capital).collect::<Vec<_>>().join("-"),
    }
}

fn table() -> String {
    let mut text = String::new();
    for name in GROUPS {
        let specs: Vec<&Spec> = actions().filter(|spec| group(spec) == name).collect();
        if specs.is_empty() {
            continue;
        }
        let _ = writeln!(text, "| {name} | |\n|---|---|");
        for spec in specs {
            let keys: Vec<String> = spec.keys.iter().map(|key| shown(key)).collect();
            let keys = if keys.is_empty() { format!("`:{}`", spec.name) } else { keys.join(" ") };
            let escaped = |text: &str| text.replace('|', "\\|");
            let _ = writeln!(text, "| {} | {} |", escaped(&keys), escaped(spec.help));
        }
        text.push('\n');
    }
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
fn every_action_has_its_place_in_the_table() {
    for spec in actions() {
        assert!(GROUPS.contains(&group(spec)), "{}", spec.name);
        assert!(table().contains(&spec.help.replace('|', "\\|")), "{}", spec.name);
    }
    assert_eq!(
        ["ctrl-d", "shift-tab", "f1", "G", "pgup"].map(shown),
        ["Ctrl-D", "Shift-Tab", "F1", "`G`", "PgUp"]
    );
}
