//! `GET …/log` and `GET /v1/logs`.
use super::App;
use crate::api::Problem;
use axum::extract::State;
pub(super) async fn one(State(app): State<App>) -> Result<(), Problem> {
    let _ = app;
    Ok(())
}
pub(super) async fn several(State(app): State<App>) -> Result<(), Problem> {
    let _ = app;
    Ok(())
}
