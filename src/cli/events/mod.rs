//! `ostler events`

use clap::builder::{PossibleValue, PossibleValuesParser};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use strum::VariantNames as _;

use super::Failure;
use super::names::NAME_HINT;
use super::output::{Tint, clean, note};
use super::session::Session;
use super::time;
use crate::api::{EventsQuery, StreamItem};
use crate::client::ClientError;
use crate::client::reconnect::Reconnect;
use crate::model::event::Severity;
use crate::model::{Event, EventKind, Pattern, ServerStatus, select};
use crate::text::event::sentence;

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
        let tint = match event.kind.severity() {
            Severity::Trouble => Tint::Bad,
            Severity::Notice => Tint::Pending,
            Severity::Good => Tint::Good,
            Severity::Plain => Tint::Strong,
        };
        let what = style.paint(tint, &clean(&sentence(&event.kind)));
        self.session.out.line(&format!("{at} {whose}: {what}"))
    }
}

#[cfg(test)]
mod tests;
