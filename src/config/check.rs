//! The file as a whole: its tables, the names, what two servers cannot share.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use crate::model::server::{NAME_MAX, is_valid_name};
use crate::model::{PortSpec, ServerId};

use super::Project;
use super::fields::{Fields, table};
use super::problem::{Sink, quote};
use super::raw::Entry;
use super::server::{Draft, bad_name};

/// Keys of a project's file.
pub(super) const TOP: &[&str] = &["project", "defaults", "servers", "dashboard"];
/// Keys of the user's own file.
pub(super) const USER: &[&str] = &["dashboard"];
/// Keys of `[dashboard]`.
pub(super) const DASHBOARD: &[&str] = &["theme"];

/// Most servers of a project.
pub const MAX_SERVERS: usize = 2000;

/// The project that a file describes; what is wrong goes to the sink.
pub(super) fn project(entries: &[Entry], file: &Path, sink: &mut Sink<'_>) -> Project {
    let root = file.parent().unwrap_or(Path::new(""));
    let fields = Fields::new(entries, TOP, sink);
    let name = project_name(&fields, root, sink);
    let defaults = fields.get("defaults").map(|entry| Draft::defaults(entry, root, sink)).unwrap_or_default();
    let theme = theme(&fields, sink);
    let mut project = Project {
        // The stand-in never leaves this folder: without a name there is a problem.
        name: name.clone().unwrap_or_else(|| "unnamed".to_owned()),
        file: file.to_owned(),
        servers: Vec::new(),
        theme,
        lines: BTreeMap::new(),
    };
    let servers = fields.get("servers").and_then(|entry| table(entry, sink)).unwrap_or_default();
    if let Some(first) = servers.get(MAX_SERVERS) {
        let message = format!("{} servers are more than a project can have", servers.len());
        sink.add(first.at, message, format!("at most {MAX_SERVERS}: split the project"));
    }
    let mut holders = HashMap::new();
    for entry in servers.iter().take(MAX_SERVERS) {
        let draft = defaults.clone().server(entry, root, sink);
        shared_ports(&entry.key, &draft.ports, &mut holders, sink);
        match ServerId::new(&project.name, &entry.key) {
            Ok(id) => {
                project.lines.insert(entry.key.clone(), sink.line(entry.at));
                project.servers.extend(draft.finish(id, root));
            }
            Err(_) => bad_name("server", &entry.key, entry.at, sink),
        }
    }
    project
}

/// `[dashboard] theme`.
pub(super) fn theme(fields: &Fields<'_>, sink: &mut Sink<'_>) -> Option<String> {
    let fields = Fields::of(fields.get("dashboard")?, DASHBOARD, sink)?;
    let (entry, theme) = fields.text("theme", sink)?;
    if !is_valid_name(theme) {
        bad_name("theme", theme, entry.value.at, sink);
    }
    Some(theme.to_owned())
}

fn project_name(fields: &Fields<'_>, root: &Path, sink: &mut Sink<'_>) -> Option<String> {
    if fields.get("project").is_some() {
        let (entry, name) = fields.text("project", sink)?;
        if !is_valid_name(name) {
            bad_name("project", name, entry.value.at, sink);
            return None;
        }
        return Some(name.to_owned());
    }
    let dir = root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = as_name(&dir);
    if name.is_none() {
        let message = format!("the directory's name, {}, gives no name for the project", quote(&dir));
        sink.add(0, message, "add a line `project = \"NAME\"` at the top");
    }
    name
}

/// A valid name made of any text: what cannot be in one becomes `-`.
fn as_name(text: &str) -> Option<String> {
    let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let name: String = text.chars().map(|c| if valid(c) { c } else { '-' }).collect();
    let name = name.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
    let name = name[..name.len().min(NAME_MAX)].trim_end_matches('-');
    is_valid_name(name).then(|| name.to_owned())
}

fn shared_ports<'v>(
    name: &'v str,
    ports: &[(PortSpec, usize)],
    holders: &mut HashMap<u16, &'v str>,
    sink: &mut Sink<'_>,
) {
    for (port, at) in ports {
        let PortSpec::Fixed(number) = port else { continue };
        if let Some(holder) = holders.insert(*number, name) {
            let message = match holder {
                _ if holder == name => format!("port {number} is there twice"),
                _ => format!("port {number} is already that of server {}", quote(holder)),
            };
            sink.add(*at, message, "choose another, or write `port = \"auto\"`");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_gives_the_project_its_name() {
        for (dir, name) in [
            ("shop", Some("shop")),
            ("My Shop!", Some("My-Shop")),
            (".dotfiles", Some("dotfiles")),
            ("café", Some("caf")),
            ("…", None),
            ("", None),
        ] {
            assert_eq!(as_name(dir).as_deref(), name, "{dir}");
        }
        assert_eq!(as_name(&"x".repeat(255)).map(|name| name.len()), Some(NAME_MAX));
    }
}
