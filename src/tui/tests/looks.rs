//! Screens, as snapshots: text, and once the styles.

use std::fmt::Write as _;

use crossterm::event::KeyCode;
use insta::assert_snapshot;

use super::fixture::{Setting, Stage, line, row, samples, snapshot, wall};
use crate::api::{LogItem, StreamItem, Why};
use crate::model::{Phase, Snapshot, Stream};
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
fn ascii_without_colours() {
    for size in [(40, 8), (60, 16), (80, 24), (120, 40), (200, 60)] {
        let setting = Setting { size, glyphs: Glyphs::Ascii, depth: Depth::Mono, ..Setting::default() };
        let screen = Stage::new(&setting).screen();
        assert!(screen.is_ascii(), "{screen}");
        assert_snapshot!(format!("ascii_{}x{}", size.0, size.1), screen);
    }
}

#[test]
fn wide_and_combining_characters_keep_their_cells() {
    let mut stage = Stage::at((60, 16));
    let generation = stage.model.log.generation;
    for (number, text) in [
        "漢字かな交じり文は二つの桁を取り、行の終わりで半分にならない",
        "e\u{301}te\u{301} a\u{310}\u{327}\u{31b} x\u{200b}y \u{5d0}\u{5d1}",
        "👩\u{200d}👩\u{200d}👧 🇩🇪 ❤\u{fe0f} end",
        "\u{301}begins with a mark\ttab",
        "\u{1b}[31m漢\u{1b}[1m字\u{1b}[0m \u{1b}]0;x\u{7}plain",
    ]
    .iter()
    .enumerate()
    {
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
fn styles_at_80x24_and_120x40() {
    assert_snapshot!("styles_80x24", styles(&Stage::at((80, 24))));
    assert_snapshot!("styles_120x40", styles(&Stage::at((120, 40))));
}

#[test]
fn styles_without_colours() {
    for size in [(80, 24), (120, 40)] {
        let setting = Setting { size, depth: Depth::Mono, ..Setting::default() };
        let text = styles(&Stage::new(&setting));
        assert!(!text.contains("Green") && !text.contains("Indexed"), "{text}");
        assert_snapshot!(format!("styles_mono_{}x{}", size.0, size.1), text);
    }
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
    stage.key(KeyCode::Esc);
    stage.keys("jjw");
    assert!(stage.screen().contains("Why has payments failed?"), "{}", stage.screen());
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
fn a_filter_is_typed_in_the_footer_and_stands_in_the_rule() {
    let mut stage = Stage::at((80, 24));
    stage.keys("/phase:oops");
    assert_snapshot!("filter_error_80x24", stage.screen());
    stage.ctrl('u');
    stage.keys("cpu>10");
    stage.key(KeyCode::Enter);
    assert_snapshot!("filter_80x24", stage.screen());
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
