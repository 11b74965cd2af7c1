//! `GET …/log?raw=true`: the bytes of one server as it wrote them.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use futures_util::{StreamExt as _, stream};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::super::answer::bad;
use super::super::{App, closed};
use crate::api::{LogQuery, Problem, ProblemKind};
use crate::journal::{Raw, Reader};
use crate::model::{LogCursor, ServerId, Stream};
use crate::supervisor::handle::LogSource;

/// Bytes of one chunk.
const CHUNK: usize = 256 << 10;

/// A bell that was lost costs this long.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// A place in the bytes of a log.
struct Bytewise {
    server: ServerId,
    reader: Arc<Reader>,
    stream: Option<Stream>,
    next: LogCursor,
    /// Without following it ends when it has come to here.
    until: Option<LogCursor>,
    bell: watch::Receiver<u64>,
    ended: bool,
}

pub(super) async fn answer(app: App, id: ServerId, query: &LogQuery) -> Result<Response, Problem> {
    let LogQuery { servers, from, back, lines, grep, exclude, context, level, stream, since, until, .. } =
        query;
    let others = [grep, exclude, servers].iter().any(|text| text.is_some())
        || from.is_some()
        || back.is_some()
        || context.is_some()
        || level.is_some()
        || until.is_some();
    if others || query.newest_first {
        return Err(bad("`raw` gives bytes, and bytes can't be searched")
            .with_hint("it goes with `lines`, `since`, `stream` and `follow` only"));
    }
    let LogSource { dir, mut bell } = app.handle.log(id.clone()).await?;
    bell.mark_unchanged();
    let reader = Arc::new(Reader::new(dir, id.clone()));
    let (lines, since, stream) = (*lines, *since, *stream);
    let place = reader.clone();
    let (next, end) =
        blocking(&id, move || Ok((place.raw_from(lines, since, stream)?, place.end()?))).await?;
    let until = (!query.follow).then_some(end);
    let bytewise = Bytewise { server: id, reader, stream, next, until, bell, ended: false };
    let chunks = stream::unfold(bytewise, |mut it| async move { Some((it.chunk().await?, it)) });
    // a clean end says that this is all; a history that the supervisor's end cuts off must not have one
    let body = if query.follow {
        Body::from_stream(chunks.take_until(closed(app.closing)))
    } else {
        Body::from_stream(chunks)
    };
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], body).into_response())
}

impl Bytewise {
    /// The next bytes; waits for them while following. What was rotated away before it was read breaks the answer off:
    /// it would not be what the server wrote.
    async fn chunk(&mut self) -> Option<Result<Bytes, Problem>> {
        while !self.ended {
            let (reader, from, stream) = (self.reader.clone(), self.next, self.stream);
            let Raw { bytes, next, lagged, at_end } =
                match blocking(&self.server, move || reader.raw(from, CHUNK, stream)).await {
                    Ok(raw) => raw,
                    Err(problem) => return Some(self.broken(problem)),
                };
            if lagged.is_some() {
                let what = format!("the log of {} was rotated away before it was read", self.server);
                let hint =
                    "read it again, it begins with what is kept now; `log.max_size` and `log.keep` keep more";
                return Some(self.broken(Problem::new(ProblemKind::Internal, what).with_hint(hint)));
            }
            self.next = next;
            self.ended = self.until.is_some_and(|until| at_end || until <= next);
            if !bytes.is_empty() {
                return Some(Ok(bytes.into()));
            }
            if at_end && !self.ended {
                self.wait().await;
            }
        }
        None
    }

    fn broken(&mut self, problem: Problem) -> Result<Bytes, Problem> {
        tracing::warn!(%problem, "a log's bytes end early");
        self.ended = true;
        Err(problem)
    }

    /// Waits for the bell, or for the time to look again. A server that is forgotten writes nothing more.
    async fn wait(&mut self) {
        if let Ok(Err(_)) = timeout(LOOK_AGAIN, self.bell.changed()).await {
            // to the end, wherever that is by now
            self.until = Some(LogCursor { segment: u64::MAX, offset: u64::MAX });
        }
    }
}

async fn blocking<T: Send + 'static>(
    server: &ServerId,
    read: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, Problem> {
    let done =
        spawn_blocking(read).await.map_err(|error| Problem::new(ProblemKind::Internal, error.to_string()))?;
    done.map_err(|error| {
        Problem::new(ProblemKind::Internal, format!("the log of {server} can't be read: {error}")).with_hint(
            "without `raw` all is read that is not damaged; `ostler status --json` names its directory",
        )
    })
}
