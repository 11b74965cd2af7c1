//! Screens, as snapshots: text, and once the styles.

use std::fmt::Write as _;

use crossterm::event::KeyCode;
use insta::assert_snapshot;

use super::fixture::{Setting, Stage, row, samples, snapshot, wall};
use crate::api::{StreamItem, Why};
use crate::model::{Phase, Snapshot};
use crate::tui::message::{Failure, Message};
use crate::tui::theme::{Depth, Glyphs};

#[test]
fn unicode_at_every_size() {
    for size in [(30, 6), (40, 8), (60, 16), (80, 24), (120, 40), (200, 60)] {
        let mut stage = Stage::at(size);
        stage.send(Message::Stream(samples(wall())));
        assert_snapshot!(format!("unicode_{}x{}", size.0, size.1), stage.screen());
    }
}

#[test]
fn ascii_without_colours() {
    let setting = Setting { glyphs: Glyphs::Ascii, depth: Depth::Mono, ..Setting::default() };
    assert_snapshot!("ascii_80x24", Stage::new(&setting).screen());
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

/// A letter for each look, and what the letters stand for.
fn styles(stage: &Stage) -> String {
    let buffer = stage.buffer();
    let mut looks = Vec::new();
    let mut out = String::new();
    for y in 0..buffer.area.height {
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            let look = (cell.fg, cell.bg, cell.modifier);
            let at = looks.iter().position(|known| *known == look).unwrap_or_else(|| {
                looks.push(look);
                looks.len() - 1
            });
            out.push(char::from(b'a' + at as u8));
        }
        out.push('\n');
    }
    for (at, (fg, bg, modifier)) in looks.iter().enumerate() {
        let _ = writeln!(out, "{} {fg:?} on {bg:?} {modifier:?}", char::from(b'a' + at as u8));
    }
    out
}

#[test]
fn styles_at_80x24() {
    assert_snapshot!("styles_80x24", styles(&Stage::at((80, 24))));
}

#[test]
fn styles_without_colours() {
    let setting = Setting { depth: Depth::Mono, ..Setting::default() };
    let text = styles(&Stage::new(&setting));
    assert!(!text.contains("Green") && !text.contains("Indexed"), "{text}");
    assert_snapshot!("styles_mono_80x24", text);
}

#[test]
fn wrapped_lines_go_on_in_the_next_row() {
    let mut stage = Stage::at((60, 16));
    stage.keys("2w");
    assert_snapshot!("wrap_60x16", stage.screen());
}

#[test]
fn a_question_lists_whom_it_is_about_and_cancel_has_the_focus() {
    let mut stage = Stage::at((80, 24));
    stage.keys("R");
    assert_snapshot!("restart_all_80x24", stage.screen());
    stage.key(KeyCode::Esc);
    stage.keys("X");
    assert_snapshot!("kill_80x24", stage.screen());
}

#[test]
fn messages_stand_above_the_footer() {
    let mut stage = Stage::at((80, 24));
    stage.keys("x");
    let failure = Failure { message: "port 4242 in use by pid 3921 (postgres)".into(), hint: None };
    let servers = vec![super::fixture::id("payments")];
    stage.send(Message::Done { verb: crate::api::Verb::Start, servers, result: Err(failure) });
    assert_snapshot!("toasts_80x24", stage.screen());
}

#[test]
fn nothing_registered_says_what_to_do() {
    let mut stage = Stage::bare(&Setting::default());
    stage.send(Message::Stream(StreamItem::Snapshot(Snapshot { servers: Vec::new(), ..snapshot() })));
    assert_snapshot!("empty_80x24", stage.screen());
}

#[test]
fn a_lost_supervisor_leaves_the_data_with_its_age() {
    let mut stage = Stage::at((80, 24));
    stage.send(Message::Disconnected(Failure { message: "it broke".into(), hint: None }));
    stage.wait(1);
    stage.send(Message::Disconnected(Failure { message: "no supervisor is running".into(), hint: None }));
    assert_snapshot!("lost_80x24", stage.screen());
    assert_snapshot!("lost_styles_80x24", styles(&stage));
}

#[test]
fn the_keys_of_a_pane_and_of_everywhere() {
    let mut stage = Stage::at((80, 24));
    stage.keys("2?");
    assert_snapshot!("help_logs_80x24", stage.screen());
    stage.keys("wrap");
    assert_snapshot!("help_search_80x24", stage.screen());
}

#[test]
fn detail_on_the_whole_screen() {
    let mut stage = Stage::at((80, 24));
    stage.key(KeyCode::Enter);
    assert_snapshot!("detail_80x24", stage.screen());
}

#[test]
fn why_is_told_in_sentences() {
    let mut stage = Stage::at((80, 24));
    stage.keys("w");
    let server = super::fixture::id("worker");
    let why = Why {
        id: server.clone(),
        phase: Phase::Running,
        since: "2026-11-20T13:11:00Z".parse().unwrap(),
        because: vec!["the health check http://127.0.0.1:9090/healthz failed 3 times in a row: 503".into()],
        waiting_for: Vec::new(),
        next: "it is checked again".into(),
        next_at: Some("2026-11-20T14:02:24Z".parse().unwrap()),
    };
    stage.send(Message::Why { server, result: Ok(why) });
    assert_snapshot!("why_80x24", stage.screen());
}

#[test]
fn a_filter_is_typed_in_the_footer_and_stands_in_the_rule() {
    let mut stage = Stage::at((80, 24));
    stage.keys("/phase:oops");
    assert_snapshot!("filter_error_80x24", stage.screen());
    stage.ctrl('u');
    stage.keys("cpu>10");
    stage.key(KeyCode::Enter);
    assert_snapshot!("filter_80x24", stage.screen());
}
