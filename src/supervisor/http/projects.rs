//! Projects: taken over and forgotten.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::App;
use super::answer::bad;
use super::extract::{By, Input, MaybeInput, NamedProject, Nothing};
use crate::api::{Problem, RegisterRequest, Registered};

pub(super) async fn register(
    State(app): State<App>,
    By(by): By,
    Input(request): Input<RegisterRequest>,
) -> Result<Json<Registered>, Problem> {
    if !request.file.is_absolute() {
        return Err(bad(format!("`{}` is not an absolute path", request.file.display()))
            .with_hint("the supervisor has another working directory than you: send the whole path"));
    }
    app.handle.register(request, by).await.map(Json)
}

pub(super) async fn forget(
    State(app): State<App>,
    NamedProject(project): NamedProject,
    By(by): By,
    MaybeInput(Nothing {}): MaybeInput<Nothing>,
) -> Result<StatusCode, Problem> {
    app.handle.forget(project, by).await?;
    Ok(StatusCode::NO_CONTENT)
}
