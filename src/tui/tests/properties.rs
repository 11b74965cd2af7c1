//! What holds for every size, every order of keys and messages, and every byte that a server writes.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use proptest::prelude::*;

use ratatui::buffer::Buffer;

use super::fixture::{Setting, Stage, histories, id, line, row, samples, snapshot, wall};
use super::sizes::check_rows;
use crate::api::{LogItem, StreamItem, Verb};
use crate::model::action::{Scope, actions};
use crate::model::{LogCursor, Phase, ServerId, Snapshot, Stream};
use crate::tui::effect::Effect;
use crate::tui::layout::{is_small, layout};
use crate::tui::message::{Failure, Message};
use crate::tui::model::log_search::Found;
use crate::tui::model::log_view::Hit;
use crate::tui::theme::Glyphs;
use crate::tui::view::{footer_hints, help_lines};

fn check(stage: &Stage) {
    let buffer = stage.buffer();
    check_rows(&buffer);
    let shown: Vec<_> = stage.model.servers.shown().map(|server| &server.status.id).collect();
    match stage.model.selected_id() {
        Some(id) => {
            assert!(shown.contains(&id));
            check_selection(stage, &buffer, id);
        }
        None => assert!(shown.is_empty() || stage.model.servers.selected_section().is_some()),
    }
}

/// The row that has the mark of the selection names the server that is selected.
fn check_selection(stage: &Stage, buffer: &Buffer, selected: &ServerId) {
    let model = &stage.model;
    let Some(table) = layout(model).table.filter(|_| model.dialog.is_none() && !is_small(model.size)) else {
        return;
    };
    // messages stand over the last rows
    let over = layout(model).body.bottom() - (model.toasts.newest().len() as u16).min(3);
    let rows = (table.y + 1..table.bottom()).filter(|y| buffer[(table.x, *y)].symbol() == ">");
    let marked: Vec<u16> = rows.filter(|y| *y < over).collect();
    match marked[..] {
        [] => assert!(over < table.bottom(), "no row is selected\n{}", stage.screen()),
        [y] => {
            let text = row(buffer, y);
            let name = text.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
            let name: String =
                name.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_./".contains(*c)).collect();
            let is_it = selected.name().starts_with(&name) || selected.to_string().starts_with(&name);
            assert!(is_it && !name.is_empty(), "{selected} is selected, {name} is shown as selected\n{text}");
        }
        _ => panic!("two rows are selected\n{}", stage.screen()),
    }
}

/// Whom an act may concern: who is selected or marked, whom a question names, and whom an act concerned before, which is
/// taken back.
fn may_be_acted_on(stage: &Stage, acted: &[ServerId]) -> Vec<ServerId> {
    let model = &stage.model;
    let question = format!("{:?}", model.dialog);
    // also those that have gone since it was asked
    let all = snapshot().servers.into_iter().map(|server| server.id);
    let named = all.filter(|id| question.contains(&format!("{id:?}")));
    let marked = model.servers.marked().into_iter().cloned();
    named.chain(marked).chain(model.servers.under_cursor()).chain(acted.iter().cloned()).collect()
}

#[test]
fn no_hint_names_a_key_that_is_not_there() {
    for read_only in [false, true] {
        let setting = Setting { size: (250, 60), read_only, ..Setting::default() };
        for keys in ["", "2", "3", "R", "w", "?", "/", "X", "2/", "2&", "L"] {
            let mut stage = Stage::new(&setting);
            stage.keys(keys);
            let scope = stage.model.scope();
            for (action, key, word) in footer_hints(&stage.model) {
                let spec = stage.model.keymap.specs(scope).find(|spec| spec.action == action);
                let spec =
                    spec.or_else(|| stage.model.keymap.specs(Scope::Global).find(|s| s.action == action));
                let spec = spec.unwrap_or_else(|| panic!("{word} has no entry"));
                assert!(!(read_only && spec.acting), "{word} acts");
                let first = stage.model.keymap.keys(scope, action).next().unwrap();
                assert_eq!(crate::tui::keymap::shown(first, Glyphs::Unicode), key);
                assert_eq!(stage.model.keymap.action(scope, first), Some(action), "{word}");
            }
        }
        let stage = Stage::new(&setting);
        for scope in Scope::ALL {
            for line in help_lines(&stage.model, scope, "") {
                if let crate::tui::view::HelpLine::Key { action, .. } = line {
                    let acting = actions().any(|spec| spec.action == action && spec.acting);
                    assert!(!(read_only && acting));
                }
            }
        }
    }
}

