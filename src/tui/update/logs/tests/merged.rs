//! Several logs as one.

use crossterm::event::KeyCode;

use super::{enter, followed, hit, log, stage, title};
use crate::api::{LogItem, StreamItem};
use crate::model::{LogCursor, ServerId, Stream};
use crate::tui::effect::Effect;
use crate::tui::message::Message;
use crate::tui::model::log_view::{Begin, PAGE, Page};
use crate::tui::tests::fixture::{id, line, snapshot, wall};

/// A line of another server's log, so many seconds later.
fn item_of(name: &str, number: u64, second: i64, text: &str) -> LogItem {
    let at = wall().checked_add(jiff::SignedDuration::from_secs(second)).unwrap();
    let mut line = line(number, at, Stream::Stdout, text.as_bytes());
    line.server = id(name);
    LogItem::Line(line.into())
}

#[test]
fn merged_logs_show_whose_each_line_is_and_stay_while_the_selection_moves() {
    let mut stage = stage();
    stage.keys("1L");
    let (reading, begin) = followed(&mut stage).pop().unwrap();
    assert_eq!((reading.servers.len(), begin), (8, Begin::Last));
    assert!(title(&stage).contains("logs: 8 servers"), "{}", title(&stage));
    for name in ["api", "web"] {
        let item = LogItem::Live { server: id(name), cursor: hit(50).cursor };
        log(&mut stage, item);
    }
    let generation = stage.model.log.generation;
    let items = vec![item_of("web", 2, 2, "second"), item_of("api", 1, 1, "first")];
    stage.send(Message::LogOlder { generation, items, end: true });
    log(&mut stage, item_of("mailhog", 9, 9, "third"));
    let screen = stage.screen();
    let rows: Vec<_> = screen.lines().filter(|row| row.contains("14:02:")).collect();
    assert!(rows[0].contains("api       first") && rows[1].contains("web       second"), "{rows:?}");
    assert!(rows[2].contains("mailhog   third"), "{rows:?}");
    stage.keys("1j");
    assert!(followed(&mut stage).is_empty() && stage.model.log.is_merged());
    stage.keys("2");
    stage.key(KeyCode::Esc);
    let (reading, _) = followed(&mut stage).pop().unwrap();
    assert_eq!(reading.servers, [id("search")], "back to the selected server's log");
    stage.keys("1Lz1");
    stage.wanted();
    stage.keys("l");
    assert_eq!(followed(&mut stage).pop().unwrap().0.servers, [id("search")]);
}

#[test]
fn a_merged_view_reads_older_lines_before_those_of_each_server() {
    let mut stage = stage();
    stage.keys("1L");
    let generation = stage.model.log.generation;
    for server in snapshot().servers {
        let item = LogItem::Live { server: server.id, cursor: LogCursor::default() };
        log(&mut stage, item);
    }
    let many = (0..PAGE as u64)
        .rev()
        .map(|n| item_of(if n % 2 == 0 { "api" } else { "web" }, n + 10, n as i64, "x"));
    stage.send(Message::LogOlder { generation, items: many.collect(), end: true });
    stage.wanted();
    for _ in 0..100 {
        stage.key(KeyCode::PageUp);
    }
    let [Effect::PageLog { page: Page::Before(edge), .. }] = &stage.wanted()[..] else { panic!("no page") };
    assert_eq!(edge.at, wall());
    assert_eq!(edge.places[&id("api")], hit(10).cursor);
    assert_eq!(edge.places[&id("web")], hit(11).cursor);
    let page = Page::Before(edge.clone());
    let items = vec![item_of("mailhog", 3, -1, "older"), item_of("api", 10, 0, "x")];
    stage.send(Message::LogPage { generation, page, items: Ok(items) });
    assert_eq!(stage.model.log.store.len(), PAGE + 1, "a line that is here comes once");
    assert!(stage.model.log.complete);
}

#[test]
fn a_server_that_is_gone_leaves_the_merged_view() {
    let mut stage = stage();
    stage.keys("1L");
    stage.wanted();
    stage.send(Message::Stream(StreamItem::Removed { servers: vec![id("api")] }));
    let (reading, _) = followed(&mut stage).pop().unwrap();
    let names: Vec<_> = reading.servers.iter().map(ServerId::name).collect();
    assert!(names.len() == 7 && !names.contains(&"api"), "{names:?}");
}

#[test]
fn after_a_break_every_log_goes_on_where_it_was_and_the_search_begins_again() {
    let mut stage = stage();
    stage.keys("1L");
    let generation = stage.model.log.generation;
    for name in ["api", "web"] {
        log(&mut stage, LogItem::Live { server: id(name), cursor: hit(50).cursor });
    }
    log(&mut stage, item_of("api", 60, 1, "came"));
    enter(&mut stage, "/came");
    let number = stage.model.log.searches;
    stage.wanted();
    stage.send(Message::LogEnded { generation, error: None });
    stage.wait(1);
    let effects = stage.wanted();
    let Effect::FollowLog { begin: Begin::After(edge), .. } = &effects[0] else { panic!("{effects:?}") };
    assert_eq!((edge.places[&id("api")], edge.places[&id("web")]), (hit(60).cursor, hit(50).cursor));
    assert!(matches!(effects[1], Effect::SearchLog { number: again, .. } if again > number));
}
