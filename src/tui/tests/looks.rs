//! What stands on a screen, where it takes more than a picture to see it; the pictures are in [`super::pictures`].

use crossterm::event::KeyCode;
use insta::assert_snapshot;

use super::fixture::{Setting, Stage, line, row, snapshot, wall};
use crate::api::{LogItem, StreamItem};
use crate::model::{Phase, Stream};
use crate::tui::message::Message;

#[test]
fn a_server_whose_file_has_changed_has_a_sign_on_its_row() {
    let mut stage = Stage::at((80, 24));
    assert!(!stage.screen().contains("*worker"));
    let mut changed = snapshot();
    let worker = changed.servers.iter_mut().find(|server| server.name == "worker").unwrap();
    worker.config_changed = true;
    stage.send(Message::Stream(StreamItem::Snapshot(changed)));
    assert!(stage.screen().contains("*worker"), "{}", stage.screen());
}

#[test]
fn wide_and_combining_characters_keep_their_cells() {
    let mut stage = Stage::at((60, 16));
    let generation = stage.model.log.generation;
    for (number, text) in super::pictures::WIDE.iter().enumerate() {
        let line = line(20 + number as u64, wall(), Stream::Stdout, text.as_bytes());
        stage.send(Message::Log { generation, item: LogItem::Line(line.into()) });
    }
    assert_snapshot!("wide_60x16", stage.screen());
    stage.keys("2w");
    assert_snapshot!("wide_wrap_60x16", stage.screen());
    stage.keys("wl");
    assert_snapshot!("wide_sideways_60x16", stage.screen());
    for (y, text) in stage.screen().lines().enumerate() {
        assert_eq!(crate::text::width::width(text), 61, "row {y}: {text}");
    }
}

#[test]
fn read_only_has_a_badge_and_no_acting_key() {
    let setting = Setting { read_only: true, ..Setting::default() };
    let stage = Stage::new(&setting);
    let buffer = stage.buffer();
    assert!(row(&buffer, 0).ends_with("watch "));
    let footer = row(&buffer, 23);
    for word in ["start", "stop", "restart", "kill"] {
        assert!(!footer.contains(word), "{footer}");
    }
}

#[test]
fn a_chart_without_data_says_so() {
    let mut stage = Stage::at((80, 24));
    stage.keys("G");
    stage.keys("k");
    stage.key(KeyCode::Enter);
    let screen = stage.screen();
    assert!(screen.contains("storybook") && screen.matches("no data").count() == 2, "{screen}");
}

#[test]
fn why_names_the_phase() {
    let mut stage = Stage::at((80, 24));
    stage.keys("jjw");
    assert!(stage.screen().contains("Why has payments failed?"), "{}", stage.screen());
}

#[test]
fn hidden_columns_are_announced_beside_the_longest_name() {
    for width in 40..110 {
        let mut stage = Stage::at((width, 24));
        let hidden = |stage: &Stage| row(&stage.buffer(), 1).contains(" +");
        let before = hidden(&stage);
        let mut status = snapshot().servers[0].clone();
        status.id = crate::model::ServerId::new("shop", &"long-name.".repeat(6)).unwrap();
        status.id.name().clone_into(&mut status.name);
        stage.send(Message::Stream(StreamItem::Status { seq: 2, servers: vec![status] }));
        assert_eq!(hidden(&stage), before, "{width}: {}", stage.screen());
    }
}

#[test]
fn nothing_turns_before_an_answer_can_have_come() {
    let mut stage = Stage::bare(&Setting::default());
    assert!(!stage.screen().contains("connecting"));
    let shown_at = stage.model.next_wake().unwrap();
    assert_eq!(shown_at.as_millis(), 200);
    stage.mono = shown_at;
    stage.send(Message::Tick);
    assert!(stage.screen().contains("connecting"), "{}", stage.screen());
}

#[test]
fn with_nothing_alive_an_age_is_a_time_of_day() {
    let mut stage = Stage::at((80, 24));
    assert!(stage.screen().contains("9s ago"));
    let mut servers = snapshot().servers;
    for server in &mut servers {
        if server.phase.is_alive() {
            server.phase = Phase::Stopped;
        }
    }
    stage.send(Message::Stream(StreamItem::Status { seq: 2, servers }));
    assert!(stage.screen().contains("14:02 "), "{}", stage.screen());
}
