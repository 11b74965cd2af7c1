//! Marks, order, sections, unread failures and columns: as keys and messages bring them about.

use crossterm::event::KeyCode;
use insta::assert_snapshot;
use proptest::prelude::*;

use super::acts::{held, names, postgres, requests, said, status};
use super::fixture::{Setting, Stage, id, samples, snapshot, wall};
use crate::api::StreamItem;
use crate::model::{Event, EventKind, Exit, Phase, ServerId, ServerStatus, Snapshot};
use crate::tui::layout::layout;
use crate::tui::message::Message;
use crate::tui::model::SortKey;
use crate::tui::theme::{Depth, Glyphs};
use crate::tui::view::sort_key_at;

#[test]
fn space_marks_and_moves_on_the_star_marks_all_and_esc_clears_before_the_filter() {
    let mut stage = Stage::at((80, 24));
    stage.keys(" ");
    assert_eq!(stage.selected(), "search");
    assert_eq!(stage.model.servers.marked(), [&id("worker")]);
    assert!(stage.screen().contains(" ▲◆worker") && stage.screen().contains("1 marked"));
    stage.keys("k ");
    assert!(stage.model.servers.marked().is_empty(), "the second time the mark goes");
    stage.keys("/shop");
    stage.key(KeyCode::Enter);
    stage.keys("*");
    assert_eq!(stage.model.servers.marked().len(), 4);
    stage.keys("**");
    assert_eq!(stage.model.servers.marks(), 4, "once all are marked, it takes all marks away");
    stage.key(KeyCode::Esc);
    assert_eq!((stage.model.servers.marks(), stage.model.servers.filter().is_empty()), (0, false));
    stage.key(KeyCode::Esc);
    assert!(stage.model.servers.filter().is_empty());
}

#[test]
fn the_order_is_chosen_from_a_list_and_the_head_has_an_arrow() {
    let mut stage = Stage::at((80, 24));
    stage.keys("o");
    assert_snapshot!("sort_80x24", stage.screen());
    stage.keys("jjj");
    stage.key(KeyCode::Esc);
    assert_eq!(stage.model.servers.sort().key, SortKey::Config, "left as it was");
    stage.keys("ojjj");
    stage.key(KeyCode::Enter);
    assert_eq!((names(&stage)[0].as_str(), stage.selected()), ("worker", "worker"));
    assert!(stage.screen().contains("CPU%↓"), "{}", stage.screen());
    stage.keys("O");
    assert!(stage.screen().contains("CPU%↑") && names(&stage)[0] == "mailhog", "{}", stage.screen());
    stage.keys("o");
    stage.key(KeyCode::Tab);
    stage.keys("y");
    assert!(!stage.model.servers.sort().reversed);
}

#[test]
fn heads_tell_what_they_sort_by() {
    let stage = Stage::at((80, 24));
    let head: Vec<char> = stage.screen().lines().nth(1).unwrap().chars().collect();
    let at = |word: &str| {
        let word: Vec<char> = word.chars().collect();
        head.windows(word.len()).position(|part| part == word).unwrap() as u16
    };
    for (word, key) in [
        ("NAME", Some(SortKey::Name)),
        ("STATE", Some(SortKey::State)),
        ("PORT", Some(SortKey::Port)),
        ("PID", None),
        ("UP", Some(SortKey::Uptime)),
        ("CPU%", Some(SortKey::Cpu)),
        ("CPU 60s", Some(SortKey::Cpu)),
        ("MEM", Some(SortKey::Memory)),
        ("RST", Some(SortKey::Restarts)),
    ] {
        assert_eq!(sort_key_at(&stage.model, at(word)), key, "{word}");
    }
    assert_eq!(sort_key_at(&stage.model, 0), None);
    assert_eq!(sort_key_at(&stage.model, 79), None);
}

