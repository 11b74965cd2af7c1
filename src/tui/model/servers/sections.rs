//! Rows: servers, in sections by project or by group where that is wanted, and where the cursor stands among them.
//!
//! Sections are in the order in which the config has them, whatever sorts the servers in them; servers without a group come
//! last. The cursor passes over the head of an unfolded section; on that of a folded one it stands for all its servers.

use std::collections::HashMap;

use super::{Server, Servers};
use crate::model::ServerId;

/// What makes a section.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Division {
    /// There are none.
    #[default]
    None,
    /// The project.
    Project,
    /// The group.
    Group,
}

impl Division {
    /// The next one.
    pub(crate) const fn next(self) -> Self {
        match self {
            Self::None => Self::Project,
            Self::Project => Self::Group,
            Self::Group => Self::None,
        }
    }

    fn name(self, server: &Server) -> &str {
        match self {
            Self::None => "",
            Self::Project => server.status.id.project(),
            Self::Group => server.status.group.as_deref().unwrap_or(""),
        }
    }
}

/// Servers that are shown together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    /// The project or group, not sanitized; empty: those without a group.
    pub(crate) name: String,
    /// Only its head is shown.
    pub(crate) is_folded: bool,
    /// Indices of its servers that the filter lets through.
    servers: Vec<usize>,
}

/// A row by its indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    Head(usize),
    Server(usize),
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum RowOf<'a> {
    /// The head of a section.
    Head(&'a Section),
    /// A server.
    Server(&'a Server),
}

/// Where the cursor is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cursor {
    Server(ServerId),
    Section(String),
}

impl Servers {
    /// What makes sections.
    pub(crate) const fn division(&self) -> Division {
        self.division
    }

