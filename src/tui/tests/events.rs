//! The page of events.

use crossterm::event::KeyCode;
use insta::assert_snapshot;
use jiff::Timestamp;

use super::fixture::{Setting, Stage, id, snapshot, wall};
use crate::api::StreamItem;
use crate::model::{Asker, Event, EventKind, Exit, ServerId, Snapshot};
use crate::tui::effect::Effect;
use crate::tui::message::{Failure, Message};
use crate::tui::model::events::{EVENTS_PAGE, Span};
use crate::tui::model::{Dialog, Dirty, EventsPage, Level};
use crate::tui::theme::{Depth, Glyphs};

fn event(seq: u64, server: Option<&str>, kind: EventKind) -> Event {
    let second = wall().as_second() - 3000 + seq as i64;
    Event { seq, at: Timestamp::from_second(second).unwrap(), server: server.map(id), kind }
}

/// Numbers 1 to 2,000: every fifth is a start of `api`, every seventh an exit of `worker`.
fn past() -> Vec<Event> {
    let of = |seq: u64| {
        let by = Asker { uid: 1000, client: "cli".to_owned() };
        match (seq % 5, seq % 7) {
            (0, _) => event(seq, Some("api"), EventKind::Started { pid: seq as u32, attempt: 0 }),
            (_, 0) => {
                let exit = EventKind::Exited { exit: Exit::Code(1), lasted_s: 0.5, because: None };
                event(seq, Some("worker"), exit)
            }
            _ => event(seq, Some("web"), EventKind::Asked { what: "restart".to_owned(), by }),
        }
    };
    (1..=2000).map(of).collect()
}

fn open(setting: &Setting, last: u64) -> Stage {
    let mut stage = Stage::new(setting);
    stage.send(Message::Stream(StreamItem::Snapshot(Snapshot { seq: last, ..snapshot() })));
    stage.wanted();
    stage.keys("E");
    stage
}

/// Answers what was asked for, from the first 2,000.
fn answer(stage: &mut Stage) -> Option<Span> {
    let span = stage.wanted().into_iter().find_map(|effect| match effect {
        Effect::Events(span) => Some(span),
        _ => None,
    })?;
    let last = stage.model.seq;
    let events = past().into_iter().filter(|e| span.0 < e.seq && e.seq < span.1 && e.seq <= last);
    stage.send(Message::Events { span, result: Ok(events.collect()) });
    Some(span)
}

fn page(stage: &Stage) -> &EventsPage {
    let Some(Dialog::Events(page)) = &stage.model.dialog else { panic!("it is closed") };
    page
}

fn current(stage: &Stage) -> u64 {
    page(stage).current().unwrap().seq
}

fn several() -> Vec<Event> {
    let started = EventKind::SupervisorStarted { pid: 811, version: "0.1.0".into(), revived: false };
    let gone = ServerId::new("shop", "gone-for-good").unwrap();
    let long = "connection to redis at 127.0.0.1:6379 \u{1b}[31mrefused\u{202e}, as it was the last eleven times \
                in the last two minutes and a half";
    let mut all = vec![
        event(1, None, started),
        event(2, Some("api"), EventKind::Started { pid: 41213, attempt: 0 }),
        event(3, Some("api"), EventKind::Up { after_ms: 320 }),
        event(4, None, EventKind::Other),
        event(5, Some("worker"), EventKind::Unhealthy { answer: "503 in 2 ms".into(), failed: 3 }),
        event(6, Some("payments"), EventKind::Exited { exit: Exit::Code(1), lasted_s: 0.4, because: None }),
        event(7, Some("payments"), EventKind::Failed { reason: long.into() }),
        event(8, Some("worker"), EventKind::Healthy { answer: "200 in 1 ms".into(), recovered: true }),
    ];
    all[3].server = Some(gone);
    all[0].at = "2026-11-18T22:15:00Z".parse().unwrap();
    all
}

#[test]
fn what_happened_newest_first_at_every_size() {
    for (glyphs, depth, word) in
        [(Glyphs::Unicode, Depth::Ansi256, "unicode"), (Glyphs::Ascii, Depth::Mono, "ascii")]
    {
        for size in [(60, 16), (80, 24), (120, 40), (200, 60)] {
            let mut stage = open(&Setting { size, glyphs, depth, ..Setting::default() }, 8);
            let span = (0, u64::MAX);
            stage.send(Message::Events { span, result: Ok(several()) });
            stage.keys("j");
            let screen = stage.screen();
            assert!(word != "ascii" || screen.is_ascii(), "{screen}");
            assert_snapshot!(format!("events_{word}_{}x{}", size.0, size.1), screen);
        }
    }
}

#[test]
fn it_says_that_it_waits_that_there_is_nothing_and_what_went_wrong() {
    let mut stage = open(&Setting::default(), 0);
    assert!(stage.screen().contains("asking the supervisor"));
    stage.send(Message::Events { span: (0, u64::MAX), result: Ok(Vec::new()) });
    assert!(stage.screen().contains("nothing has happened yet"));
    stage.send(Message::Stream(StreamItem::Event(past().remove(4))));
    stage.keys("e");
    assert!(stage.screen().contains("none of 1 event fits"), "{}", stage.screen());
    let mut stage = open(&Setting::default(), 9);
    let failure = Failure { message: "it \u{1b}[2Jbroke".into(), hint: None };
    stage.send(Message::Events { span: (0, u64::MAX), result: Err(failure) });
    assert!(stage.screen().contains("it broke"), "{}", stage.screen());
    assert!(stage.wanted().iter().filter(|e| matches!(e, Effect::Events(_))).count() <= 1, "no loop");
}

