//! `ostler events`

use clap::builder::{PossibleValue, PossibleValuesParser};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use strum::VariantNames as _;

use super::Failure;
use super::names::NAME_HINT;
use super::output::{Tint, clean, note};
use super::session::Session;
use super::time::{self, lasted};
use crate::api::{EventsQuery, StreamItem};
use crate::client::ClientError;
use crate::client::reconnect::Reconnect;
use crate::model::{Asker, Event, EventKind, Exit, Pattern, ServerStatus, select};
use crate::text::human::{bytes, plural};

/// Its arguments.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// Go on with what comes
    #[arg(short, long)]
    follow: bool,
    /// Not older than this: `10m`, `2h`, or a time: `18:30`, `2026-11-20 18:30`, `2026-11-20T18:30:00Z`
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Only of this server, `project/server`, glob or `@group`
    #[arg(long, value_name = "NAME", value_hint = NAME_HINT)]
    server: Vec<String>,
    /// Only of this kind
    #[arg(long, value_name = "KIND", value_delimiter = ',', value_parser = PossibleValuesParser::new(kinds().map(possible)))]
    kind: Vec<String>,
    /// Print JSON, one event on each line
    #[arg(long)]
    json: bool,
}

/// The words of [`EventKind`] that can be asked for.
fn kinds() -> impl Iterator<Item = &'static str> {
    EventKind::VARIANTS.iter().copied().filter(|word| *word != EventKind::Other.word())
}

/// What `[notify]` calls an exit that is a failure may be asked for by that name.
const CRASHED: &str = "crashed";

fn possible(kind: &'static str) -> PossibleValue {
    let value = PossibleValue::new(kind);
    if kind == EXITED { value.alias(CRASHED) } else { value }
}

/// [`EventKind::Exited`]'s word.
const EXITED: &str = "exited";

/// The word of a kind that was asked for, maybe by its other name.
fn canonical(kind: String) -> String {
    if kind == CRASHED { EXITED.to_owned() } else { kind }
}

/// Which events are shown.
#[derive(Debug, Default)]
struct Filter {
    since: Option<Timestamp>,
    servers: Vec<Pattern>,
    kinds: Vec<String>,
}

impl Filter {
    /// `known` tells which servers are in which group.
    fn takes(&self, event: &Event, known: &[ServerStatus]) -> bool {
        let kind = || self.kinds.is_empty() || self.kinds.iter().any(|kind| kind == event.kind.word());
        let server =
            || self.servers.is_empty() || self.servers.iter().any(|wanted| is_of(wanted, event, known));
        self.since.is_none_or(|since| event.at >= since) && kind() && server()
    }
}

/// A server that is forgotten by now has events still, so names are matched and not looked up.
fn is_of(wanted: &Pattern, event: &Event, known: &[ServerStatus]) -> bool {
    let Some(id) = &event.server else { return false };
    let group = known.iter().find(|server| server.id == *id).and_then(|server| server.group.as_deref());
    wanted.means(id, group)
}

/// Prints what is kept, and with `--follow` what comes.
pub async fn run(session: &Session, args: Args) -> Result<(), Failure> {
    let since =
        args.since.as_deref().map(|text| time::parse_when(text, Timestamp::now(), &TimeZone::system()));
    let filter = Filter {
        since: since.transpose().map_err(|what| Failure::usage(what).with_hint(time::WHEN))?,
        servers: args.server.iter().map(|name| Pattern::parse(name)).collect(),
        kinds: args.kind.into_iter().map(canonical).collect(),
    };
    session.client.ensure_supervisor().await?;
    let unmet = args.server.iter().map(|name| Pattern::parse(name)).collect();
    let zone = TimeZone::system();
    let mut reading = Reading { session, filter, json: args.json, zone, seen: 0, unmet };
    let mut reconnect = Reconnect::default();
    loop {
        let seen = reading.seen;
        match reading.stream(!args.follow).await {
            Err(Stop::Failed(failure)) => return Err(failure),
            Err(Stop::Lost(error)) if !(args.follow && error.is_passing()) => return Err(error.into()),
            Ok(()) if !args.follow => return reading.judge(),
            Ok(()) | Err(Stop::Lost(_)) => {}
        }
        if reading.seen > seen {
            reconnect.succeeded();
        }
        let wait = reconnect.failed();
        note(&format!("the connection is lost, servers live on; trying again in {} s", wait.as_secs()));
        tokio::time::sleep(wait).await;
    }
}

