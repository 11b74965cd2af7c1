//! The eight servers of the design's drawings.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};

use crate::api::{LogItem, ServerSample, StreamItem};
use crate::model::{
    Desired, ExitRecord, Health, LogCursor, LogLine, Phase, PortState, PortStatus, ServerHistory, ServerId,
    ServerStatus, Snapshot, Stream, SupervisorInfo,
};
use crate::tui::effect::Effect;
use crate::tui::message::Message;
use crate::tui::model::{Model, Now, Start, Themes};
use crate::tui::theme::{Depth, Glyphs};
use crate::tui::update::update;
use crate::tui::view;

/// 14:02:14 of the drawings' day.
pub(crate) fn wall() -> Timestamp {
    "2026-11-20T14:02:14Z".parse().unwrap()
}

/// A dashboard and its clock.
pub(crate) struct Stage {
    pub(crate) model: Model,
    pub(crate) mono: Duration,
    pub(crate) effects: Vec<Effect>,
}

pub(crate) struct Setting {
    pub(crate) size: (u16, u16),
    pub(crate) read_only: bool,
    pub(crate) glyphs: Glyphs,
    pub(crate) depth: Depth,
}

impl Default for Setting {
    fn default() -> Self {
        Self { size: (80, 24), read_only: false, glyphs: Glyphs::Unicode, depth: Depth::Ansi256 }
    }
}

impl Stage {
    /// Before the first answer.
    pub(crate) fn bare(setting: &Setting) -> Self {
        let start = Start {
            read_only: setting.read_only,
            project: None,
            file: None,
            keys: crate::model::action::Bindings::default(),
            themes: Themes::shipped(setting.depth),
            glyphs: setting.glyphs,
            zone: TimeZone::UTC,
            home: Some("/home/me".into()),
            size: Size { width: setting.size.0, height: setting.size.1 },
            version: "0.1.0",
        };
        Self { model: Model::new(start), mono: Duration::ZERO, effects: Vec::new() }
    }

    /// With the servers of the drawings, the third selected, and its log.
    pub(crate) fn new(setting: &Setting) -> Self {
        let mut stage = Self::bare(setting);
        stage.send(Message::Stream(StreamItem::Snapshot(snapshot())));
        stage.send(Message::Stream(StreamItem::History { servers: histories() }));
        stage.keys("jj");
        stage.log();
        stage
    }

    pub(crate) fn at(size: (u16, u16)) -> Self {
        Self::new(&Setting { size, ..Setting::default() })
    }

    /// The lines of the drawings.
    pub(crate) fn log(&mut self) {
        let generation = self.model.log.generation;
        for (number, (time, text)) in LINES.iter().enumerate() {
            let at = format!("2026-11-20T{time}Z").parse().unwrap();
            let stream = if text.starts_with("started") { Stream::System } else { Stream::Stdout };
            let item = LogItem::Line(line(number as u64, at, stream, text.as_bytes()).into());
            self.send(Message::Log { generation, item });
        }
        self.live();
    }

    pub(crate) fn live(&mut self) {
        let generation = self.model.log.generation;
        let server = self.model.log.server.clone().unwrap();
        let item = LogItem::Live { server, cursor: LogCursor::default() };
        self.send(Message::Log { generation, item });
    }

    pub(crate) fn send(&mut self, message: Message) {
        let wall = wall().checked_add(self.mono).unwrap();
        let effects = update(&mut self.model, message, Now { mono: self.mono, wall });
        self.effects.extend(effects);
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, seconds: u64) {
        self.mono += Duration::from_secs(seconds);
        self.send(Message::Tick);
    }

