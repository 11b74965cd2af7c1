//! The detail pane, its charts, and the question why.

use std::time::Duration;

use crossterm::event::KeyCode;
use insta::assert_snapshot;

use super::fixture::{Setting, Stage, id, samples, snapshot, wall};
use crate::api::processes::End;
use crate::api::{PastExit, ProcessRow, Processes, StreamItem, Why};
use crate::model::{Exit, Holder, Phase, PortState, ServerHistory, ServerId, ServerStatus, Signal, Snapshot};
use crate::tui::effect::Effect;
use crate::tui::message::{Failure, Message};
use crate::tui::model::{Dialog, Dirty};
use crate::tui::theme::{Depth, Glyphs};

fn row(pid: u32, parent: u32, command: &str, cpu_s: f64, uptime_s: f64, mib: u64) -> ProcessRow {
    ProcessRow { pid, parent, command: command.to_owned(), cpu_s, memory_bytes: mib << 20, uptime_s }
}

/// At two moments, two seconds apart.
fn processes(later: bool) -> Processes {
    let add = |used: f64| if later { used } else { 0.0 };
    let up = |seconds: f64| seconds + add(2.0);
    let processes = vec![
        row(41302, 41300, "node worker.js --queue mail", 900.0 + add(1.9), up(3060.0), 700),
        row(41310, 41302, "node \u{1b}[31mpool.js\u{202e} 1", 90.0 + add(0.06), up(3059.0), 301),
        row(41311, 41302, "node pool.js 2", 80.0, up(3059.0), 210),
        row(41390, 41311, "/usr/bin/convert -resize 200x200 in.png out.png", 0.1, up(2.0), 18),
    ];
    Processes { total: 6, processes }
}

fn exits() -> Vec<PastExit> {
    let exit = |at: &str, end, exit, lasted_s, because: Option<&str>| PastExit {
        at: at.parse().unwrap(),
        end,
        exit,
        lasted_s: Some(lasted_s),
        because: because.map(str::to_owned),
    };
    let killed = Exit::Signal { signal: Signal::KILL, core: false };
    vec![
        exit("2026-11-20T14:01:21Z", End::Exited, killed, 2400.0, Some("unhealthy: probe \u{9b}503")),
        exit("2026-11-20T14:00:50Z", End::Exited, Exit::Code(1), 0.4, None),
        exit("2026-11-20T13:11:00Z", End::Exited, Exit::Code(1), 8.0, None),
        exit("2026-11-20T12:00:00Z", End::Stopped, Exit::Code(0), 86_000.0, None),
    ]
}

/// The third server with all that can be said of one.
fn rich() -> ServerStatus {
    let mut status = snapshot().servers[2].clone();
    status.needs = vec!["api:healthy".to_owned(), "gone:started".to_owned()];
    status.group = Some("back".to_owned());
    status.version = Some("2.4.1".to_owned());
    status.config_changed = true;
    status.memory_growth_bytes_per_h = Some(12.3 * f64::from(1 << 20));
    status.log = "/home/me/.local/state/ostler/servers/shop/worker/log".into();
    status.ports[0].state = PortState::Foreign;
    status.ports[0].holder = Some(Holder {
        pid: Some(3921),
        command: Some("postgres".to_owned()),
        user: Some("alice".to_owned()),
        ours: None,
    });
    status
}

fn stage(setting: &Setting) -> Stage {
    let mut stage = Stage::new(setting);
    let mut other = snapshot().servers[0].clone();
    other.needs = vec!["worker:started".to_owned()];
    stage.send(Message::Stream(StreamItem::Status { seq: 2, servers: vec![rich(), other] }));
    stage.key(KeyCode::Enter);
    stage.send(Message::Exits { server: id("worker"), result: Ok(exits()) });
    for later in [false, true] {
        stage.send(Message::Processes { server: id("worker"), result: Ok(processes(later)) });
    }
    stage.send(Message::Stream(samples(wall())));
    stage
}

fn at(size: (u16, u16)) -> Stage {
    stage(&Setting { size, ..Setting::default() })
}

#[test]
fn all_that_is_known_of_a_server_at_every_size() {
    for size in [(60, 16), (80, 24), (120, 40), (200, 60)] {
        assert_snapshot!(format!("detail_unicode_{}x{}", size.0, size.1), at(size).screen());
        let setting = Setting { size, glyphs: Glyphs::Ascii, depth: Depth::Mono, ..Setting::default() };
        let screen = stage(&setting).screen();
        assert!(screen.is_ascii(), "{screen}");
        assert_snapshot!(format!("detail_ascii_{}x{}", size.0, size.1), screen);
    }
    let mut beside = at((120, 40));
    beside.keys("q");
    assert_snapshot!("detail_beside_120x40", beside.screen());
}

