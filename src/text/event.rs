//! What happened, in words: the same on the command line and in the dashboard.

use super::human::{bytes, lasted, plural};
use crate::model::{Asker, EventKind, Exit};

/// It, as a sentence without its subject. Not sanitized: it may quote what a server wrote.
pub fn sentence(kind: &EventKind) -> String {
    match kind {
        EventKind::SupervisorStarted { pid, version, revived } => came_up(*pid, version, *revived),
        EventKind::SupervisorStopped { pid } => format!("supervisor ended, pid {pid}"),
        EventKind::Registered { project, servers, by } => {
            format!("{project} registered with {}{}", plural(*servers, "server"), asker(by))
        }
        EventKind::Asked { what, by } => format!("{what} asked for{}", asker(by)),
        EventKind::Waiting { port, holder: Some(holder) } => {
            format!("waiting for port {port}, in use by {holder}")
        }
        EventKind::Waiting { port, holder: None } => format!("waiting for port {port}"),
        EventKind::Started { pid, attempt: 0 } => format!("started, pid {pid}"),
        EventKind::Started { pid, attempt } => format!("started, pid {pid}, attempt {attempt}"),
        EventKind::Up { after_ms } => format!("up after {}", lasted(*after_ms as f64 / 1000.0)),
        EventKind::StartupTimedOut { after_s, answer } => timed_out(*after_s, answer.as_deref()),
        EventKind::Adopted { pid } => format!("found alive, pid {pid}"),
        EventKind::Stopped { exit } => format!("stopped, {exit}"),
        EventKind::Completed { exit } => format!("completed, {exit}"),
        EventKind::Exited { exit, lasted_s, because } => ended(*exit, *lasted_s, because.as_deref()),
        EventKind::Backoff { attempt, attempts, delay_ms } => {
            format!("attempt {attempt} of {attempts} in {}", lasted(*delay_ms as f64 / 1000.0))
        }
        EventKind::Failed { reason } => format!("failed: {reason}"),
        EventKind::WaitsFor { unmet } => format!("waiting for {}", unmet.join(", ")),
        EventKind::Healthy { answer, recovered: true } => format!("healthy again: {answer}"),
        EventKind::Healthy { answer, recovered: false } => format!("healthy: {answer}"),
        EventKind::Unhealthy { answer, failed: 0 } => format!("unhealthy: {answer}"),
        EventKind::Unhealthy { answer, failed } => {
            format!("unhealthy after {}: {answer}", plural(*failed as usize, "failed check"))
        }
        EventKind::Hung { after_s } => format!("hung: no heartbeat for {}", lasted(*after_s)),
        EventKind::OverMemory { used, limit } => {
            format!("over its memory limit: {} of {}", bytes(*used), bytes(*limit))
        }
        EventKind::Growth { bytes_per_h } => {
            format!("its memory grows by {:.1} MiB/h, as with a leak", bytes_per_h / f64::from(1 << 20))
        }
        EventKind::Unkillable { processes } => {
            format!("killed and still there: {}", processes.join(", "))
        }
        EventKind::KeeperReplaced { pid } => format!("a new keeper has taken over, pid {pid}"),
        EventKind::OrphanFound { pid, command } => {
            format!("a process of an earlier run was found, pid {pid}: {command}")
        }
        EventKind::OrphanKilled { pid, by } => format!("orphan {pid} killed{}", asker(by)),
        EventKind::HolderKilled { port, pid, by } => {
            format!("holder of port {port}, pid {pid}, killed{}", asker(by))
        }
        EventKind::Reloaded { project, added, removed, changed, by } => {
            format!("{project} reloaded: {added} added, {removed} removed, {changed} changed{}", asker(by))
        }
        EventKind::NotifyFailed { how, why } => format!("the notification by {how} failed: {why}"),
        EventKind::KeeperLost { pid: Some(pid) } => format!("its keeper is gone, pid {pid} lives on"),
        EventKind::KeeperLost { pid: None } => "its keeper is gone".to_owned(),
        EventKind::StateMovedAside { path } => format!("a state file could not be read and is now {path}"),
        EventKind::Other => "something that a newer version of ostler knows".to_owned(),
    }
}

fn came_up(pid: u32, version: &str, revived: bool) -> String {
    let how = if revived { "supervisor came back" } else { "supervisor started" };
    format!("{how}, pid {pid}, version {version}")
}

fn ended(exit: Exit, lasted_s: f64, because: Option<&str>) -> String {
    let after = lasted(lasted_s);
    match because {
        None => format!("ended by itself after {after}, {exit}"),
        Some(why) => format!("ended by ostler after {after}, {exit}: {why}"),
    }
}

fn timed_out(after_s: f64, answer: Option<&str>) -> String {
    let answer = answer.map(|answer| format!("; the last answer: {answer}")).unwrap_or_default();
    format!("not up within {}{answer}", lasted(after_s))
}

fn asker(by: &Asker) -> String {
    if by.client.is_empty() {
        format!(", uid {}", by.uid)
    } else {
        format!(" by {}, uid {}", by.client, by.uid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Holder;

    #[test]
    fn events_are_sentences() {
        let by = Asker { uid: 1000, client: "cli".into() };
        let holder =
            Holder { pid: Some(7), command: Some("nginx".into()), user: Some("root".into()), ours: None };
        for (kind, text) in [
            (
                EventKind::Exited { exit: Exit::Code(1), lasted_s: 9.0, because: None },
                "ended by itself after 9 s, exit 1",
            ),
            (
                EventKind::Exited {
                    exit: Exit::Code(1),
                    lasted_s: 9.0,
                    because: Some("unhealthy: 503".into()),
                },
                "ended by ostler after 9 s, exit 1: unhealthy: 503",
            ),
            (EventKind::Asked { what: "restart".into(), by }, "restart asked for by cli, uid 1000"),
            (
                EventKind::Waiting { port: 80, holder: Some(holder) },
                "waiting for port 80, in use by pid 7 (nginx, user root)",
            ),
            (EventKind::Backoff { attempt: 2, attempts: 5, delay_ms: 1500 }, "attempt 2 of 5 in 1.5 s"),
            (EventKind::Started { pid: 7, attempt: 0 }, "started, pid 7"),
            (
                EventKind::Registered { project: "shop".into(), servers: 1, by: Asker::default() },
                "shop registered with 1 server, uid 0",
            ),
        ] {
            assert_eq!(sentence(&kind), text);
        }
    }
}
