//! The window on a log: following, pausing, pages before and after, and its bounds.

use crossterm::event::KeyCode;

use crate::api::{LogItem, StreamItem};
use crate::model::{LogCursor, Stream};
use crate::tui::effect::Effect;
use crate::tui::message::Message;
use crate::tui::model::log_view::{Begin, Edge, PAGE, Page, Position, Reading};
use crate::tui::tests::fixture::{Setting, Stage, id, line, snapshot, wall};

fn reading(name: &str) -> Reading {
    Reading { servers: vec![id(name)], ..Reading::default() }
}

fn edge(name: &str, at: jiff::Timestamp, cursor: LogCursor) -> Edge {
    Edge { at, places: [(id(name), cursor)].into() }
}

fn before(name: &str, at: jiff::Timestamp, offset: u64) -> Page {
    Page::Before(edge(name, at, LogCursor { segment: 1, offset }))
}

/// A line of whichever server's log is shown.
fn item(line: crate::model::LogLine) -> LogItem {
    LogItem::Line(line.into())
}

fn lines(stage: &mut Stage, from: u64, count: u64) {
    let generation = stage.model.log.generation;
    for number in from..from + count {
        let text = format!("line {number}");
        let item = LogItem::Line(line(number, wall(), Stream::Stdout, text.as_bytes()).into());
        stage.send(Message::Log { generation, item });
    }
}

#[test]
fn scrolling_up_stops_following_and_counts_what_comes_and_the_end_resumes() {
    let mut stage = Stage::at((80, 24));
    stage.keys("2");
    lines(&mut stage, 100, 50);
    stage.keys("k");
    let before = stage.screen();
    assert!(before.contains("PAUSED"));
    lines(&mut stage, 150, 214);
    let after = stage.screen();
    assert!(after.contains("PAUSED +214"), "{after}");
    assert_eq!(before.lines().nth(12), after.lines().nth(12), "what is read does not move");
    stage.keys("j");
    assert!(!stage.model.log.follows(), "only End, G and f resume");
    stage.key(KeyCode::End);
    assert!(stage.model.log.follows() && stage.screen().contains("line 363"));
    stage.keys("f");
    assert!(!stage.model.log.follows());
    stage.keys("f");
    assert!(stage.model.log.follows());
}

#[test]
fn near_the_top_older_lines_are_read_once_and_nothing_moves() {
    let mut stage = Stage::bare(&Setting::default());
    stage.send(Message::Stream(StreamItem::Snapshot(snapshot())));
    stage.keys("2");
    lines(&mut stage, 1000, PAGE as u64);
    stage.live();
    stage.wanted();
    for _ in 0..60 {
        stage.key(KeyCode::PageUp);
    }
    let page = before("api", wall(), 1_001_000);
    let generation = stage.model.log.generation;
    assert_eq!(
        stage.wanted(),
        [Effect::PageLog { generation, reading: reading("api"), page: page.clone() }],
        "asked once"
    );
    stage.keys("k");
    assert!(stage.wanted().is_empty(), "it is being read");
    let before = stage.screen();
    // The answer's last line is the one that is there already.
    let older = (900..=1000).map(|n| item(line(n, wall(), Stream::Stdout, b"older"))).collect();
    stage.send(Message::LogPage { generation, page, items: Ok(older) });
    assert_eq!(stage.model.log.store.len(), PAGE + 100);
    assert_eq!(stage.screen().lines().nth(12), before.lines().nth(12));
    assert!(stage.model.log.complete && stage.wanted().is_empty());
}

#[test]
fn home_goes_to_the_first_line_that_is_stored_and_reads_on_from_there() {
    let mut stage = Stage::bare(&Setting::default());
    stage.send(Message::Stream(StreamItem::Snapshot(snapshot())));
    stage.keys("2");
    lines(&mut stage, 1000, PAGE as u64);
    stage.live();
    stage.wanted();
    stage.keys("g");
    let page = Page::From(edge("api", jiff::Timestamp::UNIX_EPOCH, LogCursor::default()));
    let generation = stage.model.log.generation;
    assert_eq!(stage.wanted(), [Effect::PageLog { generation, reading: reading("api"), page: page.clone() }]);
    let first = (0..PAGE as u64)
        .map(|n| item(line(n, wall(), Stream::Stdout, format!("line {n}").as_bytes())))
        .collect();
    stage.send(Message::LogPage { generation, page, items: Ok(first) });
    assert!(stage.screen().contains("line 0 "));
    lines(&mut stage, 2000, 1);
    assert!(!stage.model.log.follows() && stage.model.log.missed == 1);
    for _ in 0..60 {
        stage.key(KeyCode::PageDown);
    }
    let page = Page::From(edge("api", wall(), LogCursor { segment: 1, offset: PAGE as u64 * 1000 }));
    assert_eq!(stage.wanted(), [Effect::PageLog { generation, reading: reading("api"), page: page.clone() }]);
    let last = vec![item(line(PAGE as u64, wall(), Stream::Stdout, b"the last"))];
    stage.send(Message::LogPage { generation, page, items: Ok(last) });
    let cursor = LogCursor { segment: 1, offset: (PAGE as u64 + 1) * 1000 };
    let follow = Effect::FollowLog {
        generation: generation + 1,
        reading: reading("api"),
        begin: Begin::After(edge("api", wall(), cursor)),
    };
    assert_eq!(stage.wanted(), [follow], "the live stream goes on where the pages ended");
}

#[test]
fn a_log_stream_that_ended_is_taken_up_again() {
    let mut stage = Stage::at((80, 24));
    stage.wanted();
    let generation = stage.model.log.generation;
    stage.send(Message::LogEnded { generation, error: None });
    assert!(stage.wanted().is_empty());
    stage.wait(1);
    assert!(matches!(stage.wanted()[..], [Effect::FollowLog { begin: Begin::After(_), .. }]));
}

#[test]
fn the_window_is_bounded_while_following_and_while_paused() {
    let mut stage = Stage::at((80, 24));
    lines(&mut stage, 100, 6000);
    assert_eq!(stage.model.log.store.len(), 5000);
    stage.keys("2g");
    assert!(matches!(stage.model.log.position, Position::At(_)));
    lines(&mut stage, 6100, 300);
    assert!(stage.model.log.store.len() <= 5000 && stage.model.log.detached);
    assert_eq!(stage.model.log.missed, 300);
    stage.wanted();
    stage.keys("G");
    let follows = |effect: &Effect| matches!(effect, Effect::FollowLog { begin: Begin::Last, .. });
    assert!(stage.wanted().iter().any(follows));
}

#[test]
fn an_unfinished_line_is_completed_in_place() {
    let mut stage = Stage::at((80, 24));
    let count = stage.model.log.store.len();
    let generation = stage.model.log.generation;
    for (bytes, partial) in [(&b"50 %"[..], true), (b"50 % 60 %", true), (b"50 % 60 % done", false)] {
        let mut line = line(50, wall(), Stream::Stdout, bytes);
        line.partial = partial;
        stage.send(Message::Log { generation, item: LogItem::Line(line.into()) });
    }
    assert_eq!(stage.model.log.store.len(), count + 1);
    assert!(stage.screen().contains("50 % 60 % done"));
}

#[test]
fn what_an_earlier_log_stream_says_is_dropped() {
    let mut stage = Stage::at((80, 24));
    let generation = stage.model.log.generation;
    stage.keys("j");
    let item = LogItem::Line(line(1, wall(), Stream::Stdout, b"late").into());
    stage.send(Message::Log { generation, item });
    assert_eq!(stage.model.log.store.len(), 0);
}
