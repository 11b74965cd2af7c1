//! `GET …/log` and `GET /v1/logs`: what servers wrote, then what they write.
//!
//! Both are one [`Feed`] over one [`Tail`] for each server: first the history, merged by time, then a
//! [`LogItem::Live`](crate::api::LogItem::Live) for each server, then what comes. Files are the truth: a bell only says
//! when to look again, and reading goes on from a cursor, so the seam has neither a hole nor a double.
//!
//! Memory is bounded whatever is asked for: pages are, and a history that is longer than [`KEPT`] is not collected but
//! found (its first line's place, reading backwards) and then read forwards.

mod feed;
mod partial;
mod raw;
mod tail;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use futures_util::future::try_join_all;
use futures_util::{StreamExt as _, stream};
use tokio::sync::Semaphore;

use self::feed::Feed;
use self::tail::Tail;
use super::answer::{bad, fallible_ndjson};
use super::extract::{Args, Named};
use super::{App, closed};
use crate::api::{LogQuery, Problem};
use crate::journal::Filter;
use crate::model::server::BadName;
use crate::model::{LogCursor, ServerId};

/// Lines of history where no number is asked for.
const LINES: usize = 200;

/// Bytes of history that one request may collect.
const KEPT: usize = 8 * 1024 * 1024;

/// Searches through whole logs at a time, over all clients: one uses a core and can't be called back.
const SEARCHES: usize = 4;

/// Where a request gets a place to search.
pub(super) fn searches() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(SEARCHES))
}

/// What is read of each log, and until when.
#[derive(Clone, Copy, Debug)]
struct Plan {
    from: Start,
    follow: bool,
}

/// Where the history begins.
#[derive(Clone, Copy, Debug)]
enum Start {
    /// This many lines before a place; `None`: before the end.
    Last(usize, Option<LogCursor>),
    /// Here, and goes on for this many lines at most.
    At(LogCursor, usize),
}

pub(super) async fn one(
    State(app): State<App>,
    Named(id): Named,
    Args(query): Args<LogQuery>,
) -> Result<Response, Problem> {
    if query.raw {
        return raw::answer(app, id, &query).await;
    }
    if query.servers.is_some() {
        return Err(bad("`servers` is for /v1/logs: the path says which server"));
    }
    let filter = filter(&query)?;
    let LogQuery { from, back, lines, follow, .. } = query;
    let from = match (from, back) {
        (Some(_), Some(_)) => return Err(bad("`from` and `back` exclude each other")),
        (None, Some(_)) if follow => return Err(bad("`back` and `follow` exclude each other")),
        // whoever follows gets everything after `from`: a limit would be a hole before what is live
        (Some(from), None) if follow => Start::At(from, usize::MAX),
        (Some(from), None) => Start::At(from, lines.unwrap_or(usize::MAX)),
        (None, back) => Start::Last(lines.unwrap_or(LINES), back),
    };
    answer(app, vec![id], filter, Plan { from, follow }).await
}

pub(super) async fn several(
    State(app): State<App>,
    Args(query): Args<LogQuery>,
) -> Result<Response, Problem> {
    let filter = filter(&query)?;
    if query.raw {
        return Err(bad("`raw` is for one server").with_hint("ask at `/v1/servers/{project}/{name}/log`"));
    }
    let LogQuery { servers, from, back, lines, follow, .. } = query;
    if from.is_some() || back.is_some() {
        return Err(bad("`from` and `back` are for one server"));
    }
    let servers = servers.ok_or_else(|| bad("`servers` is missing"))?;
    let ids: BTreeSet<ServerId> =
        servers.split(',').map(str::parse).collect::<Result<_, _>>().map_err(|error: BadName| {
            bad(error.to_string()).with_hint("write `servers=project/name,project/name`")
        })?;
    let plan = Plan { from: Start::Last(lines.unwrap_or(LINES), None), follow };
    answer(app, ids.into_iter().collect(), filter, plan).await
}

/// Which lines are wanted; `None`: all.
fn filter(query: &LogQuery) -> Result<Option<Filter>, Problem> {
    let LogQuery { grep, exclude, level, stream, since, until, .. } = query;
    let is_set = grep.is_some() || exclude.is_some() || level.is_some() || stream.is_some();
    if !is_set && since.is_none() && until.is_none() {
        return Ok(None);
    }
    let pattern = |error: crate::journal::BadPattern| {
        bad(error.to_string()).with_hint("the syntax is that of https://docs.rs/regex")
    };
    let mut filter = grep.as_deref().map_or_else(|| Ok(Filter::default()), Filter::new).map_err(pattern)?;
    if let Some(exclude) = exclude {
        filter = filter.with_exclude(exclude).map_err(pattern)?;
    }
    Ok(Some(filter.with_level(*level).with_stream(*stream).with_since(*since).with_until(*until)))
}

async fn answer(
    app: App,
    ids: Vec<ServerId>,
    filter: Option<Filter>,
    plan: Plan,
) -> Result<Response, Problem> {
    let filter = filter.map(Arc::new);
    let kept = KEPT / ids.len().max(1);
    let tails = ids.into_iter().map(|id| async {
        let source = app.handle.log(id.clone()).await?;
        let mut tail = Tail::new(id, source, filter.clone());
        tail.place(plan.from, kept, &app.searches).await?;
        Ok::<_, Problem>(tail)
    });
    let feed = Feed::new(try_join_all(tails).await?, plan);
    let chunks = stream::unfold(feed, |mut feed| async move { Some((feed.next().await?, feed)) });
    Ok(fallible_ndjson(chunks.take_until(closed(app.closing))))
}
