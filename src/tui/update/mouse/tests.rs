use std::time::Duration;

use crossterm::event::{KeyCode, KeyModifiers};

use super::*;
use crate::api::Verb;
use crate::tui::message::Message;
use crate::tui::tests::fixture::Stage;

fn stage(size: (u16, u16)) -> Stage {
    let mut stage = Stage::at(size);
    stage.keys("M");
    stage.wanted();
    stage.key(KeyCode::Esc);
    assert!(stage.model.mouse.on);
    stage
}

fn send(stage: &mut Stage, kind: MouseEventKind, column: u16, row: u16) {
    stage.send(Message::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
}

fn click(stage: &mut Stage, column: u16, row: u16) {
    send(stage, MouseEventKind::Down(MouseButton::Left), column, row);
    send(stage, MouseEventKind::Up(MouseButton::Left), column, row);
}

/// Clicks on the middle of this text.
fn click_on(stage: &mut Stage, text: &str) {
    let screen = stage.screen();
    let (row, line) = screen.lines().enumerate().find(|(_, line)| line.contains(text)).expect(text);
    let column = line[..line.find(text).unwrap()].chars().count() + text.chars().count() / 2;
    click(stage, column as u16, row as u16);
}

#[test]
fn the_key_turns_it_on_and_off_and_says_how_to_select() {
    let mut stage = Stage::at((80, 24));
    click(&mut stage, 5, 2);
    assert_eq!(stage.selected(), "worker", "it is off");
    stage.keys("M");
    assert_eq!(stage.wanted().last(), Some(&Effect::Mouse(true)));
    assert!(stage.screen().contains("Shift held selects text"));
    stage.keys("M");
    assert_eq!(stage.wanted(), [Effect::Mouse(false)]);
    stage.keys("?");
    assert!(stage.screen().contains("Shift held selects text") || stage.screen().contains("search"));
    click(&mut stage, 5, 2);
}

#[test]
fn a_click_selects_the_row_that_is_drawn_there() {
    for size in [(60, 16), (80, 24), (120, 40), (200, 60)] {
        let mut stage = stage(size);
        for name in ["web", "search", "api"] {
            click_on(&mut stage, &format!(" {name} "));
            assert_eq!(stage.selected(), name);
            assert_eq!(stage.model.focus, Pane::Table);
        }
    }
    let mut stage = stage((80, 24));
    // the head, and below the last row
    click(&mut stage, 5, 1);
    click(&mut stage, 79, 0);
    assert_eq!(stage.selected(), "worker");
}

#[test]
fn a_double_click_opens_the_detail_and_two_slow_ones_do_not() {
    let mut stage = stage((80, 24));
    click_on(&mut stage, " web ");
    stage.mono += Duration::from_secs(1);
    click_on(&mut stage, " web ");
    assert_eq!((stage.model.focus, stage.model.zoomed), (Pane::Table, false));
    click_on(&mut stage, " web ");
    assert_eq!((stage.model.focus, stage.model.zoomed), (Pane::Detail, true));
    assert_eq!(stage.selected(), "web");
}

#[test]
fn a_click_focuses_the_pane_under_it() {
    let mut stage = stage((120, 40));
    click_on(&mut stage, "retry 1/5");
    assert_eq!(stage.model.focus, Pane::Logs);
    click_on(&mut stage, "/home/me/src".strip_prefix("/home/me").unwrap());
    assert_eq!(stage.model.focus, Pane::Detail);
    click_on(&mut stage, "logs: worker");
    assert_eq!(stage.model.focus, Pane::Logs);
}

#[test]
fn hints_and_buttons_can_be_pressed() {
    let mut stage = stage((80, 24));
    click_on(&mut stage, "x stop");
    let asked = Effect::Request {
        verb: Verb::Stop { now: false },
        servers: vec![stage.model.selected_id().unwrap().clone()],
    };
    assert!(stage.wanted().contains(&asked));
    stage.keys("X");
    click_on(&mut stage, "Cancel");
    assert_eq!(stage.model.dialog, None);
    assert_eq!(stage.wanted(), []);
    stage.keys("X");
    // beside the buttons, and on the panes below the question
    click(&mut stage, 1, 2);
    click(&mut stage, 40, 8);
    assert!(stage.model.dialog.is_some());
    assert_eq!(stage.selected(), "worker");
    let screen = stage.screen();
    let (row, line) = screen.lines().enumerate().find(|(_, line)| line.contains("Cancel")).unwrap();
    let column = line[..line.rfind("Kill").unwrap()].chars().count();
    click(&mut stage, column as u16, row as u16);
    assert_eq!(stage.model.dialog, None);
    let killed = |effect: &Effect| matches!(effect, Effect::Request { verb: Verb::Stop { now: true }, .. });
    assert!(stage.wanted().iter().any(killed));
}

#[test]
fn the_wheel_moves_what_is_under_it() {
    let mut stage = stage((60, 16));
    assert_eq!(stage.model.servers.top, 0);
    stage.keys("g");
    send(&mut stage, MouseEventKind::ScrollDown, 5, 3);
    // the selection goes with the rows only where it would leave the screen
    assert_eq!((stage.model.servers.top, stage.selected()), (2, "worker"));
    send(&mut stage, MouseEventKind::ScrollUp, 5, 3);
    assert_eq!((stage.model.servers.top, stage.selected()), (0, "worker"));
    // another server's log came with it
    stage.log();
    assert!(stage.model.log.follows());
    send(&mut stage, MouseEventKind::ScrollUp, 5, 12);
    assert!(!stage.model.log.follows());
    assert_eq!(stage.model.focus, Pane::Table, "the wheel moves no focus");
    stage.keys("?");
    let before = stage.screen();
    send(&mut stage, MouseEventKind::ScrollDown, 5, 5);
    assert_ne!(stage.screen(), before);
}

#[test]
fn a_paste_goes_into_what_is_typed_and_nowhere_else() {
    let mut stage = Stage::at((80, 24));
    stage.wanted();
    stage.send(Message::Paste("xsrq\r".into()));
    stage.keys("X");
    stage.send(Message::Paste("y\r".into()));
    assert_eq!(stage.wanted(), []);
    assert!(!stage.model.quitting && stage.model.dialog.is_some());
    stage.key(KeyCode::Esc);
    stage.keys("/");
    stage.send(Message::Paste("wor\u{1b}[A\u{202e}\r\nker".into()));
    assert_eq!(stage.model.prompt.as_ref().unwrap().text, "wor[Aker");
    stage.send(Message::Paste("a".repeat(100_000)));
    assert!(stage.model.prompt.as_ref().unwrap().text.len() <= 256);
}
