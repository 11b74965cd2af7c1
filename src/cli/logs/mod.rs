//! `ostler logs [NAME…]`
//!
//! `args` says what can be asked for; [`follow`] reads, and reads on from the same place after the connection broke;
//! [`line`] makes a line safe and puts time and name before it, [`hits`] marks what was looked for; [`print`] writes them
//! to where [`sink`] says. [`raw`] goes another way: bytes, as the server wrote them.

mod args;
mod follow;
mod hits;
mod line;
mod print;
mod prompt;
mod raw;
mod sink;

#[cfg(test)]
mod tests;

use std::io::{self, IsTerminal as _};

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use args::Args;

use super::Failure;
use super::output::Style;
use super::session::Session;
use crate::client::reconnect::Reconnect;
use follow::Reader;
use hits::Hits;
use line::Format;
use print::{Printer, Shape};
use sink::Sink;

/// Prints the logs.
pub async fn run(session: &Session, args: Args) -> Result<(), Failure> {
    let wanted = args.wanted(Timestamp::now())?;
    if args.raw {
        raw::refuse_terminal(&args)?;
    }
    session.client.ensure_supervisor().await?;
    let snapshot = session.client.snapshot().await?;
    let servers = args.names.resolve(&snapshot, session.current_project()?.as_deref())?;
    if servers.is_empty() {
        return Err(Failure::new("there are no servers here")
            .with_hint("`ostler up` registers those of a project; `--all` takes every project"));
    }
    if args.raw {
        return raw::run(session, &servers, &wanted, args.save).await;
    }
    let style = Style { color: session.out.style.color && args.save.is_none(), ..session.out.style };
    let shape = if args.json {
        Shape::Json
    } else {
        let zone = args.times.then(TimeZone::system);
        let format = Format::new(&servers, style, zone).with_colors_of(&snapshot.servers);
        let hits = args.grep.as_deref().filter(|_| style.color).and_then(Hits::of);
        Shape::Text(Box::new(format.with_pretty(args.pretty).with_hits(hits)))
    };
    let follow = args.follow;
    let is_watched = follow && servers.len() == 1 && args.save.is_none() && io::stdout().is_terminal();
    let reader = Reader::open(session.client.clone(), servers, wanted, Reconnect::default()).await?;
    let sink = Sink::open(args.save)?;
    Printer::new(shape, style, follow, sink).with_prompts(is_watched).run(reader).await
}
