//! `ostler complete-names`: what the completion scripts offer as NAME. Hidden; quick, silent, and starts nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Failure;
use super::session::Session;
use crate::model::{ServerId, Snapshot};

/// Somebody waits at a prompt.
const PATIENCE: Duration = Duration::from_millis(500);

/// Prints names, one on each line: those of the servers that the supervisor knows, or that the project's file has.
pub async fn run(session: &Session) -> Result<(), Failure> {
    let project = session
        .project_file()
        .ok()
        .flatten()
        .and_then(|file| crate::config::load(&file, session.global.profile.as_deref()).ok());
    let current = project.as_ref().map(|project| project.name.clone());
    let mut servers: Vec<(ServerId, Option<String>)> = Vec::new();
    if let Ok(Ok(snapshot)) = tokio::time::timeout(PATIENCE, session.client.snapshot()).await {
        let Snapshot { servers: known, .. } = snapshot;
        servers.extend(known.into_iter().map(|server| (server.id, server.group)));
    }
    let specs = project.into_iter().flat_map(|project| project.servers);
    servers.extend(specs.map(|spec| (spec.id, spec.group)));
    let mut text = words(&servers, current.as_deref()).into_iter().collect::<Vec<_>>().join("\n");
    text.push('\n');
    session.out.print(&text)
}

/// Bare names and groups of the current project, or all where there is none; and `project/server` of every project.
fn words(servers: &[(ServerId, Option<String>)], current: Option<&str>) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for (id, group) in servers {
        if current.is_none_or(|current| current == id.project()) {
            words.insert(id.name().to_owned());
            words.extend(group.as_deref().filter(|group| is_word(group)).map(|group| format!("@{group}")));
        }
        words.insert(id.to_string());
    }
    words
}

/// Whether a shell takes it as it stands.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_groups_and_projects_are_offered() {
        let server = |id: &str, group: Option<&str>| (id.parse().unwrap(), group.map(str::to_owned));
        let servers = [
            server("shop/api", Some("back")),
            server("shop/api", Some("back")),
            server("shop/web", Some("$(rm -rf)")),
            server("blog/db", Some("data")),
        ];
        let offered = |current| words(&servers, current).into_iter().collect::<Vec<_>>();
        assert_eq!(offered(Some("shop")), ["@back", "api", "blog/db", "shop/api", "shop/web", "web"]);
        assert!(offered(None).contains(&"db".to_owned()) && offered(None).contains(&"@data".to_owned()));
    }
}
