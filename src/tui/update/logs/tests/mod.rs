//! The log pane's data: filters, searches and errors here, the rest in the modules.

mod merged;
mod places;
mod shown;
mod window;

use crossterm::event::KeyCode;

use crate::api::{LogItem, StreamItem};
use crate::model::{Level, LogCursor, Stream};
use crate::tui::effect::Effect;
use crate::tui::message::{Failure, Message};
use crate::tui::model::log_search::Found;
use crate::tui::model::log_view::{Begin, Hit, Narrow, Page, Position, Reading, Seek};
use crate::tui::model::log_wanted::Sought;
use crate::tui::tests::fixture::{Setting, Stage, id, line, snapshot, wall};

fn item(number: u64, text: &str) -> LogItem {
    LogItem::Line(line(number, wall(), Stream::Stdout, text.as_bytes()).into())
}

fn log(stage: &mut Stage, item: LogItem) {
    let generation = stage.model.log.generation;
    stage.send(Message::Log { generation, item });
}

fn lines(stage: &mut Stage, from: u64, count: u64) {
    for number in from..from + count {
        log(stage, item(number, &format!("line {number}")));
    }
}

fn hit(number: u64) -> Hit {
    Hit { cursor: LogCursor { segment: 1, offset: (number + 1) * 1000 }, ..Hit::default() }
}

/// A stage with a log of 100 lines, the logs in focus.
fn stage() -> Stage {
    let mut stage = Stage::bare(&Setting::default());
    stage.send(Message::Stream(StreamItem::Snapshot(snapshot())));
    stage.keys("jj2");
    lines(&mut stage, 0, 100);
    stage.live();
    stage.wanted();
    stage
}

#[test]
fn lines_that_come_together_are_as_those_that_come_one_by_one_and_of_an_earlier_stream_they_are_dropped() {
    let (mut one_by_one, mut together) = (stage(), stage());
    lines(&mut one_by_one, 100, 9);
    let generation = together.model.log.generation;
    let items =
        |from: u64, to: u64| (from..to).map(|number| item(number, &format!("line {number}"))).collect();
    together.send(Message::LogItems { generation, items: items(100, 105) });
    together.send(Message::LogItems { generation: generation + 1, items: items(150, 160) });
    together.send(Message::LogItems { generation, items: items(105, 109) });
    let stored =
        |stage: &Stage| stage.model.log.store.iter().map(|(_, line)| line.clone()).collect::<Vec<_>>();
    assert_eq!(stored(&together).len(), 109);
    assert_eq!(stored(&together), stored(&one_by_one));
}

fn found(stage: &mut Stage, numbers: &[u64], done: bool) {
    let number = stage.model.log.searches;
    let hits = numbers.iter().map(|number| hit(*number)).collect();
    stage.send(Message::Found { number, found: Found { hits, progress: Some((420, 1000)), done } });
}

fn enter(stage: &mut Stage, text: &str) {
    stage.keys(text);
    stage.key(KeyCode::Enter);
}

fn title(stage: &Stage) -> String {
    stage.screen().lines().find(|row| row.contains(" logs: ")).unwrap().to_owned()
}

/// What is followed, and from where.
fn followed(stage: &mut Stage) -> Vec<(Reading, Begin)> {
    let of = |effect| match effect {
        Effect::FollowLog { reading, begin, .. } => Some((reading, begin)),
        _ => None,
    };
    stage.wanted().into_iter().filter_map(of).collect()
}

fn current_line(stage: &Stage) -> String {
    let hit = stage.model.log.current.unwrap();
    let number = stage.model.log.number_of(hit).unwrap();
    String::from_utf8(stage.model.log.store.get(number).unwrap().bytes.to_vec()).unwrap()
}

