//! All servers, which of them are shown, and which is selected. The selection is a server, not a row: it stays with
//! its server whatever comes and goes, and always points at one that is shown.

use std::collections::{HashMap, HashSet};

use crate::api::Verb;
use crate::model::{Phase, ServerHistory, ServerId, ServerStatus};

use super::filter::Filter;
use super::ring::Ring;

/// A server as the supervisor said last, and its past.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Server {
    /// As the supervisor said.
    pub(crate) status: ServerStatus,
    /// Its last two minutes.
    pub(crate) ring: Ring,
    /// What this dashboard asked and has no answer to.
    pub(crate) asked: Option<Verb>,
    /// Another project has a server of this name.
    pub(crate) is_ambiguous: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Servers {
    all: Vec<Server>,
    index: HashMap<ServerId, usize>,
    /// Indices into `all`, in the order of the table.
    rows: Vec<usize>,
    selected: Option<ServerId>,
    /// Where the selected one was last: its neighbour is selected when it goes.
    last_row: usize,
    /// The first row on the screen.
    pub(crate) top: usize,
    filter: Filter,
    project: Option<String>,
    frozen: bool,
    marks: HashSet<ServerId>,
}

impl Servers {
    /// None yet; those of `project` will come first.
    pub(crate) fn new(project: Option<String>) -> Self {
        Self { project, ..Self::default() }
    }

    /// All, in the supervisor's order.
    pub(crate) fn all(&self) -> &[Server] {
        &self.all
    }

    /// By name.
    pub(crate) fn get(&self, id: &ServerId) -> Option<&Server> {
        self.index.get(id).and_then(|&at| self.all.get(at))
    }

    /// By name, to change it.
    pub(crate) fn get_mut(&mut self, id: &ServerId) -> Option<&mut Server> {
        self.index.get(id).and_then(|&at| self.all.get_mut(at))
    }

    /// Those that are shown, from the top.
    pub(crate) fn shown(&self) -> impl ExactSizeIterator<Item = &Server> + '_ {
        self.rows.iter().map(|&at| &self.all[at])
    }

    /// The selected one.
    pub(crate) fn selected(&self) -> Option<&Server> {
        self.selected.as_ref().and_then(|id| self.get(id))
    }

    /// Those that are marked and shown, from the top.
    pub(crate) fn marked(&self) -> Vec<&ServerId> {
        self.shown().map(|server| &server.status.id).filter(|id| self.marks.contains(id)).collect()
    }

    /// Row of the selected one.
    pub(crate) fn selected_row(&self) -> Option<usize> {
        let at = *self.index.get(self.selected.as_ref()?)?;
        self.rows.iter().position(|&row| row == at)
    }

    /// Selects by row; beyond the last one: the last.
    pub(crate) fn select_row(&mut self, row: usize) {
        let row = row.min(self.rows.len().saturating_sub(1));
        self.last_row = row;
        self.selected = self.rows.get(row).map(|&at| self.all[at].status.id.clone());
    }

    /// Selects a server, if it is shown.
    pub(crate) fn select(&mut self, id: &ServerId) {
        let shown = self.index.get(id).and_then(|at| self.rows.iter().position(|row| row == at));
        if let Some(row) = shown {
            self.select_row(row);
        }
    }

    /// What limits the rows.
    pub(crate) fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Limits the rows.
    pub(crate) fn set_filter(&mut self, filter: Filter) {
        self.filter = filter;
        self.arrange();
    }

    /// Keeps rows and their order as they are, while a question about them stands.
    pub(crate) fn freeze(&mut self, frozen: bool) {
        self.frozen = frozen;
        self.arrange();
    }

    /// Takes over everything; what is known of the past stays with those that stay.
    pub(crate) fn replace(&mut self, statuses: Vec<ServerStatus>) {
        let mut rings: HashMap<ServerId, Ring> =
            self.all.drain(..).map(|server| (server.status.id, server.ring)).collect();
        let servers = statuses.into_iter().map(|status| Server {
            ring: rings.remove(&status.id).unwrap_or_default(),
            status,
            asked: None,
            is_ambiguous: false,
        });
        self.all = servers.collect();
        self.reindex();
    }

    /// Takes over these; one that is not known yet comes last.
    pub(crate) fn merge(&mut self, statuses: Vec<ServerStatus>) {
        let known = self.all.len();
        for status in statuses {
            if let Some(server) = self.get_mut(&status.id) {
                server.status = status;
            } else {
                self.index.insert(status.id.clone(), self.all.len());
                self.all.push(Server { status, ring: Ring::default(), asked: None, is_ambiguous: false });
            }
        }
        if known == self.all.len() { self.arrange() } else { self.reindex() }
    }

    /// Forgets these.
    pub(crate) fn remove(&mut self, ids: &[ServerId]) {
        self.all.retain(|server| !ids.contains(&server.status.id));
        self.reindex();
    }

    /// Takes over the past that ends at second `now`.
    pub(crate) fn set_history(&mut self, histories: &[ServerHistory], now: i64) {
        for history in histories {
            if let Some(server) = self.get_mut(&history.id) {
                let mut ring = Ring::from_history(history, now);
                ring.fill_from(&server.ring);
                server.ring = ring;
            }
        }
    }

    /// Changes every server, then looks which of them are shown.
    pub(crate) fn change_all(&mut self, change: impl FnMut(&mut Server)) {
        self.all.iter_mut().for_each(change);
        self.arrange();
    }

    /// Whether any server may have a process.
    pub(crate) fn any_alive(&self) -> bool {
        self.all.iter().any(|server| server.status.phase.is_alive())
    }

    /// How many have a process that runs on without the dashboard.
    pub(crate) fn alive(&self) -> usize {
        self.all.iter().filter(|server| server.status.phase.is_alive()).count()
    }

    /// How many are in this phase.
    pub(crate) fn in_phase(&self, phase: Phase) -> usize {
        self.all.iter().filter(|server| server.status.phase == phase).count()
    }

    fn reindex(&mut self) {
        self.index = self.all.iter().enumerate().map(|(at, server)| (server.status.id.clone(), at)).collect();
        let mut names: HashMap<String, usize> = HashMap::new();
        for server in &self.all {
            *names.entry(server.status.name.clone()).or_default() += 1;
        }
        for server in &mut self.all {
            server.is_ambiguous = names.get(&server.status.name).is_some_and(|count| *count > 1);
        }
        self.frozen = false;
        self.arrange();
    }

    fn arrange(&mut self) {
        if self.frozen {
            return;
        }
        let fits = |at: &usize| self.filter.matches(&self.all[*at].status);
        let mut rows: Vec<usize> = (0..self.all.len()).filter(fits).collect();
        if let Some(project) = &self.project {
            // A stable sort: the current project first, else the supervisor's order.
            rows.sort_by_key(|&at| self.all[at].status.project != *project);
        }
        self.rows = rows;
        match self.selected_row() {
            Some(row) => self.last_row = row,
            None => self.select_row(self.last_row),
        }
    }
}
