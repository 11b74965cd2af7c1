//! How the log's window is filled: with pages of what is stored, and with what follows on.

use jiff::Timestamp;

use crate::api::LogItem;
use crate::model::{LogCursor, LogLine, ServerId};

use super::log_store::{Store, Stored};
use super::log_view::{Edge, Hidden, LogView, PAGE, Page, Places, Position, Reading, Room};

/// Stands where lines are left out between those that a filter wants and those around them.
pub(super) const TORN: &str = "--";

impl LogView {
    /// Takes some of the last lines, which are looked for backwards. With `end` there are no more of them.
    pub(crate) fn take_older(&mut self, items: Vec<LogItem>, end: bool) {
        self.retries.succeeded();
        if !self.filling {
            return;
        }
        for item in items {
            match item {
                LogItem::Progress { searched, total, hidden, .. } => {
                    self.hidden.older = hidden;
                    self.progress = Some((searched, total));
                }
                item => {
                    self.history += usize::from(matches!(item, LogItem::Line(_)));
                    if let Some(line) = self.stored(item) {
                        self.store.push_front(line);
                    }
                }
            }
        }
        if end {
            self.filling = false;
            self.paging = self.asked.is_some();
            self.progress = None;
            self.complete = self.history < PAGE;
        }
        while self.store.is_over() {
            self.store.drop_first();
            self.complete = false;
        }
    }

    /// Takes a page that was asked for; whether it reaches the log's end.
    pub(crate) fn take_page(&mut self, page: &Page, items: Vec<LogItem>) -> bool {
        self.paging = false;
        self.asked = None;
        // Lines that came meanwhile may have pushed out those that the page would stand before: it is asked for again.
        if matches!(page, Page::Before(edge) if self.first_edge().as_ref() != Some(edge)) {
            return false;
        }
        let count = |items: &[LogItem]| items.iter().filter(|item| matches!(item, LogItem::Line(_))).count();
        if let Page::Around(_) = page {
            self.hidden = Hidden::default();
        }
        for item in &items {
            if let LogItem::Progress { hidden, .. } = item {
                self.hidden.before += hidden;
            }
        }
        match page {
            Page::Before(edge) => {
                self.complete |= count(&items) < PAGE;
                let lines: Vec<_> = self.page_lines(items);
                let reading = self.reading().unwrap_or_default();
                let is_older = |line: &Stored| {
                    let place = reading.servers.get(usize::from(line.server));
                    place.and_then(|id| edge.places.get(id)).is_none_or(|first| line.cursor < *first)
                };
                self.store.prepend(lines.into_iter().filter(is_older).collect());
                self.drop_end();
                false
            }
            Page::From(_) => {
                let is_end = count(&items) < PAGE;
                for line in self.page_lines(items) {
                    self.store.append(line);
                }
                self.drop_beginning() && is_end
            }
            Page::Around(target) => {
                let lines = self.page_lines(items);
                let upto =
                    lines.iter().filter(|line| !line.context && self.place_of(line) <= *target).count();
                let all = lines.iter().filter(|line| !line.context).count();
                self.store = Store::default();
                self.notes.selection = None;
                self.complete = upto < PAGE / 2;
                self.detached = true;
                for line in lines {
                    self.store.append(line);
                }
                all - upto < PAGE / 2
            }
        }
    }

    /// Makes room at the window's end; where lines are selected there, of what came before it.
    fn drop_end(&mut self) {
        while self.store.is_over() {
            if self.notes.holds(self.store.end() - 1) {
                self.store.drop_first();
                self.complete = false;
            } else {
                self.store.drop_last();
                self.detach();
            }
        }
    }

    /// The same at its beginning; whether all that came behind it is there.
    fn drop_beginning(&mut self) -> bool {
        let mut is_whole = true;
        while self.store.is_over() {
            if self.notes.holds(self.store.first()) {
                self.store.drop_last();
                is_whole = false;
            } else {
                self.store.drop_first();
                self.complete = false;
            }
        }
        is_whole
    }