    pub(crate) fn key(&mut self, code: KeyCode) {
        self.send(Message::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }

    pub(crate) fn ctrl(&mut self, c: char) {
        self.send(Message::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL)));
    }

    pub(crate) fn keys(&mut self, text: &str) {
        for c in text.chars() {
            self.key(KeyCode::Char(c));
        }
    }

    /// What was wanted since the last time.
    pub(crate) fn wanted(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    pub(crate) fn buffer(&self) -> Buffer {
        let Size { width, height } = self.model.size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        view::draw(&self.model, &mut buffer);
        buffer
    }

    /// The screen as text, each row with its full width between bars.
    pub(crate) fn screen(&self) -> String {
        let buffer = self.buffer();
        let mut out = String::new();
        for y in 0..buffer.area.height {
            out.push_str(&row(&buffer, y));
            out.push_str("|\n");
        }
        out
    }

    pub(crate) fn selected(&self) -> &str {
        self.model.selected_id().map_or("", ServerId::name)
    }
}

/// One row's text; the second half of a wide character adds nothing.
pub(crate) fn row(buffer: &Buffer, y: u16) -> String {
    let mut out = String::new();
    let mut skip = 0;
    for x in 0..buffer.area.width {
        let symbol = buffer[(x, y)].symbol();
        if skip == 0 {
            out.push_str(symbol);
        }
        skip = crate::text::width::width(symbol).max(skip).saturating_sub(1);
    }
    out
}

pub(crate) fn id(name: &str) -> ServerId {
    snapshot().servers.into_iter().find(|server| server.name == name).unwrap().id
}

pub(crate) fn line(number: u64, at: Timestamp, stream: Stream, bytes: &[u8]) -> LogLine {
    LogLine {
        server: ServerId::new("shop", "worker").unwrap(),
        cursor: LogCursor { segment: 1, offset: (number + 1) * 1000 },
        at,
        stream,
        bytes: bytes.to_vec(),
        partial: false,
        cut: 0,
    }
}

pub(crate) const LINES: [(&str, &str); 14] = [
    ("14:01:22", "started, pid 41302"),
    ("14:01:23", "\u{1b}[32mlistening\u{1b}[0m on :9090"),
    ("14:02:07.118", "INFO  job 8812 picked up (queue=mail)"),
    ("14:02:07.159", "INFO  job 8812 done in 41ms"),
    ("14:02:08.004", "WARN  redis: slow command 312ms (BRPOP)"),
    ("14:02:08.011", "ERROR job 8813 failed: connect ECONNREFUSED 127.0.0.1:6379"),
    ("14:02:08.011", "    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1555:16)"),
    ("14:02:08.013", "INFO  retry 1/5 in 2s"),
    ("14:02:10.020", "ERROR job 8813 failed: connect ECONNREFUSED 127.0.0.1:6379"),
    ("14:02:10.022", "INFO  retry 2/5 in 4s"),
    ("14:02:11.300", "INFO  health: GET /healthz 503 in 2ms"),
    ("14:02:12.301", "INFO  health: GET /healthz 503 in 1ms"),
    ("14:02:13.301", "INFO  health: GET /healthz 503 in 1ms"),
    ("14:02:14.029", "ERROR job 8813 failed: connect ECONNREFUSED 127.0.0.1:6379"),
];

/// Project, name, phase, health, port, its state, pid, uptime, CPU, MiB, restarts, latency.
type Row =
    (&'static str, &'static str, Phase, Health, u16, PortState, Option<u32>, f64, f32, u64, u32, Option<f64>);

const ROWS: [Row; 8] = {
    use Health::{Healthy, Unhealthy, Unknown};
    use Phase::{Failed, Running, Starting, Stopped};
    use PortState::{Closed, Listening};
    [
        ("shop", "api", Running, Healthy, 3000, Listening, Some(41213), 8040.0, 12.4, 182, 0, Some(3.0)),
        ("shop", "web", Running, Healthy, 5173, Listening, Some(41260), 8040.0, 3.1, 341, 0, Some(9.0)),
        ("shop", "worker", Running, Unhealthy, 9090, Closed, Some(41302), 3060.0, 98.7, 1229, 2, None),
        ("search", "search", Starting, Unknown, 7700, Closed, Some(58811), 4.0, 44.0, 96, 0, None),
        ("shop", "payments", Failed, Unknown, 4242, Closed, None, 0.0, 0.0, 0, 5, None),
        ("admin", "admin-ui", Running, Healthy, 5174, Listening, Some(41277), 8040.0, 0.4, 210, 0, Some(4.0)),
        ("design", "storybook", Stopped, Unknown, 6006, Closed, None, 0.0, 0.0, 0, 0, None),
        ("tools", "mailhog", Running, Healthy, 8025, Listening, Some(41290), 8040.0, 0.0, 18, 0, Some(1.0)),
    ]
};

