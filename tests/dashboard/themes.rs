//! The theme picker, and what it leaves for the next dashboard.

use std::fs;
use std::path::PathBuf;

use super::terminal::Terminal;
use super::three_up;
use crate::support::Sandbox;

/// A sandbox, and the directory of its user's own settings.
fn with_settings() -> (Sandbox, PathBuf) {
    let mut sandbox = three_up();
    let dir = sandbox.project().with_file_name("settings");
    sandbox.set_env("XDG_CONFIG_HOME", dir.to_str().unwrap());
    (sandbox, dir.join("ostler"))
}

/// The names of the themes that `ostler themes` calls chosen.
fn chosen(sandbox: &Sandbox) -> Vec<String> {
    let themes = sandbox.ostler(&["themes", "--json"]).ok();
    let themes: Vec<serde_json::Value> = serde_json::from_str(&themes.out).unwrap();
    let chosen = themes.iter().filter(|theme| theme["chosen"] == true);
    chosen.map(|theme| theme["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_theme_of_ones_own_is_chosen_saved_and_there_again() {
    let (sandbox, dir) = with_settings();
    fs::create_dir_all(dir.join("themes")).unwrap();
    fs::write(dir.join("themes/mine.toml"), "inherits = \"nord\"\n\nok = \"grean\"\n").unwrap();
    fs::write(dir.join("config.toml"), "# mine\n[dashboard]\ntheme = 'dracula' # old\n").unwrap();
    assert_eq!(chosen(&sandbox), ["dracula"]);
    let mut terminal = Terminal::open(&sandbox, &[], (100, 30));
    terminal.wait_until("idle is there", |screen| screen.says("idle", "running"));
    terminal.keys("TG");
    terminal.wait_for("mine.toml:3: unknown colour `grean`");
    fs::write(dir.join("themes/mine.toml"), "inherits = \"nord\"\n\nok = \"#010203\"\n").unwrap();
    let from = terminal.bytes().len();
    terminal.keys("R");
    terminal.wait_until("it is whole", |screen| !screen.contains("unknown colour"));
    // the nearest of 256 colours
    let seen = String::from_utf8_lossy(&terminal.bytes()[from..]).into_owned();
    assert!(seen.contains("38;5;16"), "{seen:?}");
    terminal.keys("\r");
    terminal.wait_for("theme mine saved to");
    assert_eq!(
        fs::read_to_string(dir.join("config.toml")).unwrap(),
        "# mine\n[dashboard]\ntheme = \"mine\" # old\n"
    );
    assert_eq!(chosen(&sandbox), ["mine"]);
}

#[test]
fn what_was_chosen_is_saved_even_if_the_dashboard_is_left_with_the_same_keys() {
    let (sandbox, dir) = with_settings();
    let mut terminal = Terminal::open(&sandbox, &["watch"], (80, 24));
    terminal.wait_until("idle is there", |screen| screen.says("idle", "running"));
    terminal.keys("TG\rq");
    assert!(terminal.end().success());
    assert_eq!(
        fs::read_to_string(dir.join("config.toml")).unwrap(),
        "[dashboard]\ntheme = \"colour-blind\"\n"
    );
}

#[test]
fn themes_are_listed_and_printed() {
    let (sandbox, dir) = with_settings();
    fs::create_dir_all(dir.join("themes")).unwrap();
    fs::write(dir.join("themes/torn.toml"), "ok = 256\n").unwrap();
    let list = sandbox.ostler(&["themes"]).ok();
    assert!(list.out.contains("\nnord ") && !list.out.contains('\x1b'), "{}", list.out);
    assert!(list.out.contains("torn.toml  broken: torn.toml:1: a colour's number"), "{}", list.out);
    let coloured = sandbox.ostler(&["themes", "--color", "always"]).ok();
    assert!(coloured.out.contains("\x1b[0;"), "{}", coloured.out);
    assert_eq!(sandbox.ostler(&["themes", "nord"]).ok().out, include_str!("../../themes/nord.toml"));
    sandbox.ostler(&["themes", "nope"]).fails(1, "there is no theme `nope`");
    // a theme that is not there keeps no dashboard back
    let mut terminal = Terminal::open(&sandbox, &["--theme", "nope"], (80, 24));
    terminal.wait_for("there is no theme `nope`");
}
