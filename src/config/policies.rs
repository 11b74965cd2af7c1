//! The tables of a server: `restart`, `stop`, `log`, `memory`. Each is laid over what `[defaults]` says, key by key.

use std::time::Duration;

use crate::model::{
    Backoff, LogPolicy, MemoryPolicy, RestartPolicy, RestartWhen, Signal, StopPolicy, StopTarget,
};

use super::fields::{Fields, numbers, text, texts, word, wrong};
use super::problem::{Sink, quote};
use super::raw::{Entry, Kind};
use super::units;

/// Keys of `restart`.
pub(super) const RESTART: &[&str] = &[
    "policy",
    "attempts",
    "backoff",
    "delay",
    "max_delay",
    "reset_after",
    "success_codes",
    "success_signals",
];
/// Keys of `stop`.
pub(super) const STOP: &[&str] = &["signal", "grace", "to"];
/// Keys of `log`.
pub(super) const LOG: &[&str] = &["max_size", "keep", "compress"];
/// Keys of `memory`.
pub(super) const MEMORY: &[&str] = &["limit", "growth"];

const WHEN: [(&str, RestartWhen); 3] =
    [("always", RestartWhen::Always), ("on-failure", RestartWhen::OnFailure), ("never", RestartWhen::Never)];
const BACKOFF: [(&str, Backoff); 3] =
    [("exponential", Backoff::Exponential), ("linear", Backoff::Linear), ("constant", Backoff::Constant)];
const TARGET: [(&str, StopTarget); 3] =
    [("main", StopTarget::Main), ("group", StopTarget::Group), ("tree", StopTarget::Tree)];

/// Smallest segment: several of the keeper's largest writes fit in.
const LEAST_SEGMENT: u64 = 64 * 1024;
/// Largest segment.
const LARGEST_SEGMENT: u64 = 16 * 1024 * 1024 * 1024;

/// Smallest limit of memory: less than any program needs to start.
const LEAST_MEMORY: u64 = 64 * 1024;

/// Shortest time that is waited for anything.
pub(super) const SHORTEST: Duration = Duration::from_millis(1);

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
    if let Some(entry) = fields.get("success_signals") {
        policy.success_signals = signals(entry, sink);
    }
}

/// A signal or a list of them.
fn signals(entry: &Entry, sink: &mut Sink<'_>) -> Vec<Signal> {
    let typed = match &entry.value.kind {
        Kind::Text(_) => text(entry, sink).map(|text| vec![(text, entry.value.at)]),
        Kind::List(list) => texts(entry, list, sink),
        _ => wrong(entry, "a list of signals", "write `success_signals = [\"SIGTERM\"]`", sink),
    };
    typed.unwrap_or_default().into_iter().filter_map(|(typed, at)| named_signal(typed, at, sink)).collect()
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
    named_signal(text(entry, sink)?, entry.value.at, sink)
}

fn named_signal(typed: &str, at: usize, sink: &mut Sink<'_>) -> Option<Signal> {
    let signal = typed.parse().ok();
    if signal.is_none() {
        let hint = "use a name as in \"SIGTERM\", \"SIGINT\" or \"SIGQUIT\"";
        sink.add(at, format!("{} is not a signal", quote(typed)), hint);
    }
    signal
}

/// `log = { max_size, keep, compress }`
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
    policy.compress = fields.flag("compress", sink).unwrap_or(policy.compress);
    // at the key that is here: the other may stand in `[defaults]`
    if let Some(entry) = fields.get("keep").or(fields.get("compress"))
        && policy.compress
        && !policy.packs()
    {
        let least = LogPolicy::LEAST_TO_COMPRESS;
        let message = format!("`compress = true` needs `keep` to be {least} or more, not {}", policy.keep);
        sink.add(
            entry.value.at,
            message,
            "one file is written and one compressed: keep more, or do not compress",
        );
    }
}

/// `memory = { limit, growth }`
pub(super) fn memory(entry: &Entry, policy: &mut MemoryPolicy, sink: &mut Sink<'_>) {
    let Some(fields) = Fields::of(entry, MEMORY, sink) else { return };
    if let Some((entry, size)) = fields.size("limit", sink) {
        if size >= LEAST_MEMORY {
            policy.limit = Some(size);
        } else {
            sink.add(entry.value.at, "`limit` is less than any program needs", "at least 64KiB");
        }
    }
    if let Some((entry, typed)) = fields.text("growth", sink) {
        policy.growth = units::growth(typed).or(policy.growth);
        if units::growth(typed).is_none() {
            let message = format!("{} is not a growth: `growth` must be a size an hour", quote(typed));
            sink.add(entry.value.at, message, units::GROWTH_HINT);
        }
    }
}