pub(crate) fn snapshot() -> Snapshot {
    Snapshot {
        seq: 1,
        host: "box-03".to_owned(),
        supervisor: SupervisorInfo { pid: 811, version: "0.1.0".to_owned(), uptime_s: 8040.2 },
        servers: ROWS.iter().map(status).collect(),
    }
}

fn status(row: &Row) -> ServerStatus {
    let &(project, name, phase, health, port, state, pid, up, cpu, mib, restarts, latency_ms) = row;
    let alive = phase.is_alive();
    let mut status = ServerStatus::blank(ServerId::new(project, name).unwrap());
    status.phase = phase;
    status.health = health;
    status.desired = if phase == Phase::Stopped { Desired::Down } else { Desired::Up };
    status.since = "2026-11-20T14:02:02Z".parse().unwrap();
    status.pid = pid;
    status.pids = pid.into_iter().chain(alive.then_some(50_000)).collect();
    status.ports = vec![PortStatus { port, declared: true, state, latency_ms, holder: None }];
    status.restarts = restarts;
    status.command = format!("node {name}.js --queue mail");
    status.dir = format!("/home/me/src/{project}/{name}").into();
    if alive {
        status.uptime_s = Some(up);
        status.cpu_percent = Some(cpu);
        status.memory_bytes = Some(mib << 20);
    }
    if health == Health::Unhealthy {
        status.last_check = Some("probe 503".to_owned());
        status.failed_checks = 3;
    }
    if phase == Phase::Failed {
        status.exit = Some(ExitRecord {
            code: Some(1),
            signal: None,
            at: "2026-11-20T14:02:05Z".parse().unwrap(),
            lasted_s: 1.5,
        });
        status.last_error = Some("gave up after 5 attempts".to_owned());
    }
    status
}

/// CPU rises over the window up to what the row says; memory a little.
pub(crate) fn histories() -> Vec<ServerHistory> {
    let running = ROWS.iter().filter(|row| row.2.is_alive());
    let past = |row: &Row| {
        let known = if row.2 == Phase::Starting { 30 } else { 120 };
        let share = |second: usize| (second + 1) as f32 / 120.0;
        let at = |second: usize| (second >= 120 - known).then_some(second);
        ServerHistory {
            id: ServerId::new(row.0, row.1).unwrap(),
            step_s: 1,
            cpu_percent: (0..120).map(|second| at(second).map(|s| row.8 * share(s))).collect(),
            memory_bytes: (0..120)
                .map(|s| at(s).map(|s| ((row.9 << 20) as f32 * (0.6 + 0.4 * share(s))) as u64))
                .collect(),
        }
    };
    running.map(past).collect()
}

/// A second's samples.
pub(crate) fn samples(at: Timestamp) -> StreamItem {
    let sample = |row: &Row| ServerSample {
        id: ServerId::new(row.0, row.1).unwrap(),
        cpu: row.8,
        mem: row.9 << 20,
        up: row.7 + 1.0,
    };
    StreamItem::Samples {
        at,
        samples: ROWS.iter().filter(|row| row.2.is_alive()).map(sample).collect(),
        host_cpu_percent: 21.0,
        host_memory_used: 2_254_857_830,
        host_memory_total: 16_750_372_454,
    }
}
