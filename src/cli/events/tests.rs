//! What is shown, and in which words.

use super::*;
use crate::model::Exit;

fn event(server: Option<&str>, kind: EventKind) -> Event {
    let at = "2026-11-20T08:00:00Z".parse().unwrap();
    Event { seq: 1, at, server: server.map(|id| id.parse().unwrap()), kind }
}

fn takes(filter: &Filter, event: &Event) -> bool {
    let mut api = ServerStatus::blank("shop/api".parse().unwrap());
    api.group = Some("back".into());
    filter.takes(event, &[api])
}

#[test]
fn kinds_are_those_of_the_events() {
    let kinds: Vec<&str> = super::kinds().collect();
    assert!(kinds.contains(&EventKind::SupervisorStopped { pid: 1 }.word()) && !kinds.contains(&"other"));
    assert!(kinds.contains(&canonical(CRASHED.to_owned()).as_str()));
    assert_eq!(canonical("failed".to_owned()), "failed");
    for kind in kinds {
        // a word that serde does not know would be read as another kind
        let read = serde_json::from_value::<EventKind>(serde_json::json!({ "kind": kind }));
        assert_ne!(read.ok(), Some(EventKind::Other), "{kind}");
    }
}

#[test]
fn a_filter_takes_what_was_asked_for() {
    let exited =
        event(Some("shop/api"), EventKind::Exited { exit: Exit::Code(1), lasted_s: 9.1, because: None });
    let goodbye = event(None, EventKind::SupervisorStopped { pid: 1 });
    let of = |names: &[&str]| Filter {
        servers: names.iter().map(|name| Pattern::parse(name)).collect(),
        ..Filter::default()
    };
    assert!(takes(&Filter::default(), &exited) && takes(&Filter::default(), &goodbye));
    for (names, expected) in [
        (&["api"][..], true),
        (&["shop/a*"], true),
        (&["@back"], true),
        (&["blog/@back"], false),
        (&["web"], false),
        (&["web", "api"], true),
    ] {
        assert_eq!(takes(&of(names), &exited), expected, "{names:?}");
    }
    assert!(!takes(&of(&["*"]), &goodbye), "it is no server's");
    let kind = Filter { kinds: vec!["failed".into()], ..Filter::default() };
    assert!(!takes(&kind, &exited));
    let since = Filter { since: Some("2026-11-20T08:00:01Z".parse().unwrap()), ..Filter::default() };
    assert!(!takes(&since, &exited));
}
