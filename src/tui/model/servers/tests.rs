//! Order, sections, marks and the cursor, without a screen.

use std::time::Duration;

use proptest::prelude::*;

use super::{Division, RowOf, Servers, Sort, SortKey};
use crate::model::{Phase, ServerId, ServerStatus};
use crate::tui::model::Filter;
use crate::tui::tests::fixture::snapshot;

const S: fn(u64) -> Duration = Duration::from_secs;

fn servers() -> Servers {
    let mut servers = Servers::new(None);
    servers.replace(snapshot().servers);
    servers
}

fn names(servers: &Servers) -> Vec<String> {
    servers.shown().map(|server| server.status.name.clone()).collect()
}

fn rows(servers: &Servers) -> Vec<String> {
    let text = |row| match row {
        RowOf::Head(section) => format!("[{}]", section.name),
        RowOf::Server(server) => server.status.name.clone(),
    };
    servers.rows_from_top().map(|(_, row)| text(row)).collect()
}

fn selected(servers: &Servers) -> &str {
    servers.selected().map_or("", |server| &server.status.name)
}

fn id(name: &str) -> ServerId {
    crate::tui::tests::fixture::id(name)
}

fn with(name: &str, change: impl FnOnce(&mut ServerStatus)) -> Vec<ServerStatus> {
    let mut status = snapshot().servers.into_iter().find(|server| server.name == name).unwrap();
    change(&mut status);
    vec![status]
}

#[test]
fn each_key_sorts_and_what_has_no_figure_comes_last_either_way() {
    let mut servers = servers();
    for (key, first, last) in [
        (SortKey::Name, "admin-ui", "worker"),
        (SortKey::State, "payments", "storybook"),
        (SortKey::Cpu, "worker", "storybook"),
        (SortKey::Memory, "worker", "storybook"),
        (SortKey::Uptime, "api", "storybook"),
        (SortKey::Restarts, "payments", "mailhog"),
        (SortKey::Port, "api", "worker"),
        (SortKey::Project, "admin-ui", "mailhog"),
        (SortKey::Config, "api", "mailhog"),
    ] {
        servers.set_sort(Sort::default());
        servers.set_sort(Sort { key, reversed: false });
        let order = names(&servers);
        assert_eq!((order[0].as_str(), order[7].as_str()), (first, last), "{key:?}: {order:?}");
        servers.sort_by(key);
        let turned = names(&servers);
        assert_ne!(order, turned, "{key:?}");
        let dead = ["payments", "storybook"];
        if matches!(key, SortKey::Cpu | SortKey::Memory | SortKey::Uptime) {
            assert!(turned[6..].iter().all(|name| dead.contains(&name.as_str())), "{key:?}: {turned:?}");
        }
    }
}

#[test]
fn the_cursor_follows_its_server_and_ties_stay() {
    let mut servers = servers();
    servers.select(&id("web"));
    servers.sort_by(SortKey::Restarts);
    assert_eq!(names(&servers)[..3], ["payments", "worker", "api"]);
    assert_eq!(selected(&servers), "web");
    let before = names(&servers);
    servers.replace(snapshot().servers);
    assert_eq!((names(&servers), selected(&servers)), (before, "web"));
}

#[test]
fn figures_that_jump_move_rows_only_after_a_while_and_never_under_a_dialog() {
    let mut servers = servers();
    servers.sort_by(SortKey::Cpu);
    servers.merge(with("mailhog", |status| status.cpu_percent = Some(400.0)));
    assert!(servers.keep_order(S(10)), "the first move is due at once");
    assert_eq!(names(&servers)[0], "mailhog");
    servers.merge(with("api", |status| status.cpu_percent = Some(500.0)));
    assert!(!servers.keep_order(S(12)));
    assert_eq!(servers.order_due(), Some(S(13)));
    servers.freeze(true);
    assert!(!servers.keep_order(S(14)) && servers.order_due().is_none());
    servers.freeze(false);
    assert!(servers.keep_order(S(14)));
    assert_eq!(names(&servers)[..2], ["api", "mailhog"]);
    servers.merge(with("api", |status| status.cpu_percent = Some(500.02)));
    assert!(!servers.keep_order(S(30)), "less than the column shows");
    servers.sort_by(SortKey::Config);
    servers.merge(with("api", |status| status.cpu_percent = Some(1.0)));
    assert_eq!(servers.order_due(), None);
}