enum Stop {
    Lost(ClientError),
    Failed(Failure),
}

struct Reading<'a> {
    session: &'a Session,
    filter: Filter,
    json: bool,
    zone: TimeZone,
    /// The last event that was read.
    seen: u64,
    /// Names that were asked for and are no server's, of now or of an event.
    unmet: Vec<Pattern>,
}

impl Reading<'_> {
    /// Reads one stream to its end. What a slow reader missed is read again from what is kept.
    async fn stream(&mut self, once: bool) -> Result<(), Stop> {
        let mut known = Vec::new();
        'anew: loop {
            let query = EventsQuery { since: Some(self.seen), once, ..EventsQuery::default() };
            let mut lines = self.session.client.events(&query).await.map_err(Stop::Lost)?;
            while let Some(item) = lines.next().await {
                match item.map_err(Stop::Lost)? {
                    StreamItem::Snapshot(snapshot) => {
                        known = snapshot.servers;
                        let is_known = |name: &Pattern| {
                            known.iter().any(|one| name.means(&one.id, one.group.as_deref()))
                        };
                        self.unmet.retain(|name| !is_known(name));
                    }
                    StreamItem::Event(event) => {
                        self.seen = event.seq;
                        self.unmet.retain(|name| !is_of(name, &event, &known));
                        if self.filter.takes(&event, &known) {
                            self.print(&event).map_err(Stop::Failed)?;
                        }
                    }
                    StreamItem::Lagged { .. } => continue 'anew,
                    StreamItem::Goodbye
                    | StreamItem::History { .. }
                    | StreamItem::Status { .. }
                    | StreamItem::Removed { .. }
                    | StreamItem::Samples { .. }
                    | StreamItem::Bell { .. }
                    | StreamItem::Other => {}
                }
            }
            return Ok(());
        }
    }

    /// Fails if a name is nobody's.
    fn judge(&self) -> Result<(), Failure> {
        match self.unmet.first() {
            None => Ok(()),
            Some(name) => Err(select::SelectError::NoMatch(name.to_string()).into()),
        }
    }

    fn print(&self, event: &Event) -> Result<(), Failure> {
        if self.json {
            return self.session.out.json(event, false);
        }
        let style = self.session.out.style;
        let at = style.paint(Tint::Dim, &time::local(event.at, &self.zone));
        let whose = event.server.as_ref().map_or_else(|| "ostler".to_owned(), ToString::to_string);
        let tint = match event.kind {
            EventKind::Failed { .. }
            | EventKind::KeeperLost { .. }
            | EventKind::StateMovedAside { .. }
            | EventKind::Hung { .. }
            | EventKind::OverMemory { .. }
            | EventKind::Unkillable { .. }
            | EventKind::NotifyFailed { .. } => Tint::Bad,
            EventKind::Exited { .. }
            | EventKind::Backoff { .. }
            | EventKind::StartupTimedOut { .. }
            | EventKind::Unhealthy { .. }
            | EventKind::Growth { .. }
            | EventKind::OrphanFound { .. }
            | EventKind::WaitsFor { .. }
            | EventKind::Waiting { .. } => Tint::Pending,
            EventKind::Up { .. }
            | EventKind::Healthy { .. }
            | EventKind::KeeperReplaced { .. }
            | EventKind::Adopted { .. } => Tint::Good,
            EventKind::SupervisorStarted { .. }
            | EventKind::SupervisorStopped { .. }
            | EventKind::Registered { .. }
            | EventKind::Reloaded { .. }
            | EventKind::OrphanKilled { .. }
            | EventKind::HolderKilled { .. }
            | EventKind::Asked { .. }
            | EventKind::Started { .. }
            | EventKind::Stopped { .. }
            | EventKind::Completed { .. }
            | EventKind::Other => Tint::Strong,
        };
        let what = style.paint(tint, &clean(&sentence(&event.kind)));
        self.session.out.line(&format!("{at} {whose}: {what}"))
    }
}

/// What happened, in words. Not sanitized.
fn sentence(kind: &EventKind) -> String {
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
mod tests;
