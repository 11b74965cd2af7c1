//! Marks, bulk acts, undo, holders of ports, order, sections and unread failures: as keys and messages bring them about.

use crossterm::event::KeyCode;
use insta::assert_snapshot;

use super::fixture::{Setting, Stage, id, samples, snapshot, wall};
use crate::api::{Acted, HolderKilled, StreamItem, Verb};
use crate::model::{
    Desired, Event, EventKind, Exit, Holder, Phase, PortState, ServerId, ServerStatus, Signal, Snapshot,
    StopPlan,
};
use crate::tui::effect::Effect;
use crate::tui::message::{Failure, Message};
use crate::tui::model::{Dialog, Level, SortKey};
use crate::tui::theme::{Depth, Glyphs};
use crate::tui::view::sort_key_at;

const STOP: Verb = Verb::Stop { now: false };

fn requests(stage: &mut Stage) -> Vec<(Verb, Vec<String>)> {
    let of = |effect| match effect {
        Effect::Request { verb, servers } => {
            Some((verb, servers.iter().map(|id| id.name().to_owned()).collect()))
        }
        _ => None,
    };
    stage.wanted().into_iter().filter_map(of).collect()
}

fn said(stage: &Stage) -> String {
    stage.model.toasts.newest().next().map_or_else(String::new, |toast| toast.text.clone())
}

fn status(stage: &mut Stage, name: &str, change: impl FnOnce(&mut ServerStatus)) {
    let mut status = stage.model.servers.get(&id(name)).unwrap().status.clone();
    change(&mut status);
    stage.send(Message::Stream(StreamItem::Status { seq: 2, servers: vec![status] }));
}

fn names(stage: &Stage) -> Vec<String> {
    stage.model.servers.shown().map(|server| server.status.name.clone()).collect()
}

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
fn several_are_asked_about_once_with_their_names_and_what_is_sent() {
    let mut stage = Stage::at((80, 24));
    stage.keys("gg  j  ");
    stage.wanted();
    status(&mut stage, "api", |api| api.stop = StopPlan { signal: "SIGINT".parse().unwrap(), grace_s: 60.0 });
    status(&mut stage, "mailhog", |mailhog| mailhog.project = "shop".into());
    stage.keys("x");
    assert!(requests(&mut stage).is_empty());
    assert_snapshot!("stop_marked_80x24", stage.screen());
    stage.key(KeyCode::Enter);
    assert!(requests(&mut stage).is_empty(), "Cancel has the focus");
    stage.keys("xy");
    assert_eq!(
        requests(&mut stage),
        [(STOP, ["api", "web", "search", "payments"].map(str::to_owned).to_vec())]
    );
    assert_snapshot!("stopping_marked_80x24", stage.screen());
    stage.keys("s");
    stage.key(KeyCode::Enter);
    assert_eq!(requests(&mut stage).len(), 1, "a start ends nothing: its button has the focus");
}

#[test]
fn a_long_question_scrolls_and_keeps_its_buttons_on_the_smallest_screen() {
    for size in [(40, 8), (60, 16)] {
        let mut stage = Stage::at(size);
        stage.keys("*r");
        assert!(stage.screen().contains("> Cancel"), "{}", stage.screen());
        stage.keys("jj");
        assert_snapshot!(format!("restart_marked_{}x{}", size.0, size.1), stage.screen());
    }
}

#[test]
fn what_a_filter_hides_is_not_acted_on() {
    let mut stage = Stage::at((80, 24));
    stage.keys("*/admin");
    stage.key(KeyCode::Enter);
    stage.wanted();
    assert!(stage.screen().contains("1 marked+7"), "{}", stage.screen());
    stage.keys("x");
    assert_eq!(requests(&mut stage), [(STOP, vec!["admin-ui".to_owned()])], "the selected one, at once");
}

#[test]
fn one_mark_elsewhere_is_asked_about_and_the_detail_acts_on_what_it_shows() {
    let mut stage = Stage::at((80, 24));
    stage.keys(" ");
    stage.wanted();
    stage.keys("x");
    assert!(matches!(stage.model.dialog, Some(Dialog::Confirm(_))) && requests(&mut stage).is_empty());
    stage.key(KeyCode::Esc);
    stage.key(KeyCode::Enter);
    stage.keys("x");
    assert_eq!(requests(&mut stage), [(STOP, vec!["search".to_owned()])]);
}

#[test]
fn who_is_started_along_or_left_without_is_named() {
    let mut stage = Stage::at((80, 24));
    status(&mut stage, "web", |web| web.needs = vec!["api:healthy".into(), "payments:started".into()]);
    stage.keys("gX");
    assert!(stage.screen().contains("web needs what is stopped, and goes on."), "{}", stage.screen());
    stage.key(KeyCode::Esc);
    stage.keys("j j s");
    assert!(stage.screen().contains("Started along: payments."), "{}", stage.screen());
}

#[test]
fn one_that_was_forgotten_while_the_question_stood_is_left_out() {
    let mut stage = Stage::at((80, 24));
    stage.keys("*x");
    let before = names(&stage);
    stage.send(Message::Stream(StreamItem::Removed { servers: vec![id("api")] }));
    assert!(stage.screen().contains("shop/api  gone"), "{}", stage.screen());
    stage.wanted();
    stage.keys("y");
    assert_eq!(requests(&mut stage), [(STOP, before[1..].to_vec())]);
}