#[test]
fn the_smallest_full_screens_show_what_matters() {
    for size in [(60, 16), (80, 24)] {
        let mut stage = at(size);
        let mut calm = snapshot().servers[2].clone();
        calm.last_check = None;
        stage.send(Message::Stream(StreamItem::Status { seq: 3, servers: vec![calm] }));
        let screen = stage.screen();
        for text in ["unhealthy", ":9090", "SIGKILL", "procs", "pool.js 1", "CPU", "MEM"] {
            assert!(screen.contains(text), "{text} at {size:?}:\n{screen}");
        }
    }
}

#[test]
fn pages_scroll_within_the_lines_and_rows_go_from_server_to_server() {
    let mut stage = at((80, 24));
    let first = stage.screen();
    assert!(first.contains("state ") && first.contains(" of ") && first.contains("^D more"), "{first}");
    stage.key(KeyCode::PageDown);
    assert!(stage.model.detail.top > 0 && !stage.screen().contains(" state "));
    stage.keys("G");
    let last = stage.screen();
    assert!(last.contains("before") && last.contains("as asked"), "the exits that went before: {last}");
    let top = stage.model.detail.top;
    stage.ctrl('d');
    assert_eq!(stage.model.detail.top, top, "it ends there");
    stage.ctrl('u');
    assert!(stage.model.detail.top < top);
    stage.keys("g");
    assert_eq!((stage.model.detail.top, stage.selected()), (0, "worker"));
    stage.keys("Gj");
    assert_eq!((stage.model.detail.top, stage.selected()), (0, "search"));
    assert!(!stage.screen().contains("SIGKILL at"), "nothing of the one before is left");
}

fn asked(stage: &mut Stage) -> (usize, usize) {
    let wanted = stage.wanted();
    let count = |is: fn(&Effect) -> bool| wanted.iter().filter(|effect| is(effect)).count();
    (count(|e| matches!(e, Effect::Processes(_))), count(|e| matches!(e, Effect::Exits(_))))
}

#[test]
fn processes_are_asked_for_every_two_seconds_while_they_are_on_the_screen() {
    let mut stage = Stage::at((80, 24));
    stage.wait(10);
    assert_eq!(asked(&mut stage), (0, 0), "the pane is not there");
    stage.key(KeyCode::Enter);
    assert_eq!(asked(&mut stage), (1, 1));
    let tick = |stage: &mut Stage| {
        stage.wait(1);
        let at = wall().checked_add(stage.mono).unwrap();
        stage.send(Message::Stream(samples(at)));
        asked(stage)
    };
    assert_eq!((tick(&mut stage), tick(&mut stage)), ((0, 0), (1, 0)));
    stage.keys("E");
    assert_eq!((tick(&mut stage), tick(&mut stage)), ((0, 0), (0, 0)), "it is covered");
    stage.keys("q");
    assert_eq!(asked(&mut stage), (1, 0));
    let mut ended = snapshot().servers[2].clone();
    (ended.phase, ended.pid, ended.restarts) = (Phase::Failed, None, 3);
    stage.send(Message::Stream(StreamItem::Status { seq: 3, servers: vec![ended] }));
    assert_eq!(asked(&mut stage), (0, 1), "it ended: how?");
    assert_eq!((tick(&mut stage), tick(&mut stage), tick(&mut stage)), ((0, 0), (0, 0), (0, 0)));
}

#[test]
fn who_runs_through_the_table_asks_for_nothing_and_who_stays_does_soon() {
    let mut stage = Stage::at((120, 40));
    stage.wait(1);
    stage.wanted();
    for _ in 0..100 {
        stage.keys("jk");
    }
    stage.keys("k");
    assert_eq!(asked(&mut stage), (0, 0));
    let soon = stage.model.next_wake().unwrap();
    assert!(soon <= stage.mono + Duration::from_millis(200), "{soon:?}");
    stage.mono = soon;
    stage.send(Message::Tick);
    assert_eq!(asked(&mut stage), (1, 1));
    assert_eq!(stage.model.next_wake(), None);
}

#[test]
fn the_detail_of_a_stopped_server_wakes_nobody_and_draws_nothing() {
    let mut stage = Stage::at((120, 40));
    let down = |mut status: ServerStatus| {
        (status.phase, status.pid, status.uptime_s) = (Phase::Stopped, None, None);
        status
    };
    let servers = snapshot().servers.into_iter().map(down).collect();
    stage.send(Message::Stream(StreamItem::Snapshot(Snapshot { servers, ..snapshot() })));
    stage.key(KeyCode::Enter);
    stage.wait(1);
    stage.send(Message::Exits { server: id("worker"), result: Ok(exits()) });
    stage.wanted();
    stage.model.dirty = Dirty::No;
    let before = stage.screen();
    assert_eq!(stage.model.next_wake(), None);
    stage.mono += Duration::from_hours(1);
    stage.send(Message::Stream(StreamItem::Other));
    assert_eq!((stage.model.dirty, stage.wanted()), (Dirty::No, Vec::new()));
    assert_eq!(stage.screen(), before, "and what stands there stays true");
    // the same answer again is nothing new
    stage.send(Message::Exits { server: id("worker"), result: Ok(exits()) });
    assert_eq!(stage.model.dirty, Dirty::No);
}

