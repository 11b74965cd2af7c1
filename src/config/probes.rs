//! The checks of a server: `startup` and `health`. Each is laid over what `[defaults]` says, key by key.

use std::time::Duration;

use regex::bytes::{Regex, RegexBuilder};

use crate::model::probe::{HEALTH_INTERVAL, HEALTH_RETRIES, HEALTH_TIMEOUT, HEARTBEAT};
use crate::model::{Expect, HealthCheck, OnFailure, OnTimeout, Probe, Startup};

use super::fields::{Allowed, Fields, in_range, numbers, path, template, wrong};
use super::policies::SHORTEST;
use super::problem::{Sink, quote, safe};
use super::raw::{Entry, Kind};
use super::values;

/// Keys of `startup`.
pub(super) const STARTUP: &[&str] =
    &["http", "tcp", "unix", "exec", "log", "notify", "expect", "timeout", "on_timeout"];
/// Keys of `health`; `log` is told apart, since it belongs to `startup`.
pub(super) const HEALTH: &[&str] =
    &["http", "tcp", "unix", "exec", "notify", "expect", "interval", "timeout", "retries", "on_failure"];
/// Keys of `expect`.
pub(super) const EXPECT: &[&str] = &["status", "body"];

/// The questions, of which a check asks one.
const QUESTIONS: [&str; 6] = ["http", "tcp", "unix", "exec", "log", "notify"];

const ON_TIMEOUT: [(&str, OnTimeout); 2] = [("fail", OnTimeout::Fail), ("wait", OnTimeout::Wait)];
const ON_FAILURE: [(&str, OnFailure); 2] = [("restart", OnFailure::Restart), ("mark", OnFailure::Mark)];

/// Shortest time between two questions: more would keep a server busy with answers.
const LEAST_INTERVAL: Duration = Duration::from_millis(100);

/// Memory of a compiled `log` expression, in bytes: what a counted repetition could otherwise make huge.
const REGEX_MEMORY: usize = 1024 * 1024;

/// The expression of [`Probe::Log`], for lines of bytes.
pub fn line_regex(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).size_limit(REGEX_MEMORY).build()
}

/// `[servers.NAME.startup]`
pub(super) fn startup(entry: &Entry, startup: &mut Startup, has_port: bool, sink: &mut Sink<'_>) {
    let Some(fields) = Fields::of(entry, STARTUP, sink) else { return };
    question(&fields, &mut startup.probe, Allowed { port: has_port, dir: true }, sink);
    startup.timeout = fields.duration("timeout", SHORTEST, sink).unwrap_or(startup.timeout);
    startup.on_timeout = fields.word("on_timeout", &ON_TIMEOUT, sink).unwrap_or(startup.on_timeout);
}

/// A health check that is still being read.
#[derive(Clone, Debug, Default)]
pub(super) struct HealthDraft {
    probe: Option<Probe>,
    interval: Option<Duration>,
    timeout: Option<Duration>,
    retries: Option<u32>,
    on_failure: Option<OnFailure>,
    /// Where a server's own table stands, which must ask something.
    asked_at: Option<usize>,
}

impl HealthDraft {
    /// `[servers.NAME.health]`, or that of the defaults, laid over this.
    pub(super) fn lay(&mut self, entry: &Entry, of_server: bool, has_port: bool, sink: &mut Sink<'_>) {
        let Some(entries) = super::fields::table(entry, sink) else { return };
        for log in entries.iter().filter(|entry| entry.key == "log") {
            let hint = "a line says once that it is up; ask with `http`, `tcp`, `unix`, `exec` or `notify`";
            sink.add(log.at, "`log` belongs to `startup`", hint);
        }
        let known: Vec<Entry> = entries.iter().filter(|entry| entry.key != "log").cloned().collect();
        let fields = Fields::new(&known, HEALTH, sink);
        question(&fields, &mut self.probe, Allowed { port: has_port, dir: true }, sink);
        self.interval = fields.duration("interval", LEAST_INTERVAL, sink).or(self.interval);
        self.timeout = fields.duration("timeout", SHORTEST, sink).or(self.timeout);
        self.retries = fields.number("retries", 1..=1000, sink).or(self.retries);
        self.on_failure = fields.word("on_failure", &ON_FAILURE, sink).or(self.on_failure);
        // one whose question is wrong has its problem already
        let asks = entries.iter().any(|entry| QUESTIONS.contains(&entry.key.as_str()));
        if of_server {
            self.asked_at = (!asks).then_some(entry.at);
        }
    }

    /// The check, if one was asked for.
    pub(super) fn finish(&self, sink: &mut Sink<'_>) -> Option<HealthCheck> {
        let Some(probe) = self.probe.clone() else {
            if let Some(at) = self.asked_at {
                let hint = "add one of `http`, `tcp`, `unix`, `exec` or `notify = true`";
                sink.add(at, "`health` asks nothing", hint);
            }
            return None;
        };
        let usual = if probe == Probe::Notify { HEARTBEAT } else { HEALTH_INTERVAL };
        Some(HealthCheck {
            probe,
            interval: self.interval.unwrap_or(usual),
            timeout: self.timeout.unwrap_or(HEALTH_TIMEOUT),
            retries: self.retries.unwrap_or(HEALTH_RETRIES),
            on_failure: self.on_failure.unwrap_or_default(),
        })
    }
}

