//! What the keys of the log pane do to how its lines are shown, and to what is taken out of it.

use crossterm::event::KeyCode;

use crate::api::LogItem;
use crate::model::{LogLine, Stream};
use crate::tui::effect::Effect;
use crate::tui::message::{Failure, Message, SaveNews};
use crate::tui::model::log_look::Times;
use crate::tui::model::log_view::{Begin, PAGE, Position};
use crate::tui::model::saving::{SaveForm, SaveJob};
use crate::tui::model::{Dialog, Level, Pane};
use crate::tui::tests::fixture::{Setting, Stage, id, line, wall};

fn lines(stage: &mut Stage, texts: impl IntoIterator<Item = impl AsRef<str>>) {
    let generation = stage.model.log.generation;
    for text in texts {
        let number = stage.model.log.store.last_cursor().map_or(0, |cursor| cursor.offset / 1000);
        let item = LogItem::Line(line(number, wall(), Stream::Stdout, text.as_ref().as_bytes()).into());
        stage.send(Message::Log { generation, item });
    }
}

fn numbered(stage: &mut Stage, from: u32, count: u32) {
    lines(stage, (from..from + count).map(|n| format!("line {n}")));
}

/// The log pane at work, with its last lines from `line 0` on.
fn stage() -> Stage {
    let mut stage = Stage::at((80, 24));
    stage.keys("2");
    numbered(&mut stage, 0, 40);
    stage.wanted();
    stage
}

fn copied(stage: &mut Stage) -> Vec<(String, String)> {
    let of = |effect| match effect {
        Effect::Copy { what, text } => Some((what, text)),
        _ => None,
    };
    stage.wanted().into_iter().filter_map(of).collect()
}

#[test]
fn wrapping_keeps_the_line_at_the_top() {
    let mut stage = stage();
    lines(&mut stage, (0..30).map(|n| format!("long {n} {}", "x".repeat(300))));
    stage.keys("kkkk");
    let Position::At((number, 0)) = stage.model.log.position else {
        panic!("{:?}", stage.model.log.position)
    };
    stage.keys("w");
    assert_eq!(stage.model.log.position, Position::At((number, 0)));
    stage.keys("jj");
    assert_eq!(stage.model.log.position, Position::At((number, 2)), "by rows");
    stage.keys("w");
    assert_eq!(stage.model.log.position, Position::At((number, 0)));
    assert!(stage.screen().contains("xxx"), "{}", stage.screen());
}

#[test]
fn a_row_that_is_no_more_after_a_resize_is_none_that_is_shown() {
    let mut stage = stage();
    lines(&mut stage, ["x".repeat(1000)]);
    numbered(&mut stage, 90, 40);
    stage.keys("wggjjjjjjjj");
    for _ in 0..80 {
        stage.keys("j");
        stage.send(Message::Resize(200, 24));
        let screen = stage.screen();
        let first = screen.lines().nth(11).unwrap();
        assert!(first.trim_end_matches('|').trim_end().len() > 8, "{screen}");
        stage.send(Message::Resize(60, 24));
    }
}

#[test]
fn times_go_round() {
    let mut stage = stage();
    for (times, shown) in [
        (Times::Date, " 2026-11-20 14:02:14 line 39"),
        (Times::Relative, "     0s line 39"),
        (Times::Off, " line 39"),
        (Times::Time, " 14:02:14 line 39"),
    ] {
        stage.keys("t");
        assert_eq!(stage.model.log.look.times, times);
        assert!(stage.screen().lines().any(|row| row.starts_with(shown)), "{}", stage.screen());
    }
}

#[test]
fn a_time_of_its_own_that_says_the_same_is_left_out_where_a_time_is_shown() {
    let mut stage = stage();
    lines(&mut stage, ["2026-11-20T14:02:14Z here it is", "2020-01-01T00:00:00Z from long ago"]);
    let shows = |stage: &Stage, text: &str| stage.screen().contains(text);
    assert!(shows(&stage, " 14:02:14 here it is"));
    assert!(shows(&stage, "2020-01-01T00:00:00Z from long ago"), "{}", stage.screen());
    stage.keys("ttt");
    assert_eq!(stage.model.log.look.times, Times::Off);
    assert!(shows(&stage, "2026-11-20T14:02:14Z here it is"));
}

