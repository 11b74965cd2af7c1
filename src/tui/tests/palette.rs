//! The palette.

use crossterm::event::KeyCode;
use insta::assert_snapshot;

use super::fixture::{Setting, Stage, id, snapshot};
use crate::api::{StreamItem, Verb};
use crate::model::action::Action;
use crate::tui::effect::Effect;
use crate::tui::message::Message;
use crate::tui::model::palette::{Does, entries};
use crate::tui::model::{Dialog, Level, Pane};
use crate::tui::theme::Glyphs;

fn labels(stage: &Stage, text: &str) -> Vec<String> {
    entries(&stage.model, text).into_iter().map(|entry| entry.label).collect()
}

#[test]
fn acts_on_the_selected_server_come_first_then_the_panes_then_the_rest() {
    let mut stage = Stage::at((80, 24));
    let all = labels(&stage, "");
    let at = |label: &str| {
        all.iter().position(|known| known == label).unwrap_or_else(|| panic!("{label}: {all:?}"))
    };
    assert!(at("restart worker") < at("restart all"));
    assert!(at("restart all") < at("zoom"));
    assert!(at("zoom") < at("logs: wrap") && at("logs: wrap") < at("go to api"));
    stage.keys("2");
    let all = labels(&stage, "");
    let at = |label: &str| all.iter().position(|known| known == label).unwrap();
    assert!(
        at("restart worker") < at("wrap") && at("wrap") < at("zoom") && at("zoom") < at("table: restart all")
    );
}

#[test]
fn what_is_typed_finds_the_nearest() {
    let stage = Stage::at((80, 24));
    for (text, first) in [
        ("restart", "restart worker"),
        ("rest all", "restart all"),
        ("messages", "messages"),
        ("go work", "go to worker"),
        ("admin", "go to admin-ui"),
        ("quit", "quit now"),
        ("STOP", "stop worker"),
        ("rwo", "restart worker"),
        ("zom", "zoom"),
    ] {
        assert_eq!(labels(&stage, text).first().map(String::as_str), Some(first), "{text}");
    }
    assert!(labels(&stage, "no such thing at all").is_empty());
}

#[test]
fn enter_does_it_and_the_palette_is_gone() {
    let mut stage = Stage::at((80, 24));
    stage.wanted();
    stage.keys(":restart w");
    stage.key(KeyCode::Enter);
    assert_eq!(stage.wanted(), [Effect::Request { verb: Verb::Restart, servers: vec![id("worker")] }]);
    assert!(stage.model.dialog.is_none());
    stage.ctrl('p');
    stage.keys("go mail");
    stage.key(KeyCode::Enter);
    assert_eq!(stage.selected(), "mailhog");
    stage.keys(":wrap");
    let before = stage.model.log.look.wrap;
    stage.key(KeyCode::Enter);
    assert_eq!(stage.model.focus, Pane::Logs);
    assert_ne!(stage.model.log.look.wrap, before);
    stage.keys(":kill");
    stage.key(KeyCode::Enter);
    assert!(matches!(stage.model.dialog, Some(Dialog::Confirm { .. })), "it still asks");
}

#[test]
fn what_cannot_be_done_says_why_and_does_nothing() {
    let mut stage = Stage::at((80, 24));
    let mut stopped = snapshot();
    stopped.servers[2].phase = crate::model::Phase::Stopped;
    stage.send(crate::tui::message::Message::Stream(StreamItem::Snapshot(stopped)));
    stage.wanted();
    stage.keys(":stop worker");
    assert!(stage.screen().contains("it is stopped"), "{}", stage.screen());
    stage.key(KeyCode::Enter);
    assert!(stage.wanted().is_empty());
    assert!(matches!(stage.model.dialog, Some(Dialog::Palette(_))), "it stays open");
    let toast = stage.model.toasts.newest().next().unwrap();
    assert_eq!((toast.level, toast.text.as_str()), (Level::Warning, "stop worker: it is stopped"));
    let why = |text: &str| entries(&stage.model, text)[0].why_not.clone();
    assert_eq!(why("start worker"), None);
    assert_eq!(why("kill worker").as_deref(), Some("it has no process"));
    assert_eq!(why("reconnect").as_deref(), Some("connected as it is"));
}

