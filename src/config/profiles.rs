//! `[profiles.NAME]`: what `--profile NAME` lays over the file.

use std::path::Path;

use crate::model::server::is_valid_name;

use super::fields::{Fields, table};
use super::problem::{Problems, Sink, safe, suggest};
use super::raw::Entry;
use super::server::bad_name;

/// Keys of a profile.
pub(super) const PROFILE: &[&str] = &["defaults", "servers"];

/// Most profiles of a file: all are checked whenever it is read.
const MAX_PROFILES: usize = 32;

/// One profile.
#[derive(Debug)]
pub(super) struct Profile<'v> {
    pub(super) name: &'v str,
    pub(super) defaults: Option<&'v Entry>,
    pub(super) servers: &'v [Entry],
}

/// The profiles of a file, in its order.
pub(super) fn read<'v>(fields: &Fields<'v>, sink: &mut Sink<'_>) -> Vec<Profile<'v>> {
    let entries = fields.get("profiles").and_then(|entry| table(entry, sink)).unwrap_or_default();
    if let Some(first) = entries.get(MAX_PROFILES) {
        let message = format!("{} profiles are more than a file can have", entries.len());
        sink.add(first.at, message, format!("at most {MAX_PROFILES}"));
    }
    let mut profiles = Vec::new();
    for entry in entries.iter().take(MAX_PROFILES) {
        if !is_valid_name(&entry.key) {
            bad_name("profile", &entry.key, entry.at, sink);
        }
        let Some(fields) = Fields::of(entry, PROFILE, sink) else { continue };
        let servers = fields.get("servers").and_then(|entry| table(entry, sink)).unwrap_or_default();
        profiles.push(Profile { name: &entry.key, defaults: fields.get("defaults"), servers });
    }
    profiles
}

/// The problem of a profile that the file does not have.
pub(super) fn unknown(file: &Path, wanted: &str, known: &[String]) -> Problems {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let hint = match known.as_slice() {
        [] => "it has none: write one below `[profiles.NAME.servers.SERVER]`, or leave `--profile` out"
            .to_owned(),
        known => format!("{} (it has: {})", suggest(wanted, known), known.join(", ")),
    };
    Problems::whole(file, format!("there is no profile `{}`", safe(wanted)), hint)
}
