//! What was measured.

use axum::Json;
use axum::extract::State;

use super::App;
use super::extract::{Args, Named};
use crate::api::{HistoryQuery, Problem};
use crate::model::ServerHistory;

pub(super) async fn all(
    State(app): State<App>,
    Args(query): Args<HistoryQuery>,
) -> Result<Json<Vec<ServerHistory>>, Problem> {
    app.handle.history(None, query.window.0).await.map(Json)
}

/// A server that never ran has an empty past.
pub(super) async fn one(
    State(app): State<App>,
    Named(id): Named,
    Args(query): Args<HistoryQuery>,
) -> Result<Json<ServerHistory>, Problem> {
    let histories = app.handle.history(Some(id.clone()), query.window.0).await?;
    let history = histories.into_iter().find(|history| history.id == id);
    Ok(Json(history.unwrap_or_else(|| ServerHistory {
        id,
        step_s: 1,
        cpu_percent: Vec::new(),
        memory_bytes: Vec::new(),
    })))
}
