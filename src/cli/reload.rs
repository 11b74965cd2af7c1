//! `ostler reload`: what the project's file has brought since; with `--apply` it is done.

use std::fmt::Write as _;

use super::act::{self, Waiting};
use super::output::{Style, Tint, clean};
use super::session::{Session, environment};
use super::{Failure, up};
use crate::api::{ActRequest, FieldChange, ReloadRequest, Reloaded, Verb};
use crate::model::ServerId;

/// Its arguments.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// Start what is new, stop and forget what is gone, restart what runs and has changed; leave all else alone
    #[arg(long)]
    apply: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    waiting: Waiting,
}

/// Compares the project's file with what the supervisor knows, tells the difference, and applies it if asked to.
pub async fn run(session: &Session, args: Args) -> Result<(), Failure> {
    let file = session.project_file()?.ok_or_else(up::no_project)?;
    session.client.ensure_supervisor().await?;
    let wait = args.apply && args.waiting.wait();
    let profile = session.global.profile.clone();
    let env = args.apply.then(environment);
    let request = ReloadRequest { file, profile, apply: args.apply, env };
    let reloaded = session.client.reload(&request, wait).await?;
    if args.json {
        session.out.json(&reloaded, true)?;
        let asked = ActRequest::new(Verb::Restart, Vec::new());
        return if wait { act::judge(&asked, &reloaded.servers) } else { Ok(()) };
    }
    session.out.print(&render(&reloaded, session.out.style))?;
    act::tell(session, Verb::Restart, &reloaded.servers, wait)
}

fn render(reloaded: &Reloaded, style: Style) -> String {
    let Reloaded { project, profile, added, removed, changed, settings, applied, servers: _ } = reloaded;
    let profile = profile.as_ref().map(|name| format!(", profile {}", clean(name))).unwrap_or_default();
    let project = style.paint(Tint::Strong, project);
    if added.is_empty() && removed.is_empty() && changed.is_empty() && settings.is_empty() {
        return format!("{project}{profile}: nothing has changed\n");
    }
    let mut text = format!("{project}{profile}\n");
    for field in settings {
        let _ = writeln!(text, "  {} {}", style.paint(Tint::Pending, "~"), told(field));
    }
    let mut one = |sign: &str, tint: Tint, id: &ServerId, what: &str| {
        let _ = writeln!(text, "  {} {id}: {what}", style.paint(tint, sign));
    };
    for id in added {
        one("+", Tint::Good, id, "added");
    }
    for id in removed {
        one("-", Tint::Bad, id, if *applied { "removed: stopped and forgotten" } else { "removed" });
    }
    for change in changed {
        let what = match (applied, change.restarts) {
            (true, true) => "changed: restarted",
            (false, true) => "changed: to be restarted",
            (_, false) => "changed: taken at its next start",
        };
        let _ = writeln!(text, "  {} {}: {what}", style.paint(Tint::Pending, "~"), change.server);
        for field in &change.fields {
            let _ = writeln!(text, "      {}", told(field));
        }
    }
    if !applied {
        text.push_str("`ostler reload --apply` does it; the other servers are left alone\n");
    }
    text
}

/// One field, as in `restart.attempts: 5 -> 9`. A value that both times is hidden has changed all the same.
fn told(field: &FieldChange) -> String {
    let name = clean(&field.name);
    match (&field.before, &field.after) {
        (Some(before), Some(after)) if before == after => format!("{name}: changed"),
        (before, after) => {
            let shown = |value: &Option<String>| value.as_deref().map_or("not set".to_owned(), clean);
            format!("{name}: {} -> {}", shown(before), shown(after))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ServerChange;
    use crate::cli::Glyphs;

    const PLAIN: Style = Style { color: false, glyphs: Glyphs::Unicode };

    fn field(name: &str, before: Option<&str>, after: Option<&str>) -> FieldChange {
        FieldChange {
            name: name.to_owned(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        }
    }

    fn reloaded(applied: bool) -> Reloaded {
        let id = |name: &str| ServerId::new("shop", name).unwrap();
        let fields = vec![
            field("command", Some("x"), Some("y\u{1b}[2J")),
            field("env.TOKEN", Some("(hidden)"), Some("(hidden)")),
            field("group", None, Some("g")),
        ];
        Reloaded {
            project: "shop".into(),
            profile: Some("quiet".into()),
            added: vec![id("new")],
            removed: vec![id("old")],
            changed: vec![ServerChange { server: id("api"), fields, restarts: true }],
            settings: vec![field("notify.bell", Some("false"), Some("true"))],
            applied,
            servers: Vec::new(),
        }
    }

    #[test]
    fn what_would_be_done_is_told_field_by_field() {
        let text = render(&reloaded(false), PLAIN);
        let lines: Vec<&str> = text.lines().collect();
        let servers =
            ["  + shop/new: added", "  - shop/old: removed", "  ~ shop/api: changed: to be restarted"];
        assert_eq!(lines[..2], ["shop, profile quiet", "  ~ notify.bell: false -> true"]);
        assert_eq!(lines[2..5], servers);
        assert!(lines[5].starts_with("      command: x -> y") && !text.contains('\u{1b}'), "{text}");
        assert_eq!(lines[6..8], ["      env.TOKEN: changed", "      group: not set -> g"]);
        assert!(lines[8].contains("--apply"), "{text}");
    }

    #[test]
    fn what_was_done_is_told_as_done() {
        let text = render(&reloaded(true), PLAIN);
        assert!(text.contains("shop/api: changed: restarted") && !text.contains("--apply"), "{text}");
        let (added, removed, changed, settings) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let nothing = Reloaded { added, removed, changed, settings, profile: None, ..reloaded(true) };
        assert_eq!(render(&nothing, PLAIN), "shop: nothing has changed\n");
    }
}
