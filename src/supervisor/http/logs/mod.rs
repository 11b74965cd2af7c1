//! `GET …/log` and `GET /v1/logs`: what servers wrote, then what they write.
//!
//! With `raw=true` the answer is bytes, which `raw` reads. All else is one [`Feed`] over one [`Tail`] for each server:
//! first the history, merged by time, then a [`LogItem::Live`](crate::api::LogItem::Live) for each server, then what
//! comes. Files are the truth: a bell only says when to look again, and reading goes on from a cursor, so the seam has
//! neither a hole nor a double, and a stream that was cut goes on from the cursors that its reader has.
//!
//! `query` says what is asked for, `past` reads a history in short steps, `tail` reads on from there (`partial` knows
//! which lines have not ended), `log` is what both have in common, `entry` is what goes out and in which order, `context`
//! adds the lines around those that a filter wants, and `progress` tells how far a search is.
//!
//! # Promises
//!
//! * **Memory** is bounded whatever is asked for, and by the log's pages if nobody reads: the stream is pulled by its
//!   connection. A history that is longer than [`KEPT`] is not collected but found (its first line's place, reading
//!   backwards) and then read forwards.
//! * **A search** is made of steps of some milliseconds. Between two of them what was found goes out, other searches
//!   get their turn, and a client that has gone ends it.
//! * **Order.** Each log keeps its own. Several are merged by the time at which each line began. What is live waits until
//!   it is [`HOLD`] old, so the merged order holds where a line is in its file 50 ms after it came and its keeper's bell
//!   rings 20 ms later at most; one that is later still comes, out of its order. The history ends at one time for all logs,
//!   that long ago, so the same holds at the seam. Newest first, a log that has been searched back to some time holds
//!   up nothing that is later.
//! * **Context** lines stand next to the line that they belong to: in a merged stream they go where that goes, whatever
//!   their own time. A [`LogItem::Break`](crate::api::LogItem::Break) stands before a line if its own log has lines
//!   before it that were left out.
//! * **Cost.** A bell makes one log be read, not its neighbours. Several logs are read at most every [`PACE`], all that
//!   rang in one go, however many there are.

mod context;
mod entry;
mod feed;
mod log;
mod partial;
mod past;
mod progress;
mod query;
mod raw;
mod tail;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use futures_util::StreamExt as _;
use futures_util::future::try_join_all;
use futures_util::stream;
use tokio::sync::Semaphore;

use self::feed::Feed;
use self::query::Plan;
use self::tail::Tail;
use super::answer::{bad, fallible_ndjson};
use super::extract::{Args, Named};
use super::{App, closed};
use crate::api::{LogQuery, Problem};

/// Bytes of history that one request may collect.
const KEPT: usize = 8 * 1024 * 1024;

/// How old a live line of several logs is when it goes out: 50 ms in which it is written, 20 ms to the next bell
/// (`keeper::pump`).
const HOLD: Duration = Duration::from_millis(70);

/// At most so often several logs are looked at while they are live.
const PACE: Duration = Duration::from_millis(40);

/// Steps of searches at a time, over all clients: each uses several cores where there are some.
const SEARCHES: usize = 2;

/// Where a request gets a place to search.
pub(super) fn searches() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(SEARCHES))
}

pub(super) async fn one(
    State(app): State<App>,
    Named(id): Named,
    Args(query): Args<LogQuery>,
) -> Result<Response, Problem> {
    if query.raw {
        return raw::answer(app, id, &query).await;
    }
    answer(app, Plan::of_one(id, &query)?).await
}

pub(super) async fn several(
    State(app): State<App>,
    Args(query): Args<LogQuery>,
) -> Result<Response, Problem> {
    if query.raw {
        return Err(bad("`raw` is for one server").with_hint("ask at `/v1/servers/{project}/{name}/log`"));
    }
    answer(app, Plan::of_several(&query)?).await
}

async fn answer(app: App, plan: Plan) -> Result<Response, Problem> {
    let filter = plan.filter.clone();
    let (filter, context) = (&filter, plan.context);
    let tails = plan.servers.iter().map(|(id, _)| async {
        let source = app.handle.log(id.clone()).await?;
        Ok::<_, Problem>(Tail::new(id.clone(), source, filter.clone(), context))
    });
    let tails = try_join_all(tails).await?;
    let feed = Feed::begin(tails, &plan, app.searches).await?;
    let chunks = stream::unfold(feed, |mut feed| async move { Some((feed.next().await?, feed)) });
    Ok(fallible_ndjson(chunks.take_until(closed(app.closing))))
}
