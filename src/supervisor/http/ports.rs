//! Ports: whose they are, and what to do about a stranger that holds one.

use axum::Json;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;

use super::App;
use super::answer::bad;
use super::extract::{By, MaybeInput};
use crate::api::{HolderKilled, KillHolder, PortRow, Problem};

/// The port that the path names.
pub(super) struct Port(u16);

impl FromRequestParts<App> for Port {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Path(port) =
            Path::<u16>::from_request_parts(parts, app).await.map_err(|error| bad(error.body_text()))?;
        if port == 0 { Err(bad("port 0 is no port")) } else { Ok(Self(port)) }
    }
}

pub(super) async fn all(State(app): State<App>) -> Result<Json<Vec<PortRow>>, Problem> {
    app.handle.ports().await.map(Json)
}

pub(super) async fn kill(
    State(app): State<App>,
    Port(port): Port,
    By(by): By,
    MaybeInput(how): MaybeInput<KillHolder>,
) -> Result<Json<HolderKilled>, Problem> {
    app.handle.kill_holder(port, how, by).await.map(Json)
}
