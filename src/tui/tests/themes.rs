//! The theme picker, and what the terminal says of itself.

use crossterm::event::KeyCode;
use insta::assert_snapshot;
use ratatui::style::Color;

use super::fixture::{Setting, Stage};
use crate::model::{Ground, ThemeChoice};
use crate::tui::effect::Effect;
use crate::tui::message::{Failure, Message, TerminalAnswer};
use crate::tui::model::{Dialog, Level, Themes};
use crate::tui::theme::{Depth, Glyphs, Library, Theme};

const DARK: Message = Message::TerminalSaid(TerminalAnswer::Background(20, 20, 30));
const LIGHT: Message = Message::TerminalSaid(TerminalAnswer::Background(250, 250, 240));

fn theme(name: &str, depth: Depth) -> Theme {
    Theme::load(Some(name), depth).unwrap()
}

/// With a file to save to, and the user's themes `mine`, which is good, and `torn`, which is not.
fn stage() -> (Stage, tempfile::TempDir) {
    let mut stage = Stage::at((80, 24));
    stage.model.themes.config = Some("/home/me/.config/ostler/config.toml".into());
    let dir = tempfile::tempdir().unwrap();
    write(&dir, "mine", "inherits = \"nord\"\nok = \"blue\"\n");
    write(&dir, "torn", "\nok = \"grean\"\n");
    stage.model.themes.dir = Some(dir.path().to_owned());
    (stage, dir)
}

fn write(dir: &tempfile::TempDir, name: &str, text: &str) {
    std::fs::write(dir.path().join(format!("{name}.toml")), text).unwrap();
}

/// Does what was wanted of the user's directory.
fn read(stage: &mut Stage) -> bool {
    let mut was_wanted = false;
    for effect in stage.wanted() {
        if let Effect::ReadThemes { dir, named } = effect {
            was_wanted = true;
            let library = Library::read(dir.as_deref(), named.iter().map(String::as_str));
            stage.send(Message::ThemesRead(library));
        }
    }
    was_wanted
}

fn open(stage: &mut Stage) {
    stage.keys("T");
    assert!(read(stage), "the directory is read when the picker opens");
}

fn at(stage: &Stage) -> String {
    match &stage.model.dialog {
        Some(Dialog::Themes(picker)) => picker.row().unwrap().name.clone(),
        other => panic!("no picker but {other:?}"),
    }
}

fn go_to(stage: &mut Stage, name: &str) {
    stage.keys("g");
    for _ in 0..40 {
        if at(stage) == name {
            return;
        }
        stage.keys("j");
    }
    panic!("there is no {name}");
}

fn said(stage: &Stage) -> Option<(Level, String)> {
    stage.model.toasts.newest().next().map(|toast| (toast.level, toast.text.clone()))
}

#[test]
fn the_dashboard_shows_the_theme_at_which_the_user_is_and_esc_takes_it_back() {
    let (mut stage, _dir) = stage();
    let before = stage.model.theme.clone();
    open(&mut stage);
    assert_eq!(at(&stage), "default");
    go_to(&mut stage, "nord");
    assert_eq!(stage.model.theme, theme("nord", Depth::Ansi256));
    assert_eq!(stage.buffer()[(0, 0)].bg, Color::Indexed(235), "the top bar");
    stage.keys("G");
    assert_eq!(at(&stage), "torn");
    stage.keys("k");
    assert_eq!(at(&stage), "mine");
    stage.key(KeyCode::PageUp);
    stage.key(KeyCode::Home);
    stage.key(KeyCode::Up);
    assert_eq!(at(&stage), "default", "there is nothing above the first");
    stage.key(KeyCode::PageDown);
    assert_eq!(at(&stage), "gruvbox-dark");
    stage.key(KeyCode::Esc);
    assert_eq!((stage.model.dialog.as_ref(), &stage.model.theme), (None, &before));
    assert!(stage.model.themes.choice.is_none() && stage.wanted().is_empty() && said(&stage).is_none());
}