#[test]
fn rows_move_seldom_and_not_at_all_at_rest() {
    let mut stage = Stage::at((80, 24));
    stage.keys("ojjj");
    stage.key(KeyCode::Enter);
    stage.send(Message::Stream(samples(wall())));
    let due = stage.model.servers.order_due().unwrap_or_default();
    assert!(due <= stage.mono + std::time::Duration::from_secs(3));
    stage.wait(3);
    assert_eq!(stage.model.servers.order_due(), None);
    assert_eq!(stage.model.next_wake(), None, "nothing ticks");
}

#[test]
fn sections_show_their_counts_and_a_folded_one_is_acted_on_as_a_whole() {
    for (size, glyphs) in [((80, 24), Glyphs::Unicode), ((60, 16), Glyphs::Ascii)] {
        let depth = if glyphs == Glyphs::Ascii { Depth::Mono } else { Depth::Ansi256 };
        let mut stage = Stage::new(&Setting { size, glyphs, depth, ..Setting::default() });
        let name = |what: &str| format!("{what}_{}x{}", size.0, size.1);
        stage.keys("S");
        assert_snapshot!(name("sections"), stage.screen());
        stage.keys("h");
        assert_snapshot!(name("folded"), stage.screen());
        assert_eq!(stage.model.log.server, Some(id("worker")), "its log stays");
        stage.wanted();
        stage.keys("r");
        assert!(requests(&mut stage).is_empty());
        assert!(stage.screen().contains("Restart 4 servers?"), "{}", stage.screen());
        stage.keys("y");
        assert_eq!(requests(&mut stage)[0].1, ["api", "web", "worker", "payments"]);
        stage.key(KeyCode::Enter);
        assert_eq!(stage.selected(), "worker", "Enter unfolds");
        stage.keys("SS");
        assert_eq!(stage.model.servers.row_count(), 8);
        stage.keys("h");
        assert!(said(&stage).contains("no section to fold"));
    }
}

#[test]
fn the_head_of_the_first_section_comes_into_sight_with_its_first_server() {
    let mut stage = Stage::at((60, 16));
    stage.keys("SGg");
    assert_eq!((stage.model.servers.top, stage.selected()), (0, "api"));
    stage.keys("G");
    assert!(stage.screen().contains(">● mailhog"), "{}", stage.screen());
}

fn fails(stage: &mut Stage, name: &str) {
    let kind = EventKind::Exited { exit: Exit::Code(1), lasted_s: 2.0, because: None };
    let event = Event { seq: 3, at: wall(), server: Some(id(name)), kind };
    stage.send(Message::Stream(StreamItem::Event(event)));
}

#[test]
fn a_failure_that_nobody_looked_at_has_a_sign_until_it_is_selected() {
    let mut stage = Stage::at((80, 24));
    fails(&mut stage, "worker");
    assert_eq!(stage.model.servers.unread(), 0, "it is selected");
    fails(&mut stage, "payments");
    fails(&mut stage, "payments");
    fails(&mut stage, "api");
    let screen = stage.screen();
    assert!(screen.contains("2 unread") && screen.contains("!✗ payments"), "{screen}");
    stage.keys("jj");
    let screen = stage.screen();
    assert!(screen.contains("1 unread") && screen.contains(">✗ payments"), "{screen}");
    stage.keys("gG");
    assert!(!stage.screen().contains("unread"));
}

#[test]
fn how_many_are_shown_stands_in_the_top_bar_at_every_size() {
    for (size, text) in [((40, 8), "2/8"), ((60, 16), "2/8"), ((80, 24), "2 of 8 shown")] {
        let mut stage = Stage::at(size);
        stage.keys("/cpu>40");
        assert!(stage.screen().lines().next().unwrap().contains(text), "{}", stage.screen());
    }
}

#[test]
fn a_read_only_dashboard_marks_and_sorts_but_has_no_undo_and_ends_no_holder() {
    let mut stage = Stage::new(&Setting { read_only: true, ..Setting::default() });
    held(&mut stage, Some(postgres()));
    stage.wanted();
    stage.keys("*KuxrsXRO");
    assert!(stage.model.dialog.is_none() && requests(&mut stage).is_empty());
    assert_eq!((stage.model.servers.marks(), names(&stage)[0].as_str()), (8, "mailhog"));
}

