//! What each key and each message does.

use crossterm::event::KeyCode;

use crate::api::{Acted, LogItem, StreamItem, Verb};
use crate::model::Stream;
use crate::tui::effect::Effect;
use crate::tui::message::{Failure, Message};
use crate::tui::model::log_view::Begin;
use crate::tui::model::{Connection, Dialog, Dirty, Level, Pane};
use crate::tui::tests::fixture::{Stage, id, line, samples, snapshot, wall};

fn broken() -> Message {
    Message::Disconnected(Failure { message: "it broke".into(), hint: None })
}

fn requests(stage: &mut Stage) -> Vec<(Verb, Vec<String>)> {
    let of = |effect| match effect {
        Effect::Request { verb, servers } => {
            Some((verb, servers.iter().map(|id| id.name().to_owned()).collect()))
        }
        _ => None,
    };
    stage.wanted().into_iter().filter_map(of).collect()
}

#[test]
fn keys_move_the_selection() {
    let mut stage = Stage::at((80, 24));
    assert_eq!(stage.selected(), "worker");
    for (key, expected) in
        [('j', "search"), ('k', "worker"), ('G', "mailhog"), ('j', "mailhog"), ('g', "api"), ('k', "api")]
    {
        stage.keys(&key.to_string());
        assert_eq!(stage.selected(), expected, "{key}");
    }
    for (code, expected) in [
        (KeyCode::End, "mailhog"),
        (KeyCode::Home, "api"),
        (KeyCode::Down, "web"),
        (KeyCode::Up, "api"),
        (KeyCode::PageDown, "mailhog"),
        (KeyCode::PageUp, "api"),
    ] {
        stage.key(code);
        assert_eq!(stage.selected(), expected, "{code:?}");
    }
    stage.ctrl('d');
    assert_eq!(stage.selected(), "payments");
    stage.ctrl('u');
    assert_eq!(stage.selected(), "api");
}

#[test]
fn the_selected_row_stays_on_a_small_screen() {
    let mut stage = Stage::at((60, 16));
    stage.keys("G");
    assert_eq!(stage.model.servers.top, 2);
    assert!(stage.screen().contains(">● mailhog"));
    stage.keys("g");
    assert_eq!(stage.model.servers.top, 0);
}

#[test]
fn start_stop_and_restart_are_asked_at_once_and_the_message_names_the_way_back() {
    for (key, name, verb, undo) in [
        ("s", "storybook", Verb::Start, "u"),
        ("x", "worker", Verb::Stop { now: false }, "u"),
        ("r", "worker", Verb::Restart, "x"),
    ] {
        let mut stage = Stage::at((80, 24));
        stage.model.servers.select(&id(name));
        stage.wanted();
        stage.keys(key);
        assert_eq!(requests(&mut stage), [(verb, vec![name.to_owned()])]);
        let toast = stage.model.toasts.newest().next().unwrap();
        assert_eq!(toast.offer.as_ref().unwrap().0, undo);
        assert_eq!(stage.model.selected().unwrap().asked, Some(verb));
    }
}

#[test]
fn kill_and_restart_all_are_always_asked_about_and_cancel_has_the_focus() {
    let mut stage = Stage::at((80, 24));
    stage.wanted();
    stage.keys("X");
    assert!(requests(&mut stage).is_empty());
    stage.key(KeyCode::Enter);
    assert!(requests(&mut stage).is_empty(), "Enter presses Cancel");
    stage.keys("Xy");
    assert_eq!(requests(&mut stage), [(Verb::Stop { now: true }, vec!["worker".to_owned()])]);
    stage.keys("R");
    stage.key(KeyCode::Tab);
    stage.key(KeyCode::Enter);
    let [(verb, servers)] = requests(&mut stage).try_into().unwrap();
    assert_eq!((verb, servers.len()), (Verb::Restart, 8));
    for no in [KeyCode::Char('n'), KeyCode::Esc] {
        stage.keys("R");
        stage.key(no);
        assert!(stage.model.dialog.is_none() && requests(&mut stage).is_empty());
    }
}

#[test]
fn restart_all_means_those_that_are_shown_when_it_was_asked() {
    let mut stage = Stage::at((80, 24));
    stage.keys("/cpu>40");
    stage.key(KeyCode::Enter);
    stage.wanted();
    stage.keys("R");
    stage.send(Message::Stream(samples(wall())));
    stage.keys("y");
    assert_eq!(requests(&mut stage), [(Verb::Restart, vec!["worker".to_owned(), "search".to_owned()])]);
}