fn code() -> impl Strategy<Value = KeyEvent> {
    let plain = prop_oneof![
        6 => prop::char::range(' ', '~').prop_map(KeyCode::Char),
        1 => Just(KeyCode::Enter),
        1 => Just(KeyCode::Esc),
        1 => Just(KeyCode::Tab),
        1 => Just(KeyCode::Backspace),
        1 => Just(KeyCode::PageUp),
        1 => Just(KeyCode::PageDown),
        1 => Just(KeyCode::End),
        1 => Just(KeyCode::Up),
    ];
    (plain, prop::bool::weighted(0.1)).prop_map(|(code, ctrl)| {
        KeyEvent::new(code, if ctrl { KeyModifiers::CONTROL } else { KeyModifiers::NONE })
    })
}

#[derive(Clone, Debug)]
enum Step {
    Key(KeyEvent),
    Mouse(MouseEventKind, u16, u16),
    Paste(String),
    Resize(u16, u16),
    Wait(u64),
    Snapshot(usize),
    Status(usize, usize),
    Removed(usize),
    Samples,
    History,
    Lost,
    Line(Vec<u8>, bool),
    Page(usize),
    Older(usize, bool),
    Found(Vec<u64>, bool),
    Sought(Option<u64>),
    Done(usize),
}

fn mouse() -> impl Strategy<Value = MouseEventKind> {
    prop_oneof![
        3 => Just(MouseEventKind::Down(MouseButton::Left)),
        1 => Just(MouseEventKind::ScrollUp),
        1 => Just(MouseEventKind::ScrollDown),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => code().prop_map(Step::Key),
        2 => (mouse(), 0..130_u16, 0..50_u16).prop_map(|(what, x, y)| Step::Mouse(what, x, y)),
        1 => any::<String>().prop_map(Step::Paste),
        1 => (1..130_u16, 1..50_u16).prop_map(|(w, h)| Step::Resize(w, h)),
        1 => (0..20_u64).prop_map(Step::Wait),
        1 => (0..9_usize).prop_map(Step::Snapshot),
        1 => (0..8_usize, 0..8_usize).prop_map(|(s, p)| Step::Status(s, p)),
        1 => (0..8_usize).prop_map(Step::Removed),
        1 => Just(Step::Samples),
        1 => Just(Step::History),
        1 => Just(Step::Lost),
        2 => (prop::collection::vec(any::<u8>(), 0..200), any::<bool>()).prop_map(|(b, p)| Step::Line(b, p)),
        1 => (0..600_usize).prop_map(Step::Page),
        1 => (0..8_usize).prop_map(Step::Done),
        1 => (0..20_usize, any::<bool>()).prop_map(|(count, end)| Step::Older(count, end)),
        1 => (prop::collection::vec(0..90_u64, 0..9), any::<bool>()).prop_map(|(h, d)| Step::Found(h, d)),
        1 => prop::option::of(0..90_u64).prop_map(Step::Sought),
    ]
}

fn hit(offset: u64) -> Hit {
    Hit { cursor: LogCursor { segment: 1, offset: offset * 1000 }, ..Hit::default() }
}

fn of_the_log(stage: &mut Stage, step: Step, number: u64) -> Option<Message> {
    let generation = stage.model.log.generation;
    Some(match step {
        Step::Line(bytes, partial) => {
            let mut line = line(number, wall(), Stream::Stderr, &bytes);
            line.partial = partial;
            Message::Log { generation, item: LogItem::Line(line.into()) }
        }
        Step::Page(count) => {
            let page = stage.wanted().into_iter().find_map(|effect| match effect {
                Effect::PageLog { page, .. } => Some(page),
                _ => None,
            });
            let page = page?;
            let lines = (0..count as u64)
                .map(|n| LogItem::Line(line(n, wall(), Stream::Stdout, b"older").into()))
                .collect();
            Message::LogPage { generation, page, items: Ok(lines) }
        }
        Step::Older(count, end) => {
            let lines = (0..count as u64).rev().map(|n| line(n, wall(), Stream::Stdout, b"older"));
            let items = lines.map(|line| LogItem::Line(line.into())).collect();
            Message::LogOlder { generation, items, end }
        }
        Step::Found(hits, done) => {
            let hits = hits.into_iter().map(hit).collect();
            let found = Found { hits, progress: Some((1, 2)), done };
            Message::Found { number: stage.model.log.searches, found }
        }
        Step::Sought(place) => {
            let seek = stage.model.log.seek.clone()?;
            Message::Sought { generation, seek, result: Ok(place.map(hit)) }
        }
        _ => return None,
    })
}

