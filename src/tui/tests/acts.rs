//! Bulk acts, their questions, undo, and strangers on ports: as keys and messages bring them about.

use crossterm::event::KeyCode;
use insta::assert_snapshot;

use super::fixture::{Stage, id, snapshot};
use crate::api::{Acted, HolderKilled, StreamItem, Verb};
use crate::model::{Desired, Holder, Phase, PortState, ServerId, ServerStatus, Signal, StopPlan};
use crate::tui::effect::Effect;
use crate::tui::message::{Failure, Message};
use crate::tui::model::{Dialog, Level};

const STOP: Verb = Verb::Stop { now: false };

pub(super) fn requests(stage: &mut Stage) -> Vec<(Verb, Vec<String>)> {
    let of = |effect| match effect {
        Effect::Request { verb, servers } => {
            Some((verb, servers.iter().map(|id| id.name().to_owned()).collect()))
        }
        _ => None,
    };
    stage.wanted().into_iter().filter_map(of).collect()
}

pub(super) fn said(stage: &Stage) -> String {
    stage.model.toasts.newest().next().map_or_else(String::new, |toast| toast.text.clone())
}

pub(super) fn status(stage: &mut Stage, name: &str, change: impl FnOnce(&mut ServerStatus)) {
    let mut status = stage.model.servers.get(&id(name)).unwrap().status.clone();
    change(&mut status);
    stage.send(Message::Stream(StreamItem::Status { seq: 2, servers: vec![status] }));
}

pub(super) fn names(stage: &Stage) -> Vec<String> {
    stage.model.servers.shown().map(|server| server.status.name.clone()).collect()
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

pub(super) fn held(stage: &mut Stage, holder: Option<Holder>) {
    status(stage, "payments", |payments| {
        payments.phase = Phase::Waiting;
        payments.ports[0].state = PortState::Foreign;
        payments.ports[0].holder = holder;
    });
    stage.model.servers.select(&id("payments"));
}

pub(super) fn postgres() -> Holder {
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
    let kill = |now| Effect::KillHolder { server: id("payments"), port: 4242, pid: Some(3921), now };
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
    let other = Holder { pid: Some(4000), ..postgres() };
    let too = HolderKilled { left: vec![other.clone()], ..answer.clone() };
    stage.send(Message::HolderKilled { server: id("payments"), port: 4242, result: Ok(too) });
    assert!(said(&stage).contains("holds port 4242, too; K again asks about it"), "{}", said(&stage));
    held(&mut stage, Some(other));
    stage.keys("Ky");
    let asked = Effect::KillHolder { server: id("payments"), port: 4242, pid: Some(4000), now: false };
    assert_eq!(stage.wanted(), [asked], "it was not told to go yet");
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
fn a_question_that_can_not_be_read_is_no_question() {
    let mut stage = Stage::at((80, 24));
    stage.keys("X");
    stage.send(Message::Resize(30, 6));
    stage.wanted();
    stage.keys("yXy");
    assert!(requests(&mut stage).is_empty());
}

#[test]
fn where_the_marked_ones_are_hidden_an_act_on_the_selected_one_is_asked_about() {
    let mut stage = Stage::at((80, 24));
    stage.keys("g /worker");
    stage.key(KeyCode::Enter);
    assert_eq!(stage.model.servers.marks(), 1);
    stage.wanted();
    stage.keys("x");
    assert!(requests(&mut stage).is_empty());
    assert!(stage.screen().contains("Stop worker?"), "{}", stage.screen());
}

#[test]
fn nothing_is_asked_that_can_not_be_done() {
    let mut stage = Stage::at((80, 24));
    stage.send(Message::Disconnected(Failure { message: "gone".into(), hint: None }));
    for keys in ["gX", "R"] {
        stage.keys(keys);
        assert_eq!(stage.model.dialog, None);
        assert_eq!(said(&stage), "not connected: nothing was asked");
    }
}

#[test]
fn a_message_does_not_cover_the_selected_server() {
    for size in [(40, 8), (60, 13)] {
        let mut stage = Stage::at(size);
        stage.keys("Gxr");
        assert!(stage.model.toasts.newest().len() > 0);
        let name = stage.model.selected().unwrap().status.name.clone();
        let screen = stage.screen();
        assert!(screen.lines().any(|row| row.starts_with('>') && row.contains(&name)), "{screen}");
    }
}

#[test]
fn where_one_message_has_place_it_is_an_error() {
    let mut stage = Stage::at((40, 8));
    let now = stage.model.now.mono;
    stage.model.toasts.say(now, Level::Error, "a", "it broke", None);
    stage.model.toasts.say(now, Level::Info, "b", "all is well", None);
    let screen = stage.screen();
    assert!(screen.contains("it broke") && screen.contains("+1") && !screen.contains("all is"), "{screen}");
}

#[test]
fn what_has_no_process_is_not_killed() {
    let mut stage = Stage::at((80, 24));
    stage.model.servers.select(&id("storybook"));
    stage.keys("X");
    assert_eq!(said(&stage), "storybook has no process to be killed");
    assert_eq!(stage.model.dialog, None);
}

#[test]
fn the_way_out_of_what_stands_over_the_panes_is_told_on_every_terminal() {
    for keys in ["o", "E", "T", "y", "w", ":", "?", "3"] {
        let mut stage = Stage::at((40, 8));
        stage.keys("g");
        stage.keys(keys);
        let footer = stage.screen().lines().last().unwrap_or_default().to_owned();
        let out = ["esc close", "esc leave", "esc back", "↵ close"];
        assert!(out.iter().any(|hint| footer.contains(hint)), "{keys}: {footer}");
    }
}

#[test]
fn a_port_of_five_digits_fits_the_question_on_a_narrow_terminal() {
    let mut stage = Stage::at((40, 10));
    status(&mut stage, "api", |api| api.ports[0].port = 25096);
    stage.keys("gX");
    assert!(stage.screen().contains(":25096 │"), "{}", stage.screen());
}
