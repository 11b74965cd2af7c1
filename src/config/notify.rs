//! `[notify]`: who is told of crashes, failures, recoveries, leaks and illness.

use crate::model::NotifyPolicy;

use super::fields::Fields;
use super::problem::Sink;

/// Keys of `[notify]`.
pub(super) const NOTIFY: &[&str] = &["webhook", "command", "bell"];

/// The table of a project's file. No message repeats the address, which may hold a token.
pub(super) fn read(fields: &Fields<'_>, sink: &mut Sink<'_>) -> NotifyPolicy {
    let Some(fields) = fields.get("notify").and_then(|entry| Fields::of(entry, NOTIFY, sink)) else {
        return NotifyPolicy::default();
    };
    let mut policy =
        NotifyPolicy { bell: fields.flag("bell", sink).unwrap_or_default(), ..Default::default() };
    if let Some((entry, webhook)) = fields.text("webhook", sink) {
        check_webhook(webhook, entry.value.at, sink);
        policy.webhook = Some(webhook.to_owned());
    }
    if let Some((entry, command)) = fields.text("command", sink) {
        if command.trim().is_empty() {
            sink.add(entry.value.at, "`command` is empty", "write a line for `sh -c`, or leave it out");
        }
        policy.command = Some(command.to_owned());
    }
    policy
}

fn check_webhook(webhook: &str, at: usize, sink: &mut Sink<'_>) {
    const HINT: &str = "write it as in `webhook = \"https://hooks.example.org/token\"`";
    let rest = ["http://", "https://"].iter().find_map(|scheme| webhook.strip_prefix(scheme));
    if rest.is_none_or(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#', ':'])) {
        sink.add(at, "`webhook` is not an `http://` or `https://` address", HINT);
    } else if webhook.contains(|c: char| c.is_control() || c.is_whitespace()) {
        sink.add(at, "`webhook` has a blank or a control character", HINT);
    }
}
