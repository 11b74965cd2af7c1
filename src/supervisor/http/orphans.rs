//! Orphans: listed, ended, made a server's run again.

use axum::Json;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;

use super::App;
use super::answer::bad;
use super::extract::{By, MaybeInput, Nothing};
use crate::api::{Orphan, OrphanKilled, Problem};

/// The orphan that the path names.
pub(super) struct OrphanId(String);

impl FromRequestParts<App> for OrphanId {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Path(id) =
            Path::<String>::from_request_parts(parts, app).await.map_err(|error| bad(error.body_text()))?;
        Ok(Self(id))
    }
}

pub(super) async fn all(State(app): State<App>) -> Result<Json<Vec<Orphan>>, Problem> {
    app.handle.orphans().await.map(Json)
}

pub(super) async fn kill(
    State(app): State<App>,
    OrphanId(id): OrphanId,
    By(by): By,
    MaybeInput(Nothing {}): MaybeInput<Nothing>,
) -> Result<Json<OrphanKilled>, Problem> {
    app.handle.kill_orphan(id, by).await.map(Json)
}

pub(super) async fn adopt(
    State(app): State<App>,
    OrphanId(id): OrphanId,
    By(by): By,
    MaybeInput(Nothing {}): MaybeInput<Nothing>,
) -> Result<StatusCode, Problem> {
    app.handle.adopt_orphan(id, by).await.map(|()| StatusCode::NO_CONTENT)
}
