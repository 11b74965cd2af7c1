//! Where the window stands: no line is lost, doubled or out of order, and nothing is counted twice, wherever one goes.

use super::{enter, followed, hit, item, lines, log, stage, title};
use crate::api::{LogItem, StreamItem};
use crate::model::Stream;
use crate::tui::effect::Effect;
use crate::tui::message::{Failure, Message};
use crate::tui::model::log_view::{Begin, PAGE, Page};
use crate::tui::tests::fixture::{Setting, Stage, line, snapshot, wall};

fn broken() -> Failure {
    Failure { message: "the file is gone".into(), hint: None }
}

/// The page that is asked for.
fn asked(stage: &mut Stage) -> Option<Page> {
    let of = |effect| match effect {
        Effect::PageLog { page, .. } => Some(page),
        _ => None,
    };
    stage.wanted().into_iter().find_map(of)
}

fn answer(stage: &mut Stage, page: Page, items: Result<Vec<LogItem>, Failure>) {
    let generation = stage.model.log.generation;
    stage.send(Message::LogPage { generation, page, items });
}

fn older(stage: &mut Stage, generation: u64, numbers: &[u64]) {
    let items = numbers.iter().map(|number| item(*number, &format!("line {number}"))).collect();
    stage.send(Message::LogOlder { generation, items, end: false });
}

fn hidden(count: u64) -> LogItem {
    LogItem::Progress { searched: 10, total: 100, matched: 0, hidden: count }
}

fn offsets(stage: &Stage) -> Vec<u64> {
    stage.model.log.store.iter().map(|(_, line)| line.cursor.offset / 1000 - 1).collect()
}

/// A filter whose last lines are being looked for.
fn filling() -> Stage {
    let mut stage = stage();
    enter(&mut stage, "&line");
    let generation = stage.model.log.generation;
    stage.live();
    older(&mut stage, generation, &[99, 98]);
    stage.wanted();
    stage
}

#[test]
fn who_goes_home_while_the_last_lines_are_looked_for_sees_the_first_ones_alone() {
    let mut stage = filling();
    let before = stage.model.log.generation;
    stage.keys("g");
    assert_ne!(stage.model.log.generation, before, "what still comes of the last lines is dropped");
    let wanted = stage.wanted();
    assert!(matches!(
        wanted[..],
        [Effect::FollowLog { begin: Begin::Now, .. }, Effect::PageLog { page: Page::From(_), .. }]
    ));
    let Effect::PageLog { page, .. } = wanted[1].clone() else { unreachable!() };
    older(&mut stage, before, &[97, 96]);
    let first = (0..PAGE as u64).map(|number| item(number, "line")).collect();
    answer(&mut stage, page, Ok(first));
    assert_eq!(offsets(&stage), (0..PAGE as u64).collect::<Vec<_>>());
}

#[test]
fn who_goes_to_a_match_while_the_last_lines_are_looked_for_sees_those_around_it_alone() {
    let mut stage = filling();
    enter(&mut stage, "/far");
    super::found(&mut stage, &[1500, 2], true);
    stage.wanted();
    stage.keys("N");
    let page = asked(&mut stage).unwrap();
    let before = stage.model.log.generation;
    older(&mut stage, before, &[97]);
    let around = (1250..1750).map(|number| item(number, "far")).collect();
    answer(&mut stage, page, Ok(around));
    assert!(matches!(followed(&mut stage)[..], [(_, Begin::Now)]));
    older(&mut stage, before, &[96, 95]);
    assert_eq!(offsets(&stage), (1250..1750).collect::<Vec<_>>());
}

#[test]
fn hidden_lines_are_not_counted_again_after_a_jump() {
    let mut stage = filling();
    let generation = stage.model.log.generation;
    stage.send(Message::LogOlder { generation, items: vec![hidden(4000)], end: true });
    assert!(title(&stage).contains("+4,000 hidden"), "{}", title(&stage));
    enter(&mut stage, "/far");
    super::found(&mut stage, &[1500, 20_000, 90_000], true);
    for target in [1500, 20_000, 90_000] {
        stage.wanted();
        stage.keys("n");
        let page = asked(&mut stage).unwrap();
        assert_eq!(page, Page::Around(hit(target)));
        let mut around: Vec<_> = (target - 249..=target + 250).map(|number| item(number, "far")).collect();
        around.push(hidden(70));
        answer(&mut stage, page, Ok(around));
        log(&mut stage, hidden(5));
        assert!(title(&stage).contains("+70 hidden"), "{}", title(&stage));
    }
}

