//! What a query asks for, checked: nothing later fails for what a client wrote.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::super::answer::bad;
use crate::api::{LogQuery, Problem};
use crate::journal::{BadPattern, Filter};
use crate::model::{LogCursor, ServerId};

/// Lines of history where no number is asked for.
const LINES: usize = 200;

/// Lines of context on each side of a line at most.
const CONTEXT_MAX: usize = 1000;

/// What is read of some logs, and until when.
#[derive(Debug)]
pub(super) struct Plan {
    /// Whose, and from where on; no server twice.
    pub(super) servers: Vec<(ServerId, Start)>,
    /// Which lines; `None`: all.
    pub(super) filter: Option<Arc<Filter>>,
    /// Only from then on; the filter has it too.
    pub(super) since: Option<Timestamp>,
    /// Lines before and after each line that the filter wants.
    pub(super) context: usize,
    /// The history from its end to its beginning.
    pub(super) newest_first: bool,
    pub(super) follow: bool,
}

/// Where a history begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// This many lines before a place; `None`: before the end.
    Last(usize, Option<LogCursor>),
    /// Here, and goes on for this many lines at most.
    At(LogCursor, usize),
}

impl Plan {
    /// What is asked of one server.
    pub(super) fn of_one(id: ServerId, query: &LogQuery) -> Result<Self, Problem> {
        if query.servers.is_some() {
            return Err(
                bad("`servers` is for `/v1/logs`: the path says which server").with_hint("leave it out")
            );
        }
        let LogQuery { from, back, lines, follow, newest_first, .. } = *query;
        let start = match (from, back) {
            (Some(_), Some(_)) => return Err(excluded("from", "back")),
            (None, Some(_)) if follow => return Err(excluded("back", "follow")),
            (Some(_), None) if newest_first => return Err(excluded("newest_first", "from")),
            (Some(from), None) => at(from, query),
            (None, back) => Start::Last(lines.unwrap_or(LINES), back),
        };
        Self::new(vec![(id, start)], query)
    }

    /// What is asked of the servers that the query names.
    pub(super) fn of_several(query: &LogQuery) -> Result<Self, Problem> {
        if query.from.is_some() || query.back.is_some() {
            let hint = "a place goes behind its server: `servers=project/name@segment:offset`";
            return Err(bad("`from` and `back` are for one server").with_hint(hint));
        }
        let Some(servers) = &query.servers else {
            return Err(bad("`servers` is missing").with_hint(SERVERS));
        };
        let mut starts = BTreeMap::new();
        for part in servers.split(',') {
            let (id, start) = server(part, query)?;
            match starts.insert(id, start) {
                Some(before) if before != start => {
                    return Err(bad(format!("`{}`: this server has two places", part.escape_debug()))
                        .with_hint("name each server once"));
                }
                Some(_) | None => {}
            }
        }
        Self::new(starts.into_iter().collect(), query)
    }

    fn new(servers: Vec<(ServerId, Start)>, query: &LogQuery) -> Result<Self, Problem> {
        let LogQuery { newest_first, follow, .. } = *query;
        let context = query.context.unwrap_or(0);
        if newest_first && follow {
            return Err(excluded("newest_first", "follow"));
        }
        if newest_first && context > 0 {
            return Err(excluded("newest_first", "context"));
        }
        if query.until.is_some() && follow {
            return Err(excluded("until", "follow"));
        }
        if context > CONTEXT_MAX {
            let hint = format!("{CONTEXT_MAX} lines on each side are the most");
            return Err(bad(format!("`context={context}` is too much")).with_hint(hint));
        }
        Ok(Self {
            servers,
            filter: filter(query)?.map(Arc::new),
            since: query.since,
            context,
            newest_first,
            follow,
        })
    }
}

/// What `servers` looks like.
const SERVERS: &str = "write `servers=project/name,project/name@segment:offset`";

/// From a place on. Whoever follows gets everything after it: a limit would be a hole before what is live.
fn at(from: LogCursor, query: &LogQuery) -> Start {
    let lines = query.lines.filter(|_| !query.follow);
    Start::At(from, lines.unwrap_or(usize::MAX))
}

/// One part of `servers`.
fn server(part: &str, query: &LogQuery) -> Result<(ServerId, Start), Problem> {
    let (id, place) = match part.split_once('@') {
        Some((id, place)) => (id, Some(place)),
        None => (part, None),
    };
    let id: ServerId = id.parse().map_err(|error| wrong(&error))?;
    let start = match place {
        None => Start::Last(query.lines.unwrap_or(LINES), None),
        Some(_) if query.newest_first => return Err(excluded("newest_first", "a place behind a server")),
        Some(place) => at(place.parse().map_err(|error| wrong(&error))?, query),
    };
    Ok((id, start))
}

fn wrong(error: &dyn std::error::Error) -> Problem {
    bad(error.to_string()).with_hint(SERVERS)
}

fn excluded(one: &str, other: &str) -> Problem {
    let quoted = |word: &str| if word.contains(' ') { word.to_owned() } else { format!("`{word}`") };
    bad(format!("{} and {} exclude each other", quoted(one), quoted(other)))
        .with_hint("leave one of them out")
}

/// Which lines are wanted; `None`: all.
fn filter(query: &LogQuery) -> Result<Option<Filter>, Problem> {
    let LogQuery { grep, exclude, level, stream, since, until, .. } = query;
    let is_set = grep.is_some() || exclude.is_some() || level.is_some() || stream.is_some();
    if !is_set && since.is_none() && until.is_none() {
        return Ok(None);
    }
    let mut filter = grep.as_deref().map_or_else(|| Ok(Filter::default()), Filter::new).map_err(pattern)?;
    if let Some(exclude) = exclude {
        filter = filter.with_exclude(exclude).map_err(pattern)?;
    }
    Ok(Some(filter.with_level(*level).with_stream(*stream).with_since(*since).with_until(*until)))
}

#[allow(clippy::needless_pass_by_value, reason = "it is used as `map_err(pattern)`")]
fn pattern(error: BadPattern) -> Problem {
    bad(error.to_string()).with_hint("the syntax is that of https://docs.rs/regex")
}
