//! The palette: every action by its name, those on the selected server first, and a way to each server. What can't be
//! done now is there with its reason.

use crate::model::action::{Action, Family, Scope, Spec};
use crate::model::{Phase, PortState, ServerId, ServerStatus};
use crate::tui::keymap::shown;

use super::{Connection, Model, Pane, Server, WINDOWS};

/// What is typed, and which of what fits it is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Palette {
    /// So far.
    pub(crate) text: String,
    /// Index of the chosen one.
    pub(crate) at: usize,
    /// Its label, as it was shown, and what it does: what fits may change while one looks, and Enter means what was
    /// read.
    pub(crate) chosen: Option<(String, Does)>,
}

impl Palette {
    /// Where the chosen one is among these now; nowhere, if it is not there any more.
    pub(crate) fn place(&self, found: &[Entry]) -> Option<usize> {
        let last = found.len().checked_sub(1)?;
        match &self.chosen {
            Some((label, does)) => found.iter().position(|it| (&it.label, &it.does) == (label, does)),
            None => Some(self.at.min(last)),
        }
    }

    /// Chooses the one at this index.
    pub(crate) fn choose(&mut self, at: usize, found: &[Entry]) {
        self.at = at;
        self.chosen = found.get(at).map(|entry| (entry.label.clone(), entry.does.clone()));
    }
}

/// What an entry does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    /// This, from where the focus is.
    Act(Action),
    /// This, with the focus on that pane.
    In(Pane, Action),
    /// Selects this server.
    Go(ServerId),
}

/// A row of the palette.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its name, with that of the server it acts on. Not sanitized.
    pub(crate) label: String,
    /// What it does.
    pub(crate) help: &'static str,
    /// The keys that do the same, for hints.
    pub(crate) key: Option<String>,
    /// What happens when it is chosen.
    pub(crate) does: Does,
    /// Why it can't be done now.
    pub(crate) why_not: Option<String>,
}

/// Entries that are found at most: nobody looks through more.
const MOST: usize = 500;

/// What fits the text, the best first; among equals, what acts on the selected server, then what belongs to the focused
/// pane, then the rest.
pub(crate) fn entries(model: &Model, text: &str) -> Vec<Entry> {
    let text = plain(text.trim());
    let fits = |entry: Entry| rank(&entry, &text).map(|rank| (rank, entry));
    let mut found: Vec<(u32, Entry)> = all(model).filter_map(fits).collect();
    // Of what fits as well, first what can be done.
    found.sort_by_key(|(rank, entry)| (*rank, !text.is_empty() && entry.why_not.is_some()));
    found.truncate(MOST);
    found.into_iter().map(|(_, entry)| entry).collect()
}

fn all(model: &Model) -> impl Iterator<Item = Entry> + '_ {
    let selected = model.selected();
    let focus = model.focus.scope();
    let mut list: Vec<Entry> = Vec::new();
    let mut seen: Vec<Action> = Vec::new();
    let mut take = |scope: Scope, on_server: bool, make: &dyn Fn(&'static Spec) -> Entry| {
        for spec in model.keymap.specs(scope) {
            let fits = is_listed(spec.action) && acts_on_selected(spec.action) == on_server;
            if fits && !seen.contains(&spec.action) {
                seen.push(spec.action);
                list.push(make(spec));
            }
        }
    };
    if let Some(server) = selected {
        let target = target(model, server);
        for scope in [Scope::Table, Scope::Detail, Scope::Copy, Scope::Global] {
            take(scope, true, &|spec| on_server(model, spec, &target));
        }
    }
    for scope in [focus, Scope::Global] {
        take(scope, false, &|spec| entry(model, spec, Does::Act(spec.action)));
    }
    for pane in [Pane::Table, Pane::Logs, Pane::Detail] {
        let scope = pane.scope();
        take(scope, false, &|spec| {
            let mut entry = entry(model, spec, Does::In(pane, spec.action));
            entry.label = format!("{}: {}", scope.word(), entry.label);
            entry
        });
    }
    let go = model.servers.all().iter().map(|server| Entry {
        label: format!("go to {}", full_name(server)),
        help: "select it",
        key: None,
        does: Does::Go(server.status.id.clone()),
        why_not: None,
    });
    list.into_iter().chain(go)
}

/// Whether it is an act of its own, and not one of moving or within a dialog.
fn is_listed(action: Action) -> bool {
    let is_act = !matches!(action.family(), Family::Travel | Family::Over);
    is_act && !matches!(action, Action::Palette | Action::Back | Action::BackOrQuit)
}

/// Whether it is about the selected server, whatever has the focus.
fn acts_on_selected(action: Action) -> bool {
    matches!(
        action,
        Action::Start
            | Action::Stop
            | Action::Restart
            | Action::Kill
            | Action::KillHolder
            | Action::OpenDetail
            | Action::OpenLogs
            | Action::Why
            | Action::Copy
            | Action::CopyUrl
            | Action::CopyPid
            | Action::CopyCommand
            | Action::CopyName
            | Action::Mark
            | Action::Edit
    )
}

/// Whether it acts on the marked servers where there are any.
fn takes_marks(action: Action) -> bool {
    matches!(action, Action::Start | Action::Stop | Action::Restart | Action::Kill)
}

fn full_name(server: &Server) -> String {
    if server.is_ambiguous { server.status.id.to_string() } else { server.status.name.clone() }
}

