//! The project's file in an editor, and what follows.

use std::path::PathBuf;
use std::time::Duration;

use crossterm::event::KeyCode;
use insta::assert_snapshot;

use super::fixture::{Setting, Stage, id};
use crate::api::{FieldChange, ProjectInfo, Reloaded, ServerChange};
use crate::model::ServerId;
use crate::model::action::{Action, Binding, Bindings, Key, Scope};
use crate::tui::effect::Effect;
use crate::tui::message::{Failure, Message};
use crate::tui::model::edit::Edit;
use crate::tui::model::{Dialog, Level};

fn edit() -> Edit {
    Edit { server: id("worker"), file: PathBuf::from("/home/me/src/shop/ostler.toml"), profile: None }
}

fn file_of(project: &str) -> ProjectInfo {
    ProjectInfo { project: project.into(), file: edit().file, profile: None }
}

fn nothing() -> Reloaded {
    Reloaded {
        project: "shop".into(),
        profile: None,
        added: Vec::new(),
        removed: Vec::new(),
        changed: Vec::new(),
        settings: Vec::new(),
        applied: false,
        servers: Vec::new(),
    }
}

fn field(name: &str, before: Option<&str>, after: Option<&str>) -> FieldChange {
    FieldChange { name: name.into(), before: before.map(str::to_owned), after: after.map(str::to_owned) }
}

fn something() -> Reloaded {
    let server = |name: &str| ServerId::new("shop", name).unwrap();
    let fields = vec![
        field("command", Some("node worker.js"), Some("node worker.js --queue \u{1b}[2Jmail")),
        field("env.TOKEN", Some("(hidden)"), Some("(hidden)")),
        field("group", None, Some("jobs")),
    ];
    Reloaded {
        added: vec![server("mailer")],
        removed: vec![server("web")],
        changed: vec![
            ServerChange { server: server("worker"), fields, restarts: true },
            ServerChange { server: server("payments"), fields: Vec::new(), restarts: false },
        ],
        settings: vec![field("notify.bell", Some("false"), Some("true"))],
        ..nothing()
    }
}

fn said(stage: &Stage) -> (Level, String) {
    let toast = stage.model.toasts.newest().next().unwrap();
    (toast.level, toast.text.clone())
}

/// After the editor has ended, with this answer.
fn compared(setting: &Setting, result: Result<Reloaded, Failure>) -> Stage {
    let mut stage = Stage::new(setting);
    stage.keys("C");
    stage.send(Message::ProjectFile { server: id("worker"), result: Ok(file_of("shop")) });
    stage.send(Message::Edited { edit: edit(), result: Ok(None) });
    stage.wanted();
    stage.send(Message::Reloaded { edit: edit(), apply: false, result });
    stage.keys("y");
    assert!(stage.wanted().is_empty(), "a key that was meant for something else is no answer");
    stage.mono += Duration::from_secs(1);
    stage
}

#[test]
fn the_file_is_asked_for_then_edited_then_compared() {
    let mut stage = Stage::at((80, 24));
    stage.wanted();
    stage.keys("C");
    assert_eq!(stage.wanted(), [Effect::FindFile(id("worker"))]);
    stage.send(Message::ProjectFile { server: id("worker"), result: Ok(file_of("shop")) });
    assert_eq!(stage.wanted(), [Effect::Edit(edit())]);
    stage.send(Message::Edited { edit: edit(), result: Ok(None) });
    assert_eq!(stage.wanted(), [Effect::Reload { edit: edit(), apply: false }]);
    stage.send(Message::Reloaded { edit: edit(), apply: false, result: Ok(nothing()) });
    assert_eq!(said(&stage), (Level::Info, "shop: nothing has changed".to_owned()));
    assert!(stage.model.dialog.is_none() && stage.wanted().is_empty());
}

#[test]
fn what_goes_wrong_before_is_said() {
    let mut stage = Stage::at((80, 24));
    stage.wanted();
    let failure = Failure { message: "no project `shop` is registered".into(), hint: None };
    stage.send(Message::ProjectFile { server: id("worker"), result: Err(failure) });
    assert_eq!(said(&stage).0, Level::Error);
    stage.send(Message::Edited { edit: edit(), result: Err("no editor is set: x".into()) });
    assert_eq!(said(&stage), (Level::Error, "no editor is set: x".to_owned()));
    assert!(stage.wanted().is_empty());
    stage.send(Message::Disconnected(Failure { message: "it broke".into(), hint: None }));
    stage.wanted();
    stage.keys("C");
    assert!(stage.wanted().is_empty() && said(&stage).1.contains("not connected"));
}