    /// The rows of the table, from the first one on the screen.
    pub(crate) fn rows_from_top(&self) -> impl Iterator<Item = (usize, RowOf<'_>)> + '_ {
        self.rows.iter().enumerate().skip(self.top).map(|(at, row)| {
            (
                at,
                match row {
                    Row::Head(section) => RowOf::Head(&self.sections[*section]),
                    Row::Server(server) => RowOf::Server(&self.all[*server]),
                },
            )
        })
    }

    /// How many rows there are, those of sections' heads included.
    pub(crate) fn row_count(&self) -> usize {
        self.rows.len()
    }

    /// The row that stands `y` below the table's head.
    pub(crate) fn row_at(&self, y: usize) -> Option<usize> {
        Some(self.top + y).filter(|row| *row < self.rows.len())
    }

    /// The servers of a section that are shown.
    pub(crate) fn of_section<'a>(
        &'a self,
        section: &'a Section,
    ) -> impl ExactSizeIterator<Item = &'a Server> + Clone {
        section.servers.iter().map(|&at| &self.all[at])
    }

    /// The selected server; none where the cursor is on a section.
    pub(crate) fn selected(&self) -> Option<&Server> {
        match self.cursor.as_ref()? {
            Cursor::Server(id) => self.get(id),
            Cursor::Section(_) => None,
        }
    }

    /// The folded section that the cursor is on.
    pub(crate) fn selected_section(&self) -> Option<&Section> {
        match self.cursor.as_ref()? {
            Cursor::Server(_) => None,
            Cursor::Section(name) => self.sections.iter().find(|section| section.name == *name),
        }
    }

    /// What the cursor is on: a server, or all that are shown of a section.
    pub(crate) fn under_cursor(&self) -> Vec<ServerId> {
        let section = self.selected_section().into_iter().flat_map(|section| self.of_section(section));
        section.chain(self.selected()).map(|server| server.status.id.clone()).collect()
    }

    /// Row of the cursor.
    pub(crate) fn selected_row(&self) -> Option<usize> {
        let wanted = match self.cursor.as_ref()? {
            Cursor::Server(id) => Row::Server(*self.index.get(id)?),
            Cursor::Section(name) => {
                let is_it = |section: &Section| section.is_folded && section.name == *name;
                Row::Head(self.sections.iter().position(is_it)?)
            }
        };
        self.rows.iter().position(|row| *row == wanted)
    }

    /// The first row that should be on the screen with this one: below the head of its section, that head.
    pub(crate) fn first_with(&self, row: usize) -> usize {
        match row.checked_sub(1) {
            Some(before) if !self.can_stand(before) => before,
            _ => row,
        }
    }

    /// Puts the cursor on a row; beyond the last one: on the last. From the head of an unfolded section it goes on.
    pub(crate) fn select_row(&mut self, row: usize) {
        let Some(last) = self.rows.len().checked_sub(1) else {
            (self.cursor, self.last_row) = (None, 0);
            return;
        };
        let row = row.min(last);
        let stands = |row: &usize| self.can_stand(*row);
        let (before, behind) = ((0..row).rev().find(stands), (row..=last).find(stands));
        let found =
            if row < self.last_row && !self.can_stand(row) { before.or(behind) } else { behind.or(before) };
        let row = found.unwrap_or(row);
        self.last_row = row;
        match self.rows[row] {
            Row::Head(section) => self.cursor = Some(Cursor::Section(self.sections[section].name.clone())),
            Row::Server(at) => {
                let id = self.all[at].status.id.clone();
                self.anchor = Some(id.clone());
                self.cursor = Some(Cursor::Server(id));
            }
        }
    }

    /// Selects a server, if it is shown.
    pub(crate) fn select(&mut self, id: &ServerId) {
        if let Some(row) = self.row_of(id) {
            self.select_row(row);
        }
    }

    /// The next way to make sections, and none after the last.
    pub(crate) fn next_division(&mut self) {
        self.division = self.division.next();
        self.folded.clear();
        if let Some(id) = self.anchor.clone() {
            self.cursor = Some(Cursor::Server(id));
        }
        self.arrange();
    }

    /// Folds the section of the cursor, or unfolds it; whether there is one.
    pub(crate) fn fold(&mut self) -> bool {
        let row = self.selected_row().unwrap_or(self.last_row);
        let Some(section) = self.section_of(row) else { return false };
        let name = section.name.clone();
        if section.is_folded {
            self.unfold(&name);
        } else {
            self.folded.insert(name.clone());
            self.cursor = Some(Cursor::Section(name));
            self.arrange();
        }
        true
    }

    /// Folds or unfolds the section whose head stands in this row; whether there is one.
    pub(crate) fn fold_at(&mut self, row: usize) -> bool {
        let Some(Row::Head(section)) = self.rows.get(row).copied() else { return false };
        let name = self.sections[section].name.clone();
        if self.sections[section].is_folded {
            self.unfold(&name);
        } else {
            self.folded.insert(name);
            self.arrange();
        }
        true
    }

    /// The cursor, if it is on its head, goes to the server of it that it was on last, or to the first.
    fn unfold(&mut self, name: &str) {
        self.folded.remove(name);
        if let Some(section) = self.selected_section().filter(|section| section.name == name) {
            let known = self.anchor.as_ref().and_then(|id| self.index.get(id));
            let at = known.filter(|at| section.servers.contains(at)).or(section.servers.first());
            self.cursor = at.map(|at| Cursor::Server(self.all[*at].status.id.clone()));
        }
        self.arrange();
    }

    fn section_of(&self, row: usize) -> Option<&Section> {
        self.rows.get(..=row)?.iter().rev().find_map(|row| match row {
            Row::Head(section) => self.sections.get(*section),
            Row::Server(_) => None,
        })
    }

    fn row_of(&self, id: &ServerId) -> Option<usize> {
        let wanted = Row::Server(*self.index.get(id)?);
        self.rows.iter().position(|row| *row == wanted)
    }

    fn can_stand(&self, row: usize) -> bool {
        match self.rows.get(row) {
            Some(Row::Head(section)) => self.sections[*section].is_folded,
            Some(Row::Server(_)) => true,
            None => false,
        }
    }

    /// Makes sections and rows of what is shown.
    pub(super) fn divide(&mut self) {
        if self.division == Division::None {
            self.sections.clear();
            self.rows = self.shown.iter().map(|&at| Row::Server(at)).collect();
            return;
        }
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut sections: Vec<Section> = Vec::new();
        for at in &self.config {
            let name = self.division.name(&self.all[*at]);
            places.entry(name).or_insert_with(|| {
                let is_folded = self.folded.contains(name);
                sections.push(Section { name: name.to_owned(), is_folded, servers: Vec::new() });
                sections.len() - 1
            });
        }
        for at in &self.shown {
            if let Some(place) = places.get(self.division.name(&self.all[*at])) {
                sections[*place].servers.push(*at);
            }
        }
        self.folded.retain(|name| places.contains_key(name.as_str()));
        sections.retain(|section| !section.servers.is_empty());
        sections.sort_by_key(|section| section.name.is_empty());
        self.rows.clear();
        for (at, section) in sections.iter().enumerate() {
            self.rows.push(Row::Head(at));
            if !section.is_folded {
                self.rows.extend(section.servers.iter().map(|&server| Row::Server(server)));
            }
        }
        self.sections = sections;
    }

    /// Puts the cursor where what it was on is now: its row, the head of its folded section, or its neighbour.
    pub(super) fn find_cursor(&mut self) {
        if let Some(row) = self.selected_row() {
            self.last_row = row;
            return;
        }
        let at = match &self.cursor {
            Some(Cursor::Server(id)) => self.index.get(id).copied(),
            Some(Cursor::Section(_)) | None => None,
        };
        let folded = at.and_then(|at| {
            self.sections.iter().position(|section| section.is_folded && section.servers.contains(&at))
        });
        let row = folded.and_then(|section| self.rows.iter().position(|row| *row == Row::Head(section)));
        self.select_row(row.unwrap_or(self.last_row));
    }
}
