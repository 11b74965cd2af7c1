//! `ostler logs [NAME…]`
//!
//! [`follow`] reads, and reads on from the same place after the connection broke; [`line`] makes a line safe and puts
//! time and name before it.

mod follow;
mod line;

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::names::SomeNames;
use super::output::{clean, note};
use super::session::Session;
use super::{Failure, time};
use crate::api::LogItem;
use crate::client::reconnect::Reconnect;
use crate::model::LogLine;
use follow::{Reader, Wanted};
use line::Format;

/// Its arguments.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    #[command(flatten)]
    names: SomeNames,
    /// At most this many of the last lines of each server [default: 200, with --since all]
    #[arg(short = 'n', long, value_name = "N")]
    lines: Option<usize>,
    /// Go on with what comes
    #[arg(short, long)]
    follow: bool,
    /// Not older than this: `10m`, `2h`, or a time
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Only lines that match this regular expression
    #[arg(long, value_name = "REGEX")]
    grep: Option<String>,
    /// Put the time before each line
    #[arg(short, long)]
    times: bool,
}

/// Bytes that are put together before they are printed.
const BATCH: usize = 64 << 10;

/// Prints the logs.
pub async fn run(session: &Session, args: Args) -> Result<(), Failure> {
    let since = args.since.as_deref().map(|text| time::parse_since(text, Timestamp::now()));
    let since = since.transpose().map_err(Failure::usage)?;
    session.client.ensure_supervisor().await?;
    let snapshot = session.client.snapshot().await?;
    let servers = args.names.resolve(&snapshot, session.current_project()?.as_deref())?;
    if servers.is_empty() {
        return Err(Failure::new("there are no servers here")
            .with_hint("`ostler up` registers those of a project; `--all` takes every project"));
    }
    let zone = args.times.then(TimeZone::system);
    let format = Format::new(&servers, session.out.style, zone).with_colors_of(&snapshot.servers);
    // 200 is the supervisor's own default; who limits the time wants all of it
    let lines = args.lines.or(since.is_some().then_some(u32::MAX as usize));
    let wanted = Wanted { lines, grep: args.grep, since, follow: args.follow };
    let reader = Reader::open(session.client.clone(), servers, wanted, Reconnect::default()).await?;
    print(session, reader, &format, args.follow).await
}

async fn print(session: &Session, mut reader: Reader, format: &Format, follow: bool) -> Result<(), Failure> {
    let mut batch = String::new();
    while let Some(item) = reader.next().await? {
        add(&mut batch, item, format, follow);
        while batch.len() < BATCH {
            match reader.next().now_or_never() {
                Some(Ok(Some(item))) => add(&mut batch, item, format, follow),
                Some(Ok(None)) => return session.out.print(&batch),
                Some(Err(error)) => {
                    session.out.print(&batch)?;
                    return Err(error);
                }
                None => break,
            }
        }
        session.out.print(&batch)?;
        batch.clear();
    }
    Ok(())
}

fn add(batch: &mut String, item: LogItem, format: &Format, follow: bool) {
    match item {
        // it comes again when it is whole; without following there is no later
        LogItem::Line(line) if line.partial && follow => {}
        LogItem::Line(line) => {
            let _ = writeln!(batch, "{}", format.line(&LogLine::from(line)));
        }
        LogItem::Lagged { server, from, to } => {
            note(&clean(&format!(
                "{server}: {from} to {to} is lost: rotated away before it could be read, or damaged on disk"
            )));
        }
        LogItem::Context(_)
        | LogItem::Break
        | LogItem::Progress { .. }
        | LogItem::Live { .. }
        | LogItem::Other => {}
    }
}
