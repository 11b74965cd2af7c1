//! The views of which there are pictures. A new one is a line in [`VIEWS`].

use crossterm::event::KeyCode;

use crate::api::{LogItem, StreamItem, Verb, Why};
use crate::model::{Desired, Event, EventKind, Exit, Phase, ServerStatus, Snapshot, Stream};
use crate::tui::message::{Failure, Message};
use crate::tui::tests::fixture::{Setting, Stage, id, line, samples, snapshot, wall};

/// A name and how to get there from the servers of the drawings, the third of which is selected.
type View = (&'static str, fn(&Setting) -> Stage);

pub(super) const VIEWS: [View; 36] = [
    ("table", table),
    ("table_changed", changed),
    ("table_ended", ended),
    ("table_one", |setting| some(setting, 1)),
    ("table_thousand", |setting| some(setting, 1000)),
    ("table_odd", odd),
    ("filter_typed", |setting| keys(setting, "/cpu>1")),
    ("filter_wrong", |setting| keys(setting, "/phase:oops")),
    ("filter_set", |setting| typed(setting, "/cpu>10", KeyCode::Enter)),
    ("filter_nothing", |setting| typed(setting, "/nothing", KeyCode::Enter)),
    ("logs_zoomed", |setting| keys(setting, "2z")),
    ("logs_paused", |setting| keys(setting, "2k")),
    ("logs_wrapped", |setting| keys(setting, "2w")),
    ("detail_zoomed", |setting| typed(setting, "", KeyCode::Enter)),
    ("help", |setting| keys(setting, "?")),
    ("help_searched", |setting| keys(setting, "2?wrap")),
    ("confirm_kill", |setting| keys(setting, "X")),
    ("confirm_all", |setting| keys(setting, "R")),
    ("why", why),
    ("table_marked", |setting| keys(setting, "g j ")),
    ("table_sorted", |setting| typed(setting, "ojj", KeyCode::Enter)),
    ("table_sections", |setting| keys(setting, "S")),
    ("table_folded", |setting| keys(setting, "Sh")),
    ("confirm_several", |setting| keys(setting, "*x")),
    ("logs_search", |setting| keys(setting, "2/job")),
    ("logs_selected", |setting| keys(setting, "2Vkk")),
    ("palette", |setting| keys(setting, ":rest")),
    ("copy", |setting| keys(setting, "y")),
    ("sort", |setting| keys(setting, "o")),
    ("events", events),
    ("toasts", toasts),
    ("empty", empty),
    ("connecting", connecting),
    ("lost", lost),
    ("lost_at_first", lost_at_first),
    ("read_only", |setting| Stage::new(&Setting { read_only: true, ..*setting })),
];

fn keys(setting: &Setting, keys: &str) -> Stage {
    let mut stage = Stage::new(setting);
    stage.keys(keys);
    stage
}

fn typed(setting: &Setting, text: &str, last: KeyCode) -> Stage {
    let mut stage = keys(setting, text);
    stage.key(last);
    stage
}

fn table(setting: &Setting) -> Stage {
    let mut stage = Stage::new(setting);
    stage.send(Message::Stream(samples(wall())));
    stage
}

fn with(setting: &Setting, servers: Vec<ServerStatus>) -> Stage {
    let mut stage = Stage::bare(setting);
    stage.send(Message::Stream(StreamItem::Snapshot(Snapshot { servers, ..snapshot() })));
    stage
}

/// One server's file has changed.
fn changed(setting: &Setting) -> Stage {
    let mut stage = Stage::new(setting);
    let mut changed = snapshot();
    changed.servers[2].config_changed = true;
    stage.send(Message::Stream(StreamItem::Snapshot(changed)));
    stage
}

/// All have ended, each in its way.
fn ended(setting: &Setting) -> Stage {
    let mut servers = snapshot().servers;
    let failed = servers[4].exit.clone();
    for (number, server) in servers.iter_mut().enumerate() {
        (server.pid, server.pids, server.desired) = (None, Vec::new(), Desired::Down);
        (server.uptime_s, server.cpu_percent, server.memory_bytes) = (None, None, None);
        server.exit.clone_from(&failed);
        server.phase = [Phase::Stopped, Phase::Completed, Phase::Failed][number % 3];
    }
    with(setting, servers)
}

fn some(setting: &Setting, count: usize) -> Stage {
    let pattern = snapshot().servers;
    let servers = (0..count).map(|number| {
        let mut server = pattern[number % pattern.len()].clone();
        let id = format!("many/server-{number:03}").parse::<crate::model::ServerId>().unwrap();
        (server.project, server.name, server.id) = ("many".into(), id.name().into(), id);
        server
    });
    let mut stage = with(setting, servers.collect());
    if count > 100 {
        stage.key(KeyCode::PageDown);
    }
    stage
}

/// The longest name there may be, two of the same name, wide and combining characters wherever they can be.
fn odd(setting: &Setting) -> Stage {
    let mut all = snapshot();
    all.host = "開発箱-e\u{301}".to_owned();
    let long = "a-very-long-name.".repeat(4)[..64].to_owned();
    for (at, (project, name)) in [("shop", &*long), ("shop", "api"), ("admin", "api")].into_iter().enumerate()
    {
        let server = &mut all.servers[at];
        server.id = crate::model::ServerId::new(project, name).unwrap();
        (server.project, server.name) = (project.to_owned(), name.to_owned());
        server.command = "漢字コマンド --名前 e\u{301}te\u{301} 👩\u{200d}👩\u{200d}👧".to_owned();
        server.dir = "/home/me/開発/サーバー/e\u{301}".into();
        server.last_check = Some("応答なし: 接続が拒否されました".to_owned());
        server.pid = Some(4_194_303);
        server.restarts = 12_345;
        server.cpu_percent = Some(12_345.6);
        server.memory_bytes = Some(1 << 50);
    }
    let mut stage = Stage::bare(setting);
    stage.send(Message::Stream(StreamItem::Snapshot(all)));
    for (number, text) in WIDE.iter().enumerate() {
        let generation = stage.model.log.generation;
        let line = line(20 + number as u64, wall(), Stream::Stdout, text.as_bytes());
        stage.send(Message::Log { generation, item: LogItem::Line(line.into()) });
    }
    stage.live();
    stage
}

/// Lines whose cells are hard to count.
pub(in crate::tui::tests) const WIDE: [&str; 5] = [
    "漢字かな交じり文は二つの桁を取り、行の終わりで半分にならない",
    "e\u{301}te\u{301} a\u{310}\u{327}\u{31b} x\u{200b}y \u{5d0}\u{5d1}",
    "👩\u{200d}👩\u{200d}👧 🇩🇪 ❤\u{fe0f} end",
    "\u{301}begins with a mark\ttab",
    "\u{1b}[31m漢\u{1b}[1m字\u{1b}[0m \u{1b}]0;x\u{7}plain",
];

fn events(setting: &Setting) -> Stage {
    let mut stage = keys(setting, "E");
    let happened = |seq: u64, server: &str, kind| Event { seq, at: wall(), server: Some(id(server)), kind };
    let events = vec![
        happened(1, "worker", EventKind::Started { pid: 41302, attempt: 0 }),
        happened(2, "worker", EventKind::Up { after_ms: 812 }),
        happened(3, "payments", EventKind::Backoff { attempt: 2, attempts: 5, delay_ms: 4000 }),
        happened(4, "storybook", EventKind::Stopped { exit: Exit::Code(0) }),
    ];
    stage.send(Message::Events { span: (0, u64::MAX), result: Ok(events) });
    stage
}

fn why(setting: &Setting) -> Stage {
    let mut stage = keys(setting, "w");
    let server = id("worker");
    let why = Why {
        id: server.clone(),
        phase: Phase::Running,
        since: "2026-11-20T13:11:00Z".parse().unwrap(),
        because: vec!["the health check http://127.0.0.1:9090/healthz failed 3 times in a row: 503".into()],
        waiting_for: Vec::new(),
        next: "it is checked again".into(),
        next_at: Some("2026-11-20T14:02:24Z".parse().unwrap()),
    };
    stage.send(Message::Why { server, result: Ok(why) });
    stage
}

/// More of them than are shown at once, and of every kind.
fn toasts(setting: &Setting) -> Stage {
    let mut stage = Stage::new(setting);
    let refused = |message: &str| Failure { message: message.to_owned(), hint: None };
    for (name, message) in [
        ("api", "it is being stopped"),
        ("web", "the supervisor is stopping"),
        ("payments", "port 4242 in use by pid 3921 (postgres)"),
    ] {
        let result = Err(refused(message));
        stage.send(Message::Done { verb: Verb::Start, servers: vec![id(name)], result });
    }
    stage.keys("x");
    stage
}

fn empty(setting: &Setting) -> Stage {
    with(setting, Vec::new())
}

/// Long enough to say so.
fn connecting(setting: &Setting) -> Stage {
    let mut stage = Stage::bare(setting);
    stage.wait(1);
    stage
}

fn lost(setting: &Setting) -> Stage {
    let mut stage = Stage::new(setting);
    stage.send(Message::Disconnected(Failure { message: "it broke".into(), hint: None }));
    stage.wait(1);
    stage.send(Message::Disconnected(Failure { message: "no supervisor is running".into(), hint: None }));
    stage
}

fn lost_at_first(setting: &Setting) -> Stage {
    let mut stage = Stage::bare(setting);
    let message = "no supervisor is running: /home/me/.local/state/ostler/supervisor.sock".to_owned();
    stage.send(Message::Disconnected(Failure { message, hint: None }));
    stage
}