#[test]
fn an_answer_takes_the_place_of_what_was_said_before() {
    let mut stage = Stage::at((80, 24));
    stage.keys("r");
    let mut status = snapshot().servers[2].clone();
    status.pid = Some(60122);
    let servers = vec![status.id.clone()];
    let result = Ok(Acted { seq: 9, servers: vec![status], notes: Vec::new() });
    stage.send(Message::Done { verb: Verb::Restart, servers, result });
    let said: Vec<_> = stage.model.toasts.newest().map(|toast| toast.text.clone()).collect();
    assert_eq!(said, ["worker restarted (pid 60122)"]);
    assert_eq!(stage.model.selected().unwrap().asked, None);
}

#[test]
fn a_start_that_failed_is_an_error_that_offers_another_try() {
    let mut stage = Stage::at((80, 24));
    let mut status = snapshot().servers[4].clone();
    status.last_error = Some("port 4242 in use by pid 3921 (postgres)".into());
    let servers = vec![status.id.clone()];
    let result = Ok(Acted { seq: 9, servers: vec![status], notes: Vec::new() });
    stage.send(Message::Done { verb: Verb::Restart, servers, result });
    let toast = stage.model.toasts.newest().next().unwrap();
    assert_eq!(toast.level, Level::Error);
    assert_eq!(toast.text, "payments: port 4242 in use by pid 3921 (postgres)");
    assert_eq!(toast.offer, Some(("r".into(), "retry".into())));
}

#[test]
fn nothing_is_asked_while_the_supervisor_is_lost() {
    let mut stage = Stage::at((80, 24));
    stage.send(broken());
    stage.wanted();
    stage.keys("x");
    assert!(requests(&mut stage).is_empty());
    assert_eq!(stage.model.toasts.newest().next().unwrap().level, Level::Warning);
}

#[test]
fn panes_focus_zoom_and_split() {
    let mut stage = Stage::at((120, 40));
    stage.key(KeyCode::Tab);
    assert_eq!(stage.model.focus, Pane::Logs);
    stage.key(KeyCode::BackTab);
    assert_eq!(stage.model.focus, Pane::Table);
    stage.keys("3");
    assert_eq!(stage.model.focus, Pane::Detail);
    stage.keys("1l");
    assert_eq!(stage.model.focus, Pane::Logs);
    stage.keys("z");
    assert!(stage.model.zoomed && !stage.screen().contains("NAME"));
    stage.keys("z1");
    let table = |stage: &Stage| crate::tui::layout::layout(&stage.model).table.unwrap().height;
    let before = table(&stage);
    stage.keys("++-");
    assert_eq!(table(&stage), before + 1);
    stage.key(KeyCode::Enter);
    assert!(stage.model.zoomed && stage.model.focus == Pane::Detail);
    stage.keys("q");
    assert!(!stage.model.zoomed && stage.model.focus == Pane::Table);
}

#[test]
fn q_steps_back_and_quits_at_the_top_and_esc_never_quits() {
    let mut stage = Stage::at((80, 24));
    stage.keys("/web");
    stage.key(KeyCode::Enter);
    stage.keys("2q");
    assert_eq!(stage.model.focus, Pane::Table);
    stage.keys("q");
    assert!(stage.model.servers.filter().is_empty());
    stage.wanted();
    stage.key(KeyCode::Esc);
    assert!(stage.wanted().is_empty() && !stage.model.quitting);
    stage.keys("q");
    assert_eq!(stage.wanted(), [Effect::Quit]);
}

#[test]
fn ctrl_keys_work_anywhere() {
    for keys in ["", "2", "R", "?", "/x"] {
        let mut stage = Stage::at((80, 24));
        stage.keys(keys);
        stage.wanted();
        stage.ctrl('l');
        stage.ctrl('z');
        stage.ctrl('c');
        assert_eq!(stage.wanted(), [Effect::Repaint, Effect::Suspend, Effect::Quit], "{keys}");
    }
}

#[test]
fn a_filter_limits_the_rows_while_it_is_typed_and_esc_clears_it() {
    let mut stage = Stage::at((80, 24));
    stage.keys("/admi");
    assert_eq!(stage.selected(), "admin-ui");
    assert_eq!(stage.model.servers.shown().len(), 1);
    stage.key(KeyCode::Backspace);
    stage.ctrl('u');
    assert_eq!(stage.model.servers.shown().len(), 8);
    stage.keys("cpu>");
    stage.key(KeyCode::Enter);
    assert!(stage.model.prompt.is_some(), "what can't be meant is not taken");
    stage.key(KeyCode::Esc);
    assert!(stage.model.prompt.is_none() && stage.model.servers.filter().is_empty());
}

#[test]
fn the_selection_stays_with_its_server_and_moves_on_when_it_goes() {
    let mut stage = Stage::at((80, 24));
    let removed = vec![id("api")];
    stage.send(Message::Stream(StreamItem::Removed { servers: removed }));
    assert_eq!(stage.selected(), "worker");
    stage.send(Message::Stream(StreamItem::Removed { servers: vec![id("worker")] }));
    assert_eq!(stage.selected(), "search");
    assert_eq!(stage.model.log.server, Some(id("search")));
}

