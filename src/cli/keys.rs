//! `ostler keys`: the dashboard's keys as they are here, with those of the project's file and of the user's own.

use std::path::Path;

use serde::Serialize;

use super::grid::{self, Align};
use super::output::note;
use super::session::{ProjectFile, Session};
use super::{Failure, theme};
use crate::config;
use crate::model::action::{Bindings, Scope, actions, bound};
use crate::paths;

/// Its arguments.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct Args {
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// A key, or an action that has none.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Row {
    scope: &'static str,
    key: Option<String>,
    action: &'static str,
    help: &'static str,
    /// It changes a server: not there on a read-only dashboard.
    acting: bool,
}

/// Lists them.
pub fn run(session: &Session, args: &Args) -> Result<(), Failure> {
    let file = session.read_project()?;
    let (bindings, notice) = bindings(file.as_ref(), paths::user_config().as_deref());
    if let Some(notice) = notice {
        note(&notice);
    }
    let rows = rows(&bindings);
    if args.json {
        return session.out.json(&rows, true);
    }
    let headings =
        [("SCOPE", Align::Left), ("KEY", Align::Left), ("ACTION", Align::Left), ("DOES", Align::Left)];
    let cells = |row: &Row| {
        let key = row.key.clone().unwrap_or_else(|| "(none)".to_owned());
        [row.scope.to_owned(), key, row.action.to_owned(), row.help.to_owned()]
    };
    let cells: Vec<_> = rows.iter().map(cells).collect();
    session.out.print(&grid::render(headings, &cells, session.out.style))
}

/// The keys of the user's own file with those of the project's over them; and what is wrong with a file.
pub(super) fn bindings(project: Option<&ProjectFile>, user: Option<&Path>) -> (Bindings, Option<String>) {
    let mut notices = Vec::new();
    let user = user.map(config::load_user).transpose();
    let user = user.unwrap_or_else(|problems| {
        notices.extend(theme::first(&problems));
        None
    });
    let project = project.map(|file| file.read.as_ref()).transpose();
    let project = project.unwrap_or_else(|problems| {
        notices.extend(theme::first(problems));
        None
    });
    let keys = user.map(|user| user.keys).unwrap_or_default();
    let keys = project.map_or_else(|| keys.clone(), |project| keys.clone().under(&project.keys));
    (keys, (!notices.is_empty()).then(|| notices.join("; ")))
}

/// In the order of the help screen, scope by scope.
fn rows(bindings: &Bindings) -> Vec<Row> {
    let all = bound(false, bindings);
    let mut rows = Vec::new();
    for scope in Scope::ALL {
        for spec in actions().filter(|spec| spec.scopes.contains(&scope)) {
            let row = |key| Row {
                scope: scope.word(),
                key,
                action: spec.name,
                help: spec.help,
                acting: spec.acting,
            };
            let fits = |bound: &&crate::model::action::Bound| {
                bound.scope == scope && bound.spec.action == spec.action
            };
            let before = rows.len();
            rows.extend(all.iter().filter(fits).map(|bound| row(Some(bound.key.to_string()))));
            if before == rows.len() {
                rows.push(row(None));
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_a_row_with_the_keys_that_hold_here() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let user = file("user.toml", "[dashboard.keys.table]\nt = 'restart'\nX = 'unbind'\n");
        let project = file("p.toml", "[servers.a]\ncommand = 'x'\n[dashboard.keys.table]\nt = 'stop'\n");
        let broken = file("broken.toml", "[servers.a]\ncomand = 'x'\n");
        let keys = |bindings: &Bindings, action: &str| -> Vec<Option<String>> {
            let all = rows(bindings);
            all.into_iter().filter(|r| r.scope == "table" && r.action == action).map(|r| r.key).collect()
        };
        let some = |key: &str| Some(key.to_owned());
        let (both, notice) = bindings(Some(&ProjectFile::read(project)), Some(&user));
        assert_eq!(notice, None);
        assert_eq!(keys(&both, "stop"), [some("t"), some("x")]);
        assert_eq!(keys(&both, "restart"), [some("r")]);
        assert_eq!(keys(&both, "kill"), [None]);
        let (alone, notice) = bindings(Some(&ProjectFile::read(broken)), Some(&user));
        assert_eq!(keys(&alone, "restart"), [some("t"), some("r")]);
        assert!(notice.unwrap().contains("broken.toml:"));
        for spec in actions() {
            assert!(rows(&both).iter().any(|row| row.action == spec.name), "{}", spec.name);
        }
    }
}