#[test]
fn a_server_that_a_filter_hides_is_gone_to_all_the_same() {
    let mut stage = Stage::at((80, 24));
    stage.keys("/api");
    stage.key(KeyCode::Enter);
    stage.keys(":go to mailhog");
    stage.key(KeyCode::Enter);
    assert_eq!(stage.selected(), "mailhog");
}

#[test]
fn keys_move_within_it_and_erase() {
    let mut stage = Stage::at((80, 24));
    stage.keys(":");
    let count = entries(&stage.model, "").len();
    let at = |stage: &Stage| match &stage.model.dialog {
        Some(Dialog::Palette(palette)) => (palette.at, palette.text.clone()),
        other => panic!("{other:?}"),
    };
    stage.key(KeyCode::Up);
    assert_eq!(at(&stage).0, count - 1, "round the top");
    stage.key(KeyCode::Down);
    stage.key(KeyCode::Down);
    stage.ctrl('n');
    assert_eq!(at(&stage).0, 2);
    stage.key(KeyCode::PageDown);
    assert!(at(&stage).0 > 2);
    stage.keys("jk");
    assert_eq!(at(&stage), (0, "jk".to_owned()), "letters are typed");
    stage.key(KeyCode::Backspace);
    stage.ctrl('u');
    assert_eq!(at(&stage), (0, String::new()));
    stage.key(KeyCode::Backspace);
    assert!(stage.model.dialog.is_none(), "with nothing to erase it goes");
    stage.keys(&format!(":{}", "x".repeat(5000)));
    assert!(at(&stage).1.len() <= 256);
}

#[test]
fn read_only_has_no_act_in_it() {
    let stage = Stage::new(&Setting { read_only: true, ..Setting::default() });
    let acting =
        [Action::Start, Action::Stop, Action::Restart, Action::Kill, Action::RestartAll, Action::Edit];
    for entry in entries(&stage.model, "") {
        assert!(!acting.iter().any(|action| entry.does == Does::Act(*action)), "{entry:?}");
    }
    assert_eq!(entries(&stage.model, "read-only")[0].why_not.as_deref(), Some("started as `watch`"));
}

#[test]
fn every_entry_can_be_chosen() {
    let count = entries(&Stage::at((80, 24)).model, "").len();
    for at in 0..count {
        let mut stage = Stage::at((80, 24));
        stage.keys(":");
        for _ in 0..at {
            stage.key(KeyCode::Down);
        }
        stage.key(KeyCode::Enter);
        stage.screen();
    }
}

#[test]
fn it_looks_so_at_small_and_large() {
    for (size, glyphs) in [
        ((40, 8), Glyphs::Unicode),
        ((80, 24), Glyphs::Unicode),
        ((120, 40), Glyphs::Unicode),
        ((60, 16), Glyphs::Ascii),
    ] {
        let mut stage = Stage::new(&Setting { size, glyphs, ..Setting::default() });
        stage.keys(":st");
        let name = format!("palette_{}x{}", size.0, size.1);
        assert_snapshot!(name, stage.screen());
    }
}

#[test]
fn enter_means_the_entry_that_was_read_whatever_comes_meanwhile() {
    let mut stage = Stage::at((80, 24));
    stage.keys("g:stop a");
    assert_eq!(labels(&stage, "stop a").first().map(String::as_str), Some("stop api"));
    stage.wanted();
    let gone = vec![id("api")];
    stage.send(Message::Stream(StreamItem::Removed { servers: gone }));
    stage.key(KeyCode::Enter);
    assert!(!stage.wanted().iter().any(|effect| matches!(effect, Effect::Request { .. })));
    assert!(stage.model.dialog.is_some(), "another key chooses another one");
}

#[test]
fn in_the_detail_pane_it_names_the_server_shown_and_not_the_marked_ones() {
    let mut stage = Stage::at((120, 40));
    stage.keys("g  3");
    let named = stage.model.selected().unwrap().status.name.clone();
    assert_eq!(labels(&stage, "stop").first(), Some(&format!("stop {named}")));
    stage.keys("1");
    assert_eq!(labels(&stage, "stop").first().map(String::as_str), Some("stop 2 marked servers"));
}

#[test]
fn an_undo_that_would_do_nothing_says_so() {
    let mut stage = Stage::at((80, 24));
    let why = |stage: &Stage| entries(&stage.model, "undo").remove(0).why_not;
    assert_eq!(why(&stage).as_deref(), Some("there is nothing to undo"));
    stage.keys("x");
    assert_eq!(why(&stage), None);
}