#[test]
fn an_older_supervisor_that_knows_neither_leaves_what_the_status_says() {
    let mut stage = Stage::at((80, 24));
    stage.keys("jj");
    stage.key(KeyCode::Enter);
    let failure = || Failure { message: "there is no such path".into(), hint: None };
    stage.send(Message::Exits { server: id("payments"), result: Err(failure()) });
    stage.send(Message::Processes { server: id("payments"), result: Err(failure()) });
    let screen = stage.screen();
    assert!(screen.contains("exit 1 at 14:02:05, after 1.5 s"), "{screen}");
    assert_eq!(stage.model.toasts.newest().len(), 0);
}

#[test]
fn what_comes_late_for_another_server_is_dropped() {
    let mut stage = at((80, 24));
    stage.keys("j");
    stage.send(Message::Exits { server: id("worker"), result: Ok(exits()) });
    stage.send(Message::Processes { server: id("worker"), result: Ok(processes(true)) });
    assert!(stage.model.detail.exits.is_empty() && stage.model.detail.processes.is_empty());
}

#[test]
fn ends_of_runs_stand_in_the_charts_at_their_time() {
    let mut stage = at((200, 60));
    let screen = stage.screen();
    let foot = screen.lines().find(|line| line.contains("↑SIGKILL")).unwrap();
    assert!(foot.contains("-2m") && foot.contains("↑exit 1") && foot.contains("now"), "{foot}");
    assert!(screen.contains('┊'));
    stage.keys(">>");
    let history = ServerHistory {
        id: id("worker"),
        step_s: 10,
        cpu_percent: vec![Some(4.0); 720],
        memory_bytes: vec![Some(1 << 30); 720],
    };
    stage.send(Message::History { window_s: 7200, result: Ok(history) });
    let screen = stage.screen();
    assert!(screen.contains("CPU % of 1 core, 2h") && screen.contains("-2h"), "{screen}");
    assert!(screen.matches("exit 1").count() >= 4, "in the lines and in the charts: {screen}");
}

#[test]
fn the_axis_keeps_its_top_while_that_is_not_far_too_high() {
    let mut stage = Stage::at((120, 40));
    stage.keys("g");
    let mut tops = Vec::new();
    for (second, cpu) in (1..).zip([12.0_f32, 15.0, 45.0, 30.0, 9.0]) {
        let at = wall().checked_add(Duration::from_secs(second * 200)).unwrap();
        let StreamItem::Samples { mut samples, .. } = samples(at) else { unreachable!() };
        samples.retain(|sample| sample.id == id("api"));
        samples[0].cpu = cpu;
        let (host_cpu_percent, host_memory_used, host_memory_total) = (1.0, 1, 2);
        let item = StreamItem::Samples { at, samples, host_cpu_percent, host_memory_used, host_memory_total };
        stage.send(Message::Stream(item));
        tops.push(stage.model.detail.scale.cpu);
    }
    assert_eq!(tops, [20.0, 20.0, 50.0, 50.0, 10.0]);
}

fn why(at: &str) -> Why {
    Why {
        id: id("worker"),
        phase: Phase::Backoff,
        since: "2026-11-20T14:02:02Z".parse().unwrap(),
        because: vec!["It exited with code 1 after 0.2 s.".into(), "It wrote: \u{1b}[2Jno db".into()],
        waiting_for: vec!["port 3000, in use by pid 3921 (postgres, user alice)".into()],
        next: "Restart 2 of 5.".into(),
        next_at: Some(at.parse().unwrap()),
    }
}

#[test]
fn the_answer_why_counts_down_and_is_asked_for_again_when_the_state_changes() {
    let mut stage = Stage::at((80, 24));
    stage.keys("w");
    stage.wanted();
    stage.send(Message::Why { server: id("worker"), result: Ok(why("2026-11-20T14:02:39Z")) });
    assert_snapshot!("why_backoff_80x24", stage.screen());
    let wake = stage.model.next_wake().unwrap();
    assert!(wake > Duration::from_secs(5) && wake < Duration::from_secs(6), "{wake:?}");
    stage.wait(16);
    assert!(stage.screen().contains("in 9s at 14:02:39"), "{}", stage.screen());
    let is_why = |effect: &Effect| *effect == Effect::Why(id("worker"));
    assert!(!stage.wanted().iter().any(is_why), "nothing has changed");
    let mut changed = snapshot().servers[2].clone();
    changed.phase = Phase::Backoff;
    stage.send(Message::Stream(StreamItem::Status { seq: 3, servers: vec![changed] }));
    assert!(stage.wanted().iter().any(is_why));
    assert!(stage.screen().contains("Restart 2 of 5"), "the answer stays until there is another");
    stage.wait(60);
    assert_eq!(stage.model.next_wake(), None, "nothing is left to count");
    let Some(Dialog::Why(dialog)) = &stage.model.dialog else { panic!("closed") };
    assert_eq!(dialog.server, ServerId::new("shop", "worker").unwrap());
}
