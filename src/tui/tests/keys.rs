//! The live keymap: keys of the user's own, read-only on and off, and what follows of them.

use crossterm::event::KeyCode;

use super::fixture::{Setting, Stage, id, row};
use crate::api::Verb;
use crate::model::action::{Action, Binding, Bindings, Key, Scope};
use crate::tui::effect::Effect;
use crate::tui::keymap::Keymap;
use crate::tui::message::{Failure, Message};
use crate::tui::model::{Dialog, Level};

fn bind(stage: &mut Stage, list: &[(Scope, &str, Option<Action>)]) {
    let mut own = Bindings::default();
    for (scope, key, action) in list {
        own.set(Binding { scope: *scope, key: Key::parse(key).unwrap(), action: *action });
    }
    stage.model.keymap = Keymap::new(stage.model.read_only, &own);
    stage.model.start.keys = own;
}

fn footer(stage: &Stage) -> String {
    row(&stage.buffer(), stage.model.size.height - 1)
}

fn said(stage: &Stage) -> (Level, String) {
    let toast = stage.model.toasts.newest().next().unwrap();
    (toast.level, toast.text.clone())
}

#[test]
fn a_key_of_the_users_own_does_it_and_is_what_every_hint_names() {
    let mut stage = Stage::at((80, 24));
    bind(
        &mut stage,
        &[
            (Scope::Table, "t", Some(Action::Restart)),
            (Scope::Table, "r", None),
            (Scope::Table, "s", Some(Action::Stop)),
            (Scope::Global, "ctrl-t", Some(Action::Palette)),
            (Scope::Global, ":", None),
            (Scope::Global, "ctrl-p", None),
        ],
    );
    let text = footer(&stage);
    assert!(text.contains("t restart") && text.contains("s stop") && text.contains("^T cmd"), "{text}");
    assert!(!text.contains("start ") || !text.contains("s start"), "{text}");
    stage.wanted();
    stage.keys("r");
    assert!(stage.wanted().is_empty(), "it was taken away");
    stage.keys("t");
    let restart = Effect::Request { verb: Verb::Restart, servers: vec![id("worker")] };
    assert_eq!(stage.wanted(), [restart]);
    let offer = stage.model.toasts.newest().next().unwrap().offer.clone();
    assert_eq!(offer.unwrap().0, "s", "the key that stops now");
    stage.keys("?restart it");
    let screen = stage.screen();
    assert!(screen.contains(" t ") && !screen.contains("   r  "), "{screen}");
    stage.key(KeyCode::Esc);
    stage.ctrl('t');
    assert!(matches!(stage.model.dialog, Some(Dialog::Palette(_))));
    assert!(stage.screen().contains("restart worker"), "{}", stage.screen());
}

#[test]
fn read_only_takes_the_acting_keys_away_and_brings_them_back() {
    let mut stage = Stage::at((120, 40));
    stage.wanted();
    stage.keys("W");
    assert_eq!(stage.wanted(), [Effect::Access { read_only: true }]);
    assert!(said(&stage).1.contains("W brings them back"));
    assert!(row(&stage.buffer(), 0).trim_end().ends_with("watch"));
    for word in ["start", "stop", "restart", "kill", "edit"] {
        assert!(!footer(&stage).contains(word), "{}", footer(&stage));
    }
    stage.keys("sxrXRC");
    assert!(stage.wanted().is_empty() && stage.model.dialog.is_none());
    stage.keys(":restart");
    assert!(!stage.screen().contains("restart worker"), "{}", stage.screen());
    stage.key(KeyCode::Esc);
    stage.keys("?sigkill");
    assert!(stage.screen().contains("no key fits"), "{}", stage.screen());
    stage.key(KeyCode::Esc);
    stage.keys("W");
    assert_eq!(stage.wanted(), [Effect::Access { read_only: false }]);
    assert!(footer(&stage).contains("r restart"));
    stage.keys("r");
    assert_eq!(stage.wanted(), [Effect::Request { verb: Verb::Restart, servers: vec![id("worker")] }]);
}