#[test]
fn under_a_dialog_those_that_go_leave_and_none_come() {
    let mut servers = servers();
    servers.sort_by(SortKey::Name);
    servers.set_filter(Filter::parse("phase:running").unwrap());
    let before = names(&servers);
    servers.freeze(true);
    servers.merge(with("storybook", |status| status.phase = Phase::Running));
    servers
        .merge(vec![ServerStatus { phase: Phase::Running, ..ServerStatus::blank("a/new".parse().unwrap()) }]);
    assert_eq!(names(&servers), before);
    servers.remove(&[id("api")]);
    let left: Vec<String> = before.into_iter().filter(|name| name != "api").collect();
    assert_eq!(names(&servers), left);
    servers.freeze(false);
    assert_eq!(names(&servers).len(), left.len() + 2);
}

#[test]
fn sections_fold_and_the_cursor_stands_on_a_folded_head_only() {
    let mut servers = servers();
    servers.select(&id("worker"));
    servers.next_division();
    assert_eq!(servers.division(), Division::Project);
    assert_eq!(rows(&servers)[..6], ["[shop]", "api", "web", "worker", "payments", "[search]"]);
    assert_eq!((selected(&servers), servers.selected_row()), ("worker", Some(3)));
    servers.select_row(5);
    assert_eq!(selected(&servers), "search", "over the head, downwards");
    servers.select_row(5);
    assert_eq!(selected(&servers), "payments", "over the head, upwards");
    servers.select_row(0);
    assert_eq!(selected(&servers), "api");
    assert!(servers.fold());
    assert_eq!(rows(&servers)[..2], ["[shop]", "[search]"]);
    assert_eq!((selected(&servers), servers.selected_row()), ("", Some(0)));
    assert_eq!(servers.under_cursor(), ["api", "web", "worker", "payments"].map(id));
    assert_eq!(servers.shown().len(), 8, "a fold hides rows, not servers");
    servers.fold();
    assert_eq!(selected(&servers), "api");
    servers.fold();
    servers.next_division();
    assert_eq!((servers.division(), selected(&servers)), (Division::Group, "api"));
    assert_eq!(rows(&servers)[0], "[]", "no group");
    servers.next_division();
    assert_eq!(rows(&servers).len(), 8);
    assert!(!servers.fold(), "there is no section");
}

#[test]
fn marks_go_with_their_servers_and_a_filter_hides_them() {
    let mut servers = servers();
    servers.toggle_all();
    assert_eq!(servers.marked().len(), 8);
    servers.set_filter(Filter::parse("project:shop").unwrap());
    assert_eq!((servers.marked().len(), servers.marks()), (4, 8));
    servers.remove(&[id("api")]);
    assert_eq!((servers.marked().len(), servers.marks()), (3, 7));
    servers.toggle_all();
    assert_eq!(servers.marks(), 0, "all that are shown were marked");
    servers.set_filter(Filter::default());
    servers.next_division();
    servers.fold();
    servers.toggle_mark();
    assert_eq!(servers.marks(), servers.under_cursor().len());
    assert!(servers.clear_marks() && !servers.clear_marks());
}