#[test]
fn enter_takes_a_theme_and_has_it_saved() {
    let (mut stage, _dir) = stage();
    open(&mut stage);
    go_to(&mut stage, "dracula");
    stage.key(KeyCode::Enter);
    assert_eq!(stage.model.dialog, None);
    assert_eq!(stage.model.theme, theme("dracula", Depth::Ansi256));
    let file = stage.model.themes.config.clone().unwrap();
    let save = Effect::SaveTheme { file: file.clone(), name: "dracula".into(), half: None };
    assert_eq!(stage.wanted(), [save]);
    stage.send(Message::ThemeSaved { name: "dracula".into(), file: file.clone(), result: Ok(()) });
    let text = "theme dracula saved to ~/.config/ostler/config.toml".to_owned();
    assert_eq!(said(&stage), Some((Level::Info, text)));
    // the project's file comes before the user's at the next start
    stage.model.themes.project = Some("/home/me/shop/ostler.toml".into());
    stage.send(Message::ThemeSaved { name: "dracula".into(), file, result: Ok(()) });
    let (level, text) = said(&stage).unwrap();
    assert!(level == Level::Warning && text.ends_with("but that of ~/shop/ostler.toml wins here"));
    open(&mut stage);
    assert_eq!(at(&stage), "dracula", "it opens at the one that is taken");
}

#[test]
fn what_can_not_be_saved_stays_for_the_session_and_is_said() {
    let (mut stage, _dir) = stage();
    open(&mut stage);
    go_to(&mut stage, "nord");
    stage.key(KeyCode::Enter);
    let failure = Failure { message: "Read-only file system".into(), hint: Some("look there".into()) };
    let file = stage.model.themes.config.clone().unwrap();
    stage.send(Message::ThemeSaved { name: "nord".into(), file, result: Err(failure) });
    let text = "theme nord is only for this session: ~/.config/ostler/config.toml: Read-only file system; look there";
    assert_eq!(said(&stage), Some((Level::Error, text.to_owned())));
    assert_eq!(stage.model.theme, theme("nord", Depth::Ansi256));
    stage.wanted();
    // without a home there is no file at all
    stage.model.themes.config = None;
    stage.keys("T");
    stage.key(KeyCode::Enter);
    let (level, text) = said(&stage).unwrap();
    assert!(level == Level::Error && text.contains("HOME is not set"), "{text}");
    assert!(!stage.wanted().iter().any(|effect| matches!(effect, Effect::SaveTheme { .. })));
}

#[test]
fn a_theme_that_was_named_by_its_path_is_in_the_list_but_can_not_be_saved() {
    let (mut stage, dir) = stage();
    let path = dir.path().join("mine.toml").to_str().unwrap().to_owned();
    stage.model.themes.choice = Some(path.as_str().into());
    open(&mut stage);
    stage.keys("k");
    go_to(&mut stage, &path);
    assert!(stage.screen().contains("mine.toml"));
    stage.key(KeyCode::Enter);
    assert!(stage.wanted().is_empty());
    let (level, text) = said(&stage).unwrap();
    assert!(level == Level::Error && text.contains("put its file in /"), "{text}");
}

#[test]
fn a_bad_file_keeps_the_theme_and_says_so() {
    let (mut stage, dir) = stage();
    open(&mut stage);
    go_to(&mut stage, "torn");
    assert_eq!(stage.model.theme, theme_of(&stage, "mine"), "the one above stays on the screen");
    assert!(stage.screen().contains("torn.toml:2: unknown colour `grean`"), "{}", stage.screen());
    stage.key(KeyCode::Enter);
    assert_eq!(at(&stage), "torn", "it can't be taken");
    assert!(stage.wanted().is_empty() && stage.model.themes.choice.is_none());
    // corrected in an editor, and read again
    write(&dir, "torn", "inherits = \"dracula\"\n");
    stage.keys("R");
    assert!(read(&mut stage));
    assert_eq!(stage.model.theme, theme("dracula", Depth::Ansi256));
    stage.key(KeyCode::Enter);
    assert_eq!(stage.model.themes.name(), "torn");
}

fn theme_of(stage: &Stage, name: &str) -> Theme {
    stage.model.themes.library.load(name, stage.model.themes.depth).unwrap()
}

#[test]
fn a_file_that_changes_is_read_when_the_picker_opens_and_a_torn_one_leaves_what_was() {
    let (mut stage, dir) = stage();
    open(&mut stage);
    go_to(&mut stage, "mine");
    stage.key(KeyCode::Enter);
    let first = stage.model.theme.clone();
    stage.wanted();
    write(&dir, "mine", "inherits = \"dracula\"\n");
    open(&mut stage);
    stage.key(KeyCode::Esc);
    assert_eq!(stage.model.theme, theme("dracula", Depth::Ansi256));
    write(&dir, "mine", "ok = 1\nfail = 999\n");
    open(&mut stage);
    stage.key(KeyCode::Esc);
    assert_eq!(stage.model.theme, theme("dracula", Depth::Ansi256));
    assert_ne!(stage.model.theme, first);
    let (level, text) = said(&stage).unwrap();
    assert_eq!((level, text.as_str()), (Level::Warning, "mine.toml:2: a colour's number is 0 to 255"));
    // gone altogether, while no picker is open
    std::fs::remove_file(dir.path().join("mine.toml")).unwrap();
    let library = Library::read(Some(dir.path()), []);
    stage.send(Message::ThemesRead(library));
    assert!(said(&stage).unwrap().1.starts_with("there is no theme `mine`"));
}

