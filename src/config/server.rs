//! One server: its keys laid over a copy of `[defaults]`.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use crate::model::color::{self, Color};
use crate::model::server::is_valid_name;
use crate::model::{
    Command, EnvFile, Environment, LogPolicy, MemoryPolicy, PortCheck, PortSpec, RestartPolicy, ServerId,
    ServerSpec, Startup, StopPolicy,
};

use super::fields::{Allowed, Fields, in_range, path, table, template, text, texts, wrong};
use super::policies;
use super::problem::{Sink, quote, safe, suggest};
use super::raw::{Entry, Kind, Value};

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
    "autostart",
    "tty",
    "color",
    "restart",
    "stop",
    "log",
    "startup",
];

/// Keys of `[defaults]`: those of a server but for what only one server can have.
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
];

/// Most ports of one server.
const MAX_PORTS: usize = 64;

const PORT_HINT: &str = "write `port = 3000`, `ports = [3000, 3001]` or `port = \"auto\"`";
const COMMAND_HINT: &str = "write `command = \"npm start\"` or `command = [\"npm\", \"start\"]`";

const PORT_CHECKS: [(&str, PortCheck); 3] =
    [("connect", PortCheck::Connect), ("listen", PortCheck::Listen), ("off", PortCheck::Off)];

/// A server that is still being read.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    command: Option<Command>,
    dir: Option<String>,
    /// Each with its place.
    pub(super) ports: Vec<(PortSpec, usize)>,
    port_check: PortCheck,
    env: BTreeMap<String, String>,
    env_files: Vec<EnvFile>,
    group: Option<String>,
    autostart: Option<bool>,
    tty: bool,
    restart: RestartPolicy,
    stop: StopPolicy,
    log: LogPolicy,
    startup: Startup,
    color: Option<String>,
}

impl Draft {
    /// `[defaults]`.
    pub(super) fn defaults(entry: &Entry, root: &Path, sink: &mut Sink<'_>) -> Self {
        let mut draft = Self::default();
        if let Some(entries) = table(entry, sink) {
            // One of these would otherwise only be called unknown, and it is not.
            for entry in entries.iter().filter(|e| matches!(e.key.as_str(), "command" | "port" | "ports")) {
                let message = format!("`{}` cannot be a default", entry.key);
                sink.add(entry.at, message, "each server has its own: write it below `[servers.NAME]`");
            }
            let known = |entry: &&Entry| !matches!(entry.key.as_str(), "command" | "port" | "ports");
            let rest: Vec<Entry> = entries.iter().filter(known).cloned().collect();
            draft.apply(&Fields::new(&rest, DEFAULTS, sink), root, true, sink);
        }
        draft
    }

    /// `[servers.NAME]`, laid over this.
    pub(super) fn server(mut self, entry: &Entry, root: &Path, sink: &mut Sink<'_>) -> Self {
        let Some(fields) = Fields::of(entry, SERVER, sink) else { return self };
        self.command = fields.get("command").and_then(|entry| command(entry, sink));
        if fields.get("command").is_none() {
            sink.add(entry.at, format!("server {} has no `command`", quote(&entry.key)), COMMAND_HINT);
        }
        self.ports = ports(&fields, sink);
        let typed = fields.get("port").or_else(|| fields.get("ports")).is_some();
        let has_port = typed || !self.ports.is_empty();
        if let Some(Command::Exec(argv)) = &self.command
            && let Some(entry) = fields.get("command")
        {
            for argument in argv {
                let allowed = Allowed { port: has_port, dir: true };
                template("command", argument, entry.value.at, allowed, sink);
            }
        }
        self.apply(&fields, root, has_port, sink);
        self
    }

    fn apply(&mut self, fields: &Fields<'_>, root: &Path, has_port: bool, sink: &mut Sink<'_>) {
        if let Some((entry, dir)) = fields.text("dir", sink) {
            path("dir", dir, entry.value.at, Allowed { port: has_port, dir: false }, sink);
            self.dir = Some(below(root, dir));
        }
        self.port_check = fields.word("port_check", &PORT_CHECKS, sink).unwrap_or(self.port_check);
        if let Some(entry) = fields.get("env") {
            self.env.extend(env(entry, has_port, sink));
        }
        if let Some(entry) = fields.get("env_file") {
            self.env_files = env_files(entry, has_port, sink);
        }
        if let Some((entry, group)) = fields.text("group", sink) {
            if !is_valid_name(group) {
                bad_name("group", group, entry.value.at, sink);
            }
            self.group = Some(group.to_owned());
        }
        if let Some((entry, color)) = fields.text("color", sink) {
            check_color(color, entry.value.at, sink);
            self.color = Some(color.to_owned());
        }
        self.autostart = fields.flag("autostart", sink).or(self.autostart);
        self.tty = fields.flag("tty", sink).unwrap_or(self.tty);
        if let Some(entry) = fields.get("restart") {
            policies::restart(entry, &mut self.restart, sink);
        }
        if let Some(entry) = fields.get("stop") {
            policies::stop(entry, &mut self.stop, sink);
        }
        if let Some(entry) = fields.get("log") {
            policies::log(entry, &mut self.log, sink);
        }
        if let Some(entry) = fields.get("startup") {
            policies::startup(entry, &mut self.startup, has_port, sink);
        }
    }