/// The selected server's name, and that of what is marked. In the detail pane acts mean the server that it shows.
fn target(model: &Model, server: &Server) -> (String, Option<String>) {
    let marked = if model.focus == Pane::Detail { Vec::new() } else { model.servers.marked() };
    let marks = (!marked.is_empty()).then(|| match marked.as_slice() {
        [one] => one.name().to_owned(),
        several => format!("{} marked servers", several.len()),
    });
    (full_name(server), marks)
}

/// Names are typed with a `-` or with a blank.
fn plain(text: &str) -> String {
    text.to_lowercase().replace('-', " ")
}

fn words(spec: &Spec) -> String {
    spec.name.replace('-', " ")
}

fn on_server(model: &Model, spec: &'static Spec, (name, marks): &(String, Option<String>)) -> Entry {
    let target = marks.as_ref().filter(|_| takes_marks(spec.action)).unwrap_or(name);
    let mut entry = entry(model, spec, Does::Act(spec.action));
    entry.label = format!("{} {target}", words(spec));
    if marks.is_some() && takes_marks(spec.action) {
        entry.why_not = not_connected(model, spec);
    }
    entry
}

fn entry(model: &Model, spec: &'static Spec, does: Does) -> Entry {
    let scope = match &does {
        Does::In(pane, _) => pane.scope(),
        Does::Act(_) | Does::Go(_) => model.focus.scope(),
    };
    let why_not = not_connected(model, spec).or_else(|| why_not(model, spec.action));
    Entry { label: words(spec), help: spec.help, key: key(model, scope, spec), does, why_not }
}

/// Its keys in this scope; for what is asked for by a chord, both.
fn key(model: &Model, scope: Scope, spec: &Spec) -> Option<String> {
    let glyphs = model.start.glyphs;
    let last =
        model.keymap.keys(Scope::Copy, spec.action).next().filter(|_| spec.scopes.contains(&Scope::Copy));
    match last {
        Some(last) => {
            let first = model.keymap.hint(scope, Action::Copy, glyphs)?;
            Some(format!("{first} {}", shown(last, glyphs)))
        }
        None => model.keymap.hint(scope, spec.action, glyphs),
    }
}

fn not_connected(model: &Model, spec: &Spec) -> Option<String> {
    (spec.acting && model.connection != Connection::Live).then(|| "not connected".to_owned())
}

/// Why an action can't be done now, as far as the dashboard knows.
fn why_not(model: &Model, action: Action) -> Option<String> {
    let why = match action {
        Action::Reconnect if model.connection == Connection::Live => "connected as it is",
        Action::ReadOnly if model.start.read_only => "started as `watch`",
        Action::RestartAll if model.servers.shown().len() == 0 => "no server is shown",
        Action::Undo if model.undo.as_ref().is_none_or(|undo| !undo.holds(model.now.mono)) => {
            "there is nothing to undo"
        }
        Action::ShorterWindow if model.charts.window == 0 => "this is the shortest",
        Action::LongerWindow if model.charts.window + 1 >= WINDOWS.len() => "this is the longest",
        _ => return model.selected().and_then(|server| why_not_server(&server.status, action)),
    };
    Some(why.to_owned())
}

fn why_not_server(status: &ServerStatus, action: Action) -> Option<String> {
    let why = match (action, status.phase) {
        (Action::Start, Phase::Running | Phase::Starting) => return Some(format!("it is {}", status.phase)),
        (Action::Stop, Phase::Stopped) => "it is stopped",
        (Action::Stop, Phase::Completed) => "it has ended by itself",
        (Action::Kill, phase) if !phase.is_alive() => "it has no process",
        (Action::CopyPid, _) if status.pid.is_none() => "it has no process",
        (Action::CopyUrl, _) if status.main_port().is_none() => "it has no port",
        (Action::KillHolder, _) if status.ports.iter().all(|port| port.state != PortState::Foreign) => {
            "no stranger holds its port"
        }
        _ => return None,
    };
    Some(why.to_owned())
}

/// How well an entry fits what is typed, less is better; `None`: not at all. Every word has to fit.
fn rank(entry: &Entry, text: &str) -> Option<u32> {
    let label = plain(&entry.label);
    if label == text {
        return Some(0);
    }
    if !text.is_empty() && label.starts_with(text) {
        return Some(1);
    }
    let one = |word: &str| {
        if label.split([' ', '/']).any(|part| part.starts_with(word)) {
            Some(2)
        } else if label.contains(word) {
            Some(8)
        } else if entry.help.to_lowercase().contains(word) && word.len() > 2 {
            Some(32)
        } else if is_within(word, &label) {
            Some(128)
        } else {
            None
        }
    };
    text.split_whitespace().map(one).sum()
}

/// Whether all characters of a word stand in the label in their order, the first one at a word's beginning.
fn is_within(word: &str, label: &str) -> bool {
    let Some(first) = word.chars().next() else { return false };
    label
        .split(' ')
        .scan(0, |at, part| {
            let start = *at;
            *at += part.len() + 1;
            Some((start, part))
        })
        .filter(|(_, part)| part.starts_with(first))
        .any(|(start, _)| {
            let mut rest = label[start..].chars();
            word.chars().all(|wanted| rest.any(|c| c == wanted))
        })
}
