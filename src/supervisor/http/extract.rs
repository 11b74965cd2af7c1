//! Arguments of the handlers, checked; what does not pass is answered as a problem.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::{CONTENT_TYPE, HeaderMap};
use axum::http::request::Parts;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::App;
use super::accept::Peer;
use super::answer::{bad, too_large};
use crate::api::{CLIENT_HEADER, Problem, ProblemKind};
use crate::model::server::{BadName, is_valid_name};
use crate::model::{Asker, ServerId};

/// Longest name of a client that is kept, in characters.
const CLIENT_MAX: usize = 64;

/// The server that the path names.
pub(super) struct Named(pub(super) ServerId);

impl FromRequestParts<App> for Named {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Path((project, name)) = Path::<(String, String)>::from_request_parts(parts, app)
            .await
            .map_err(|rejection| bad(rejection.body_text()))?;
        ServerId::new(&project, &name).map(Self).map_err(|error| bad(error.to_string()))
    }
}

/// The project that the path names.
pub(super) struct NamedProject(pub(super) String);

impl FromRequestParts<App> for NamedProject {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Path(project) = Path::<String>::from_request_parts(parts, app)
            .await
            .map_err(|rejection| bad(rejection.body_text()))?;
        if is_valid_name(&project) { Ok(Self(project)) } else { Err(bad(BadName(project).to_string())) }
    }
}

/// The query, of which every key must be known.
pub(super) struct Args<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<App> for Args<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Query(args) =
            Query::from_request_parts(parts, app).await.map_err(|rejection| bad(rejection.body_text()))?;
        Ok(Self(args))
    }
}

/// Who asks.
pub(super) struct By(pub(super) Asker);

impl FromRequestParts<App> for By {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let Some(Peer(uid)) = parts.extensions.get().copied() else {
            return Err(Problem::new(ProblemKind::Internal, "the connection's user is not known"));
        };
        let client = parts.headers.get(CLIENT_HEADER).map_or(&b""[..], |name| name.as_bytes());
        let client = String::from_utf8_lossy(client).chars().take(CLIENT_MAX).collect();
        Ok(Self(Asker { uid, client }))
    }
}

/// A body of JSON.
pub(super) struct Input<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<App> for Input<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (headers, bytes) = body(request, app).await?;
        parse(&headers, &bytes).map(Self)
    }
}

/// A body of JSON that may be left out.
pub(super) struct MaybeInput<T>(pub(super) T);

impl<T: DeserializeOwned + Default> FromRequest<App> for MaybeInput<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (headers, bytes) = body(request, app).await?;
        if bytes.is_empty() { Ok(Self(T::default())) } else { parse(&headers, &bytes).map(Self) }
    }
}

/// The body of a route that takes none: empty, or `{}`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// The whole body. A slow one has the time of any answer, also where the answer itself has more.
async fn body(request: Request, app: &App) -> Result<(HeaderMap, Bytes), Problem> {
    let (parts, body) = request.into_parts();
    let limit = app.limits.body;
    let collected = timeout(app.limits.answer_time, Limited::new(body, limit).collect())
        .await
        .map_err(|_| Problem::new(ProblemKind::TimedOut, "the body did not arrive in time"))?
        .map_err(|error| match error.downcast_ref::<LengthLimitError>() {
            Some(_) => too_large(limit),
            None => bad("the body was cut off"),
        })?;
    Ok((parts.headers, collected.to_bytes()))
}

fn parse<T: DeserializeOwned>(headers: &HeaderMap, bytes: &[u8]) -> Result<T, Problem> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    // a page can send a form or plain text to any host without asking, JSON it can't
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(bad("the body has to be JSON").with_hint("send `Content-Type: application/json`"));
    }
    serde_json::from_slice(bytes).map_err(|error| bad(format!("the body does not fit: {error}")))
}