#[test]
fn a_search_is_made_by_the_supervisor_and_goes_to_the_nearest_match_upwards() {
    let mut stage = stage();
    enter(&mut stage, "/line .?5$");
    let number = stage.model.log.searches;
    let reading = Reading { servers: vec![id("worker")], ..Reading::default() };
    let generation = stage.model.log.generation;
    let from = Some(hit(99).after());
    let seek = Seek { what: Sought::Match("line .?5$".into()), forward: false, from };
    assert_eq!(
        stage.wanted(),
        [
            Effect::SearchLog { number, reading: reading.clone(), pattern: "line .?5$".into() },
            Effect::SeekLog { generation, reading, seek: seek.clone() },
        ]
    );
    assert!(title(&stage).contains("/line .?5$ searching"), "{}", title(&stage));
    stage.send(Message::Sought { generation, seek, result: Ok(Some(hit(95))) });
    assert_eq!(current_line(&stage), "line 95");
    assert!(!stage.model.log.follows(), "it stays there");
    found(&mut stage, &[95, 85, 75], false);
    assert!(title(&stage).contains("3 found, searching 42 %"), "{}", title(&stage));
    found(&mut stage, &[65, 55, 45, 35, 25, 15, 5], true);
    assert!(title(&stage).contains("10 of 10"), "{}", title(&stage));
    lines(&mut stage, 100, 10);
    found(&mut stage, &[105], false);
    assert!(title(&stage).contains("10 of 11"), "what comes is searched too: {}", title(&stage));
    assert!(stage.wanted().is_empty());
}

#[test]
fn n_goes_on_within_the_window_and_over_the_ends() {
    let mut stage = stage();
    enter(&mut stage, "/5$");
    found(&mut stage, &[95, 50, 5], true);
    stage.wanted();
    for (key, expected, wrapped) in [
        ("N", "line 95", false),
        ("N", "line 50", false),
        ("N", "line 5", false),
        ("N", "line 95", true),
        ("n", "line 5", true),
        ("n", "line 50", false),
    ] {
        stage.keys(key);
        assert_eq!(current_line(&stage), expected, "{key}");
        assert_eq!(title(&stage).contains("wrapped"), wrapped, "{key}: {}", title(&stage));
    }
    assert!(stage.screen().contains("line 50"));
    assert!(stage.wanted().is_empty(), "nothing is asked for what is known and here");
    stage.key(KeyCode::Esc);
    assert!(stage.model.log.search.is_none());
    assert_eq!(stage.wanted(), [Effect::EndSearch]);
    assert_eq!(stage.model.scope(), crate::model::action::Scope::Logs, "Esc takes the search only");
}

#[test]
fn a_match_outside_of_the_window_brings_a_page_around_it() {
    let mut stage = stage();
    enter(&mut stage, "/far");
    found(&mut stage, &[10_000, 2], true);
    stage.wanted();
    stage.keys("n");
    let page = Page::Around(hit(10_000));
    let generation = stage.model.log.generation;
    let asked = |effect: &Effect| matches!(effect, Effect::PageLog { page: asked, .. } if *asked == page);
    assert!(stage.wanted().iter().any(asked));
    let before = stage.screen();
    assert!(before.contains("line 99"), "what was there stays until the page comes");
    let items = (9_751..10_251).map(|number| item(number, &format!("far line {number}"))).collect();
    stage.send(Message::LogPage { generation, page, items: Ok(items) });
    assert_eq!(current_line(&stage), "far line 10000");
    assert!(stage.screen().contains("far line 10000"));
    assert!(stage.model.log.detached && !stage.model.log.complete);
    assert!(title(&stage).contains("2 of 2"), "{}", title(&stage));
}

#[test]
fn a_page_around_the_last_lines_is_followed_on() {
    let mut stage = stage();
    enter(&mut stage, "/far");
    found(&mut stage, &[10_000], true);
    stage.keys("n");
    stage.wanted();
    let generation = stage.model.log.generation;
    let items = (9_900..10_005).map(|number| item(number, "far")).collect();
    stage.send(Message::LogPage { generation, page: Page::Around(hit(10_000)), items: Ok(items) });
    let followed = followed(&mut stage);
    let [(_, Begin::After(edge))] = &followed[..] else { panic!("not after") };
    assert_eq!(edge.places[&id("worker")], hit(10_004).cursor);
    assert!(stage.model.log.complete && !stage.model.log.detached);
}