#[test]
fn json_is_written_in_words_and_the_rest_as_it_is() {
    let mut stage = stage();
    lines(&mut stage, [r#"{"level":"error","time":1795183334,"msg":"no","n":4}"#, "{no json}"]);
    stage.keys("p");
    let screen = stage.screen();
    assert!(screen.contains("14:02:14 error no n=4") && screen.contains("{no json}"), "{screen}");
    stage.keys("p");
    assert!(stage.screen().contains(r#"{"level":"error""#));
}

#[test]
fn sideways_goes_as_far_as_there_is_something_and_new_lines_leave_it() {
    let mut stage = stage();
    stage.keys("l");
    assert_eq!(stage.model.log.look.left, 0, "all is there");
    lines(&mut stage, [format!("{}end", "x".repeat(200))]);
    stage.keys("ll");
    stage.key(KeyCode::Right);
    assert_eq!(stage.model.log.look.left, 24);
    assert!(stage.screen().contains("from column 25"));
    numbered(&mut stage, 50, 3);
    assert_eq!(stage.model.log.look.left, 24);
    stage.keys("h");
    stage.key(KeyCode::Left);
    assert_eq!(stage.model.log.look.left, 8);
    stage.keys("$");
    assert_eq!(stage.model.log.look.left, 203 - 70);
    assert!(stage.screen().lines().any(|row| row.ends_with("xxend|")), "{}", stage.screen());
    stage.keys("l");
    assert_eq!(stage.model.log.look.left, 203 - 70, "nothing more is there");
    stage.keys("0");
    assert_eq!(stage.model.log.look.left, 0);
}

#[test]
fn lines_are_selected_and_copied_as_they_are_shown() {
    let mut stage = stage();
    lines(&mut stage, ["\u{1b}[31mred\u{1b}]52;c;x\u{7}\u{1b}[0m   ", "    at f (x.js)"]);
    stage.keys("Vkk");
    numbered(&mut stage, 70, 5);
    assert!(!stage.model.log.follows(), "the lines stay while one selects");
    assert!(stage.screen().contains("SELECT 3 +5"), "{}", stage.screen());
    stage.keys("y");
    let text = "14:02:14 line 39\n14:02:14 red\n             at f (x.js)\n";
    assert_eq!(copied(&mut stage), [("3 lines of worker".to_owned(), text.to_owned())]);
    assert!(stage.model.log.follows() && stage.model.log.notes.selection.is_none());
    stage.keys("ttt");
    stage.keys("Vky");
    assert_eq!(copied(&mut stage)[0].1, "line 73\nline 74\n");
    stage.keys("tttVy");
    assert_eq!(stage.model.log.look.times, Times::Relative);
    assert_eq!(copied(&mut stage), [("1 line of worker".to_owned(), "line 74\n".to_owned())]);
}

#[test]
fn a_selection_moves_by_all_keys_and_ends_in_every_way() {
    let mut stage = stage();
    let all = stage.model.log.store.len() as i64;
    stage.keys("Vg");
    let range = |stage: &Stage| stage.model.log.notes.selection.unwrap().lines();
    assert_eq!(range(&stage), 0..=all - 1);
    assert!(stage.screen().contains("started, pid 41302"), "its end is on the screen: {}", stage.screen());
    stage.keys("G");
    assert_eq!(range(&stage), all - 1..=all - 1);
    stage.key(KeyCode::PageUp);
    stage.ctrl('u');
    stage.ctrl('d');
    stage.key(KeyCode::PageDown);
    stage.key(KeyCode::Up);
    assert_eq!(range(&stage), all - 2..=all - 1);
    stage.key(KeyCode::Esc);
    assert!(stage.model.log.notes.selection.is_none() && stage.model.focus == Pane::Logs);
    assert!(stage.model.log.follows(), "as before");
    stage.key(KeyCode::PageUp);
    stage.keys("VV");
    assert!(stage.model.log.notes.selection.is_none() && !stage.model.log.follows(), "as before");
    stage.keys("Vf");
    assert!(stage.model.log.notes.selection.is_none() && stage.model.log.follows());
    stage.keys("V1jj");
    assert_eq!(stage.model.log.notes.selection, None, "of another log");
}

#[test]
fn selected_lines_stay_in_the_window_however_many_come() {
    let mut stage = stage();
    stage.keys("Vkk");
    let selected = stage.model.log.notes.selection.unwrap();
    numbered(&mut stage, 100, 6000);
    assert_eq!(stage.model.log.notes.selection, Some(selected));
    stage.keys("y");
    assert_eq!(copied(&mut stage)[0].1, "14:02:14 line 37\n14:02:14 line 38\n14:02:14 line 39\n");
    assert!(stage.model.log.follows(), "what came meanwhile is read again");
}

#[test]
fn the_lines_on_the_screen_are_copied_whole() {
    let mut stage = stage();
    lines(&mut stage, ["y".repeat(500)]);
    stage.keys("tttY");
    let [(what, text)] = copied(&mut stage).try_into().unwrap();
    assert_eq!(what, "12 lines of worker on the screen");
    assert_eq!(text.lines().count(), 12);
    assert!(text.ends_with(&format!("{}\n", "y".repeat(500))));
    stage.keys("y");
    assert!(copied(&mut stage).is_empty());
    assert!(stage.model.toasts.newest().next().unwrap().text.contains("V begins"));
}

#[test]
fn a_mark_stands_where_it_was_made() {
    let mut stage = stage();
    stage.wait(5);
    stage.keys("m");
    numbered(&mut stage, 60, 2);
    let screen = stage.screen();
    let rows: Vec<&str> = screen.lines().skip(20).collect();
    assert!(rows[0].starts_with("── 14:02:19 ───"), "{screen}");
    assert!(rows[1].contains("line 60") && rows[2].contains("line 61"), "{screen}");
    stage.keys("]");
    assert!(!stage.screen().contains("── 14:02:19"));
    stage.keys("[");
    numbered(&mut stage, 0, 30);
    assert!(!stage.screen().contains("── 14:02:19"), "its line is not there yet");
    numbered(&mut stage, 30, 26);
    stage.live();
    assert!(stage.screen().contains("── 14:02:19 ──"), "{}", stage.screen());
    let mut bare = Stage::bare(&Setting::default());
    bare.send(Message::Stream(crate::api::StreamItem::Snapshot(crate::tui::tests::fixture::snapshot())));
    bare.keys("2m");
    assert_eq!(bare.model.toasts.newest().next().unwrap().level, Level::Warning);
}

#[test]
fn a_server_cannot_write_a_mark() {
    let mut stage = stage();
    stage.keys("ttt");
    lines(&mut stage, ["── 14:02:19 ─────"]);
    assert!(!stage.screen().lines().skip(11).any(|row| row.starts_with('─')), "{}", stage.screen());
}

#[test]
fn a_cleared_view_shows_what_comes_until_one_wants_the_rest() {
    let mut stage = stage();
    stage.keys("c");
    let screen = stage.screen();
    assert!(screen.contains("cleared") && !screen.contains("line 39"), "{screen}");
    numbered(&mut stage, 60, 2);
    let screen = stage.screen();
    assert!(screen.contains("line 60") && screen.contains("line 61") && !screen.contains("line 39"));
    stage.keys("c");
    assert!(stage.screen().contains("line 39") && !stage.model.log.notes.is_cleared());
    stage.keys("ck");
    let last = stage.screen().lines().nth(22).unwrap().to_owned();
    assert!(last.contains("line 61"), "a whole screen is shown again: {last}");
    assert!(!stage.model.log.notes.is_cleared());
    stage.keys("c");
    numbered(&mut stage, 70, 30);
    stage.key(KeyCode::Up);
    assert!(stage.model.log.notes.is_cleared(), "it all came later");
    stage.key(KeyCode::PageUp);
    stage.key(KeyCode::PageUp);
    assert!(!stage.model.log.notes.is_cleared() && stage.screen().contains("line 61"));
}

#[test]
fn what_is_cleared_while_paused_far_back_is_all_up_to_the_end() {
    let mut stage = stage();
    stage.key(KeyCode::PageUp);
    numbered(&mut stage, 0, 6000);
    assert!(stage.model.log.detached);
    stage.wanted();
    stage.keys("c");
    assert!(matches!(stage.wanted()[..], [Effect::FollowLog { begin: Begin::Last, .. }]));
    numbered(&mut stage, 6000, PAGE as u32);
    assert!(!stage.screen().contains("line 6"), "history");
    stage.live();
    assert!(!stage.screen().contains("line 6"));
    numbered(&mut stage, 7000, 1);
    assert!(stage.screen().contains("line 7000"));
}

#[test]
fn the_logs_before_and_after_keep_the_focus() {
    let mut stage = stage();
    stage.keys("]");
    assert_eq!((stage.selected(), stage.model.focus), ("search", Pane::Logs));
    assert!(
        matches!(&stage.wanted()[..], [Effect::FollowLog { reading, .. }] if reading.servers == [id("search")])
    );
    stage.keys("[[[[[[");
    assert_eq!((stage.selected(), stage.model.focus), ("api", Pane::Logs));
}

#[test]
fn a_log_is_saved_after_one_question() {
    let job = |stage: &mut Stage| {
        let wanted = stage.wanted();
        let [Effect::SaveLog(job)] = &wanted[..] else { panic!("{wanted:?}") };
        job.clone()
    };
    let mut stage = stage();
    stage.ctrl('s');
    assert!(matches!(stage.model.dialog, Some(Dialog::Save(_))) && stage.wanted().is_empty());
    stage.keys("x");
    assert!(stage.model.dialog.is_some(), "no answer");
    stage.keys("r");
    let stem = "shop-worker-20261120-140214".to_owned();
    let reading = stage.model.log.reading().unwrap();
    let raw = SaveJob { reading, name: "worker".to_owned(), stem, form: SaveForm::Raw };
    assert_eq!((job(&mut stage), stage.model.dialog.is_none()), (raw.clone(), true));
    stage.ctrl('s');
    stage.keys("f");
    let form = SaveForm::Shown { times: Some(stage.model.start.zone.clone()) };
    assert_eq!(job(&mut stage), SaveJob { form, ..raw });
    stage.keys("tt");
    stage.ctrl('s');
    stage.keys("f");
    assert_eq!(job(&mut stage).form, SaveForm::Shown { times: None });
    stage.ctrl('s');
    stage.key(KeyCode::Esc);
    assert!(stage.wanted().is_empty() && stage.model.dialog.is_none());
}

#[test]
fn a_filter_and_several_logs_are_saved_as_they_are_shown() {
    let mut stage = stage();
    stage.keys("&ERROR");
    stage.key(KeyCode::Enter);
    stage.wanted();
    stage.ctrl('s');
    stage.keys("f");
    let wanted = stage.wanted();
    let [Effect::SaveLog(job)] = &wanted[..] else { panic!("{wanted:?}") };
    assert_eq!(job.reading.query().grep.as_deref(), Some("ERROR"));
    stage.keys("1L");
    stage.wanted();
    stage.ctrl('s');
    assert!(!stage.screen().contains("as the server wrote them"), "{}", stage.screen());
    stage.keys("r");
    assert!(stage.wanted().is_empty());
    stage.keys("f");
    let wanted = stage.wanted();
    let [Effect::SaveLog(job)] = &wanted[..] else { panic!("{wanted:?}") };
    assert_eq!((job.stem.as_str(), job.reading.servers.len()), ("ostler-8-servers-20261120-140214", 8));
}

#[test]
fn lines_of_several_logs_are_copied_with_their_names() {
    let mut stage = stage();
    stage.keys("1L");
    let generation = stage.model.log.generation;
    for (number, name) in ["api", "admin-ui"].into_iter().enumerate() {
        let line = LogLine { server: id(name), ..line(number as u64, wall(), Stream::Stdout, b"said") };
        stage.send(Message::Log { generation, item: LogItem::Line(line.into()) });
    }
    stage.keys("Y");
    let text = "14:02:14 api       said\n14:02:14 admin-ui  said\n".to_owned();
    assert_eq!(copied(&mut stage), [("2 lines of 8 servers on the screen".to_owned(), text)]);
}

#[test]
fn how_saving_goes_is_told() {
    let mut stage = stage();
    let mut say = |news| {
        stage.send(Message::Saving { name: "worker".to_owned(), news });
        let toast = stage.model.toasts.newest().next().unwrap();
        (toast.level, toast.text.clone())
    };
    let going = SaveNews::Going { written: 3 << 20, share: Some(41) };
    assert_eq!(say(going), (Level::Asked, "saving the log of worker: 3M, 41 % searched".to_owned()));
    let path = "/home/me/x\u{1b}[2J.log".into();
    assert_eq!(say(SaveNews::Ended(Ok((path, 4 << 20)))), (Level::Info, "saved ~/x.log (4M)".to_owned()));
    let failure = Failure { message: "the disk is full".to_owned(), hint: None };
    assert_eq!(
        say(SaveNews::Ended(Err(failure))),
        (Level::Error, "the log of worker is not saved: the disk is full".to_owned())
    );
}
