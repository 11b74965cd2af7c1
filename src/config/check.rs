//! The file as a whole: its tables and the project's name.

use std::collections::BTreeMap;
use std::path::Path;

use crate::model::ThemeChoice;
use crate::model::action::Bindings;
use crate::model::server::{NAME_MAX, is_valid_name};

use super::Project;
use super::fields::{Fields, table, wrong};
use super::problem::{Sink, quote};
use super::raw::{Entry, Kind};
use super::server::bad_name;
use super::servers::{self, Budget, Layers};
use super::{keys, notify, profiles};

/// Keys of a project's file.
pub(super) const TOP: &[&str] = &["project", "defaults", "servers", "profiles", "notify", "dashboard"];
/// Keys of the user's own file.
pub(super) const USER: &[&str] = &["dashboard"];
/// Keys of `[dashboard]`.
pub(super) const DASHBOARD: &[&str] = &["theme", "keys"];
/// Keys of a pair of themes.
const THEME: &[&str] = &["dark", "light"];

/// The project that a file describes, with this profile laid over it; what is wrong goes to the sink. Every profile is
/// checked. One that is not there is told by [`super::parse_profile`].
pub(super) fn project(entries: &[Entry], file: &Path, profile: Option<&str>, sink: &mut Sink<'_>) -> Project {
    let root = file.parent().unwrap_or(Path::new(""));
    let fields = Fields::new(entries, TOP, sink);
    let name = project_name(&fields, root, sink);
    let (theme, keys) = dashboard(&fields, sink);
    let notify = notify::read(&fields, sink);
    let profiles = profiles::read(&fields, sink);
    let mut project = Project {
        // The stand-in never leaves this folder: without a name there is a problem.
        name: name.unwrap_or_else(|| "unnamed".to_owned()),
        file: file.to_owned(),
        servers: Vec::new(),
        theme,
        keys,
        lines: BTreeMap::new(),
        notify,
        profile: profile.map(str::to_owned),
        profiles: profiles.iter().map(|profile| profile.name.to_owned()).collect(),
    };
    let servers = fields.get("servers").and_then(|entry| table(entry, sink)).unwrap_or_default();
    let mut layers = Layers { defaults: fields.get("defaults"), servers, profile: None };
    let mut budget = Budget::default();
    let mut chosen = layers.lay(root, &mut budget, sink);
    for over in &profiles {
        layers.profile = Some(over);
        let laid = layers.lay(root, &mut budget, sink);
        if profile == Some(over.name) {
            chosen = laid;
        }
    }
    servers::build(&chosen, root, &mut project, &mut budget, sink);
    project
}

/// `[dashboard]`: the theme and the keys.
pub(super) fn dashboard(fields: &Fields<'_>, sink: &mut Sink<'_>) -> (Option<ThemeChoice>, Bindings) {
    let entry = fields.get("dashboard");
    let Some(fields) = entry.and_then(|entry| Fields::of(entry, DASHBOARD, sink)) else {
        return (None, Bindings::default());
    };
    (theme(&fields, sink), keys::read(&fields, sink))
}

/// A name, or one for dark and one for light backgrounds.
fn theme(fields: &Fields<'_>, sink: &mut Sink<'_>) -> Option<ThemeChoice> {
    let entry = fields.get("theme")?;
    let named = |fields: &Fields<'_>, key: &str, sink: &mut Sink<'_>| {
        let (entry, theme) = fields.text(key, sink)?;
        if !is_valid_name(theme) {
            bad_name("theme", theme, entry.value.at, sink);
        }
        Some(theme.to_owned())
    };
    let pair_hint = "write `theme = \"NAME\"` or `theme = { dark = \"NAME\", light = \"NAME\" }`";
    match &entry.value.kind {
        Kind::Text(_) => named(fields, "theme", sink).map(ThemeChoice::One),
        Kind::Table(_) => {
            let pair = Fields::of(entry, THEME, sink)?;
            for key in THEME {
                if pair.get(key).is_none() {
                    sink.add(entry.value.at, format!("`theme` has no `{key}`"), pair_hint);
                }
            }
            let (dark, light) = (named(&pair, "dark", sink), named(&pair, "light", sink));
            Some(ThemeChoice::Pair { dark: dark?, light: light? })
        }
        _ => wrong(entry, "a name or a pair of names", pair_hint, sink),
    }
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
