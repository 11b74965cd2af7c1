//! One server: its keys laid over a copy of `[defaults]`, then those of a profile over that.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use crate::model::server::is_valid_name;
use crate::model::{
    Command, EnvFile, Environment, LogPolicy, MemoryPolicy, PortCheck, PortSpec, Replica, RestartPolicy,
    ServerId, ServerSpec, Startup, StopPolicy,
};

use super::fields::{Allowed, Fields, path, table};
use super::needs::{self, Wanted};
use super::probes::{self, HealthDraft};
use super::problem::{Sink, quote};
use super::raw::Entry;
use super::{policies, values};

/// Keys of `[servers.NAME]`.
pub(super) const SERVER: &[&str] = &[
    "command",
    "dir",
    "port",
    "ports",
    "port_check",
    "env",
    "env_file",
    "group",
    "needs",
    "autostart",
    "tty",
    "color",
    "replicas",
    "restart",
    "stop",
    "log",
    "startup",
    "health",
    "memory",
    "version",
];

/// Keys of `[defaults]`: those of a server but for [`OWN`].
pub(super) const DEFAULTS: &[&str] = &[
    "dir",
    "port_check",
    "env",
    "env_file",
    "group",
    "autostart",
    "tty",
    "color",
    "restart",
    "stop",
    "log",
    "startup",
    "health",
    "memory",
];

/// Keys that only one server can have.
const OWN: [&str; 6] = ["command", "port", "ports", "needs", "replicas", "version"];

/// Keys of `version`.
pub(super) const VERSION: &[&str] = &["exec"];

/// Most copies of one server.
pub(super) const MAX_REPLICAS: u32 = 64;

const PORT_CHECKS: [(&str, PortCheck); 3] =
    [("connect", PortCheck::Connect), ("listen", PortCheck::Listen), ("off", PortCheck::Off)];

/// A server that is still being read.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    command: Option<Command>,
    /// There is a `command`, be it a wrong one.
    has_command: bool,
    dir: Option<String>,
    /// Each with its place.
    pub(super) ports: Vec<(PortSpec, usize)>,
    port_check: PortCheck,
    env: BTreeMap<String, String>,
    env_files: Vec<EnvFile>,
    group: Option<String>,
    autostart: Option<bool>,
    tty: bool,
    pub(super) restart: RestartPolicy,
    stop: StopPolicy,
    log: LogPolicy,
    startup: Startup,
    health: HealthDraft,
    memory: MemoryPolicy,
    color: Option<String>,
    version: Option<Command>,
    pub(super) needs: Vec<Wanted>,
    replicas: Option<u32>,
}

impl Draft {
    /// `[defaults]`, laid over this.
    pub(super) fn inherit(&mut self, entry: &Entry, root: &Path, sink: &mut Sink<'_>) {
        let Some(entries) = table(entry, sink) else { return };
        let is_own = |entry: &&Entry| OWN.contains(&entry.key.as_str());
        // One of these would otherwise only be called unknown, and it is not.
        for entry in entries.iter().filter(is_own) {
            let message = format!("`{}` cannot be a default", entry.key);
            sink.add(entry.at, message, "each server has its own: write it below `[servers.NAME]`");
        }
        let rest: Vec<Entry> = entries.iter().filter(|entry| !is_own(entry)).cloned().collect();
        self.apply(&Fields::new(&rest, DEFAULTS, sink), root, None, sink);
    }

    /// `[servers.NAME]`, of the file or of a profile, laid over this.
    pub(super) fn lay(&mut self, entry: &Entry, root: &Path, sink: &mut Sink<'_>) {
        let Some(fields) = Fields::of(entry, SERVER, sink) else {
            // what is no table lacks more than its command
            self.has_command = true;
            return;
        };
        let typed = fields.get("port").or_else(|| fields.get("ports")).is_some();
        if typed {
            self.ports = values::ports(&fields, sink);
        }
        // a port that is wrong has its problem already
        let allowed = Allowed { port: typed || !self.ports.is_empty(), dir: true };
        if let Some(entry) = fields.get("command") {
            self.command = values::command(entry, allowed, sink);
            self.has_command = true;
        }
        if let Some(entry) = fields.get("version")
            && let Some(fields) = Fields::of(entry, VERSION, sink)
        {
            match fields.get("exec") {
                Some(exec) => self.version = values::command(exec, allowed, sink),
                None => sink.add(entry.at, "`version` has no `exec`", "write `version = { exec = \"…\" }`"),
            }
        }
        if let Some(entry) = fields.get("needs") {
            self.needs = needs::read(entry, sink);
        }
        self.replicas = fields.number("replicas", 1..=MAX_REPLICAS, sink).or(self.replicas);
        self.apply(&fields, root, Some(allowed.port), sink);
    }

