//! Servers: how they are, why, and what to do with them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::App;
use super::extract::{Args, By, Input, MaybeInput, Named, Nothing};
use crate::api::{ActRequest, Acted, PastExit, Problem, Processes, Verb, WaitQuery, Why};
use crate::model::{Asker, ServerStatus, Signal, Snapshot};

/// What an acting route answers: 202 where it was accepted, 200 where it was waited for.
type Answer = Result<(StatusCode, Json<Acted>), Problem>;

pub(super) async fn all(State(app): State<App>) -> Result<Json<Snapshot>, Problem> {
    app.handle.snapshot().await.map(Json)
}

pub(super) async fn one(State(app): State<App>, Named(id): Named) -> Result<Json<ServerStatus>, Problem> {
    app.handle.status(id).await.map(Json)
}

pub(super) async fn why(State(app): State<App>, Named(id): Named) -> Result<Json<Why>, Problem> {
    app.handle.why(id).await.map(Json)
}

pub(super) async fn processes(State(app): State<App>, Named(id): Named) -> Result<Json<Processes>, Problem> {
    app.handle.processes(id).await.map(Json)
}

pub(super) async fn exits(State(app): State<App>, Named(id): Named) -> Result<Json<Vec<PastExit>>, Problem> {
    app.handle.exits(id).await.map(Json)
}

pub(super) async fn start(
    State(app): State<App>,
    Named(id): Named,
    Args(query): Args<WaitQuery>,
    By(by): By,
    MaybeInput(Nothing {}): MaybeInput<Nothing>,
) -> Answer {
    act(&app, ActRequest::new(Verb::Start, vec![id]), by, query).await
}

/// Body of [`stop`].
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StopInput {
    #[serde(default)]
    now: bool,
    #[serde(default)]
    with_dependents: bool,
}

pub(super) async fn stop(
    State(app): State<App>,
    Named(id): Named,
    Args(query): Args<WaitQuery>,
    By(by): By,
    MaybeInput(StopInput { now, with_dependents }): MaybeInput<StopInput>,
) -> Answer {
    let request = ActRequest { with_dependents, ..ActRequest::new(Verb::Stop { now }, vec![id]) };
    act(&app, request, by, query).await
}

pub(super) async fn restart(
    State(app): State<App>,
    Named(id): Named,
    Args(query): Args<WaitQuery>,
    By(by): By,
    MaybeInput(Nothing {}): MaybeInput<Nothing>,
) -> Answer {
    act(&app, ActRequest::new(Verb::Restart, vec![id]), by, query).await
}

/// Body of [`signal`].
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignalInput {
    signal: Signal,
}

pub(super) async fn signal(
    State(app): State<App>,
    Named(id): Named,
    Args(query): Args<WaitQuery>,
    By(by): By,
    Input(SignalInput { signal }): Input<SignalInput>,
) -> Answer {
    act(&app, ActRequest::new(Verb::Signal { signal }, vec![id]), by, query).await
}

pub(super) async fn several(
    State(app): State<App>,
    Args(query): Args<WaitQuery>,
    By(by): By,
    Input(request): Input<ActRequest>,
) -> Answer {
    act(&app, request, by, query).await
}

async fn act(app: &App, request: ActRequest, by: Asker, query: WaitQuery) -> Answer {
    let acted = app.handle.act(request, by, query.wait).await?;
    let status = if query.wait { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, Json(acted)))
}