    /// The specification; `None` without a command, which was noted.
    pub(super) fn finish(self, id: ServerId, root: &Path) -> Option<ServerSpec> {
        Some(ServerSpec {
            id,
            command: self.command?,
            dir: self.dir.unwrap_or_else(|| below(root, ".")),
            root: root.to_owned(),
            ports: self.ports.into_iter().map(|(port, _)| port).collect(),
            port_check: self.port_check,
            env: Environment(self.env),
            env_files: self.env_files,
            group: self.group,
            autostart: self.autostart.unwrap_or(true),
            tty: self.tty,
            restart: self.restart,
            stop: self.stop,
            log: self.log,
            startup: self.startup,
            color: self.color,
            health: None,
            needs: Vec::new(),
            replica: None,
            memory: MemoryPolicy::default(),
            version: None,
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

fn command(entry: &Entry, sink: &mut Sink<'_>) -> Option<Command> {
    let command = match &entry.value.kind {
        Kind::Text(_) => Command::Shell(text(entry, sink)?.to_owned()),
        Kind::List(list) => {
            let argv = texts(entry, list, sink)?;
            Command::Exec(argv.into_iter().map(|(argument, _)| argument.to_owned()).collect())
        }
        _ => return wrong(entry, "a string or a list of strings", COMMAND_HINT, sink),
    };
    let empty = match &command {
        Command::Shell(line) => line.trim().is_empty(),
        Command::Exec(argv) => argv.first().is_none_or(|program| program.trim().is_empty()),
    };
    if empty {
        sink.add(entry.value.at, "`command` is empty", COMMAND_HINT);
    }
    Some(command)
}

fn ports(fields: &Fields<'_>, sink: &mut Sink<'_>) -> Vec<(PortSpec, usize)> {
    if let (Some(_), Some(ports)) = (fields.get("port"), fields.get("ports")) {
        sink.add(
            ports.at,
            "`port` and `ports` exclude each other",
            "keep `ports`, the first is exported as PORT",
        );
    }
    let Some(entry) = fields.get("port").or_else(|| fields.get("ports")) else { return Vec::new() };
    match &entry.value.kind {
        Kind::List(list) if list.len() > MAX_PORTS => {
            let message = format!("{} ports are more than a server can have", list.len());
            sink.add(entry.value.at, message, format!("at most {MAX_PORTS}"));
            Vec::new()
        }
        Kind::List(list) => list.iter().filter_map(|value| port(entry, value, sink)).collect(),
        _ => port(entry, &entry.value, sink).into_iter().collect(),
    }
}

fn port(entry: &Entry, value: &Value, sink: &mut Sink<'_>) -> Option<(PortSpec, usize)> {
    match &value.kind {
        Kind::Number(number) => {
            let port = in_range(*number, &entry.key, &(1..=u16::MAX), value.at, sink)?;
            Some((PortSpec::Fixed(port), value.at))
        }
        Kind::Text(word) if word == "auto" => Some((PortSpec::Auto, value.at)),
        Kind::Text(word) => {
            sink.add(value.at, format!("{} is not a port", quote(word)), PORT_HINT);
            None
        }
        _ => wrong(&Entry { value: value.clone(), ..entry.clone() }, "a port", PORT_HINT, sink),
    }
}

/// Variables in the order of their names. A number or a boolean is taken as it was typed.
fn env(entry: &Entry, has_port: bool, sink: &mut Sink<'_>) -> Vec<(String, String)> {
    let mut variables = Vec::new();
    for variable in table(entry, sink).unwrap_or_default() {
        let name = &variable.key;
        if name.is_empty() || name.contains(['=', '\0']) {
            let message = format!("{} cannot be the name of a variable", quote(name));
            sink.add(variable.at, message, "a name has neither `=` nor NUL and is not empty");
        }
        let value = match &variable.value.kind {
            Kind::Number(number) => Some(number.to_string()),
            Kind::Float(number) => Some(number.clone()),
            Kind::Bool(value) => Some(value.to_string()),
            _ => text(variable, sink).map(str::to_owned),
        };
        if let Some(value) = value {
            let key = format!("env.{}", safe(name));
            template(&key, &value, variable.value.at, Allowed { port: has_port, dir: true }, sink);
            variables.push((name.clone(), value));
        }
    }
    variables
}

fn env_files(entry: &Entry, has_port: bool, sink: &mut Sink<'_>) -> Vec<EnvFile> {
    let typed = match &entry.value.kind {
        Kind::Text(_) => text(entry, sink).map(|text| vec![(text, entry.value.at)]),
        Kind::List(list) => texts(entry, list, sink),
        _ => wrong(
            entry,
            "a string or a list of strings",
            "write `env_file = [\".env\", \"?.env.local\"]`",
            sink,
        ),
    };
    let mut files = Vec::new();
    for (text, at) in typed.unwrap_or_default() {
        let name = text.strip_prefix('?').unwrap_or(text);
        path("env_file", name, at, Allowed { port: has_port, dir: true }, sink);
        files.push(EnvFile { path: name.to_owned(), optional: name.len() < text.len() });
    }
    files
}

fn check_color(typed: &str, at: usize, sink: &mut Sink<'_>) {
    if Color::parse(typed).is_none() {
        let hint = format!("`#rrggbb` or a name; {}", suggest(typed, &color::NAMES));
        sink.add(at, format!("{} is not a colour", quote(typed)), hint);
    }
}
