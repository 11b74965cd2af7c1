//! How much is drawn, within the design's budgets: each byte crosses somebody's SSH.

use std::time::Duration;

use super::fixture::{Setting, Stage, line, snapshot, wall};
use crate::api::{LogItem, StreamItem};
use crate::model::{Phase, Snapshot, Stream};
use crate::tui::message::Message;
use crate::tui::model::Dirty;
use crate::tui::terminal::Screen;

/// Frames for log lines alone in a second at most, as `app` draws them.
const LOG_FRAMES: usize = 10;

#[test]
fn a_flood_of_lines_costs_less_than_40_kb_a_second() {
    const LINES: usize = 10_000;
    const SECONDS: usize = 3;
    let mut stage = Stage::at((120, 40));
    let mut screen = Screen::unseen();
    screen.frame(&stage.model).unwrap();
    let mut total = 0;
    let mut number = 0;
    for _ in 0..SECONDS * LOG_FRAMES {
        stage.mono += Duration::from_millis(1000 / LOG_FRAMES as u64);
        for _ in 0..LINES / LOG_FRAMES {
            number += 1;
            let text = match number % 23 {
                7 => format!("WARN  redis: slow command {} ms (BRPOP)", number % 500),
                19 => format!("ERROR job {number} failed: connect ECONNREFUSED 127.0.0.1:6379"),
                n if n % 2 == 0 => format!("INFO  job {number} picked up (queue=mail)"),
                _ => format!("INFO  job {number} done in {} ms", number % 90),
            };
            let at = wall().checked_add(stage.mono).unwrap();
            let line = line(1000 + number, at, Stream::Stdout, text.as_bytes());
            let generation = stage.model.log.generation;
            stage.send(Message::Log { generation, item: LogItem::Line(line.into()) });
        }
        total += screen.frame(&stage.model).unwrap().len();
    }
    assert!(total / SECONDS < 40_000, "{} bytes/s", total / SECONDS);
}

#[test]
fn at_rest_nothing_is_due_and_nothing_is_drawn() {
    let mut servers = snapshot().servers;
    for server in &mut servers {
        (server.phase, server.pid, server.uptime_s) = (Phase::Stopped, None, None);
    }
    let mut stage = Stage::bare(&Setting { size: (120, 40), ..Setting::default() });
    stage.send(Message::Stream(StreamItem::Snapshot(Snapshot { servers, ..snapshot() })));
    stage.live();
    // what is put off until the selection rests
    stage.wait(1);
    let mut screen = Screen::unseen();
    screen.frame(&stage.model).unwrap();
    stage.model.dirty = Dirty::No;
    for _ in 0..60 {
        assert_eq!(stage.model.next_wake(), None);
        stage.wait(1);
        let samples = Vec::new();
        let at = wall().checked_add(stage.mono).unwrap();
        let item = StreamItem::Samples {
            at,
            samples,
            host_cpu_percent: 50.0,
            host_memory_used: 1,
            host_memory_total: 2,
        };
        stage.send(Message::Stream(item));
        assert_eq!(stage.model.dirty, Dirty::No);
        assert!(screen.frame(&stage.model).unwrap().is_empty());
    }
}