#[test]
fn older_ones_are_read_when_the_end_comes_near_and_each_only_once() {
    let mut stage = open(&Setting::default(), 2000);
    assert_eq!(answer(&mut stage), Some((2000 - EVENTS_PAGE, u64::MAX)));
    assert_eq!((current(&stage), page(&stage).len()), (2000, 500));
    assert_eq!(answer(&mut stage), None, "the newest are enough");
    let mut spans = Vec::new();
    for _ in 0..200 {
        stage.keys("G");
        match answer(&mut stage) {
            Some(span) => spans.push(span),
            None => break,
        }
    }
    assert_eq!(spans, [(1000, 1501), (500, 1001), (0, 501)]);
    assert!(page(&stage).complete);
    stage.keys("G");
    assert_eq!((current(&stage), page(&stage).len()), (1, 2000));
    stage.keys("g");
    assert_eq!(current(&stage), 2000);
}

#[test]
fn new_ones_come_on_top_and_are_counted_while_the_place_stays() {
    let mut stage = open(&Setting::default(), 1000);
    answer(&mut stage);
    stage.send(Message::Stream(StreamItem::Event(past().remove(1000))));
    assert_eq!((current(&stage), page(&stage).new), (1001, 0), "at the top it follows");
    stage.keys("jjj");
    assert_eq!(current(&stage), 998);
    let row = |stage: &Stage| stage.screen().lines().nth(5).unwrap().to_owned();
    let before = row(&stage);
    stage.model.dirty = Dirty::No;
    for event in past().into_iter().skip(1001).take(12) {
        stage.send(Message::Stream(StreamItem::Event(event)));
    }
    assert_eq!(stage.model.dirty, Dirty::Now);
    assert_eq!((current(&stage), page(&stage).new), (998, 12));
    assert_eq!(row(&stage), before);
    assert!(stage.screen().contains("+12 new"));
    stage.key(KeyCode::Home);
    assert_eq!((current(&stage), page(&stage).new), (1013, 0));
    stage.key(KeyCode::PageDown);
    stage.ctrl('d');
    assert!(current(&stage) < 1000);
    stage.ctrl('u');
    stage.key(KeyCode::PageUp);
    assert_eq!(current(&stage), 1013);
}

#[test]
fn only_one_servers_and_only_those_that_matter() {
    let mut stage = open(&Setting::default(), 2000);
    answer(&mut stage);
    stage.keys("s");
    assert!(page(&stage).shown().all(|event| event.server == Some(id("worker"))));
    assert!(stage.screen().contains("only worker"));
    while answer(&mut stage).is_some() {}
    stage.keys("se");
    assert!(page(&stage).shown().all(|event| matches!(event.kind, EventKind::Exited { .. })));
    assert!(stage.screen().contains("warnings and errors"));
    stage.keys("e");
    assert_eq!(page(&stage).shown().count(), 0);
    stage.keys("e");
    assert_eq!(page(&stage).shown().count(), page(&stage).len());
}

#[test]
fn enter_goes_to_its_server_whatever_the_filter_hides() {
    let mut stage = Stage::at((80, 24));
    stage.keys("/api");
    stage.key(KeyCode::Enter);
    stage.keys("E");
    let span = (0, u64::MAX);
    stage.send(Message::Events { span, result: Ok(several()) });
    stage.keys("j");
    stage.key(KeyCode::Enter);
    assert!(stage.model.dialog.is_none());
    assert_eq!(stage.selected(), "payments");
    stage.keys("E");
    stage.send(Message::Events { span, result: Ok(several()) });
    stage.keys("Gk");
    stage.keys("kk");
    assert_eq!(page(&stage).current().unwrap().server.as_ref().unwrap().name(), "gone-for-good");
    stage.key(KeyCode::Enter);
    let toast = stage.model.toasts.newest().next().unwrap();
    assert_eq!((toast.level, stage.selected()), (Level::Warning, "payments"));
    assert!(toast.text.contains("shop/gone-for-good is not registered any more"));
}

#[test]
fn what_came_while_nobody_listened_is_read_when_the_supervisor_is_back() {
    let mut stage = open(&Setting::default(), 600);
    answer(&mut stage);
    stage.send(Message::Stream(StreamItem::Snapshot(Snapshot { seq: 620, ..snapshot() })));
    assert_eq!(answer(&mut stage), Some((600, u64::MAX)));
    assert_eq!((current(&stage), page(&stage).complete), (620, false));
    stage.keys("q");
    assert!(stage.model.dialog.is_none());
    stage.model.dirty = Dirty::No;
    stage.send(Message::Stream(StreamItem::Event(past().remove(620))));
    assert_eq!((stage.model.dirty, stage.model.seq), (Dirty::No, 621), "closed, it is only counted");
}

#[test]
fn it_stays_bounded() {
    let mut stage = open(&Setting::default(), 0);
    let one = past().swap_remove(1);
    for seq in 1..=10_500 {
        let event = Event { seq, ..one.clone() };
        if let Some(Dialog::Events(page)) = &mut stage.model.dialog {
            page.take(event);
        }
    }
    assert_eq!(page(&stage).len(), 10_000);
    stage.keys("G");
    assert_eq!(current(&stage), 501);
}