#[test]
fn a_page_that_cannot_be_read_is_asked_for_once_until_reading_begins_anew() {
    let mut stage = Stage::bare(&Setting::default());
    stage.send(Message::Stream(StreamItem::Snapshot(snapshot())));
    stage.keys("jj2");
    lines(&mut stage, 1000, PAGE as u64);
    stage.live();
    stage.keys("g");
    let first = asked(&mut stage).unwrap();
    answer(&mut stage, first, Ok((0..PAGE as u64).map(|number| item(number, "line")).collect()));
    for _ in 0..500 {
        stage.keys("j");
    }
    let page = asked(&mut stage).unwrap();
    answer(&mut stage, page.clone(), Err(broken()));
    assert_eq!(asked(&mut stage), None, "nothing is asked without end");
    assert!(title(&stage).contains("can't be read: the file is gone"), "{}", title(&stage));
    stage.keys("k");
    assert_eq!(asked(&mut stage), None);
    let generation = stage.model.log.generation;
    stage.send(Message::LogEnded { generation, error: None });
    stage.wait(1);
    stage.live();
    assert_eq!(asked(&mut stage), Some(page));
    assert!(!title(&stage).contains("can't be read"), "{}", title(&stage));
}

#[test]
fn what_came_while_nothing_could_be_read_is_counted_as_missed() {
    let mut stage = stage();
    stage.keys("f");
    lines(&mut stage, 100, 4);
    let generation = stage.model.log.generation;
    stage.send(Message::LogEnded { generation, error: None });
    stage.wait(1);
    lines(&mut stage, 104, 30);
    stage.live();
    lines(&mut stage, 134, 3);
    assert!(title(&stage).contains("PAUSED +37"), "{}", title(&stage));
}

#[test]
fn lines_that_are_selected_stay_when_older_ones_are_read() {
    let mut stage = Stage::bare(&Setting::default());
    stage.send(Message::Stream(StreamItem::Snapshot(snapshot())));
    stage.keys("jj2");
    lines(&mut stage, 10_000, PAGE as u64);
    stage.live();
    stage.keys("V");
    let anchor = stage.model.log.notes.selection.unwrap().anchor;
    let mut oldest = 10_000;
    for pages in 0.. {
        assert!(pages < 50, "the window is bounded");
        for _ in 0..PAGE {
            stage.keys("k");
        }
        let Some(page) = asked(&mut stage) else { break };
        oldest -= PAGE as u64;
        let items = (oldest..oldest + PAGE as u64).map(|number| item(number, "older")).collect();
        answer(&mut stage, page, Ok(items));
    }
    let log = &stage.model.log;
    let selection = log.notes.selection.unwrap();
    assert_eq!(selection.anchor, anchor, "where it began is still there");
    assert!(!log.detached && log.store.len() <= 5000);
    assert_eq!(offsets(&stage), (10_500 - log.store.len() as u64..10_500).collect::<Vec<_>>());
    assert!(stage.screen().contains("no more lines can be selected"), "{}", stage.screen());
}

#[test]
fn a_long_name_leaves_room_for_what_must_be_said() {
    let mut stage = Stage::bare(&Setting { size: (60, 16), ..Setting::default() });
    let mut servers = snapshot();
    let name = "a-very-long-server-name-indeed-that-goes-on-and-on-and-on";
    servers.servers.truncate(1);
    servers.servers[0].id = format!("shop/{name}").parse().unwrap();
    stage.send(Message::Stream(StreamItem::Snapshot(servers)));
    stage.keys("2");
    assert!(title(&stage).contains("FOLLOW"), "{}", title(&stage));
    stage.keys("v");
    log(&mut stage, hidden(1234));
    log(&mut stage, LogItem::Line(line(1, wall(), Stream::Stdout, b"ERROR x").into()));
    stage.keys("f");
    let title = title(&stage);
    assert!(title.contains("logs: a-very") && title.contains('…'), "{title}");
    assert!(title.contains("PAUSED") && title.contains("+1,234 hidden"), "{title}");
}

