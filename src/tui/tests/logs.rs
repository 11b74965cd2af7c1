//! The log pane: screens, and what holds while lines are selected.

use std::collections::BTreeSet;

use crossterm::event::KeyCode;
use insta::assert_snapshot;
use proptest::prelude::*;

use super::fixture::{Setting, Stage, line, wall};
use crate::api::LogItem;
use crate::model::Stream;
use crate::tui::effect::Effect;
use crate::tui::message::Message;
use crate::tui::theme::{Depth, Glyphs};

fn logs(setting: &Setting) -> Stage {
    let mut stage = Stage::new(setting);
    stage.keys("2");
    stage
}

fn add(stage: &mut Stage, stream: Stream, bytes: &[u8]) {
    let generation = stage.model.log.generation;
    let number = stage.model.log.store.last_cursor().map_or(0, |cursor| cursor.offset / 1000);
    let at = wall().checked_add(stage.mono).unwrap();
    let item = LogItem::Line(line(number, at, stream, bytes).into());
    stage.send(Message::Log { generation, item });
}

#[test]
fn times_of_every_kind() {
    let mut stage = logs(&Setting::default());
    add(&mut stage, Stream::Stdout, b"2026-11-20T14:02:14Z INFO it has a time of its own");
    for name in ["time", "date", "relative", "off"] {
        assert_snapshot!(format!("times_{name}_80x24"), stage.screen());
        stage.keys("t");
    }
}

#[test]
fn json_in_words() {
    let mut stage = logs(&Setting::default());
    for text in [
        r#"{"level":30,"time":1795183334123,"pid":7,"hostname":"box","msg":"ready","port":3000}"#,
        r#"{"level":"error","message":"no such table","err":{"code":1,"stack":"a\n  b"}}"#,
        r#"{"msg":"\u001b[2Jit can't clear","evil":"\u202e"}"#,
        "{not json}",
    ] {
        add(&mut stage, Stream::Stdout, text.as_bytes());
    }
    stage.keys("p");
    assert_snapshot!("json_80x24", stage.screen());
}

#[test]
fn selected_lines_without_colours() {
    let setting = Setting { depth: Depth::Mono, glyphs: Glyphs::Ascii, ..Setting::default() };
    let mut stage = logs(&setting);
    stage.keys("Vkkk");
    assert_snapshot!("select_mono_80x24", stage.screen());
    let buffer = stage.buffer();
    let reversed = (0..24)
        .filter(|y| (0..80).all(|x| buffer[(x, *y)].modifier.contains(ratatui::style::Modifier::REVERSED)));
    assert_eq!(reversed.count(), 4, "whole rows");
}

#[test]
fn marks_and_what_is_cleared() {
    let mut stage = logs(&Setting::default());
    stage.keys("m");
    stage.wait(4);
    add(&mut stage, Stream::Stderr, "── 14:02:18 ── not a mark".as_bytes());
    add(&mut stage, Stream::System, b"exited with status 1 after 51m");
    stage.wait(2);
    stage.keys("m");
    assert_snapshot!("marks_80x24", stage.screen());
    stage.keys("c");
    assert_snapshot!("cleared_empty_80x24", stage.screen());
    add(&mut stage, Stream::Stdout, b"what came later");
    assert_snapshot!("cleared_80x24", stage.screen());
    stage.ctrl('s');
    assert_snapshot!("save_80x24", stage.screen());
}

#[test]
fn a_long_line_is_cut_and_its_end_says_so() {
    let mut stage = logs(&Setting { glyphs: Glyphs::Ascii, ..Setting::default() });
    add(&mut stage, Stream::Stdout, &vec![b'x'; (16 << 10) + 74_123]);
    stage.keys("$");
    let screen = stage.screen();
    assert!(screen.contains("xxx~+74k|") && screen.is_ascii(), "{screen}");
    stage.keys("w");
    assert!(stage.screen().contains("xxx~+74k"), "{}", stage.screen());
}

#[test]
fn the_scroll_bar_has_a_sign_where_the_errors_are() {
    let mut stage = logs(&Setting { size: (120, 24), ..Setting::default() });
    for n in 0..200 {
        add(&mut stage, Stream::Stdout, if n == 100 { b"ERROR bad" } else { b"INFO fine" });
    }
    let screen = stage.screen();
    let bar: String = screen.lines().skip(11).take(12).filter_map(|row| row.chars().nth(119)).collect();
    assert_eq!(bar, "!│││││!││││█", "{screen}");
}

#[derive(Clone, Debug)]
enum Step {
    Key(char),
    Code(KeyCode),
    Resize(u16, u16),
    Lines(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let keys = prop::sample::select("jjjkkkkgGVVwtpmcf$0h[]".chars().collect::<Vec<_>>());
    let codes = prop::sample::select(vec![KeyCode::PageUp, KeyCode::PageDown, KeyCode::Esc]);
    prop_oneof![
        8 => keys.prop_map(Step::Key),
        2 => codes.prop_map(Step::Code),
        1 => (40..180_u16, 14..60_u16).prop_map(|(w, h)| Step::Resize(w, h)),
        3 => prop_oneof![9 => 0..30_usize, 1 => Just(5200_usize)].prop_map(Step::Lines),
    ]
}

/// The numbers that stand on the rows of the log: those of rows with the sign of a selection, and the others.
fn on_screen(stage: &Stage) -> (BTreeSet<u64>, BTreeSet<u64>) {
    let (mut with, mut without) = (BTreeSet::new(), BTreeSet::new());
    for row in stage.screen().lines() {
        let Some((_, rest)) = row.split_once("#n") else { continue };
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let set = if row.starts_with(['┃', '>']) { &mut with } else { &mut without };
        set.insert(digits.parse().unwrap());
    }
    (with, without)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn what_is_copied_is_what_is_highlighted(steps in prop::collection::vec(step(), 1..40)) {
        let mut stage = logs(&Setting::default());
        let mut next = 0;
        for step in steps {
            match step {
                Step::Key(key) => stage.keys(&key.to_string()),
                Step::Code(code) => stage.key(code),
                Step::Resize(width, height) => stage.send(Message::Resize(width, height)),
                Step::Lines(count) => {
                    for _ in 0..count {
                        add(&mut stage, Stream::Stdout, format!("#n{next}.").as_bytes());
                        next += 1;
                    }
                }
            }
            let (with, without) = on_screen(&stage);
            prop_assert!(stage.model.log.notes.selection.is_some() || with.is_empty());
            let Some(selection) = stage.model.log.notes.selection else { continue };
            let (store, lines) = (&stage.model.log.store, selection.lines());
            prop_assert!(*lines.start() >= store.first() && *lines.end() < store.end());
            stage.wanted();
            let before = stage.model.log.notes.clone();
            let place = stage.model.log.position;
            stage.keys("y");
            let text = stage.wanted().into_iter().find_map(|effect| match effect {
                Effect::Copy { text, .. } => Some(text),
                _ => None,
            });
            let copied: BTreeSet<u64> = text.unwrap_or_default().lines().filter_map(|line| {
                line.split_once("#n").and_then(|(_, rest)| rest.trim_end_matches('.').parse().ok())
            }).collect();
            prop_assert!(with.is_subset(&copied), "{with:?} {copied:?}");
            prop_assert!(without.is_disjoint(&copied), "{without:?} {copied:?}");
            // Goes on as if nothing had been copied, where the window is still the same.
            if stage.model.log.store.len() > 0 {
                stage.model.log.notes = before;
                stage.model.log.position = place;
            }
        }
    }
}
