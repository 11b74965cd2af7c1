//! The tables of a server: `restart`, `stop`, `log`, `startup`. Each is laid over what `[defaults]` says, key by key.

use std::time::Duration;

use crate::model::{
    Backoff, Expect, LogPolicy, OnTimeout, Probe, RestartPolicy, RestartWhen, Signal, Startup, StopPolicy,
    StopTarget,
};

use super::fields::{Allowed, Fields, in_range, template, text, word, wrong};
use super::problem::{Sink, quote};
use super::raw::{Entry, Kind, Value};

/// Keys of `restart`.
pub(super) const RESTART: &[&str] =
    &["policy", "attempts", "backoff", "delay", "max_delay", "reset_after", "success_codes"];
/// Keys of `stop`.
pub(super) const STOP: &[&str] = &["signal", "grace", "to"];
/// Keys of `log`.
pub(super) const LOG: &[&str] = &["max_size", "keep"];
/// Keys of `startup`.
pub(super) const STARTUP: &[&str] = &["http", "tcp", "expect", "timeout", "on_timeout"];
/// Keys of `expect`.
pub(super) const EXPECT: &[&str] = &["status", "body"];

const WHEN: [(&str, RestartWhen); 3] =
    [("always", RestartWhen::Always), ("on-failure", RestartWhen::OnFailure), ("never", RestartWhen::Never)];
const BACKOFF: [(&str, Backoff); 3] =
    [("exponential", Backoff::Exponential), ("linear", Backoff::Linear), ("constant", Backoff::Constant)];
const TARGET: [(&str, StopTarget); 3] =
    [("main", StopTarget::Main), ("group", StopTarget::Group), ("tree", StopTarget::Tree)];
const ON_TIMEOUT: [(&str, OnTimeout); 2] = [("fail", OnTimeout::Fail), ("wait", OnTimeout::Wait)];

/// Smallest segment: several of the keeper's largest writes fit in.
const LEAST_SEGMENT: u64 = 64 * 1024;
/// Largest segment.
const LARGEST_SEGMENT: u64 = 16 * 1024 * 1024 * 1024;

/// Shortest time that is waited for anything.
const SHORTEST: Duration = Duration::from_millis(1);

/// `restart = "on-failure"` or a table.
pub(super) fn restart(entry: &Entry, policy: &mut RestartPolicy, sink: &mut Sink<'_>) {
    match entry.value.kind {
        Kind::Text(_) => {
            policy.policy = word(entry, &WHEN, sink).unwrap_or(policy.policy);
        }
        Kind::Table(_) => {
            if let Some(fields) = Fields::of(entry, RESTART, sink) {
                restart_table(&fields, policy, sink);
            }
        }
        _ => {
            let hint = "write `restart = \"on-failure\"` or `restart = { attempts = 3 }`";
            wrong::<()>(entry, "a string or a table", hint, sink);
        }
    }
}

fn restart_table(fields: &Fields<'_>, policy: &mut RestartPolicy, sink: &mut Sink<'_>) {
    policy.policy = fields.word("policy", &WHEN, sink).unwrap_or(policy.policy);
    policy.attempts = fields.number("attempts", 0..=1_000_000, sink).unwrap_or(policy.attempts);
    policy.backoff = fields.word("backoff", &BACKOFF, sink).unwrap_or(policy.backoff);
    let delay = fields.duration("delay", Duration::ZERO, sink);
    let longest = fields.duration("max_delay", Duration::ZERO, sink);
    if let (Some(delay), Some(longest), Some(entry)) = (delay, longest, fields.get("max_delay"))
        && longest < delay
    {
        sink.add(entry.value.at, "`max_delay` is shorter than `delay`", "make it at least as long");
    }
    policy.delay = delay.unwrap_or(policy.delay);
    policy.max_delay = longest.unwrap_or(policy.max_delay.max(policy.delay));
    policy.delay = policy.delay.min(policy.max_delay);
    policy.reset_after = fields.duration("reset_after", SHORTEST, sink).unwrap_or(policy.reset_after);
    if let Some(entry) = fields.get("success_codes") {
        policy.success_codes = numbers(entry, 0..=255, sink).unwrap_or_default();
    }
}