#[test]
fn a_match_is_marked_with_its_accents() {
    let mut stage = stage();
    log(&mut stage, item(100, "n e\u{301}te\u{301} 日本e 語"));
    enter(&mut stage, "/e");
    let shown = stage.screen();
    assert!(shown.contains("n e\u{301}te\u{301} 日本e 語"), "{shown}");
}

#[test]
fn copying_an_empty_screen_says_so() {
    let mut stage = stage();
    stage.keys("cY");
    assert!(stage.screen().contains("no lines are on the screen"), "{}", stage.screen());
}

#[test]
fn the_line_to_which_is_selected_stays_in_sight_when_there_is_less_room() {
    let mut stage = Stage::at((120, 40));
    stage.keys("2");
    lines(&mut stage, 100, 40);
    stage.keys("Vk");
    stage.send(Message::Resize(60, 16));
    assert!(stage.screen().contains("line 138"), "{}", stage.screen());
}

#[test]
fn lines_that_come_while_older_ones_are_read_leave_no_gap() {
    let mut stage = Stage::bare(&Setting::default());
    stage.send(Message::Stream(StreamItem::Snapshot(snapshot())));
    stage.keys("jj2");
    lines(&mut stage, 10_000, 5000);
    stage.live();
    stage.keys("kg");
    let first = asked(&mut stage).unwrap();
    assert!(matches!(first, Page::From(_)));
    // Back at the end, and up to where older lines are wanted.
    stage.keys("G");
    lines(&mut stage, 10_000, 5000);
    stage.live();
    while !stage.model.log.paging {
        for _ in 0..10 {
            stage.keys("k");
        }
    }
    let page = asked(&mut stage).unwrap();
    lines(&mut stage, 15_000, 15);
    answer(&mut stage, page, Ok((9_500..10_000).map(|number| item(number, "older")).collect()));
    let shown = offsets(&stage);
    let gap = shown.windows(2).find(|pair| pair[0] + 1 != pair[1]);
    assert_eq!(gap, None);
    assert!(asked(&mut stage).is_some(), "those before the ones that are there now");
}

#[test]
fn lines_behind_an_unfinished_one_are_read_again() {
    let mut stage = stage();
    let mut prompt = line(100, wall(), Stream::Stdout, b"Password: ");
    prompt.partial = true;
    log(&mut stage, LogItem::Line(prompt.into()));
    log(&mut stage, LogItem::Line(line(101, wall(), Stream::Stderr, b"a warning").into()));
    let generation = stage.model.log.generation;
    stage.send(Message::LogEnded { generation, error: None });
    stage.wait(1);
    let followed = followed(&mut stage);
    let [(_, Begin::After(edge))] = &followed[..] else { panic!("{followed:?}") };
    let shown = *offsets(&stage).last().unwrap();
    assert_eq!(edge.places.values().next().unwrap().offset, (shown + 1) * 1000, "from what is shown on");
}

#[test]
fn where_looking_for_the_last_lines_was_interrupted_scrolling_up_reads_on() {
    let mut stage = filling();
    let generation = stage.model.log.generation;
    stage.send(Message::LogEnded { generation, error: None });
    stage.wait(1);
    stage.live();
    stage.wanted();
    stage.keys("k");
    assert!(matches!(asked(&mut stage), Some(Page::Before(_))));
}

#[test]
fn it_is_said_that_an_error_is_looked_for() {
    let mut stage = stage();
    stage.keys("b");
    assert!(title(&stage).contains("looking for an error"), "{}", title(&stage));
    let seek = stage.model.log.seek.clone().unwrap();
    let generation = stage.model.log.generation;
    stage.send(Message::Sought { generation, seek, result: Ok(None) });
    assert!(!title(&stage).contains("looking for"), "{}", title(&stage));
}
