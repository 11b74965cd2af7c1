//! The supervisor itself.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::App;
use super::extract::{MaybeInput, Nothing};
use crate::api::{Problem, Version};

/// Asks the actor, so that an answer proves that it is alive.
pub(super) async fn version(State(app): State<App>) -> Result<Json<Version>, Problem> {
    app.handle.version().await.map(Json)
}

pub(super) async fn shutdown(
    State(app): State<App>,
    MaybeInput(Nothing {}): MaybeInput<Nothing>,
) -> Result<StatusCode, Problem> {
    app.handle.shutdown().await?;
    Ok(StatusCode::ACCEPTED)
}
