//! Responses: problems, and streams of lines of JSON.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{BoxError, Json};
use futures_util::{Stream, StreamExt as _};
use serde::Serialize;

use crate::api::{Problem, ProblemKind};

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(self)).into_response()
    }
}

/// A body above the limit.
pub(super) fn too_large(limit: usize) -> Problem {
    Problem::new(ProblemKind::TooLarge, format!("the body is larger than {limit} bytes"))
}

/// A request that makes no sense.
pub(super) fn bad(message: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::BadRequest, message)
}

/// A stream of NDJSON. Its connection pulls one chunk after the other, when it has sent the one before.
pub(super) fn ndjson(chunks: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    fallible_ndjson(chunks.map(Ok::<_, Infallible>))
}

/// The same, where an error breaks the body off instead of ending it.
pub(super) fn fallible_ndjson<E: Into<BoxError> + 'static>(
    chunks: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
) -> Response {
    let body = Body::from_stream(chunks);
    ([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response()
}

/// Lines of JSON that are sent together.
#[derive(Debug, Default)]
pub(super) struct Chunk(Vec<u8>);

impl Chunk {
    /// Size at which a chunk is sent although more is ready. One item may go beyond it.
    const FULL: usize = 64 * 1024;

    /// Adds an item on a line of its own.
    pub(super) fn push(&mut self, item: &impl Serialize) {
        let start = self.0.len();
        match serde_json::to_writer(&mut self.0, item) {
            Ok(()) => self.0.push(b'\n'),
            Err(error) => {
                // half an item must not reach the client; none of our types can fail, see `api::stream`
                self.0.truncate(start);
                tracing::error!(%error, "an item could not be written as JSON");
            }
        }
    }

    /// Whether it should be sent now.
    pub(super) fn is_full(&self) -> bool {
        self.0.len() >= Self::FULL
    }

    /// Its bytes, if there are any.
    pub(super) fn take(&mut self) -> Option<Bytes> {
        (!self.0.is_empty()).then(|| Bytes::from(std::mem::take(&mut self.0)))
    }
}
