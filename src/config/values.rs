//! The values of a server's own keys: commands, ports, variables, env files, colours.

use crate::model::color::{self, Color};
use crate::model::{Command, EnvFile, PortSpec};

use super::fields::{Allowed, Fields, in_range, path, table, template, text, texts, wrong};
use super::problem::{Sink, quote, safe, suggest};
use super::raw::{Entry, Kind, Value};

/// Most ports of one server.
const MAX_PORTS: usize = 64;

const PORT_HINT: &str = "write `port = 3000`, `ports = [3000, 3001]` or `port = \"auto\"`";
/// What a command looks like, for hints.
pub(super) fn command_hint(key: &str) -> String {
    format!("write `{key} = \"npm start\"` or `{key} = [\"npm\", \"start\"]`")
}

/// A line for the shell, or a program with its arguments.
pub(super) fn command(entry: &Entry, allowed: Allowed, sink: &mut Sink<'_>) -> Option<Command> {
    let key = entry.key.as_str();
    let command = match &entry.value.kind {
        Kind::Text(_) => Command::Shell(text(entry, sink)?.to_owned()),
        Kind::List(list) => {
            let argv = texts(entry, list, sink)?;
            for (argument, at) in &argv {
                template(key, argument, *at, allowed, sink);
            }
            Command::Exec(argv.into_iter().map(|(argument, _)| argument.to_owned()).collect())
        }
        _ => return wrong(entry, "a string or a list of strings", command_hint(key), sink),
    };
    let empty = match &command {
        Command::Shell(line) => line.trim().is_empty(),
        Command::Exec(argv) => argv.first().is_none_or(|program| program.trim().is_empty()),
    };
    if empty {
        sink.add(entry.value.at, format!("`{key}` is empty"), command_hint(key));
    }
    Some(command)
}

/// `port` or `ports`: each with its place.
pub(super) fn ports(fields: &Fields<'_>, sink: &mut Sink<'_>) -> Vec<(PortSpec, usize)> {
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
pub(super) fn env(entry: &Entry, has_port: bool, sink: &mut Sink<'_>) -> Vec<(String, String)> {
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

/// Files with variables; one with a leading `?` may be missing.
pub(super) fn env_files(entry: &Entry, has_port: bool, sink: &mut Sink<'_>) -> Vec<EnvFile> {
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

/// Notes a colour that is none.
pub(super) fn check_color(typed: &str, at: usize, sink: &mut Sink<'_>) {
    if Color::parse(typed).is_none() {
        let hint = format!("`#rrggbb` or a name; {}", suggest(typed, &color::NAMES));
        sink.add(at, format!("{} is not a colour", quote(typed)), hint);
    }
}
