//! `needs`: which servers must be there first. Read with each server, judged when all are known.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Need, NeedState, RestartWhen, ServerId, graph};

use super::fields::{text, texts, wrong};
use super::problem::{MAX_LISTED, Sink, quote, safe, suggest};
use super::raw::{Entry, Kind};
use super::servers::Named;

const STATES: [&str; 3] = [NeedState::Started.word(), NeedState::Healthy.word(), NeedState::Completed.word()];

/// Most needs of a project, each copy of a server counted: what status and start have to look at.
const MAX_NEEDS: usize = 20_000;

/// So many servers of a circle are named.
const MAX_SHOWN: usize = 12;

/// A need as it was typed.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    name: String,
    state: NeedState,
    at: usize,
}

/// `needs = ["db:healthy", "cache"]`
pub(super) fn read(entry: &Entry, sink: &mut Sink<'_>) -> Vec<Wanted> {
    let typed = match &entry.value.kind {
        Kind::Text(_) => text(entry, sink).map(|text| vec![(text, entry.value.at)]),
        Kind::List(list) => texts(entry, list, sink),
        _ => wrong(entry, "a list of strings", "write `needs = [\"db:healthy\"]`", sink),
    };
    let mut needs: Vec<Wanted> = Vec::new();
    let mut names = BTreeSet::new();
    for (text, at) in typed.unwrap_or_default() {
        let (name, state) = text.rsplit_once(':').unwrap_or((text, NeedState::default().word()));
        let state = match state {
            "started" => NeedState::Started,
            "healthy" => NeedState::Healthy,
            "completed" => NeedState::Completed,
            other => {
                let place = sink.inside(at, text, text.len() - other.len());
                sink.add(
                    place,
                    format!("{} is nothing that a server can have reached", quote(other)),
                    suggest(other, &STATES),
                );
                continue;
            }
        };
        if names.insert(name) {
            needs.push(Wanted { name: name.to_owned(), state, at });
        } else {
            sink.add(at, format!("server {} is needed twice", quote(name)), "keep one of them");
        }
    }
    needs
}

/// The servers by name, and by the names of their copies.
struct Names<'s, 'v>(BTreeMap<&'s str, &'s Named<'v>>);

impl<'s, 'v> Names<'s, 'v> {
    fn new(servers: &'s [Named<'v>]) -> Self {
        Self(servers.iter().map(|server| (server.name, server)).collect())
    }

    /// The server that a need means, and the names in the project that it stands for.
    fn find(&self, name: &str) -> Option<(&'s Named<'v>, Vec<String>)> {
        if let Some(server) = self.0.get(name) {
            return Some((server, server.draft.names(server.name)));
        }
        let (base, _) = name.rsplit_once('.')?;
        let server = self.0.get(base)?;
        let copy = server.draft.names(server.name).into_iter().find(|copy| copy == name)?;
        Some((server, vec![copy]))
    }
}

/// Notes needs that cannot be: of nobody, of oneself, in a circle, or of an end that never comes.
pub(super) fn check(servers: &[Named<'_>], sink: &mut Sink<'_>) {
    let names = Names::new(servers);
    let mut edges: graph::Edges<&str> = BTreeMap::new();
    let mut places: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut count = 0;
    for server in servers {
        for need in &server.draft.needs {
            let Some((needed, copies)) = names.find(&need.name) else {
                unknown(need, &names, sink);
                continue;
            };
            if needed.name == server.name {
                let message = format!("server {} needs itself", quote(server.name));
                sink.add(need.at, message, "take it out: a server that needs itself never starts");
                continue;
            }
            if need.state == NeedState::Completed && needed.draft.restart.policy == RestartWhen::Always {
                let name = quote(needed.name);
                let message = format!("server {name} never completes: it has `restart = \"always\"`");
                sink.add(need.at, message, format!("give {name} `restart = \"on-failure\"`, or need less"));
            }
            edges.entry(server.name).or_default().push(needed.name);
            places.entry((server.name, needed.name)).or_insert(need.at);
            count += copies.len() * server.draft.names(server.name).len();
            if count > MAX_NEEDS {
                let message = "the servers need each other more often than a project can have it";
                sink.add(need.at, message, format!("at most {MAX_NEEDS} needs, each copy counted"));
                return;
            }
        }
    }
    circles(edges, &places, sink);
}

fn unknown(need: &Wanted, names: &Names<'_, '_>, sink: &mut Sink<'_>) {
    let known: Vec<&str> = names.0.keys().copied().filter(|name| safe(name) == *name).collect();
    // with thousands of them the nearest name takes its time, and would not be shown
    let hint = if sink.is_full() { String::new() } else { suggest(&need.name, &known) };
    let message = match need.name.as_str() {
        "" => "the name of the server is missing".to_owned(),
        name => format!("there is no server {}", quote(name)),
    };
    sink.add(need.at, message, hint);
}

/// Notes each circle at the need by which its first server goes into it.
fn circles<'s>(
    mut edges: graph::Edges<&'s str>,
    places: &BTreeMap<(&'s str, &'s str), usize>,
    sink: &mut Sink<'_>,
) {
    for _ in 0..MAX_LISTED {
        let Some(circle) = graph::cycle(&edges) else { return };
        let (Some(first), Some(last)) = (circle.first(), circle.last()) else { return };
        let second = circle.get(1).unwrap_or(first);
        let mut way: Vec<String> = circle.iter().take(MAX_SHOWN).map(|name| safe(name)).collect();
        if circle.len() > MAX_SHOWN {
            way.push("…".to_owned());
        }
        way.push(safe(first));
        let at = places.get(&(*first, *second)).copied().unwrap_or_default();
        let message = format!("server {} needs itself, through others", quote(first));
        sink.add(at, message, format!("take one of these needs out: {}", way.join(" → ")));
        if let Some(needs) = edges.get_mut(last) {
            needs.retain(|need| need != first);
        }
    }
}

/// The needs of a server in a project, one for each copy of what it needs. They were checked.
pub(super) fn link(server: &Named<'_>, servers: &[Named<'_>], project: &str) -> Vec<Need> {
    if server.draft.needs.is_empty() {
        return Vec::new();
    }
    let names = Names::new(servers);
    let mut needs = Vec::new();
    for need in &server.draft.needs {
        for copy in names.find(&need.name).map(|(_, copies)| copies).unwrap_or_default() {
            needs.extend(ServerId::new(project, &copy).ok().map(|server| Need { server, state: need.state }));
        }
    }
    needs
}
