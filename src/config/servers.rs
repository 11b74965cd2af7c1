//! The servers of a file together: what two of them cannot share, their copies, their needs. Done once for the file as
//! it stands, and once for each profile that is laid over it.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::model::{PortSpec, Replica, ServerId};

use super::fields::Fields;
use super::problem::{Sink, quote, safe, suggest};
use super::profiles::Profile;
use super::raw::{Entry, Kind, Value};
use super::server::{Draft, SERVER, bad_name};
use super::{Project, needs};

/// Most servers of a project, each copy counted.
pub const MAX_SERVERS: usize = 2000;

/// Bytes of all servers of all profiles together, each with its own copy of the defaults. A file of 1 MiB could
/// otherwise ask for gigabytes.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// What is left of [`MAX_BYTES`].
pub(super) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(MAX_BYTES)
    }
}

impl Budget {
    fn take(&mut self, bytes: usize, at: usize, sink: &mut Sink<'_>) -> bool {
        let left = self.0.checked_sub(bytes);
        if left.is_none() {
            let message = "the servers, each with the defaults, are too large together";
            sink.add(at, message, "move large values to an env file");
        }
        self.0 = left.unwrap_or(0);
        left.is_some()
    }
}

/// A server of the file under its name there.
pub(super) struct Named<'v> {
    pub(super) name: &'v str,
    pub(super) at: usize,
    pub(super) draft: Draft,
    bytes: usize,
}

/// The tables that are laid over each other.
pub(super) struct Layers<'v> {
    pub(super) defaults: Option<&'v Entry>,
    pub(super) servers: &'v [Entry],
    pub(super) profile: Option<&'v Profile<'v>>,
}