#[test]
fn undo_takes_back_what_the_last_act_changed_and_nothing_else() {
    let mut stage = Stage::at((80, 24));
    stage.wanted();
    stage.keys("u");
    assert_eq!(said(&stage), "nothing to undo");
    stage.keys("*xy");
    stage.wanted();
    stage.keys("u");
    let up = ["api", "web", "worker", "search", "admin-ui", "mailhog"].map(str::to_owned).to_vec();
    assert_eq!(requests(&mut stage), [(Verb::Start, up.clone())], "those that were up");
    stage.keys("sy");
    stage.wanted();
    for name in ["payments", "storybook"] {
        status(&mut stage, name, |server| server.phase = Phase::Running);
    }
    stage.keys("u");
    let down = ["payments", "storybook"].map(str::to_owned).to_vec();
    assert_eq!(requests(&mut stage), [(STOP, down)], "those that were down");
    stage.wait(31);
    stage.keys("u");
    assert!(requests(&mut stage).is_empty() && said(&stage) == "nothing to undo");
    stage.keys("ry");
    stage.wanted();
    stage.keys("u");
    assert!(requests(&mut stage).is_empty() && said(&stage) == "a restart can't be undone");
}

#[test]
fn undo_leaves_alone_what_is_so_again_and_a_second_stop_does_not_forget() {
    let mut stage = Stage::at((80, 24));
    stage.keys("x");
    let stopping =
        |worker: &mut ServerStatus| (worker.phase, worker.desired) = (Phase::Stopping, Desired::Down);
    status(&mut stage, "worker", stopping);
    stage.keys("x");
    stage.wanted();
    stage.keys("u");
    assert_eq!(requests(&mut stage), [(Verb::Start, vec!["worker".to_owned()])]);
    status(&mut stage, "worker", |worker| worker.phase = Phase::Stopped);
    let answer = Acted { seq: 9, servers: Vec::new(), notes: Vec::new() };
    stage.send(Message::Done { verb: Verb::Start, servers: vec![id("worker")], result: Ok(answer) });
    stage.keys("u");
    assert!(requests(&mut stage).is_empty());
    assert_eq!(said(&stage), "nothing to undo: worker is down already");
}

#[test]
fn a_bulk_act_ends_in_one_message_that_names_who_failed() {
    let mut stage = Stage::at((80, 24));
    stage.keys("*ry");
    let mut servers = snapshot().servers;
    servers[4].last_error = Some("port 4242 in use\u{1b}[2J".into());
    let ids: Vec<ServerId> = servers.iter().map(|server| server.id.clone()).collect();
    let notes = vec!["web needs api and still runs".to_owned()];
    stage.send(Message::Done {
        verb: Verb::Restart,
        servers: ids,
        result: Ok(Acted { seq: 9, servers, notes }),
    });
    assert_eq!(said(&stage), "1 of 8 not restarted: payments: port 4242 in use");
    let all: Vec<_> = stage.model.toasts.newest().map(|toast| toast.text.as_str()).collect();
    assert_eq!(all.len(), 2, "{all:?}");
}

fn held(stage: &mut Stage, holder: Option<Holder>) {
    status(stage, "payments", |payments| {
        payments.phase = Phase::Waiting;
        payments.ports[0].state = PortState::Foreign;
        payments.ports[0].holder = holder;
    });
    stage.model.servers.select(&id("payments"));
}

fn postgres() -> Holder {
    let command = Some("post\u{1b}gres".to_owned());
    Holder { pid: Some(3921), command, user: Some("alice".to_owned()), ours: None }
}

#[test]
fn the_holder_of_a_port_is_named_before_it_is_ended_and_sigkill_comes_second() {
    let mut stage = Stage::at((80, 24));
    held(&mut stage, Some(postgres()));
    stage.wanted();
    stage.keys("K");
    assert_snapshot!("kill_holder_80x24", stage.screen());
    stage.wanted();
    stage.key(KeyCode::Enter);
    assert!(stage.wanted().is_empty());
    stage.keys("Ky");
    let kill = |now| Effect::KillHolder { server: id("payments"), port: 4242, now };
    assert_eq!(stage.wanted(), [kill(false)]);
    let answer =
        HolderKilled { port: 4242, signal: Signal::TERM, holders: vec![postgres()], left: vec![postgres()] };
    stage.send(Message::HolderKilled { server: id("payments"), port: 4242, result: Ok(answer.clone()) });
    assert!(
        said(&stage).contains("still holds port 4242 after SIGTERM; K again sends SIGKILL"),
        "{}",
        said(&stage)
    );
    stage.keys("Ky");
    assert_eq!(stage.wanted(), [kill(true)]);
    let answer = HolderKilled { signal: Signal::KILL, left: Vec::new(), ..answer };
    stage.send(Message::HolderKilled { server: id("payments"), port: 4242, result: Ok(answer) });
    assert!(said(&stage).starts_with("port 4242 is free: SIGKILL ended pid 3921"), "{}", said(&stage));
    let failure = Failure { message: "no".into(), hint: Some("sudo".into()) };
    stage.send(Message::HolderKilled { server: id("payments"), port: 4242, result: Err(failure) });
    assert_eq!(stage.model.toasts.newest().next().unwrap().level, Level::Error);
}

#[test]
fn where_no_stranger_can_be_ended_it_says_why() {
    let mut stage = Stage::at((80, 24));
    stage.keys("K");
    assert_eq!(said(&stage), "no stranger holds port 9090 of worker");
    held(&mut stage, Some(Holder { pid: None, command: None, user: Some("root".into()), ours: None }));
    stage.keys("K");
    assert!(said(&stage).contains("of root that can't be seen; root can"), "{}", said(&stage));
    held(&mut stage, Some(Holder { ours: Some(id("api")), ..postgres() }));
    stage.keys("K");
    assert!(said(&stage).contains("held by shop/api, a server of ostler's"), "{}", said(&stage));
    held(&mut stage, Some(postgres()));
    status(&mut stage, "payments", |payments| payments.ports.clear());
    stage.keys("K");
    assert_eq!(said(&stage), "payments declares no port");
    assert!(stage.model.dialog.is_none());
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