#[test]
fn while_the_search_goes_on_what_it_does_not_know_is_asked_for() {
    let mut stage = stage();
    enter(&mut stage, "/x");
    found(&mut stage, &[90, 80], false);
    stage.wanted();
    stage.keys("NN");
    assert_eq!(current_line(&stage), "line 80");
    assert!(stage.wanted().is_empty());
    stage.keys("N");
    let generation = stage.model.log.generation;
    let seek = Seek { what: Sought::Match("x".into()), forward: false, from: Some(hit(80)) };
    assert!(matches!(&stage.wanted()[..], [Effect::SeekLog { seek: asked, .. }] if *asked == seek));
    let other = Seek { forward: true, ..seek.clone() };
    stage.send(Message::Sought { generation, seek: other, result: Ok(Some(hit(3))) });
    assert_eq!(current_line(&stage), "line 80", "an answer to something else");
    stage.send(Message::Sought { generation, seek: seek.clone(), result: Ok(None) });
    let around = Seek { from: None, ..seek };
    assert!(matches!(&stage.wanted()[..], [Effect::SeekLog { seek: asked, .. }] if *asked == around));
    stage.send(Message::Sought { generation, seek: around.clone(), result: Ok(Some(hit(90))) });
    assert!(title(&stage).contains("wrapped"));
    stage.keys("n");
    stage.wanted();
    stage.send(Message::Sought { generation, seek: around, result: Ok(None) });
    assert!(!stage.screen().contains("no line matches"), "an answer that came late");
}

#[test]
fn home_and_the_end_leave_a_way_that_was_begun() {
    let mut stage = stage();
    stage.model.log.complete = false;
    enter(&mut stage, "/far");
    found(&mut stage, &[10_000], true);
    stage.keys("ng");
    let generation = stage.model.log.generation;
    let pages: Vec<_> = stage
        .wanted()
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::PageLog { page, .. } => Some(page),
            _ => None,
        })
        .collect();
    let [around, first] = &pages[..] else { panic!("{pages:?}") };
    for (page, text) in [(around, "far"), (first, "the first")] {
        let items = Ok(vec![item(0, text)]);
        stage.send(Message::LogPage { generation, page: page.clone(), items });
    }
    assert!(stage.screen().contains("the first") && !stage.screen().contains("far line"));
    assert_eq!(stage.model.log.store.len(), 1);
    stage.keys("nG");
    let generation = stage.model.log.generation;
    let items = Ok(vec![item(10_000, "far")]);
    stage.send(Message::LogPage { generation, page: around.clone(), items });
    assert!(stage.model.log.follows());
}

#[test]
fn a_search_without_a_match_says_so() {
    let mut stage = stage();
    enter(&mut stage, "/nowhere");
    found(&mut stage, &[], true);
    assert!(title(&stage).contains("/nowhere no match"), "{}", title(&stage));
    stage.keys("n");
    assert!(stage.screen().contains("no line matches nowhere"));
}

#[test]
fn what_is_no_pattern_is_said_while_it_is_typed_and_the_search_before_stays() {
    let mut stage = stage();
    enter(&mut stage, "/ok");
    stage.wanted();
    enter(&mut stage, "/ok(");
    assert!(stage.screen().contains("unclosed group, at 3"), "{}", stage.screen());
    assert!(stage.model.prompt.is_some() && stage.wanted().is_empty());
    assert_eq!(stage.model.log.search.as_ref().unwrap().pattern, "ok");
    stage.key(KeyCode::Esc);
    assert!(stage.model.prompt.is_none() && stage.model.log.search.is_some());
    enter(&mut stage, "/");
    assert_eq!(stage.wanted(), [Effect::EndSearch], "nothing typed ends the search");
}

#[test]
fn another_server_ends_the_search_and_what_comes_of_it_late_is_dropped() {
    let mut stage = stage();
    enter(&mut stage, "/x");
    let number = stage.model.log.searches;
    stage.wanted();
    stage.keys("1j");
    assert!(stage.model.log.search.is_none() && stage.wanted().contains(&Effect::EndSearch));
    stage.keys("2");
    enter(&mut stage, "/y");
    let hits = vec![hit(1)];
    stage.send(Message::Found { number, found: Found { hits, progress: None, done: true } });
    assert_eq!(stage.model.log.search.as_ref().unwrap().count(), 0);
}

#[test]
fn matches_are_marked_in_what_is_shown() {
    let mut stage = stage();
    log(&mut stage, item(200, "\u{1b}[31mEC\u{1b}[0mONN in red"));
    enter(&mut stage, "/econn");
    let generation = stage.model.log.generation;
    let seek = stage.model.log.seek.clone().unwrap();
    stage.send(Message::Sought { generation, seek, result: Ok(Some(hit(200))) });
    let buffer = stage.buffer();
    let current = stage.model.theme.style(crate::tui::theme::Token::MatchCurrent);
    let y = (0..24).find(|y| crate::tui::tests::fixture::row(&buffer, *y).contains("ECONN in red")).unwrap();
    let is_marked = |x: u16| {
        let cell = &buffer[(x, y)];
        current.bg.is_none_or(|bg| cell.bg == bg) && cell.modifier.contains(current.add_modifier)
    };
    let start = 10;
    assert!((start..start + 5).all(is_marked), "{current:?}");
    assert!(!is_marked(start + 5));
}