    /// What defaults and servers share. `own_port`: whether a server has a port; `None` for the defaults.
    fn apply(&mut self, fields: &Fields<'_>, root: &Path, own_port: Option<bool>, sink: &mut Sink<'_>) {
        let has_port = own_port.unwrap_or(true);
        if let Some((entry, dir)) = fields.text("dir", sink) {
            path("dir", dir, entry.value.at, Allowed { port: has_port, dir: false }, sink);
            self.dir = Some(below(root, dir));
        }
        self.port_check = fields.word("port_check", &PORT_CHECKS, sink).unwrap_or(self.port_check);
        if let Some(entry) = fields.get("env") {
            self.env.extend(values::env(entry, has_port, sink));
        }
        if let Some(entry) = fields.get("env_file") {
            self.env_files = values::env_files(entry, has_port, sink);
        }
        if let Some((entry, group)) = fields.text("group", sink) {
            if !is_valid_name(group) {
                bad_name("group", group, entry.value.at, sink);
            }
            self.group = Some(group.to_owned());
        }
        if let Some((entry, color)) = fields.text("color", sink) {
            values::check_color(color, entry.value.at, sink);
            self.color = Some(color.to_owned());
        }
        self.autostart = fields.flag("autostart", sink).or(self.autostart);
        self.tty = fields.flag("tty", sink).unwrap_or(self.tty);
        self.apply_tables(fields, own_port, sink);
    }

    fn apply_tables(&mut self, fields: &Fields<'_>, own_port: Option<bool>, sink: &mut Sink<'_>) {
        let has_port = own_port.unwrap_or(true);
        if let Some(entry) = fields.get("restart") {
            policies::restart(entry, &mut self.restart, sink);
        }
        if let Some(entry) = fields.get("stop") {
            policies::stop(entry, &mut self.stop, sink);
        }
        if let Some(entry) = fields.get("log") {
            policies::log(entry, &mut self.log, sink);
        }
        if let Some(entry) = fields.get("memory") {
            policies::memory(entry, &mut self.memory, sink);
        }
        if let Some(entry) = fields.get("startup") {
            probes::startup(entry, &mut self.startup, has_port, sink);
        }
        if let Some(entry) = fields.get("health") {
            self.health.lay(entry, own_port.is_some(), has_port, sink);
        }
    }

    /// How many copies there are.
    pub(super) fn replicas(&self) -> u32 {
        self.replicas.unwrap_or(1)
    }

    /// The names of its servers in the project: its own, or `name.1`, `name.2` …
    pub(super) fn names(&self, name: &str) -> Vec<String> {
        match self.replicas() {
            1 => vec![name.to_owned()],
            several => (1..=several).map(|number| format!("{name}.{number}")).collect(),
        }
    }

    /// The ports of this copy, from 1: `None` for one beyond 65535.
    pub(super) fn ports_of(&self, number: u32) -> Vec<Option<PortSpec>> {
        let shift = |(port, _): &(PortSpec, usize)| match port {
            PortSpec::Auto => Some(PortSpec::Auto),
            PortSpec::Fixed(port) => {
                let shifted = u32::from(*port) + number.saturating_sub(1);
                u16::try_from(shifted).ok().map(PortSpec::Fixed)
            }
        };
        self.ports.iter().map(shift).collect()
    }

    /// Notes what is missing in the server as a whole.
    pub(super) fn check(&self, name: &str, at: usize, sink: &mut Sink<'_>) {
        if !self.has_command {
            sink.add(at, format!("server {} has no `command`", quote(name)), values::command_hint("command"));
        }
        self.health.finish(sink);
    }

    /// The specification of one copy, without its needs; `None` without a command, which was noted.
    pub(super) fn finish(
        &self,
        id: ServerId,
        replica: Option<Replica>,
        root: &Path,
        sink: &mut Sink<'_>,
    ) -> Option<ServerSpec> {
        let number = replica.as_ref().map_or(1, |replica| replica.number);
        Some(ServerSpec {
            id,
            command: self.command.clone()?,
            dir: self.dir.clone().unwrap_or_else(|| below(root, ".")),
            root: root.to_owned(),
            ports: self.ports_of(number).into_iter().flatten().collect(),
            port_check: self.port_check,
            env: Environment(self.env.clone()),
            env_files: self.env_files.clone(),
            group: self.group.clone(),
            autostart: self.autostart.unwrap_or(true),
            tty: self.tty,
            restart: self.restart.clone(),
            stop: self.stop.clone(),
            log: self.log,
            startup: self.startup.clone(),
            color: self.color.clone(),
            health: self.health.finish(sink),
            needs: Vec::new(),
            replica,
            memory: self.memory,
            version: self.version.clone(),
        })
    }
}

/// Notes a name that is none.
pub(super) fn bad_name(what: &str, name: &str, at: usize, sink: &mut Sink<'_>) {
    let message = format!("{} cannot be the name of a {what}", quote(name));
    let hint = "use 1 to 64 letters, digits, `.`, `_` or `-`, beginning with a letter or a digit";
    sink.add(at, message, hint);
}

/// The path from `root`, unless it is absolute or begins with a variable. What `root` has of dollars is kept from
/// being expanded.
fn below(root: &Path, typed: &str) -> String {
    if typed.starts_with("${") || typed.starts_with('/') {
        return typed.to_owned();
    }
    let root = root.to_string_lossy().replace('$', "$$");
    let path: PathBuf =
        Path::new(&root).join(typed).components().filter(|part| *part != Component::CurDir).collect();
    path.to_string_lossy().into_owned()
}
