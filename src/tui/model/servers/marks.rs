//! What is marked for an act on several, and whose failure nobody has looked at.
//!
//! A mark stays on its server while a filter hides it; but only what is shown and marked is acted on, and the question
//! before an act names each one. Marks of servers that are gone go with them.

use crate::model::ServerId;

use super::Servers;

impl Servers {
    /// Those that are marked and shown, from the top.
    pub(crate) fn marked(&self) -> Vec<&ServerId> {
        if self.marks.is_empty() {
            return Vec::new();
        }
        self.shown().map(|server| &server.status.id).filter(|id| self.marks.contains(id)).collect()
    }

    /// How many are marked, also of those that are not shown.
    pub(crate) fn marks(&self) -> usize {
        self.marks.len()
    }

    /// Whether it is marked.
    pub(crate) fn is_marked(&self, id: &ServerId) -> bool {
        self.marks.contains(id)
    }

    /// Marks what the cursor is on, or takes the mark away: the server, or all of the folded section.
    pub(crate) fn toggle_mark(&mut self) {
        let ids = self.under_cursor();
        if ids.iter().all(|id| self.marks.contains(id)) {
            for id in &ids {
                self.marks.remove(id);
            }
        } else {
            self.marks.extend(ids);
        }
    }

    /// Marks all that are shown; takes all marks away where all of those are marked.
    pub(crate) fn toggle_all(&mut self) {
        let ids: Vec<ServerId> = self.shown().map(|server| server.status.id.clone()).collect();
        if ids.iter().all(|id| self.marks.contains(id)) {
            self.marks.clear();
        } else {
            self.marks.extend(ids);
        }
    }

    /// Takes all marks away; whether there were any.
    pub(crate) fn clear_marks(&mut self) -> bool {
        !std::mem::take(&mut self.marks).is_empty()
    }

    /// It failed. Whether that is news: whoever looks at it has seen it.
    pub(crate) fn note_failure(&mut self, id: &ServerId) -> bool {
        let is_seen = self.selected().is_some_and(|server| server.status.id == *id);
        !is_seen && self.index.contains_key(id) && self.unread.insert(id.clone())
    }

    /// The selected one is looked at. Whether that was news.
    pub(crate) fn look(&mut self) -> bool {
        let Some(id) = self.selected().map(|server| server.status.id.clone()) else { return false };
        self.unread.remove(&id)
    }

    /// Whether it failed and nobody has looked.
    pub(crate) fn is_unread(&self, id: &ServerId) -> bool {
        self.unread.contains(id)
    }

    /// How many failed and were not looked at.
    pub(crate) fn unread(&self) -> usize {
        self.unread.len()
    }
}