#[test]
fn include_and_exclude_are_the_supervisors_and_hidden_lines_are_counted() {
    let mut stage = stage();
    enter(&mut stage, "&ECONN");
    enter(&mut stage, "!health");
    let asked = followed(&mut stage);
    let [(first, Begin::Last), (second, Begin::Last)] = &asked[..] else { panic!("not two") };
    assert_eq!((first.narrow.include.as_deref(), &first.narrow.exclude), (Some("ECONN"), &None));
    assert_eq!(second.narrow.exclude.as_deref(), Some("health"));
    stage.live();
    let generation = stage.model.log.generation;
    let progress = LogItem::Progress { searched: 10, total: 100, matched: 1, hidden: 1204 };
    let items = vec![item(9, "ECONN"), progress];
    stage.send(Message::LogOlder { generation, items, end: false });
    assert!(title(&stage).contains("+1,204 hidden"), "{}", title(&stage));
    assert!(title(&stage).contains("&ECONN · !health"), "{}", title(&stage));
    assert!(!stage.model.log.complete);
    stage.send(Message::LogOlder { generation, items: vec![item(5, "ECONN")], end: true });
    let first = stage.model.log.store.iter().next().unwrap().1;
    assert_eq!(first.cursor, hit(5).cursor, "older lines come before");
    assert!(stage.model.log.complete);
    let progress = LogItem::Progress { searched: 10, total: 10, matched: 0, hidden: 6 };
    log(&mut stage, progress);
    assert!(title(&stage).contains("+1,210 hidden"), "{}", title(&stage));
    enter(&mut stage, "&");
    enter(&mut stage, "!");
    assert_eq!(followed(&mut stage).pop().unwrap().0.narrow, Narrow::default());
    assert!(!title(&stage).contains("hidden"));
}

#[test]
fn the_level_goes_round_and_stays_for_other_servers() {
    let mut stage = stage();
    let levels = [Some(Level::Debug), Some(Level::Info), Some(Level::Warn), Some(Level::Error), None];
    for level in levels {
        stage.keys("v");
        assert_eq!(followed(&mut stage).pop().unwrap().0.narrow.level, level);
    }
    stage.keys("vvv");
    assert!(title(&stage).contains("level>=warn"), "{}", title(&stage));
    enter(&mut stage, "&x");
    stage.wanted();
    stage.keys("1j");
    let narrow = followed(&mut stage).pop().unwrap().0.narrow;
    assert_eq!((narrow.level, narrow.include), (Some(Level::Warn), None));
}

#[test]
fn lines_around_need_a_filter_and_are_told_apart() {
    let mut stage = stage();
    stage.keys("x");
    assert!(followed(&mut stage).is_empty() && stage.screen().contains("no lines are left out"));
    enter(&mut stage, "&boom");
    stage.keys("x");
    assert_eq!(followed(&mut stage).pop().unwrap().0.query().context, Some(3));
    let LogItem::Line(near) = item(3, "near") else { unreachable!() };
    let LogItem::Line(far) = item(30, "far") else { unreachable!() };
    log(&mut stage, LogItem::Context(near));
    log(&mut stage, item(4, "boom"));
    log(&mut stage, LogItem::Break);
    log(&mut stage, LogItem::Context(far));
    let shown: Vec<_> = stage
        .model
        .log
        .store
        .iter()
        .map(|(_, line)| (String::from_utf8(line.bytes.to_vec()).unwrap(), line.context))
        .collect();
    let shown: Vec<_> = shown.iter().map(|(text, context)| (text.as_str(), *context)).collect();
    assert_eq!(shown, [("near", true), ("boom", false), ("--", false), ("far", true)]);
    assert!(title(&stage).contains("3 around"), "{}", title(&stage));
    stage.keys("x");
    assert_eq!(followed(&mut stage).pop().unwrap().0.query().context, None);
}