#[test]
fn the_bell_rings_when_the_supervisor_says_so_and_nothing_is_drawn() {
    let mut stage = Stage::at((80, 24));
    let before = stage.screen();
    stage.wanted();
    stage.send(Message::Stream(StreamItem::Bell { server: id("api") }));
    assert_eq!(stage.wanted(), [Effect::Bell]);
    assert_eq!(stage.screen(), before);
}

#[test]
fn help_searches_what_is_typed() {
    let mut stage = Stage::at((80, 24));
    stage.keys("?sigkill");
    assert!(stage.screen().contains("SIGKILL at once"));
    assert!(!stage.screen().contains("wrap long lines"));
    stage.key(KeyCode::Esc);
    assert!(stage.model.dialog.is_none());
}

#[test]
fn why_is_asked_and_its_answer_shown() {
    let mut stage = Stage::at((80, 24));
    stage.wanted();
    stage.keys("w");
    assert_eq!(stage.wanted(), [Effect::Why(id("worker"))]);
    let failure = Failure { message: "not now".into(), hint: None };
    stage.send(Message::Why { server: id("worker"), result: Err(failure) });
    let Some(Dialog::Why(why)) = &stage.model.dialog else { panic!("closed") };
    assert_eq!(why.answer, Some(Err("not now".to_owned())));
    stage.key(KeyCode::Enter);
    assert!(stage.model.dialog.is_none());
}

#[test]
fn longer_windows_are_asked_for_while_the_detail_is_shown() {
    let mut stage = Stage::at((80, 24));
    let histories = |stage: &mut Stage| {
        let mut wanted = stage.wanted();
        wanted.retain(|effect| matches!(effect, Effect::History { .. }));
        wanted
    };
    stage.key(KeyCode::Enter);
    stage.wanted();
    stage.keys(">");
    assert_eq!(histories(&mut stage), [Effect::History { server: id("worker"), window_s: 600 }]);
    stage.wait(5);
    assert!(histories(&mut stage).is_empty());
    stage.wait(10);
    assert_eq!(histories(&mut stage).len(), 1);
    stage.keys(">");
    assert_eq!(histories(&mut stage), [Effect::History { server: id("worker"), window_s: 7200 }]);
    stage.keys(">");
    assert_eq!(histories(&mut stage), [Effect::History { server: id("worker"), window_s: 86_400 }]);
    stage.keys(">");
    assert_eq!(stage.model.charts.window, 3, "a day is all there is");
    stage.keys("<<<<");
    assert_eq!(stage.model.charts.window, 0);
}

#[test]
fn a_lost_supervisor_is_tried_again_after_ever_longer_waits() {
    let mut stage = Stage::at((80, 24));
    stage.wanted();
    for wait in [1, 2, 4, 8, 16, 30, 30] {
        stage.send(broken());
        stage.wait(wait - 1);
        assert!(stage.wanted().is_empty(), "{wait}");
        stage.wait(1);
        assert_eq!(stage.wanted(), [Effect::Connect { start: false }], "{wait}");
    }
    stage.send(broken());
    stage.ctrl('r');
    assert_eq!(stage.wanted(), [Effect::Connect { start: true }]);
    stage.send(Message::Stream(StreamItem::Snapshot(snapshot())));
    assert_eq!(stage.model.connection, Connection::Live);
    let cursor = stage.model.log.store.last_cursor();
    let resumed = |effect: &Effect| match effect {
        Effect::FollowLog { begin: Begin::After(edge), .. } => edge.places.values().next().copied() == cursor,
        _ => false,
    };
    assert!(stage.wanted().iter().any(resumed), "the log goes on where it was");
}

#[test]
fn at_rest_nothing_ticks_and_nothing_is_drawn() {
    let mut stage = Stage::at((80, 24));
    stage.model.dirty = Dirty::No;
    assert_eq!(stage.model.next_wake(), None);
    let empty = StreamItem::Samples {
        at: wall(),
        samples: Vec::new(),
        host_cpu_percent: 3.0,
        host_memory_used: 1,
        host_memory_total: 2,
    };
    stage.send(Message::Stream(empty));
    stage.send(Message::Tick);
    assert_eq!(stage.model.dirty, Dirty::No);
    let generation = stage.model.log.generation;
    let item = LogItem::Line(line(500, wall(), Stream::Stdout, b"line").into());
    stage.send(Message::Log { generation, item });
    assert_eq!(stage.model.dirty, Dirty::Logs);
    stage.keys("j");
    assert_eq!(stage.model.dirty, Dirty::Now);
}