    fn page_lines(&self, items: Vec<LogItem>) -> Vec<Stored> {
        let mut lines: Vec<Stored> = Vec::with_capacity(items.len());
        let mut is_torn = false;
        for item in items {
            if item == LogItem::Break {
                is_torn = true;
            } else if let Some(line) = self.stored(item) {
                if let (true, Some(before)) = (std::mem::take(&mut is_torn), lines.last()) {
                    lines.push(Stored::own(TORN, line.at, line.server, before.cursor));
                }
                lines.push(line);
            }
        }
        lines
    }

    /// What is shown of an item.
    pub(super) fn stored(&self, item: LogItem) -> Option<Stored> {
        let index = |server: &ServerId| self.merged.iter().position(|id| id == server).unwrap_or(0) as u16;
        let (wire, context) = match item {
            LogItem::Line(wire) => (wire, false),
            LogItem::Context(wire) => (wire, true),
            LogItem::Lagged { server, from, to } => {
                let text = format!("{from} to {to} is lost: rotated away before it was read, or damaged");
                let at = self.store.last().map_or(Timestamp::UNIX_EPOCH, |last| last.at);
                return Some(Stored::own(&text, at, index(&server), to));
            }
            LogItem::Break | LogItem::Progress { .. } | LogItem::Live { .. } | LogItem::Other => return None,
        };
        let server = index(&wire.server);
        Some(Stored { server, context, ..Stored::from(LogLine::from(wire)) })
    }

    /// Empties the window, to be filled from the log's beginning on.
    pub(crate) fn begin_first(&mut self, reading: &Reading) -> Page {
        self.store = Store::default();
        self.notes.selection = None;
        self.position = Position::At((0, 0));
        self.hidden = Hidden::default();
        self.complete = true;
        self.detached = true;
        self.paging = true;
        let places = reading.servers.iter().map(|id| (id.clone(), LogCursor::default())).collect();
        let page = Page::From(Edge { at: Timestamp::UNIX_EPOCH, places });
        self.seek = None;
        self.asked = Some(page.clone());
        page
    }

    /// The window's beginning.
    fn first_edge(&self) -> Option<Edge> {
        let at = self.store.iter().next()?.1.at;
        Some(Edge { at, places: self.places(self.store.iter()) })
    }

    /// The window's end.
    pub(super) fn last_edge(&self) -> Option<Edge> {
        let at = self.store.last()?.at;
        Some(Edge { at, places: self.places(self.store.iter().rev()) })
    }

    /// Of each log the first place on the way.
    fn places<'a>(&self, lines: impl Iterator<Item = (i64, &'a Stored)>) -> Places {
        let servers = self.reading().unwrap_or_default().servers;
        let mut seen = vec![None; servers.len()];
        for (_, line) in lines {
            if let Some(place @ None) = seen.get_mut(usize::from(line.server)) {
                *place = Some(line.cursor);
                // Most of the time one line of each is near.
                if seen.iter().all(Option::is_some) {
                    break;
                }
            }
        }
        servers.into_iter().zip(seen).filter_map(|(id, place)| Some((id, place?))).collect()
    }

    /// The page that should be read, since the screen comes near an end of the window.
    pub(crate) fn wanted_page(&self, room: Room) -> Option<Page> {
        let Position::At((number, _)) = self.position else { return None };
        let is_full = self.notes.selection.is_some_and(|selection| selection.full);
        if self.paging || self.broken || is_full || !self.live || self.store.len() == 0 {
            return None;
        }
        let near = 2 * room.height as i64;
        if !self.complete && number - self.store.first() < near {
            return self.first_edge().map(Page::Before);
        }
        if self.detached && self.store.end() - number < near + room.height as i64 {
            return self.last_edge().map(Page::From);
        }
        None
    }
}
