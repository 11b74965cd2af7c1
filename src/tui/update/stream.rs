//! What the supervisor says, and that it says nothing any more.

use super::{events, logs};
use crate::api::StreamItem;
use crate::client::OtherVersion;
use crate::client::reconnect::Reconnect;
use crate::model::{Event, EventKind, Sample, Snapshot};
use crate::tui::ansi;
use crate::tui::effect::Effect;
use crate::tui::message::Failure;
use crate::tui::model::{Connection, Dirty, HostFigures, Level, Model, is_silent};

/// Takes an item.
pub(super) fn take(model: &mut Model, item: StreamItem, effects: &mut Vec<Effect>) {
    if !is_silent(&item) {
        model.touch(Dirty::Now);
    }
    match item {
        StreamItem::Snapshot(snapshot) => take_snapshot(model, snapshot, effects),
        StreamItem::History { servers } => {
            model.servers.set_history(&servers, model.now.wall.as_second());
        }
        StreamItem::Status { servers, .. } => model.servers.merge(servers),
        StreamItem::Removed { servers } => model.servers.remove(&servers),
        StreamItem::Samples { at, samples, host_cpu_percent, host_memory_used, host_memory_total } => {
            if samples.is_empty() {
                return;
            }
            model.figures = Some(HostFigures {
                cpu_percent: host_cpu_percent,
                memory_used: host_memory_used,
                memory_total: host_memory_total,
            });
            let second = at.as_second();
            for sample in &samples {
                if let Some(server) = model.servers.get_mut(&sample.id) {
                    server.status.cpu_percent = Some(sample.cpu);
                    server.status.memory_bytes = Some(sample.mem);
                    server.status.uptime_s = Some(sample.up);
                    let sample = Sample { cpu_percent: sample.cpu, memory_bytes: sample.mem };
                    server.ring.push(second, Some(sample));
                }
            }
            // A server without a sample has an empty second; one that has its sample is not touched by this.
            model.servers.change_all(|server| server.ring.push(second, None));
        }
        StreamItem::Bell { .. } => effects.push(Effect::Bell),
        StreamItem::Event(event) => {
            note_failure(model, &event);
            events::take(model, event);
        }
        // A new snapshot follows, and log streams are not concerned.
        StreamItem::Lagged { .. } | StreamItem::Goodbye | StreamItem::Other => {}
    }
}

/// What ended by itself, or was given up, while another one was looked at.
fn note_failure(model: &mut Model, event: &Event) {
    let failed =
        matches!(event.kind, EventKind::Exited { .. } | EventKind::Backoff { .. } | EventKind::Failed { .. });
    if let (true, Some(server)) = (failed, &event.server)
        && model.servers.note_failure(server)
    {
        model.touch(Dirty::Now);
    }
}

fn take_snapshot(model: &mut Model, snapshot: Snapshot, effects: &mut Vec<Effect>) {
    let was_lost = model.is_lost();
    model.connection = Connection::Live;
    model.host = Some(snapshot.host);
    note_version(model, &snapshot.supervisor.version);
    model.supervisor = Some(snapshot.supervisor);
    model.servers.replace(snapshot.servers);
    model.seq = snapshot.seq.max(model.seq);
    events::catch_up(model, effects);
    if was_lost {
        logs::resume(model, effects);
    }
}

/// Says once of a supervisor that it is of another version.
fn note_version(model: &mut Model, version: &str) {
    let is_known = model.supervisor.as_ref().is_some_and(|known| known.version == version);
    let other = OtherVersion::between(version, model.start.version);
    if let Some(other) = other.filter(|_| !is_known) {
        let text = ansi::plain(&other.to_string());
        model.toasts.say(model.now.mono, Level::Warning, "version", text, None);
    }
}

/// The stream ended, or could not be had.
pub(super) fn lost(model: &mut Model, failure: &Failure) {
    let now = model.now;
    let (data, since, mut retries) = match &model.connection {
        Connection::Live => (Some(now.wall), now.mono, Reconnect::default()),
        Connection::Connecting { since } => (None, *since, Reconnect::default()),
        Connection::Lost { data, since, retries, .. } => (*data, *since, *retries),
    };
    let is_known = matches!(&model.connection, Connection::Lost { error, .. } if *error == failure.message);
    if let Some(hint) = failure.hint.as_ref().filter(|_| !is_known) {
        let text = ansi::plain(&format!("{}; {hint}", failure.message));
        model.toasts.say(now.mono, Level::Warning, "connection", text, None);
    }
    model.connection = Connection::Lost {
        data,
        since,
        retry_at: Some(now.mono + retries.failed()),
        retries,
        error: failure.message.clone(),
    };
    model.servers.change_all(|server| server.asked = None);
    model.touch(Dirty::Now);
}