#[test]
fn read_only_keeps_the_users_own_keys() {
    let mut stage = Stage::at((80, 24));
    bind(
        &mut stage,
        &[(Scope::Global, "V", Some(Action::ReadOnly)), (Scope::Table, "t", Some(Action::Restart))],
    );
    stage.keys("V");
    assert!(stage.model.read_only && !footer(&stage).contains("restart"));
    stage.keys("tV");
    assert!(footer(&stage).contains("t restart"), "{}", footer(&stage));
}

#[test]
fn a_dashboard_that_was_started_as_watch_stays_so_and_says_it() {
    let mut stage = Stage::new(&Setting { read_only: true, ..Setting::default() });
    stage.wanted();
    stage.keys("W");
    assert!(stage.wanted().is_empty() && stage.model.read_only);
    let (level, text) = said(&stage);
    assert!(level == Level::Warning && text.starts_with("started as `watch`"), "{text}");
}

#[test]
fn a_refusal_of_the_supervisor_is_an_error() {
    let mut stage = Stage::at((80, 24));
    let failure =
        Failure { message: "this connection may only read".into(), hint: Some("use the other".into()) };
    stage.send(Message::Done { verb: Verb::Restart, servers: vec![id("worker")], result: Err(failure) });
    assert_eq!(
        said(&stage),
        (Level::Error, "worker: this connection may only read; use the other".to_owned())
    );
    assert!(stage.screen().contains("this connection may only read"));
}

#[test]
fn help_has_two_columns_where_there_is_room_and_scrolls_where_there_is_not() {
    let mut wide = Stage::at((200, 60));
    wide.keys("?");
    let screen = wide.screen();
    let head = screen.lines().nth(2).unwrap();
    assert!(head.contains("table") && head.contains("everywhere"), "{screen}");
    let mut narrow = Stage::at((40, 8));
    narrow.keys("?");
    assert!(narrow.screen().contains("a row down"), "{}", narrow.screen());
    for _ in 0..200 {
        narrow.key(KeyCode::Down);
    }
    let screen = narrow.screen();
    assert!(screen.contains("from anywhere"), "{screen}");
    assert_eq!(
        screen.lines().filter(|line| line.trim_end_matches('|').trim().is_empty()).count(),
        0,
        "{screen}"
    );
    narrow.key(KeyCode::Up);
    assert_ne!(narrow.screen(), screen, "the end is where it ended");
}

#[test]
fn messages_of_before_are_kept_with_their_times() {
    let mut stage = Stage::at((80, 24));
    stage.keys("r");
    stage.wait(60);
    stage.keys("x");
    stage.wait(60);
    assert!(!stage.screen().contains("restarting worker"));
    stage.keys(":messages");
    stage.key(KeyCode::Enter);
    assert_eq!(stage.model.dialog, Some(Dialog::Messages { top: 0 }));
    let screen = stage.screen();
    let line = |text: &str| screen.lines().position(|line| line.contains(text)).unwrap();
    assert!(line("14:03:14 ◐ stopping worker") < line("14:02:14 ◐ restarting worker"), "{screen}");
    stage.key(KeyCode::Esc);
    assert!(stage.model.dialog.is_none());
}

#[test]
fn many_messages_scroll_and_a_burst_is_counted() {
    let mut stage = Stage::at((80, 24));
    for number in 0..50 {
        let now = stage.mono;
        stage.model.toasts.say(now, Level::Error, number.to_string(), format!("error {number}"), None);
    }
    assert!(stage.screen().contains("error 47") && stage.screen().contains("+47 more"), "{}", stage.screen());
    stage.mono += std::time::Duration::from_secs(5);
    stage.keys(":messages");
    stage.key(KeyCode::Enter);
    assert!(stage.screen().contains("error 49") && !stage.screen().contains("error 0 "));
    stage.keys("G");
    assert!(stage.screen().contains("error 0 "), "{}", stage.screen());
    stage.keys("g");
    assert!(stage.screen().contains("error 49"));
}