impl<'v> Layers<'v> {
    /// The servers with everything laid over. What is wrong with them, alone or together, is noted.
    pub(super) fn lay(&self, root: &Path, budget: &mut Budget, sink: &mut Sink<'_>) -> Vec<Named<'v>> {
        let over = self.profile.map(|profile| profile.servers).unwrap_or_default();
        if let Some(first) = self.servers.get(MAX_SERVERS).or_else(|| over.get(MAX_SERVERS)) {
            let count = self.servers.len().max(over.len());
            let message = format!("{count} servers are more than a project can have");
            sink.add(first.at, message, format!("at most {MAX_SERVERS}: split the project"));
        }
        let tables = [self.defaults, self.profile.and_then(|profile| profile.defaults)];
        let mut defaults = Draft::default();
        let mut bytes = 0;
        for table in tables.into_iter().flatten() {
            defaults.inherit(table, root, sink);
            bytes += weight(&table.value);
        }
        let over: HashMap<&str, &'v Entry> =
            over.iter().take(MAX_SERVERS).map(|entry| (entry.key.as_str(), entry)).collect();
        let own = self.servers.iter().take(MAX_SERVERS);
        let mut servers = Vec::new();
        for entry in own.chain(self.new_servers(sink)) {
            let mut server = Named { name: &entry.key, at: entry.at, draft: defaults.clone(), bytes };
            let layers =
                [Some(entry), over.get(entry.key.as_str()).copied().filter(|over| over.at != entry.at)];
            for entry in layers.into_iter().flatten() {
                server.draft.lay(entry, root, sink);
                server.bytes += weight(&entry.value);
            }
            if !budget.take(server.bytes, entry.at, sink) {
                break;
            }
            server.draft.check(server.name, server.at, sink);
            servers.push(server);
        }
        sink.with_profile(self.profile.map(|profile| profile.name));
        check_together(&servers, sink);
        sink.with_profile(None);
        servers
    }

    /// The servers that only the profile has: those with a command. Others are mistakes.
    fn new_servers(&self, sink: &mut Sink<'_>) -> Vec<&'v Entry> {
        let Some(profile) = self.profile else { return Vec::new() };
        let names: HashSet<&str> = self.servers.iter().map(|entry| entry.key.as_str()).collect();
        let mut new = Vec::new();
        for entry in profile.servers.iter().filter(|entry| !names.contains(entry.key.as_str())) {
            let has_command = match &entry.value.kind {
                Kind::Table(keys) => Fields::new(keys, SERVER, sink).get("command").is_some(),
                // it is told where it is laid over the defaults
                _ => true,
            };
            if has_command {
                new.push(entry);
                continue;
            }
            let known: Vec<&str> =
                self.servers.iter().map(|e| e.key.as_str()).filter(|n| safe(n) == *n).collect();
            let hint = if sink.is_full() { String::new() } else { suggest(&entry.key, &known) };
            let message = format!("there is no server {} that this could be laid over", quote(&entry.key));
            sink.add(entry.at, message, format!("{hint}; a new one needs a `command`"));
        }
        new.truncate(MAX_SERVERS);
        new
    }
}

/// Bytes of the text below a value, and a little for each value.
fn weight(value: &Value) -> usize {
    const EACH: usize = 32;
    EACH + match &value.kind {
        Kind::Text(text) | Kind::Float(text) => text.len(),
        Kind::Number(_) | Kind::Bool(_) | Kind::Time => 0,
        Kind::List(list) => list.iter().map(weight).sum(),
        Kind::Table(entries) => entries.iter().map(|entry| entry.key.len() + weight(&entry.value)).sum(),
    }
}

fn check_together(servers: &[Named<'_>], sink: &mut Sink<'_>) {
    let mut names: HashSet<String> = HashSet::new();
    let mut holders = HashMap::new();
    for server in servers {
        for (number, name) in (1..).zip(server.draft.names(server.name)) {
            if ServerId::new("project", &name).is_err() {
                bad_name("server", &name, server.at, sink);
                break;
            }
            shared_ports(&name, number, server, &mut holders, sink);
            if names.contains(&name) {
                let message = format!("server {} is there twice: once as a copy", quote(&name));
                sink.add(server.at, message, "give one of them another name");
            }
            names.insert(name);
            if names.len() == MAX_SERVERS + 1 {
                let message = "the servers with all their copies are more than a project can have";
                sink.add(server.at, message, format!("at most {MAX_SERVERS}: split the project"));
            }
        }
    }
    needs::check(servers, sink);
}

fn shared_ports(
    name: &str,
    number: u32,
    server: &Named<'_>,
    holders: &mut HashMap<u16, String>,
    sink: &mut Sink<'_>,
) {
    let places = server.draft.ports.iter().map(|(_, at)| *at);
    for (port, at) in server.draft.ports_of(number).into_iter().zip(places) {
        let port = match port {
            Some(PortSpec::Auto) => continue,
            Some(PortSpec::Fixed(port)) => port,
            None => {
                let message = format!("the ports of the {} copies go beyond 65535", server.draft.replicas());
                sink.add(at, message, "copy n gets the port that is n - 1 higher: begin with a lower one");
                continue;
            }
        };
        if let Some(holder) = holders.insert(port, name.to_owned()) {
            let message = if holder == name {
                format!("port {port} is there twice")
            } else if number > 1 {
                format!("port {port}, that of {}, is already that of server {}", quote(name), quote(&holder))
            } else {
                format!("port {port} is already that of server {}", quote(&holder))
            };
            sink.add(at, message, "choose another, or write `port = \"auto\"`");
        }
    }
}

/// Makes specifications of the servers.
pub(super) fn build(
    servers: &[Named<'_>],
    root: &Path,
    project: &mut Project,
    budget: &mut Budget,
    sink: &mut Sink<'_>,
) {
    for server in servers {
        let names = server.draft.names(server.name);
        if !budget.take(server.bytes.saturating_mul(names.len()), server.at, sink) {
            return;
        }
        let needs = needs::link(server, servers, &project.name);
        let several = names.len() > 1;
        for (number, name) in (1..).zip(names) {
            // one that is none was noted
            let Ok(id) = ServerId::new(&project.name, &name) else { continue };
            let replica = several.then(|| Replica { of: server.name.to_owned(), number });
            if let Some(mut spec) = server.draft.finish(id, replica, root, sink) {
                spec.needs.clone_from(&needs);
                project.servers.push(spec);
            }
            project.lines.insert(name, sink.line(server.at));
        }
    }
}