/// The one question of a table, in the place of the one before; without one, that stays.
fn question(fields: &Fields<'_>, probe: &mut Option<Probe>, allowed: Allowed, sink: &mut Sink<'_>) {
    let mut typed: Vec<&Entry> = QUESTIONS.iter().filter_map(|key| fields.get(key)).collect();
    typed.sort_by_key(|entry| entry.at);
    if let [first, second, ..] = typed.as_slice() {
        let message = format!("`{}` and `{}` exclude each other", first.key, second.key);
        sink.add(second.at, message, "keep one of them");
    }
    if let Some(first) = typed.first() {
        *probe = read(fields, first, allowed, sink).or(probe.take());
    }
    let Some(entry) = fields.get("expect") else { return };
    let read = expect(entry, sink);
    match probe {
        Some(Probe::Http { expect, .. }) => *expect = read.unwrap_or_default(),
        // an `http` that is wrong has its problem already
        Some(_) | None if fields.get("http").is_some() => {}
        Some(Probe::Tcp(_) | Probe::Unix(_) | Probe::Exec(_) | Probe::Log(_) | Probe::Notify) | None => {
            let hint = "write `http = \"http://127.0.0.1:${port}/health\"` beside it";
            sink.add(entry.at, "`expect` belongs to `http`, which is not set", hint);
        }
    }
}

fn read(fields: &Fields<'_>, entry: &Entry, allowed: Allowed, sink: &mut Sink<'_>) -> Option<Probe> {
    let at = entry.value.at;
    match entry.key.as_str() {
        "tcp" => tcp(entry, allowed, sink).map(Probe::Tcp),
        "exec" => values::command(entry, allowed, sink).map(Probe::Exec),
        "notify" => {
            let on = fields.flag("notify", sink)?;
            if !on {
                sink.add(at, "`notify` can only be true", "leave it out, or ask with another key");
            }
            on.then_some(Probe::Notify)
        }
        "unix" => {
            let (_, socket) = fields.text("unix", sink)?;
            path("unix", socket, at, allowed, sink);
            Some(Probe::Unix(socket.to_owned()))
        }
        "log" => {
            let (_, pattern) = fields.text("log", sink)?;
            check_regex(pattern, at, sink);
            Some(Probe::Log(pattern.to_owned()))
        }
        _ => {
            let (_, url) = fields.text("http", sink)?;
            check_url(url, at, allowed, sink);
            Some(Probe::Http { url: url.to_owned(), expect: Expect::default() })
        }
    }
}

fn check_regex(pattern: &str, at: usize, sink: &mut Sink<'_>) {
    const HINT: &str = "a `\\` before a character takes it as it is; single quotes keep the `\\`";
    if pattern.is_empty() {
        sink.add(at, "`log` is empty", "write what the server says when it is up, as in `log = \"ready\"`");
    }
    match line_regex(pattern) {
        Ok(_) => {}
        Err(regex::Error::Syntax(told)) => {
            let why =
                told.lines().rev().find_map(|line| line.strip_prefix("error: ")).unwrap_or("it is wrong");
            let message = format!("{} is not a regular expression: {}", quote(pattern), safe(why));
            sink.add(sink.inside(at, pattern, wrong_at(&told, pattern)), message, HINT);
        }
        Err(_) => {
            let message = format!("{} is too large an expression", quote(pattern));
            sink.add(at, message, "repeat less often than `{1000}` does");
        }
    }
}

/// The byte of the pattern at which regex's picture of the mistake has its first `^`; it draws one below a pattern of
/// one line, four blanks in.
fn wrong_at(told: &str, pattern: &str) -> usize {
    let is_mark = |line: &&str| line.contains('^') && line.trim_matches([' ', '^']).is_empty();
    let marks = told.lines().skip(2).find(is_mark).and_then(|line| line.find('^'));
    let characters = marks.and_then(|column| column.checked_sub(4)).unwrap_or(0);
    pattern.char_indices().nth(characters).map_or(pattern.len(), |(byte, _)| byte)
}

fn check_url(url: &str, at: usize, allowed: Allowed, sink: &mut Sink<'_>) {
    const HINT: &str = "write it as in `http = \"http://127.0.0.1:${port}/health\"`";
    template("http", url, at, allowed, sink);
    if url == "http://" || !(url.starts_with("http://") || url.starts_with("${")) {
        sink.add(at, format!("{} is not an `http://` address", quote(url)), HINT);
    } else if url.contains(|c: char| c.is_control()) {
        sink.add(at, "`http` has a control character", HINT);
    }
}

fn tcp(entry: &Entry, allowed: Allowed, sink: &mut Sink<'_>) -> Option<String> {
    match &entry.value.kind {
        Kind::Number(number) => {
            in_range(*number, "tcp", &(1..=u16::MAX), entry.value.at, sink).map(|port| port.to_string())
        }
        Kind::Text(text) => {
            template("tcp", text, entry.value.at, allowed, sink);
            let port = text.parse::<u16>().is_ok_and(|port| port > 0);
            if !port && !text.contains("${") {
                let message = format!("{} is not a port", quote(text));
                sink.add(entry.value.at, message, "write `tcp = 3000` or `tcp = \"${port}\"`");
            }
            Some(text.clone())
        }
        _ => wrong(entry, "a port", "write `tcp = 3000` or `tcp = \"${port}\"`", sink),
    }
}

fn expect(entry: &Entry, sink: &mut Sink<'_>) -> Option<Expect> {
    let fields = Fields::of(entry, EXPECT, sink)?;
    let status = fields.get("status").and_then(|entry| numbers(entry, 100..=599, sink));
    let body = fields.text("body", sink).map(|(_, body)| body.to_owned());
    Some(Expect { status: status.unwrap_or_default(), body })
}
