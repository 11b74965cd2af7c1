//! All servers, which of them are shown and in which order, and where the cursor stands. The cursor stands on a server or
//! on a folded section, not on a row: it stays with it whatever comes and goes, and always points at one that is shown.
//!
//! Three lists lead to the screen: [`order`] sorts all servers, the filter chooses those that are shown, [`sections`] divides
//! them into rows. What is marked and what failed unseen is in [`marks`].

mod marks;
mod order;
mod sections;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::api::Verb;
use crate::model::{ServerHistory, ServerId, ServerStatus};

use super::filter::Filter;
use super::ring::Ring;
pub(crate) use order::{Sort, SortKey};
use sections::{Cursor, Row};
pub(crate) use sections::{Division, RowOf, Section};

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
    /// Indices into `all`: the current project first, else the supervisor's order.
    config: Vec<usize>,
    /// The same as they are sorted.
    order: Vec<usize>,
    /// Those of `order` that the filter lets through.
    shown: Vec<usize>,
    sections: Vec<Section>,
    rows: Vec<Row>,
    cursor: Option<Cursor>,
    /// The server on which the cursor was last.
    anchor: Option<ServerId>,
    /// The row in which the cursor was last: if what it is on goes, it goes to the neighbour.
    last_row: usize,
    /// The first row on the screen.
    pub(crate) top: usize,
    filter: Filter,
    project: Option<String>,
    frozen: bool,
    sort: Sort,
    /// When the rows may move again, if something they are sorted by has changed.
    resort_at: Duration,
    is_stale: bool,
    division: Division,
    folded: HashSet<String>,
    marks: HashSet<ServerId>,
    unread: HashSet<ServerId>,
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

    /// Those that the filter lets through, from the top; in folded sections, too.
    pub(crate) fn shown(&self) -> impl ExactSizeIterator<Item = &Server> + '_ {
        self.shown.iter().map(|&at| &self.all[at])
    }

    /// Cells of the longest label among them: where a column has the project, and where there is none.
    pub(crate) fn longest(&self, with_project: bool) -> usize {
        // an id is ASCII
        let cells = |server: &Server| {
            let project =
                if with_project || !server.is_ambiguous { 0 } else { server.status.id.project().len() + 1 };
            server.status.id.name().len() + project
        };
        self.shown().map(cells).max().unwrap_or(0)
    }

    /// What limits the rows.
    pub(crate) fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Limits the rows.
    pub(crate) fn set_filter(&mut self, filter: Filter) {
        // The user's own word holds at once.
        let frozen = std::mem::replace(&mut self.frozen, false);
        self.filter = filter;
        self.arrange();
        self.frozen = frozen;
    }

    /// See [`Self::freeze`].
    pub(crate) const fn is_frozen(&self) -> bool {
        self.frozen
    }

    /// Keeps rows and their order as they are, while a question about them stands.
    pub(crate) fn freeze(&mut self, frozen: bool) {
        self.frozen = frozen;
        self.arrange();
    }

    /// Takes over everything; what is known of the past stays with those that stay.
    pub(crate) fn replace(&mut self, statuses: Vec<ServerStatus>) {
        let before = self.as_ids();
        let mut rings: HashMap<ServerId, Ring> =
            self.all.drain(..).map(|server| (server.status.id, server.ring)).collect();
        let servers = statuses.into_iter().map(|status| Server {
            ring: rings.remove(&status.id).unwrap_or_default(),
            status,
            asked: None,
            is_ambiguous: false,
        });
        self.all = servers.collect();
        self.reindex(before);
    }

    /// Takes over these; one that is not known yet comes last.
    pub(crate) fn merge(&mut self, statuses: Vec<ServerStatus>) {
        let before =
            statuses.iter().any(|status| !self.index.contains_key(&status.id)).then(|| self.as_ids());
        for status in statuses {
            if let Some(server) = self.get_mut(&status.id) {
                server.status = status;
            } else {
                self.index.insert(status.id.clone(), self.all.len());
                self.all.push(Server { status, ring: Ring::default(), asked: None, is_ambiguous: false });
            }
        }
        self.is_stale = true;
        match before {
            Some(before) => self.reindex(before),
            None => self.arrange(),
        }
    }

    /// Forgets these.
    pub(crate) fn remove(&mut self, ids: &[ServerId]) {
        let before = self.as_ids();
        let gone: HashSet<&ServerId> = ids.iter().collect();
        self.all.retain(|server| !gone.contains(&server.status.id));
        self.reindex(before);
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
        self.is_stale = true;
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

    /// The order and what is shown, by name: indices mean nothing once servers come or go.
    fn as_ids(&self) -> (Vec<ServerId>, Vec<ServerId>) {
        let ids = |of: &[usize]| of.iter().map(|&at| self.all[at].status.id.clone()).collect();
        (ids(&self.order), ids(&self.shown))
    }

    /// Servers came or went.
    fn reindex(&mut self, (order, shown): (Vec<ServerId>, Vec<ServerId>)) {
        self.index = self.all.iter().enumerate().map(|(at, server)| (server.status.id.clone(), at)).collect();
        let mut names: HashMap<&str, usize> = HashMap::new();
        for server in &self.all {
            *names.entry(server.status.id.name()).or_default() += 1;
        }
        let ambiguous: Vec<bool> = self
            .all
            .iter()
            .map(|server| names.get(server.status.id.name()).is_some_and(|count| *count > 1))
            .collect();
        for (server, is_ambiguous) in self.all.iter_mut().zip(ambiguous) {
            server.is_ambiguous = is_ambiguous;
        }
        self.marks.retain(|id| self.index.contains_key(id));
        self.unread.retain(|id| self.index.contains_key(id));
        let project = self.project.as_deref();
        self.config = (0..self.all.len()).collect();
        // A stable sort: the current project first, else the supervisor's order.
        self.config.sort_by_key(|&at| project.is_some_and(|project| self.all[at].status.project != project));
        // What was there keeps its place among equals; what is new comes behind it.
        let at = |id: &ServerId| self.index.get(id).copied();
        self.order = order.iter().filter_map(at).collect();
        self.shown = shown.iter().filter_map(at).collect();
        let known: HashSet<usize> = self.order.iter().copied().collect();
        self.order.extend(self.config.iter().filter(|at| !known.contains(at)));
        self.resort();
        self.arrange();
    }

    /// Chooses the rows anew, and puts the cursor on one of them.
    fn arrange(&mut self) {
        if !self.frozen {
            let fits = |at: &&usize| self.filter.matches(&self.all[**at].status);
            self.shown = self.order.iter().filter(fits).copied().collect();
        }
        self.divide();
        self.find_cursor();
    }
}