fn take(stage: &mut Stage, step: Step, number: u64) {
    let failure =
        || Failure { message: "\u{1b}[2Jbroken\n".to_owned(), hint: Some("\u{202e}try".to_owned()) };
    let servers = snapshot().servers;
    let message = match step {
        Step::Key(event) => Message::Key(event),
        Step::Mouse(kind, column, row) => {
            Message::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE })
        }
        Step::Paste(text) => Message::Paste(text),
        Step::Resize(width, height) => Message::Resize(width, height),
        Step::Wait(seconds) => return stage.wait(seconds),
        Step::Snapshot(some) => {
            let servers = servers.into_iter().take(some).collect();
            Message::Stream(StreamItem::Snapshot(Snapshot { servers, ..snapshot() }))
        }
        Step::Status(which, phase) => {
            let mut status = servers[which].clone();
            status.phase = Phase::ALL[phase];
            status.last_error = Some("\u{9b}31mred\r\n".to_owned());
            status.command = "\u{1b}]0;title\u{7}run\u{202e}".to_owned();
            Message::Stream(StreamItem::Status { seq: number, servers: vec![status] })
        }
        Step::Removed(which) => {
            Message::Stream(StreamItem::Removed { servers: vec![servers[which].id.clone()] })
        }
        Step::Samples => {
            let at = wall().checked_add(Duration::from_secs(number)).unwrap();
            Message::Stream(samples(at))
        }
        Step::History => Message::Stream(StreamItem::History { servers: histories() }),
        Step::Lost => Message::Disconnected(failure()),
        step @ (Step::Line(..) | Step::Page(_) | Step::Older(..) | Step::Found(..) | Step::Sought(_)) => {
            let Some(message) = of_the_log(stage, step, number) else { return };
            message
        }
        Step::Done(which) => Message::Done {
            verb: Verb::Restart,
            servers: vec![servers[which].id.clone()],
            result: Err(failure()),
        },
    };
    stage.send(message);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_keys_and_messages_breaks_anything(steps in prop::collection::vec(step(), 1..60)) {
        let mut stage = Stage::at((80, 24));
        stage.model.mouse.on = true;
        let mut acted = Vec::new();
        for (number, step) in steps.into_iter().enumerate() {
            let may_be = may_be_acted_on(&stage, &acted);
            take(&mut stage, step.clone(), number as u64 + 20);
            for effect in stage.wanted() {
                if let Effect::Request { servers, .. } = &effect {
                    prop_assert!(servers.iter().all(|id| may_be.contains(id)), "{step:?} led to {effect:?}");
                    acted.extend(servers.iter().cloned());
                }
                if matches!(effect, Effect::PageLog { .. }) {
                    stage.effects.push(effect);
                }
            }
            check(&stage);
        }
    }

    #[test]
    fn on_a_read_only_dashboard_no_key_leads_to_a_request(keys in prop::collection::vec(code(), 1..80)) {
        let mut stage = Stage::new(&Setting { read_only: true, ..Setting::default() });
        for key in keys {
            stage.send(Message::Key(key));
        }
        let asks = stage.wanted().iter().any(|effect| matches!(effect, Effect::Request { .. }));
        prop_assert!(!asks);
    }
}

#[test]
fn hostile_names_and_lines_leave_no_control_character_in_a_cell() {
    let mut stage = Stage::at((120, 40));
    let mut status = snapshot().servers[2].clone();
    status.command = "\u{1b}]52;c;ZXZpbA==\u{7}\u{9d}0;x\u{9c}node\u{202e}".to_owned();
    status.last_error = Some("\u{1b}[?1049l\r[db] ready".to_owned());
    status.last_check = Some("a\u{0}b\u{7f}c".to_owned());
    status.waiting_for = vec!["\u{2066}port\n".to_owned()];
    stage.send(Message::Stream(StreamItem::Status { seq: 2, servers: vec![status] }));
    for (number, bytes) in [
        &b"\x1b]0;pwned\x07title"[..],
        b"\x9b31mred",
        b"a\rb\x08\x0c",
        b"\xe2\x80\xaeevil",
        b"\x1bP+q\x1b\\x",
    ]
    .iter()
    .enumerate()
    {
        let generation = stage.model.log.generation;
        let item = LogItem::Line(line(90 + number as u64, wall(), Stream::Stdout, bytes).into());
        stage.send(Message::Log { generation, item });
    }
    check(&stage);
    assert!(stage.screen().contains("title"), "the text itself stays");
    assert_eq!(stage.model.selected_id(), Some(&id("worker")));
}