#[test]
fn a_file_that_is_not_the_one_here_is_told_of() {
    let mut stage = Stage::at((80, 24));
    stage.model.start.project = Some("shop".into());
    stage.model.start.file = Some("/other/ostler.toml".into());
    stage.wanted();
    stage.send(Message::ProjectFile { server: id("worker"), result: Ok(file_of("shop")) });
    assert!(said(&stage).1.contains("not from the file here"));
    assert_eq!(stage.wanted(), [Effect::Edit(edit())], "it is edited all the same");
}

#[test]
fn no_editor_comes_over_something_that_was_opened_meanwhile() {
    let mut stage = Stage::at((80, 24));
    stage.keys("C?");
    stage.wanted();
    stage.send(Message::ProjectFile { server: id("worker"), result: Ok(file_of("shop")) });
    assert!(stage.wanted().is_empty());
}

#[test]
fn cancel_has_the_focus_and_yes_applies() {
    for no in [KeyCode::Enter, KeyCode::Esc, KeyCode::Char('n')] {
        let mut stage = compared(&Setting::default(), Ok(something()));
        assert!(matches!(stage.model.dialog, Some(Dialog::Changes(_))));
        stage.key(no);
        assert!(stage.wanted().is_empty() && stage.model.dialog.is_none());
        assert!(said(&stage).1.starts_with("not applied"));
    }
    for yes in [vec![KeyCode::Char('y')], vec![KeyCode::Tab, KeyCode::Enter]] {
        let mut stage = compared(&Setting::default(), Ok(something()));
        for key in yes {
            stage.key(key);
        }
        assert_eq!(stage.wanted(), [Effect::Reload { edit: edit(), apply: true }]);
        let applied = Reloaded { applied: true, ..something() };
        stage.send(Message::Reloaded { edit: edit(), apply: true, result: Ok(applied) });
        let (level, text) = said(&stage);
        assert_eq!(level, Level::Info);
        assert!(text.starts_with("shop applied: 1 added, 1 removed, 1 restarted"), "{text}");
    }
}

#[test]
fn a_server_that_fails_after_it_is_an_error() {
    let mut stage = Stage::at((80, 24));
    let mut server = super::fixture::snapshot().servers[4].clone();
    server.phase = crate::model::Phase::Failed;
    let applied = Reloaded { applied: true, servers: vec![server], ..something() };
    stage.send(Message::Reloaded { edit: edit(), apply: true, result: Ok(applied) });
    assert_eq!(said(&stage), (Level::Error, "shop applied, but payments failed".to_owned()));
}

#[test]
fn problems_of_the_file_are_shown_and_it_can_be_edited_again() {
    let message = "ostler.toml:3:1: unknown key `comand`\n  hint: did you mean `command`?\u{1b}[2J";
    let failure = || Failure { message: message.into(), hint: None };
    let mut stage = compared(&Setting::default(), Err(failure()));
    let screen = stage.screen();
    assert!(screen.contains("ostler.toml:3:1: unknown key") && screen.contains("Edit again"), "{screen}");
    stage.keys("y");
    assert_eq!(stage.wanted(), [Effect::Edit(edit())]);
    let mut stage = compared(&Setting::default(), Err(failure()));
    stage.key(KeyCode::Enter);
    assert!(stage.wanted().is_empty() && stage.model.dialog.is_none());
}

#[test]
fn a_long_difference_scrolls_to_its_end_and_back() {
    let mut long = something();
    for number in 0..100 {
        let server = ServerId::new("shop", &format!("s{number}")).unwrap();
        long.changed.push(ServerChange { server, fields: Vec::new(), restarts: true });
    }
    let mut stage = compared(&Setting::default(), Ok(long));
    assert!(stage.screen().contains("notify.bell") && stage.screen().contains("Cancel"));
    assert!(stage.screen().contains("and 89 more"), "{}", stage.screen());
    for _ in 0..60 {
        stage.key(KeyCode::PageDown);
    }
    assert!(stage.screen().contains("s99") && stage.screen().contains("Cancel"), "{}", stage.screen());
    stage.keys("g");
    assert!(stage.screen().contains("notify.bell"));
}

#[test]
fn keys_that_the_file_binds_hold_at_once() {
    let mut stage = Stage::at((80, 24));
    stage.model.start.file = Some(edit().file);
    let mut own = Bindings::default();
    let key = Key::parse("t").unwrap();
    own.set(Binding { scope: Scope::Table, key, action: Some(Action::Restart) });
    stage.send(Message::Edited { edit: edit(), result: Ok(Some(own)) });
    assert_eq!(stage.model.keymap.action(Scope::Table, key), Some(Action::Restart));
}

#[test]
fn it_looks_so() {
    for size in [(40, 8), (80, 24), (120, 40)] {
        let stage = compared(&Setting { size, ..Setting::default() }, Ok(something()));
        assert_snapshot!(format!("changes_{}x{}", size.0, size.1), stage.screen());
    }
}