/// `stop = "SIGTERM"` or a table.
pub(super) fn stop(entry: &Entry, policy: &mut StopPolicy, sink: &mut Sink<'_>) {
    match entry.value.kind {
        Kind::Text(_) => policy.signal = signal(entry, sink).unwrap_or(policy.signal),
        Kind::Table(_) => {
            let Some(fields) = Fields::of(entry, STOP, sink) else { return };
            policy.signal =
                fields.get("signal").and_then(|entry| signal(entry, sink)).unwrap_or(policy.signal);
            policy.grace = fields.duration("grace", Duration::ZERO, sink).unwrap_or(policy.grace);
            policy.to = fields.word("to", &TARGET, sink).unwrap_or(policy.to);
        }
        _ => {
            let hint = "write `stop = \"SIGINT\"` or `stop = { grace = \"30s\" }`";
            wrong::<()>(entry, "a string or a table", hint, sink);
        }
    }
}

fn signal(entry: &Entry, sink: &mut Sink<'_>) -> Option<Signal> {
    let typed = text(entry, sink)?;
    let signal = typed.parse().ok();
    if signal.is_none() {
        let hint = "use a name as in \"SIGTERM\", \"SIGINT\" or \"SIGQUIT\"";
        sink.add(entry.value.at, format!("{} is not a signal", quote(typed)), hint);
    }
    signal
}

/// `log = { max_size, keep }`
pub(super) fn log(entry: &Entry, policy: &mut LogPolicy, sink: &mut Sink<'_>) {
    let Some(fields) = Fields::of(entry, LOG, sink) else { return };
    if let Some((entry, size)) = fields.size("max_size", sink) {
        if (LEAST_SEGMENT..=LARGEST_SEGMENT).contains(&size) {
            policy.max_size = size;
        } else {
            sink.add(entry.value.at, "`max_size` is out of range", "from 64KiB to 16GiB");
        }
    }
    policy.keep = fields.number("keep", 1..=1000, sink).unwrap_or(policy.keep);
}

/// `[servers.NAME.startup]`
pub(super) fn startup(entry: &Entry, startup: &mut Startup, has_port: bool, sink: &mut Sink<'_>) {
    let Some(fields) = Fields::of(entry, STARTUP, sink) else { return };
    let allowed = Allowed { port: has_port, dir: true };
    if let (Some(_), Some(tcp)) = (fields.get("http"), fields.get("tcp")) {
        sink.add(tcp.at, "`http` and `tcp` exclude each other", "keep one of them");
    }
    if let Some((entry, url)) = fields.text("http", sink) {
        check_url(url, entry.value.at, allowed, sink);
        startup.probe = Some(Probe::Http { url: url.to_owned(), expect: Expect::default() });
    } else if let Some(entry) = fields.get("tcp") {
        startup.probe = tcp(entry, allowed, sink).map(Probe::Tcp).or(startup.probe.take());
    }
    if let Some(entry) = fields.get("expect") {
        let read = expect(entry, sink);
        match &mut startup.probe {
            Some(Probe::Http { expect, .. }) => *expect = read.unwrap_or_default(),
            Some(Probe::Tcp(_) | Probe::Unix(_) | Probe::Exec(_) | Probe::Log(_) | Probe::Notify) | None => {
                let hint = "write `http = \"http://127.0.0.1:${port}/health\"` beside it";
                sink.add(entry.at, "`expect` belongs to `http`, which is not set", hint);
            }
        }
    }
    startup.timeout = fields.duration("timeout", SHORTEST, sink).unwrap_or(startup.timeout);
    startup.on_timeout = fields.word("on_timeout", &ON_TIMEOUT, sink).unwrap_or(startup.on_timeout);
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

/// A number or a list of them.
fn numbers<T>(entry: &Entry, range: std::ops::RangeInclusive<T>, sink: &mut Sink<'_>) -> Option<Vec<T>>
where
    T: TryFrom<i64> + PartialOrd + std::fmt::Display,
{
    let hint = || format!("write it as in `{} = [{}]`", entry.key, range.start());
    let mut one = |value: &Value| {
        if let Kind::Number(number) = value.kind {
            return in_range(number, &entry.key, &range, value.at, sink);
        }
        sink.add(value.at, format!("`{}` must be a list of numbers", entry.key), hint());
        None
    };
    match &entry.value.kind {
        Kind::List(list) => Some(list.iter().filter_map(one).collect()),
        _ => one(&entry.value).map(|number| vec![number]),
    }
}
