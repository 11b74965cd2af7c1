//! For `benches/whole` alone: the dashboard without a terminal and without a supervisor, fed with what a supervisor
//! would say, as fast as it takes it in.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};

use super::message::Message;
use super::model::{Dirty, Model, Now, Start, Themes};
use super::terminal::Screen;
use super::theme::{Depth, Glyphs};
use super::update::update;
use super::view;
use crate::api::{LogItem, ServerSample, StreamItem};
use crate::model::{
    Desired, Health, LogCursor, LogLine, Phase, PortState, PortStatus, ServerId, ServerStatus, Snapshot,
    Stream, SupervisorInfo,
};

/// Second at which it begins, since the epoch.
const BEGAN: i64 = 1_800_000_000;

/// A dashboard on a screen that nobody sees.
#[derive(Debug)]
pub struct Bench {
    model: Model,
    screen: Screen,
    buffer: Buffer,
    servers: Vec<ServerStatus>,
    second: u64,
    lines: u64,
}

impl Bench {
    /// With so many servers that run, on a terminal of this many columns and rows. `None`: names can't be made.
    pub fn new(servers: usize, (width, height): (u16, u16)) -> Option<Self> {
        let start = Start {
            read_only: false,
            project: None,
            file: None,
            keys: crate::model::action::Bindings::default(),
            themes: Themes::shipped(Depth::Ansi256),
            glyphs: Glyphs::Unicode,
            zone: TimeZone::UTC,
            home: None,
            size: Size { width, height },
            version: crate::paths::version(),
        };
        let servers = (0..servers).map(running).collect::<Option<Vec<_>>>()?;
        let mut bench = Self {
            model: Model::new(start),
            screen: Screen::unseen(),
            buffer: Buffer::empty(Rect::new(0, 0, width, height)),
            servers,
            second: 0,
            lines: 0,
        };
        bench.connect();
        Some(bench)
    }

    /// What a supervisor says first.
    pub fn connect(&mut self) {
        let supervisor =
            SupervisorInfo { pid: 1, version: crate::paths::version().to_owned(), uptime_s: 1.0 };
        let servers = self.servers.clone();
        let snapshot = Snapshot { seq: 1, host: "bench".to_owned(), supervisor, servers };
        self.send(Message::Stream(StreamItem::Snapshot(snapshot)));
    }

    /// A second passes: every server has new figures.
    pub fn samples(&mut self) {
        self.second += 1;
        let second = self.second;
        let sample = |(n, server): (usize, &ServerStatus)| {
            let noise = (second.wrapping_mul(7_919) + n as u64 * 13) % 50;
            ServerSample {
                id: server.id.clone(),
                cpu: noise as f32 * 1.7,
                mem: (100 + noise) << 20,
                up: (second + 3000) as f64,
            }
        };
        let item = StreamItem::Samples {
            at: self.now().wall,
            samples: self.servers.iter().enumerate().map(sample).collect(),
            host_cpu_percent: (second % 90) as f32,
            host_memory_used: 2 << 30,
            host_memory_total: 16 << 30,
        };
        self.send(Message::Stream(item));
    }

    /// One server's state changes and changes back.
    pub fn status(&mut self) {
        let at = self.second as usize % self.servers.len().max(1);
        let Some(server) = self.servers.get(at) else { return };
        let mut ill = server.clone();
        ill.health = Health::Unhealthy;
        ill.last_check = Some(format!("probe 503 at {}", self.second));
        for status in [ill, server.clone()] {
            self.send(Message::Stream(StreamItem::Status { seq: self.second, servers: vec![status] }));
        }
    }

    /// The server whose log is shown writes so many lines.
    pub fn log(&mut self, lines: usize) {
        let Some(server) = self.model.log.server.clone() else { return };
        for _ in 0..lines {
            self.lines += 1;
            let text = format!("INFO  job {} done in 41ms, queue=mail, attempt=1", self.lines);
            let line = LogLine {
                server: server.clone(),
                cursor: LogCursor { segment: 1, offset: self.lines * 64 },
                at: self.now().wall,
                stream: Stream::Stdout,
                bytes: text.into_bytes(),
                partial: false,
                cut: 0,
            };
            let generation = self.model.log.generation;
            self.send(Message::Log { generation, item: LogItem::Line(line.into()) });
        }
    }

    /// Types these characters.
    pub fn keys(&mut self, keys: &str) {
        for key in keys.chars() {
            self.send(Message::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE)));
        }
    }

    /// Makes every cell of a frame.
    pub fn view(&mut self) {
        self.buffer.reset();
        view::draw(&self.model, &mut self.buffer);
    }

    /// Bytes of the next frame, if one is due.
    pub fn frame(&mut self) -> usize {
        if self.model.dirty == Dirty::No {
            return 0;
        }
        self.model.dirty = Dirty::No;
        self.screen.frame(&self.model).map_or(0, |bytes| bytes.len())
    }

    fn now(&self) -> Now {
        let wall = Timestamp::from_second(BEGAN + self.second as i64).unwrap_or_default();
        Now { mono: Duration::from_secs(self.second), wall }
    }

    fn send(&mut self, message: Message) {
        let now = self.now();
        // there is nobody to do what is wanted
        drop(update(&mut self.model, message, now));
    }
}

fn running(number: usize) -> Option<ServerStatus> {
    let id = ServerId::new(["shop", "admin", "search", "tools"][number % 4], &format!("server-{number:04}"))
        .ok()?;
    let mut status = ServerStatus::blank(id);
    status.phase = Phase::Running;
    status.health = Health::Healthy;
    status.desired = Desired::Up;
    status.pid = Some(10_000 + number as u32);
    status.pids = vec![10_000 + number as u32];
    status.uptime_s = Some(3000.0);
    status.cpu_percent = Some(1.0);
    status.memory_bytes = Some(100 << 20);
    let port = 3000 + (number % 50_000) as u16;
    status.ports = vec![PortStatus {
        port,
        declared: true,
        state: PortState::Listening,
        latency_ms: Some(2.0),
        holder: None,
    }];
    status.command = format!("node server-{number}.js --queue mail --verbose");
    status.dir = format!("/home/me/src/shop/server-{number}").into();
    Some(status)
}