#[test]
fn a_thousand_servers_and_long_names_keep_their_rows() {
    let mut stage = Stage::at((120, 40));
    let server = |n: usize| {
        let name = format!("{}{n}", "long-name-".repeat(5));
        let mut status = ServerStatus::blank(ServerId::new(&format!("p{}", n % 7), &name).unwrap());
        status.command = "\u{8a9e}".repeat(200);
        status.phase = Phase::ALL[n % 8];
        status
    };
    let servers = (0..1000).map(server).collect();
    stage.send(Message::Stream(StreamItem::Snapshot(Snapshot { servers, ..snapshot() })));
    stage.keys("Sojj");
    stage.key(KeyCode::Enter);
    stage.keys("G");
    let screen = stage.screen();
    for row in screen.lines() {
        assert_eq!(crate::text::width::width(row), 121, "{row}");
    }
    let servers = &stage.model.servers;
    assert_eq!((servers.row_count(), servers.selected_row()), (1007, Some(1006)));
    assert!(screen.contains(">○ long-name"), "the best state is last: {screen}");
    stage.keys("*X");
    assert!(stage.screen().contains("Kill 1000 servers?"));
}

#[test]
fn figures_that_are_too_long_for_their_column_are_never_cut() {
    let mut stage = Stage::at((80, 24));
    status(&mut stage, "worker", |worker| (worker.pid, worker.restarts) = (Some(4_194_301), 74_123));
    let screen = stage.screen();
    assert!(screen.contains(" 4194301 ") && screen.contains(" 74k "), "{screen}");
}

fn thing() -> impl Strategy<Value = (char, usize, usize)> {
    let keys = "jkgG *oOShuxXRsrKy\n\u{1b}\t/a!";
    let key = prop::sample::select(keys.chars().collect::<Vec<_>>());
    (key, 0..12_usize, 0..8_usize)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_row_that_is_drawn_as_selected_is_the_one_that_keys_act_on(
        things in prop::collection::vec(thing(), 1..60)
    ) {
        let mut stage = Stage::at((120, 40));
        for (key, which, phase) in things {
            match which {
                0 => stage.send(Message::Stream(StreamItem::Removed { servers: vec![snapshot().servers[phase].id.clone()] })),
                1 => stage.send(Message::Stream(StreamItem::Snapshot(snapshot()))),
                2..5 => {
                    let mut status = snapshot().servers[which].clone();
                    (status.phase, status.cpu_percent) = (Phase::ALL[phase], Some(phase as f32 * 20.0));
                    stage.send(Message::Stream(StreamItem::Status { seq: 2, servers: vec![status] }));
                }
                5 => stage.wait(phase as u64),
                6 => fails(&mut stage, &snapshot().servers[phase].name),
                _ => match key {
                    '\n' => stage.key(KeyCode::Enter),
                    '\u{1b}' => stage.key(KeyCode::Esc),
                    '\t' => stage.key(KeyCode::Tab),
                    key => stage.keys(&key.to_string()),
                },
            }
            let servers = &stage.model.servers;
            if stage.model.dialog.is_some() || layout(&stage.model).table.is_none() {
                continue;
            }
            let screen = stage.screen();
            let drawn: Vec<&str> = screen.lines().filter(|line| line.starts_with('>')).collect();
            match (servers.selected(), servers.selected_section()) {
                (Some(server), _) => {
                    prop_assert_eq!(drawn.len(), 1);
                    let name = drawn[0].chars().skip(3).collect::<String>();
                    prop_assert_eq!(name.split_whitespace().next(), Some(server.status.name.as_str()));
                }
                (None, Some(section)) => prop_assert!(drawn.len() == 1 && drawn[0].contains(&section.name)),
                (None, None) => prop_assert!(drawn.is_empty(), "{}", screen),
            }
            prop_assert!(servers.marked().iter().all(|id| servers.get(id).is_some()));
        }
    }
}