#[test]
fn a_filter_that_changes_leaves_the_screen_where_it_is() {
    let mut stage = stage();
    for _ in 0..3 {
        stage.key(KeyCode::PageUp);
    }
    let Position::At((top, _)) = stage.model.log.position else { panic!("it follows") };
    let place = stage.model.log.place_of(stage.model.log.store.get(top).unwrap());
    stage.keys("v");
    let effects = stage.wanted();
    assert!(matches!(&effects[0], Effect::FollowLog { begin: Begin::Now, .. }), "{effects:?}");
    assert!(matches!(&effects[1], Effect::PageLog { page: Page::Around(hit), .. } if *hit == place));
    let generation = stage.model.log.generation;
    stage.live();
    let items = (0..100).map(|number| item(number, "again")).collect();
    stage.send(Message::LogPage { generation, page: Page::Around(place), items: Ok(items) });
    let (first, last) = stage.model.log.on_screen(crate::tui::layout::log_room(&stage.model)).unwrap();
    let number = stage.model.log.number_of(place).unwrap();
    assert!((first..=last).contains(&number));
}

#[test]
fn errors_are_looked_for_by_the_supervisor_from_where_the_screen_is() {
    let mut stage = stage();
    stage.keys("b");
    let generation = stage.model.log.generation;
    let seek = Seek { what: Sought::Error, forward: false, from: Some(hit(99).after()) };
    assert!(matches!(&stage.wanted()[..], [Effect::SeekLog { seek: asked, .. }] if *asked == seek));
    stage.send(Message::Sought { generation, seek, result: Ok(Some(hit(20))) });
    assert_eq!(current_line(&stage), "line 20");
    assert!(stage.screen().contains("›"), "{}", stage.screen());
    stage.keys("e");
    let seek = Seek { what: Sought::Error, forward: true, from: Some(hit(20)) };
    assert!(matches!(&stage.wanted()[..], [Effect::SeekLog { seek: asked, .. }] if *asked == seek));
    stage.send(Message::Sought { generation, seek, result: Ok(None) });
    assert!(stage.screen().contains("no further error"));
    assert_eq!(current_line(&stage), "line 20");
    let failure = Failure { message: "it broke".into(), hint: None };
    stage.keys("b");
    let seek = stage.model.log.seek.clone().unwrap();
    stage.send(Message::Sought { generation, seek, result: Err(failure) });
    assert!(stage.screen().contains("it broke"));
}

#[test]
fn what_is_lost_is_a_line_of_ostlers_own() {
    let mut stage = stage();
    let rotated = LogItem::Lagged { server: id("worker"), from: hit(99).cursor, to: hit(200).cursor };
    log(&mut stage, rotated);
    let last = stage.model.log.store.last().unwrap();
    assert_eq!(last.stream, Stream::System);
    assert!(stage.screen().contains("is lost: rotated away"), "{}", stage.screen());
}

#[test]
fn a_narrow_title_keeps_what_matters_most() {
    let mut stage = stage();
    stage.keys("w");
    enter(&mut stage, "&line");
    enter(&mut stage, "/needle");
    found(&mut stage, &[5], true);
    log(&mut stage, LogItem::Progress { searched: 1, total: 1, matched: 1, hidden: 7 });
    stage.send(Message::Resize(60, 16));
    let narrow = title(&stage);
    for word in ["FOLLOW", "+7 hidden", "/needle"] {
        assert!(narrow.contains(word), "{narrow}");
    }
    assert!(!narrow.contains("wrap"), "{narrow}");
}

#[test]
fn ticks_say_where_things_are_in_the_whole_log() {
    let mut stage = stage();
    log(&mut stage, item(100, "ERROR it failed"));
    let room = crate::tui::layout::log_room(&stage.model);
    assert_eq!(stage.model.log.ticks(room), None, "nothing has said how long the log is");
    enter(&mut stage, "/x");
    let number = stage.model.log.searches;
    let found = Found { hits: vec![hit(50)], progress: Some((101_000, 101_000)), done: true };
    stage.send(Message::Found { number, found });
    let ticks = stage.model.log.ticks(room).unwrap();
    assert!((ticks.matches[0] - 51.0 / 101.0).abs() < 0.01, "{ticks:?}");
    assert!((ticks.errors[0] - 1.0).abs() < 0.01, "{ticks:?}");
    assert!(ticks.screen.0 < ticks.screen.1);
}
