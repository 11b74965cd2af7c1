//! No key is dead: every action of the list does something that can be seen, in every scope that it is listed in.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::fixture::{Setting, Stage, id, line, snapshot, wall};
use crate::api::{LogItem, StreamItem, Why};
use crate::model::action::{Scope, Spec, actions};
use crate::model::{Phase, Snapshot, Stream};
use crate::tui::keymap::Key;
use crate::tui::message::{Failure, Message};

/// Where keys are tried: an action has to do something in one of those in which its key means it.
const STAGES: [fn() -> Stage; 17] = [
    || Stage::at((120, 40)),
    amid_many,
    || typed(amid_many(), "/1"),
    amid_a_log,
    || typed(amid_a_log(), "f"),
    || typed(Stage::at((120, 40)), "3>"),
    lost,
    || typed(amid_many(), "R"),
    why,
    || down(typed(Stage::at((120, 12)), "?"), 2),
    || typed(Stage::at((120, 12)), "?e"),
    || typed(Stage::at((80, 14)), "3"),
    || down(typed(Stage::at((80, 14)), "3"), 1),
    save,
    || typed(Stage::at((120, 40)), "E"),
    || typed(Stage::at((120, 40)), "T"),
    || typed(Stage::at((80, 24)), "y"),
];

fn typed(mut stage: Stage, keys: &str) -> Stage {
    stage.keys(keys);
    stage
}

fn down(mut stage: Stage, times: usize) -> Stage {
    (0..times).for_each(|_| stage.key(KeyCode::PageDown));
    stage
}

/// A hundred servers, one in the middle is selected.
fn amid_many() -> Stage {
    let pattern = snapshot().servers;
    let servers = (0..100).map(|number| {
        let mut server = pattern[number % pattern.len()].clone();
        server.id = format!("many/server-{number}").parse().unwrap();
        (server.project, server.name) = ("many".to_owned(), server.id.name().to_owned());
        server
    });
    let mut stage = Stage::at((120, 40));
    let servers = servers.collect();
    stage.send(Message::Stream(StreamItem::Snapshot(Snapshot { servers, ..snapshot() })));
    down(stage, 3)
}

/// Many long lines of every level, some of them to the left, above and below of what is on the screen.
fn amid_a_log() -> Stage {
    let mut stage = Stage::at((80, 24));
    let generation = stage.model.log.generation;
    for number in 0..300_u64 {
        let level = ["INFO", "DEBUG", "WARN", "ERROR"][number as usize % 4];
        let text = format!("{level} line {number} {} {{\"a\": 1}}", "word ".repeat(40));
        let line = line(100 + number, wall(), Stream::Stdout, text.as_bytes());
        stage.send(Message::Log { generation, item: LogItem::Line(line.into()) });
    }
    stage.keys("2l");
    for _ in 0..5 {
        stage.key(KeyCode::PageUp);
    }
    stage
}

fn save() -> Stage {
    let mut stage = typed(Stage::at((80, 24)), "2");
    stage.ctrl('s');
    stage
}

fn lost() -> Stage {
    let mut stage = Stage::at((120, 40));
    stage.send(Message::Disconnected(Failure { message: "it broke".to_owned(), hint: None }));
    stage
}

/// With more reasons than there is room for, and not at the first one.
fn why() -> Stage {
    let mut stage = Stage::at((80, 12));
    stage.keys("w");
    let answer = Why {
        id: id("worker"),
        phase: Phase::Running,
        since: wall(),
        because: (0..40).map(|number| format!("reason {number}")).collect(),
        waiting_for: Vec::new(),
        next: "it is checked again".to_owned(),
        next_at: None,
    };
    stage.send(Message::Why { server: id("worker"), result: Ok(answer) });
    down(stage, 2)
}

/// The event of a key as the list names it.
fn event(name: &str) -> KeyEvent {
    let (ctrl, name) = name.strip_prefix("ctrl-").map_or((false, name), |rest| (true, rest));
    let mut characters = name.chars();
    let code = match (characters.next(), characters.next()) {
        (Some(c), None) => KeyCode::Char(c),
        _ => match name {
            "enter" => KeyCode::Enter,
            "esc" => KeyCode::Esc,
            "tab" => KeyCode::Tab,
            "shift-tab" => KeyCode::BackTab,
            "backspace" => KeyCode::Backspace,
            "space" => KeyCode::Char(' '),
            "up" => KeyCode::Up,
            "down" => KeyCode::Down,
            "left" => KeyCode::Left,
            "right" => KeyCode::Right,
            "home" => KeyCode::Home,
            "end" => KeyCode::End,
            "pgup" => KeyCode::PageUp,
            "pgdn" => KeyCode::PageDown,
            _ => KeyCode::F(name[1..].parse().unwrap()),
        },
    };
    KeyEvent::new(code, if ctrl { KeyModifiers::CONTROL } else { KeyModifiers::NONE })
}

/// Whether this key of this action does something on a stage; `None` where it does not mean it there.
fn does_something(stage: &mut Stage, spec: &Spec, scope: Scope, name: &str) -> Option<bool> {
    let here = stage.model.scope();
    let key = Key::of(&event(name)).unwrap();
    if (scope != here && scope != Scope::Global) || stage.model.keymap.action(here, key) != Some(spec.action)
    {
        return None;
    }
    // what it does anyway is nothing that it does
    stage.send(Message::Tick);
    stage.wanted();
    let before = stage.buffer();
    stage.send(Message::Key(event(name)));
    Some(stage.buffer() != before || !stage.wanted().is_empty())
}

#[test]
fn no_key_is_dead() {
    let mut dead = Vec::new();
    for spec in actions() {
        for (scope, name) in
            spec.scopes.iter().flat_map(|scope| spec.keys.iter().map(move |key| (*scope, *key)))
        {
            let does =
                STAGES.iter().any(|stage| does_something(&mut stage(), spec, scope, name) == Some(true));
            if !does {
                dead.push(format!("{name} ({}) in {}", spec.name, scope.word()));
            }
        }
    }
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}

#[test]
fn a_key_without_an_action_does_nothing() {
    for make in STAGES {
        let mut stage = make();
        stage.send(Message::Tick);
        stage.wanted();
        let before = stage.buffer();
        stage.key(KeyCode::F(9));
        assert!(stage.buffer() == before && stage.wanted().is_empty());
    }
}

#[test]
fn read_only_takes_acting_keys_away_and_no_other() {
    let all = actions().filter(|spec| spec.scopes.contains(&Scope::Table));
    for spec in all {
        for key in spec.keys.iter().filter_map(|key| Key::parse(key)) {
            let stage = Stage::new(&Setting { read_only: true, ..Setting::default() });
            let found = stage.model.keymap.action(Scope::Table, key);
            assert_eq!(found.is_some_and(|action| action == spec.action), !spec.acting, "{}", spec.name);
        }
    }
}