#[test]
fn a_failure_is_unread_until_it_is_selected() {
    let mut servers = servers();
    servers.select(&id("api"));
    assert!(!servers.note_failure(&id("api")), "it is looked at");
    assert!(servers.note_failure(&id("web")) && !servers.note_failure(&id("web")));
    assert!(servers.is_unread(&id("web")) && servers.unread() == 1);
    assert!(!servers.look());
    servers.select(&id("web"));
    assert!(servers.look() && servers.unread() == 0);
    servers.note_failure(&id("api"));
    servers.remove(&[id("api")]);
    assert_eq!(servers.unread(), 0);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Select(usize),
    Sort(usize),
    Divide,
    Fold,
    FoldAt(usize),
    Mark,
    MarkAll,
    Filter(usize),
    Freeze(bool),
    Replace(usize),
    Remove(usize),
    Change(usize, usize, u8),
    Keep(u64),
    Fails(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..12_usize).prop_map(Step::Select),
        2 => (0..SortKey::ALL.len()).prop_map(Step::Sort),
        1 => Just(Step::Divide),
        3 => Just(Step::Fold),
        1 => (0..12_usize).prop_map(Step::FoldAt),
        2 => Just(Step::Mark),
        1 => Just(Step::MarkAll),
        2 => (0..4_usize).prop_map(Step::Filter),
        1 => any::<bool>().prop_map(Step::Freeze),
        1 => (0..9_usize).prop_map(Step::Replace),
        2 => (0..8_usize).prop_map(Step::Remove),
        4 => (0..8_usize, 0..8_usize, any::<u8>()).prop_map(|(s, p, g)| Step::Change(s, p, g)),
        2 => (0..100_u64).prop_map(Step::Keep),
        1 => (0..8_usize).prop_map(Step::Fails),
    ]
}

fn take(servers: &mut Servers, step: Step) {
    let all = snapshot().servers;
    match step {
        Step::Select(row) => servers.select_row(row),
        Step::Sort(key) => servers.sort_by(SortKey::ALL[key]),
        Step::Divide => servers.next_division(),
        Step::Fold => drop(servers.fold()),
        Step::FoldAt(row) => drop(servers.fold_at(row)),
        Step::Mark => servers.toggle_mark(),
        Step::MarkAll => servers.toggle_all(),
        Step::Filter(which) => {
            let text = ["", "phase:running", "!project:shop", "nobody"][which];
            servers.set_filter(Filter::parse(text).unwrap());
        }
        Step::Freeze(frozen) => servers.freeze(frozen),
        Step::Replace(some) => servers.replace(all.into_iter().take(some).collect()),
        Step::Remove(which) => servers.remove(&[all[which].id.clone()]),
        Step::Change(which, phase, group) => {
            let mut status = all[which].clone();
            status.phase = Phase::ALL[phase];
            status.cpu_percent = Some(f32::from(group));
            status.group = (group % 3 > 0).then(|| format!("g{}", group % 3));
            servers.merge(vec![status]);
        }
        Step::Keep(now) => drop(servers.keep_order(S(now))),
        Step::Fails(which) => drop(servers.note_failure(&all[which].id)),
    }
}

proptest! {
    #[test]
    fn the_cursor_is_on_what_is_drawn_and_marks_only_on_what_is_there(steps in prop::collection::vec(step(), 1..60)) {
        let mut servers = servers();
        for step in steps {
            take(&mut servers, step);
            let rows: Vec<_> = servers.rows_from_top().collect();
            match servers.selected_row() {
                None => prop_assert!(rows.is_empty() && servers.under_cursor().is_empty()),
                Some(at) => match rows[at].1 {
                    RowOf::Server(server) => {
                        prop_assert_eq!(servers.selected().map(|it| &it.status.id), Some(&server.status.id));
                    }
                    RowOf::Head(section) => {
                        prop_assert!(section.is_folded && servers.selected().is_none());
                        prop_assert_eq!(servers.selected_section(), Some(section));
                    }
                },
            }
            // each that is shown has one row, or is in one folded section
            let mut drawn: Vec<&ServerId> = rows.iter().flat_map(|(_, row)| match row {
                RowOf::Server(server) => vec![&server.status.id],
                RowOf::Head(section) if section.is_folded => {
                    servers.of_section(section).map(|server| &server.status.id).collect()
                }
                RowOf::Head(_) => Vec::new(),
            }).collect();
            let mut shown: Vec<&ServerId> = servers.shown().map(|server| &server.status.id).collect();
            drawn.sort();
            shown.sort();
            prop_assert_eq!(drawn, shown);
            prop_assert!(servers.marks() <= servers.all().len() && servers.unread() <= servers.all().len());
            prop_assert!(servers.marked().into_iter().all(|id| servers.get(id).is_some()));
        }
    }
}