#[test]
fn where_none_is_chosen_the_terminals_background_decides() {
    let (mut stage, _dir) = stage();
    stage.send(LIGHT);
    assert_eq!(stage.model.theme, theme("default-light", Depth::Ansi256));
    open(&mut stage);
    assert_eq!(at(&stage), "default-light");
    stage.key(KeyCode::Esc);
    stage.send(DARK);
    assert_eq!(stage.model.theme, theme("default", Depth::Ansi256));
}

#[test]
fn a_late_answer_leaves_what_the_user_chose() {
    let (mut stage, _dir) = stage();
    open(&mut stage);
    go_to(&mut stage, "nord");
    stage.send(LIGHT);
    assert_eq!((at(&stage).as_str(), &stage.model.theme), ("nord", &theme("nord", Depth::Ansi256)));
    stage.key(KeyCode::Enter);
    stage.send(DARK);
    stage.send(LIGHT);
    assert_eq!(stage.model.theme, theme("nord", Depth::Ansi256));
    // without Enter what comes back is what fits the terminal by now
    let (mut stage, _dir) = self::stage();
    open(&mut stage);
    go_to(&mut stage, "nord");
    stage.send(LIGHT);
    stage.key(KeyCode::Esc);
    assert_eq!(stage.model.theme, theme("default-light", Depth::Ansi256));
}

#[test]
fn of_a_pair_the_half_for_the_terminals_background_is_drawn_and_saved() {
    let (mut stage, _dir) = stage();
    let pair = ThemeChoice::Pair { dark: "dracula".into(), light: "solarized-light".into() };
    stage.model.themes.choice = Some(pair);
    stage.send(LIGHT);
    assert_eq!(stage.model.theme, theme("solarized-light", Depth::Ansi256));
    open(&mut stage);
    go_to(&mut stage, "gruvbox-light");
    stage.key(KeyCode::Enter);
    let half = stage.wanted().into_iter().find_map(|effect| match effect {
        Effect::SaveTheme { half, .. } => Some(half),
        _ => None,
    });
    assert_eq!(half, Some(Some(Ground::Light)));
    assert_eq!(stage.model.themes.chosen(), ["dracula", "gruvbox-light"]);
    stage.send(DARK);
    assert_eq!(stage.model.theme, theme("dracula", Depth::Ansi256));
}

#[test]
fn all_colours_come_only_where_256_were_drawn() {
    for (before, after) in [
        (Depth::Mono, Depth::Mono),
        (Depth::Ansi16, Depth::Ansi16),
        (Depth::Ansi256, Depth::Rgb),
        (Depth::Rgb, Depth::Rgb),
    ] {
        let mut stage = Stage::new(&Setting { depth: before, ..Setting::default() });
        stage.model.themes = Themes { choice: Some("nord".into()), ..Themes::shipped(before) };
        stage.send(Message::TerminalSaid(TerminalAnswer::TrueColor));
        assert_eq!(stage.model.themes.depth, after);
        if before == Depth::Ansi256 {
            assert_eq!(stage.model.theme, theme("nord", Depth::Rgb));
        }
    }
}

#[test]
fn a_read_only_dashboard_may_have_another_theme() {
    let mut stage = Stage::new(&Setting { read_only: true, ..Setting::default() });
    stage.keys("T");
    go_to(&mut stage, "nord");
    stage.key(KeyCode::Enter);
    assert_eq!(stage.model.themes.name(), "nord");
}

#[test]
fn the_picker_fits_every_screen_and_every_glyph() {
    for (size, glyphs, depth) in [
        ((80, 24), Glyphs::Unicode, Depth::Ansi256),
        ((40, 8), Glyphs::Ascii, Depth::Mono),
        ((60, 16), Glyphs::Unicode, Depth::Ansi16),
        ((120, 40), Glyphs::Unicode, Depth::Rgb),
    ] {
        let mut stage = Stage::new(&Setting { size, glyphs, depth, ..Setting::default() });
        stage.keys("T");
        go_to(&mut stage, "solarized-light");
        let screen = stage.screen();
        assert!(screen.contains("solarized-light"), "{screen}");
        if size == (80, 24) || size == (40, 8) {
            assert_snapshot!(format!("themes_{}x{}", size.0, size.1), screen);
        }
    }
}
